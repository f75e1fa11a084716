"""What can be trained on: every task as two pairs (x, y), from files or by its generator."""

import os
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn import data
from sslearn.data.files import read_npz, write_whole
from sslearn.data.made import PATHFINDER32, PATHX, listops, pathfinder
from sslearn.data.made.parallel import OnMade

Pair = tuple[Tensor | tuple[Tensor, Tensor], Tensor]


class Task(NamedTuple):
    """train and test are (x, y), x (n, L, d_input), or tokens with their lengths: (n, L), (n,).

    Retrieval's x is tokens (n, 2, L) and lengths (n, 2). chance is the share of the test's most
    frequent class.
    """

    train: Pair
    test: Pair
    d_input: int
    classes: int
    tokens: bool
    chance: float


def _digits(on_made):
    x, y = data.digits()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    cut, x = round(0.2 * len(y)), data.sequential(x)
    return (x[order[cut:]], y[order[cut:]]), (x[order[:cut]], y[order[:cut]])


def _images(load, form, on_made):
    train, test, _ = load()
    return tuple((form(x), y.long()) for x, y in (train, test))


def small(x: Tensor) -> Tensor:
    """14 x 14 pixels, one a step."""
    return data.sequential(data.pooled(x))


def _lengths(x: Tensor) -> Tensor:
    """The number of tokens before the padding of zeros, at least 1. x (n, ..., L).

    A thousand rows at a time: eight bytes for each token of Retrieval would be 9 GB.
    """
    steps = torch.arange(1, x.shape[-1] + 1)
    return torch.cat([torch.where(rows > 0, steps, 1).amax(-1) for rows in x.split(1000)])


def _with_lengths(pair):
    x, y = pair
    return (x, _lengths(x)), y.long()


def _texts(load, on_made):
    found = load()
    return _with_lengths(found.train), _with_lengths(found.test)


def _split(x, y, test):
    return (x[:-test], y[:-test]), (x[-test:], y[-test:])


def _made(name, make, on_made):
    """x and y from the data folder, made once: the generator's seed is 0."""
    path = data.data_folder() / f"{name}.npz"
    if not path.exists():
        found = make(workers=os.cpu_count() or 1, on_made=on_made)
        arrays = {"x": found.x.numpy(), "y": found.y.numpy()}
        write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    x, y = read_npz(path, ("x", "y"), "run the same command again to make it anew")
    return torch.from_numpy(x), torch.from_numpy(y).long()


def _listops(name, n, test, rule, on_made):
    x, y = _made(name, partial(listops, n + test, **rule), on_made)
    train, held = _split(x, y, test)
    return _with_lengths(train), _with_lengths(held)


def _pathfinder(name, n, test, canvas, form, on_made):
    x, y = _made(name, partial(pathfinder, n + test, canvas=canvas), on_made)
    return _split(form(x), y, test)


def tiles(x: Tensor) -> Tensor:
    """32 x 32 pixels in blocks of 4 x 4: 64 steps of 16 values (x - 0.1) / 0.2."""
    return (data.blocks(x, 4) - 0.1) / 0.2


SHORT = {"min_length": 20, "max_length": 200, "max_depth": 6, "max_args": 5}
EASY = PATHFINDER32._replace(contour=6)
TASKS = {
    "digits": _digits,
    "smnist": partial(_images, data.mnist, data.sequential),
    "psmnist": partial(_images, data.mnist, data.permuted),
    "smnist14": partial(_images, data.mnist, small),
    "fashion14": partial(_images, data.fashion_mnist, small),
    "listops-short": partial(_listops, "listops-short", 20_000, 2_000, SHORT),
    "pathfinder-easy": partial(
        _pathfinder, "pathfinder-easy", 20_000, 2_000, EASY, data.sequential
    ),
    "pathfinder-short": partial(
        _pathfinder, "pathfinder-short", 60_000, 5_000, EASY._replace(distractor_dashes=0), tiles
    ),
    "listops": partial(_listops, "listops", 98_000, 2_000, {}),
    "pathfinder": partial(
        _pathfinder, "pathfinder", 180_000, 20_000, PATHFINDER32, data.sequential
    ),
    "path-x": partial(_pathfinder, "path-x", 180_000, 20_000, PATHX, data.sequential),
    "image": partial(_images, data.cifar10, lambda x: data.sequential(data.gray(x))),
    "text": partial(_texts, data.imdb),
    "retrieval": partial(_texts, data.retrieval),
}


def load_task(name: str, on_made: OnMade | None = None) -> Task:
    """Read a task's data, or make and keep it; on_made(done, n) tells how far that is.

    Raises ValueError for an unknown name, DataError for missing or altered files.
    """
    if name not in TASKS:
        raise ValueError(f"task must be one of {sorted(TASKS)}, got {name!r}")
    return as_task(*TASKS[name](on_made))


def as_task(train: Pair, test: Pair) -> Task:
    """The sizes of a task, read off its data."""
    x, y = test
    counts, tokens = torch.bincount(y), isinstance(x, tuple)
    d_input = int(max(train[0][0].max(), x[0].max())) + 1 if tokens else x.shape[-1]
    classes = int(train[1].max()) + 1
    return Task(train, test, d_input, classes, tokens, float(counts.max() / len(y)))
