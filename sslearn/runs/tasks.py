"""What can be trained on: tasks as (x, y) pairs, and the presets of their hyperparameters."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data import digits, fashion_mnist, mnist, permuted, pooled, sequential

Pair = tuple[Tensor | tuple[Tensor, Tensor], Tensor]


class Task(NamedTuple):
    """train and test are (x, y), x (n, L, d_input), or (tokens (n, L), lengths (n,)).

    chance is the share of the test's most frequent class.
    """

    train: Pair
    test: Pair
    d_input: int
    classes: int
    tokens: bool
    chance: float


class Setting(NamedTuple):
    """Hyperparameters of a run; AdamW, cosine schedule with warm-up, mean pooling."""

    depth: int
    H: int
    lr: float
    batch: int
    epochs: int
    weight_decay: float = 0.01
    norm: str = "layer"
    prenorm: bool = False
    dropout: float = 0.0
    N: int = 64
    dt_min: float = 1e-3
    warmup: float = 0.1


PRESETS = {
    "small": {
        "digits": Setting(2, 32, 0.01, 32, 30, N=16, dt_min=1e-2),
        "smnist": Setting(2, 64, 0.008, 50, 20, N=32),
        "psmnist": Setting(2, 64, 0.008, 50, 20, N=32),
        "smnist14": Setting(2, 48, 0.008, 50, 5, N=32),
        "fashion14": Setting(2, 48, 0.008, 50, 5, N=32),
    },
    "paper": {  # SpikingSSM's for sequential MNIST; the course's reference names the source
        "smnist": Setting(2, 400, 0.01, 50, 100, dropout=0.1),
        "psmnist": Setting(2, 400, 0.01, 50, 100, dropout=0.1),
    },
}


def _held_out(x: Tensor, y: Tensor, share: float, seed: int) -> tuple[Pair, Pair]:
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    test, train = order[: round(share * len(y))], order[round(share * len(y)) :]
    return (x[train], y[train]), (x[test], y[test])


def _digits():
    x, y = digits()
    return _held_out(sequential(x), y, 0.2, seed=0)


def _images(load, form):
    train, test, _ = load()
    return tuple((form(x), y.long()) for x, y in (train, test))


TASKS = {
    "digits": _digits,
    "smnist": lambda: _images(mnist, sequential),
    "psmnist": lambda: _images(mnist, permuted),
    "smnist14": lambda: _images(mnist, lambda x: sequential(pooled(x))),
    "fashion14": lambda: _images(fashion_mnist, lambda x: sequential(pooled(x))),
}


def load_task(name: str) -> Task:
    """Read a task's data. Raises ValueError for an unknown name, DataError for missing files."""
    if name not in TASKS:
        raise ValueError(f"task must be one of {sorted(TASKS)}, got {name!r}")
    train, test = TASKS[name]()
    x, y = test
    counts = torch.bincount(y)
    tokens = isinstance(x, tuple)
    d_input = int(max(train[0][0].max(), x[0].max())) + 1 if tokens else x.shape[-1]
    return Task(train, test, d_input, len(counts), tokens, float(counts.max() / len(y)))
