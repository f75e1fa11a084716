"""What a training tells and follows: its history, its progress, the schedule, the accuracy."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

Pair = tuple[Tensor | tuple[Tensor, ...], Tensor]


class History(NamedTuple):
    """One entry an epoch, and how it ended; best is the epoch of the highest test accuracy.

    loss is the mean cross-entropy over the epoch's training batches, accuracy that on the test
    pair, in 0 ... 1. best is None, and best_state is empty, if no epoch was finished.
    """

    loss: list[float]
    accuracy: list[float]
    best: int | None
    best_state: dict[str, Tensor]
    stopped: bool
    seconds: float


class Progress(NamedTuple):
    """Where a training is after a step: step of steps, and the curves of the finished epochs."""

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: list[float]
    accuracy: list[float]
    seconds: float


OnStep = Callable[[Progress], bool | None]  # It returns True to end the training.


def schedule(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate: up linearly over warmup * steps, then half a cosine to zero.

    step counts from 0, and warmup is a share in [0, 1).
    """
    up = warmup * steps
    if step < up:
        return (step + 1) / (math.floor(up) + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - up) / (steps - up)))


def parts_of(x: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The tensors of x, which is one tensor or a tuple of them."""
    return x if isinstance(x, tuple) else (x,)


@torch.no_grad()
def accuracy(model: nn.Module, test: Pair, *, batch: int | None = None) -> float:
    """The share of test = (x, y) on which the highest score is the right class.

    x is (n, ...), or a tuple of such tensors, the model's arguments. The default batch is 32 on a
    processor, because 784 steps take twice the time in batches of 256, whose tensors are too large
    to be reused; on a GPU it is 1,024.
    """
    mode, (x, y) = model.training, test
    batch = batch or (32 if y.device.type == "cpu" else 1024)
    model.eval()
    try:
        pieces = zip(*(part.split(batch) for part in (*parts_of(x), y)), strict=True)
        right = sum(int((model(*x).argmax(-1) == y).sum()) for *x, y in pieces)
    finally:
        model.train(mode)
    return right / len(y)
