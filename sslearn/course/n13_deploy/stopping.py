"""When a reader may stop: rules on the running answer, and what each costs in accuracy."""

import functools
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.models import SequenceClassifier
from sslearn.runs import ASSETS, load_task, open_model

MODELS = {"Binary S4D": "binary-s4d", "GSU": "gsu"}
FIRST = 100  # test digits of MNIST that can be streamed


class Running(NamedTuple):
    """What a network would answer after each pixel of each held-out digit."""

    answer: np.ndarray  # (n, L) classes
    doubt: np.ndarray  # (n, L) 1 - probability of that answer
    truth: np.ndarray  # (n,)


@functools.cache
def trained(model: str, task: str = "digits") -> SequenceClassifier:
    """The shipped network of that name, trained on digits (64 steps) or smnist (784)."""
    return open_model(ASSETS / f"{task}-{MODELS[model]}-small-0.safetensors")[0]


@functools.cache
def held_out(task: str = "digits") -> tuple[Tensor, Tensor]:
    """x (n, L, 1), y (n,): scikit-learn's held-out fifth, or MNIST's first test digits.

    Raises DataError where MNIST is not in the data folder.
    """
    x, y = load_task(task).test
    return (x, y) if task == "digits" else (x[:FIRST].clone(), y[:FIRST].clone())


@functools.cache
@torch.no_grad()
def running(model: str, task: str = "digits") -> Running:
    """The answers and doubts of a shipped network on all held-out digits."""
    x, y = held_out(task)
    p, answer = trained(model, task).running_scores(x).double().softmax(-1).max(-1)
    return Running(answer.numpy(), (1 - p).numpy(), y.numpy())


def runs(seen: Running, doubt: float) -> np.ndarray:
    """For how many pixels (n, L), up to each one, the answer has stood with less doubt than that.

    It is 0 where the doubt is not below.
    """
    sure, out = seen.doubt < doubt, np.zeros(seen.answer.shape, int)
    for t in range(out.shape[1]):
        out[:, t] = 1
        if t:
            out[:, t] += out[:, t - 1] * (seen.answer[:, t] == seen.answer[:, t - 1])
        out[:, t] *= sure[:, t]
    return out


def stops(run: np.ndarray, patience: int, earliest: int) -> np.ndarray:
    """The pixel (n,), counted from 1, at which each digit is decided; the last if never.

    run (n, L) is what `runs` returns. A digit is decided once its answer has stood for `patience`
    pixels, and not before pixel `earliest`.
    """
    decided = run >= patience
    decided[:, : earliest - 1] = False
    decided[:, -1] = True
    return 1 + decided.argmax(1)


def measure(seen: Running, stop: np.ndarray) -> tuple[float, float]:
    """The mean pixel of the stops (n,), counted from 1, and the share of right answers there."""
    right = np.take_along_axis(seen.answer, stop[:, None] - 1, 1)[:, 0] == seen.truth
    return float(stop.mean()), float(right.mean())


def by_the_clock(seen: Running) -> np.ndarray:
    """The share of right answers (L,) if every digit is stopped at the same pixel."""
    return (seen.answer == seen.truth[:, None]).mean(0)
