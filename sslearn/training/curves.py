"""What a training tells and follows: its history, its progress, the schedule, the accuracy."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, distributed, nn

from sslearn.training.arguments import Pair, as_pair, parts_of


class History(NamedTuple):
    """One entry an epoch, and how it ended; best is the epoch of the highest test accuracy.

    loss is the mean cross-entropy over the epoch's training batches, accuracy that on the test
    pair, in 0 ... 1, averaged as the epoch's training sequences are; best is then of the stage that
    was reached. best is None, and best_state is empty, if no epoch was finished.
    """

    loss: list[float]
    accuracy: list[float]
    best: int | None
    best_state: dict[str, Tensor]
    stopped: bool
    seconds: float


class Progress(NamedTuple):
    """Where a training is after a step: step of steps, and the curves of the finished epochs.

    share is that of the work done, in 0 ... 1: a step on means over p steps counts 1/p.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    loss: list[float]
    accuracy: list[float]
    seconds: float
    share: float


OnStep = Callable[[Progress], bool | None]  # It returns True to end the training.


def schedule(step: int, steps: int, warmup: float) -> float:
    """Factor of the learning rate: up linearly over warmup * steps, then half a cosine to zero.

    step counts from 0, and warmup is a share in [0, 1). Raises ValueError for a step out of range.
    """
    if not 0 <= step <= steps:
        raise ValueError(f"step must be in 0 ... {steps}, got {step}")
    up = warmup * steps
    if step < up:
        return (step + 1) / (math.floor(up) + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - up) / (steps - up)))


@contextmanager
def in_mode(model: nn.Module, training: bool) -> Iterator[None]:
    """Within it model is in training mode, or is not; afterwards each module is as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@torch.no_grad()
def accuracy(
    model: nn.Module, test: Pair, *, batch: int | None = None, share: tuple[int, int] = (0, 1)
) -> float:
    """The share of test = (x, y) on which the highest score is the right class.

    y is (n,), or (n, L) with a class for each step.
    x is (n, ...), or a tuple of such tensors, the model's arguments. Scores that hold NaN are never
    right. The default batch is 32 on a processor, because 784 steps take twice the time in batches
    of 256, whose tensors are too large to be reused; on a GPU it is 1,024. With share = (rank,
    world) this process tests every world-th example, and all get the share of all. Raises
    ValueError for lengths that differ, for no example, and for a batch below 1.
    """
    test = as_pair("test", test)
    if batch is not None and batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    (x, y), (rank, world) = test, share
    batch = batch or (32 if y.device.type == "cpu" else 1024)
    mine = (part[rank::world] for part in (*parts_of(x), y))
    right = torch.zeros((), dtype=torch.int64, device=y.device)
    with in_mode(model, training=False):
        for *inputs, classes in zip(*(part.split(batch) for part in mine), strict=True):
            if not len(classes):  # There are fewer examples than processes.
                continue
            scores = model(*inputs)
            right += ((scores.argmax(-1) == classes) & ~scores.isnan().any(-1)).sum()
    if world > 1:
        distributed.all_reduce(right)
    return right.item() / y.numel()
