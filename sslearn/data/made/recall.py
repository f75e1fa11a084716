"""Delayed recall, a task that only a memory solves, and the accuracy reached without memory."""

from typing import NamedTuple

import torch
from torch import Tensor


class Recall(NamedTuple):
    """Sequences x (n, L, inputs) and classes y (n,); chance is the accuracy 1 / classes."""

    x: Tensor
    y: Tensor
    chance: float


def delayed_recall(
    n: int, *, delay: int, classes: int = 8, noise: float = 0.05, generator: torch.Generator
) -> Recall:
    """n sequences whose class y is the symbol shown `delay` steps before the last, L = delay + 1.

    x[:, 0] is the symbol, one-hot in the first `classes` inputs. The last input is 1 at the last
    step, which is the moment to answer. White noise of sd `noise` is added everywhere. x is (n, L,
    classes + 1), y is (n,). Raises ValueError for n or delay below 1, classes below 2, noise below
    0.

    >>> x, y, chance = delayed_recall(3, delay=9, generator=torch.Generator().manual_seed(0))
    >>> x.shape, chance
    (torch.Size([3, 10, 9]), 0.125)
    """
    for name, value, low in (("n", n, 1), ("delay", delay, 1), ("classes", classes, 2)):
        if not (isinstance(value, int) and value >= low):
            raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    y = torch.randint(classes, (n,), generator=generator)
    x = noise * torch.randn(n, delay + 1, classes + 1, generator=generator)
    x[torch.arange(n), 0, y] += 1
    x[:, -1, -1] += 1
    return Recall(x, y, 1 / classes)


def memoryless_accuracy(train: Recall, test: Recall) -> float:
    """The accuracy on test of the best linear map of the last input x[:, -1] alone.

    The map is fitted to train by least squares on one-hot classes. Its accuracy is what a linear
    model without memory can reach.
    """
    classes = int(train.y.max()) + 1

    def last(task):
        return torch.cat([task.x[:, -1], torch.ones(len(task.y), 1)], 1).double()

    goal = torch.nn.functional.one_hot(train.y, classes).double()
    W = torch.linalg.lstsq(last(train), goal).solution  # (inputs + 1, classes)
    return ((last(test) @ W).argmax(1) == test.y).double().mean().item()
