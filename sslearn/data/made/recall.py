"""Delayed recall, a task that only a memory solves, and the accuracy reached without memory."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data.arguments import require_number, require_pairs, require_whole


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
    require_whole(1, n=n, delay=delay)
    require_whole(2, classes=classes)
    require_number(0, noise=noise)
    y = torch.randint(classes, (n,), generator=generator)
    shape = n, delay + 1, classes + 1
    x = noise * torch.randn(shape, generator=generator, dtype=torch.float32)
    x[torch.arange(n), 0, y] += 1
    x[:, -1, -1] += 1
    return Recall(x, y, 1 / classes)


def memoryless_accuracy(train: Recall, test: Recall) -> float:
    """The accuracy on test of the best linear map of the last input x[:, -1] alone.

    The map is fitted to train by least squares on one-hot classes. Its accuracy is what a linear
    model without memory can reach. Raises ValueError for a part that is empty or has not one class
    for each sequence.
    """
    for name, part in (("train", train), ("test", test)):
        require_pairs(name, part.x, part.y)
    classes = int(train.y.max()) + 1

    def last(task):
        return torch.cat([task.x[:, -1], torch.ones(len(task.y), 1)], 1).double()

    goal = torch.nn.functional.one_hot(train.y, classes).double()
    W = torch.linalg.lstsq(last(train), goal).solution  # (inputs + 1, classes)
    return ((last(test) @ W).argmax(1) == test.y).double().mean().item()
