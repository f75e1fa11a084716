"""The training loop. It knows no model: any module that maps x to class scores will do."""

import copy
import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Pair = tuple[Tensor, Tensor]


class History(NamedTuple):
    """One entry an epoch, and how it ended; best is the epoch of the highest test accuracy.

    loss: mean cross-entropy over the epoch's training batches; accuracy: on the test pair, in
    0 ... 1. best is None, and best_state empty, if no epoch was finished.
    """

    loss: list[float]
    accuracy: list[float]
    best: int | None
    best_state: dict[str, Tensor]
    stopped: bool
    seconds: float


class Progress(NamedTuple):
    """What `fit` tells after each step: step of steps, and the finished epochs' figures so far."""

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: list[float]
    accuracy: list[float]
    seconds: float


def schedule(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate: up linearly over warmup * steps, then half a cosine to zero.

    step counts from 0, warmup is a share in [0, 1).
    """
    up = warmup * steps
    if step < up:
        return (step + 1) / (math.floor(up) + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - up) / (steps - up)))


@torch.no_grad()
def accuracy(model: nn.Module, test: Pair, *, batch: int = 256) -> float:
    """The share of test = (x, y) on which the highest score is the right class."""
    was = model.training
    model.eval()
    try:
        right = sum(
            int((model(x).argmax(-1) == y).sum())
            for x, y in zip(*(part.split(batch) for part in test), strict=True)
        )
    finally:
        model.train(was)
    return right / len(test[1])


def fit(
    model: nn.Module,
    train: Pair,
    test: Pair,
    *,
    epochs: int,
    batch: int,
    lr: float,
    weight_decay: float = 0.0,
    warmup: float = 0.1,
    param_groups: Iterable[dict] | None = None,
    generator: torch.Generator,
    progress: Callable[[Progress], bool | None] | None = None,
) -> History:
    """Minimise the cross-entropy of model(x) with AdamW, in batches that `generator` shuffles.

    train and test are (x, y): x (n, ...), y (n,) classes. param_groups as in torch.optim, else
    model.param_groups() if there is one, else all parameters; every rate follows `schedule`.
    A full run keeps its last state. KeyboardInterrupt, or progress(...) returning True, ends it
    early and goes back to the best epoch's state. Raises ValueError for bad arguments and, with
    the best state restored, RuntimeError for a loss that is not finite.
    """
    _require(train, test, epochs, batch, lr, warmup)
    (x, y), groups = train, param_groups
    if groups is None:
        groups = model.param_groups() if hasattr(model, "param_groups") else model.parameters()
    optimiser = torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay)
    per_epoch = math.ceil(len(y) / batch)
    steps, step, start = epochs * per_epoch, 0, time.monotonic()
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: schedule(k, steps, warmup))
    losses, accuracies, best, best_state, stopped = [], [], None, {}, False
    model.train()
    try:
        for epoch in range(epochs):
            total = 0.0
            for rows in torch.randperm(len(y), generator=generator).split(batch):
                loss = cross_entropy(model(x[rows]), y[rows])
                if not math.isfinite(loss.item()):
                    raise FloatingPointError(f"the loss is {loss.item()}")
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                plan.step()
                total += loss.item() * len(rows)
                step += 1
                if step % per_epoch == 0:
                    right = accuracy(model, test, batch=max(batch, 256))
                    losses.append(total / len(y))
                    accuracies.append(right)
                    if best is None or accuracies[-1] > accuracies[best]:
                        best, best_state = epoch, copy.deepcopy(model.state_dict())
                now = time.monotonic() - start
                told = Progress(step, steps, epoch, epochs, losses, accuracies, now)
                if progress is not None and progress(told) and step < steps:
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        stopped = True
        model.load_state_dict(best_state or model.state_dict())
    except (FloatingPointError, ValueError) as error:
        whole = all(p.isfinite().all() for p in model.parameters())
        if whole and isinstance(error, ValueError):
            raise  # the model refuses its input; a weight that is not finite is told below
        model.load_state_dict(best_state or model.state_dict())
        raise RuntimeError(_cause(error, epoch, step - epoch * per_epoch, losses)) from None
    return History(losses, accuracies, best, best_state, stopped, time.monotonic() - start)


def _cause(error: Exception, epoch: int, step: int, losses: list[float]) -> str:
    guess = (
        "the input, or a weight at the start, is not finite"
        if epoch == 0 and step == 0
        else "the learning rate is too high, or a gradient exploded"
    )
    last = f" (the last whole epoch's loss was {losses[-1]:.3g})" if losses else ""
    return f"training failed in epoch {epoch}, step {step}: {error}{last}. Likely cause: {guess}."


def _require(train, test, epochs, batch, lr, warmup):
    for name, pair in (("train", train), ("test", test)):
        if len(pair) != 2 or len(pair[0]) != len(pair[1]) or len(pair[1]) == 0:
            sizes = [len(part) for part in pair]
            raise ValueError(f"{name} must be (x, y) of equal length above 0, got lengths {sizes}")
    for name, value in (("epochs", epochs), ("batch", batch)):
        if not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be positive, got {lr}")
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup must be a share of all steps in [0, 1), got {warmup}")
