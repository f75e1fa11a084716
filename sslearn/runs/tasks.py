"""What can be trained on: every task as two pairs (x, y), read from files or made by a rule."""

import os
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn import data
from sslearn.data.files import DataError, read_npz, write_whole
from sslearn.data.made import PATHFINDER32, PATHX, SYMBOLS, listops, pathfinder
from sslearn.data.made.parallel import OnMade
from sslearn.training import Pair


class Source(NamedTuple):
    """A task before its data are read: what a model must know of it, and how they are read.

    d_input is the number of inputs a step, or with tokens of symbols; with pairs an example is two
    sequences, and with each every step has a class, y (n, L). read(on_made) returns the pairs
    (x, y) of training and test. With local, steps that are neighbours belong together, so that a
    mean of them still says something.
    """

    d_input: int
    classes: int
    read: Callable[[OnMade | None], tuple[Pair, Pair]]
    tokens: bool = False
    pairs: bool = False
    local: bool = True
    each: bool = False
    read_test: Callable[[], Pair] | None = None  # for a test that is read without the training


class Task(NamedTuple):
    """train and test are (x, y), x (n, L, d_input), or tokens with their lengths: (n, L), (n,).

    With pairs, tokens are (n, 2, L) and lengths (n, 2). chance is the share of the test's most
    frequent class.
    """

    train: Pair
    test: Pair
    d_input: int
    classes: int
    tokens: bool
    pairs: bool
    chance: float


def small(x: Tensor) -> Tensor:
    """28 x 28 pixels as 14 x 14, one a step: (n, 28, 28) -> (n, 196, 1)."""
    return data.sequential(data.pooled(x))


def grey(x: Tensor) -> Tensor:
    """Colours as shades of grey, one pixel a step: (n, 32, 32, 3) -> (n, 1024, 1)."""
    return data.sequential(data.gray(x))


def tiles(x: Tensor) -> Tensor:
    """32 x 32 pixels in blocks of 4 x 4: 64 steps of 16 values (x - 0.1) / 0.2.

    That brings them to the order of one: a pixel's own standard deviation is 0.15.
    """
    return (data.blocks(x, 4) - 0.1) / 0.2


def lengths_of(x: Tensor) -> Tensor:
    """The number of tokens before the padding of zeros, at least 1; x is (n, ..., L).

    It takes a thousand rows at a time, because eight bytes for each token of Retrieval would be
    9 GB.
    """
    steps = torch.arange(1, x.shape[-1] + 1)
    return torch.cat([torch.where(rows > 0, steps, 1).amax(-1) for rows in x.split(1000)])


def _digits(on_made) -> tuple[Pair, Pair]:
    """The test is the first fifth of a random order, which is the same on every machine."""
    x, y = data.digits()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    cut, x = round(0.2 * len(y)), data.sequential(x)
    return (x[order[cut:]], y[order[cut:]]), (x[order[:cut]], y[order[:cut]])


def _images(on_made, *, load, form) -> tuple[Pair, Pair]:
    """A set of images that load() reads from files, each one a sequence form(x)."""
    (x, y), (x_test, y_test), _ = load()
    return (form(x), y.long()), (form(x_test), y_test.long())


def _texts(on_made, *, load) -> tuple[Pair, Pair]:
    """A set of texts that load() reads from files."""
    texts = load()
    return _with_lengths(texts.train), _with_lengths(texts.test)


def _characters(on_made) -> tuple[Pair, Pair]:
    """The addresses in pieces of 256 characters, whose next ones are the classes."""
    train, _, _ = data.addresses()
    return data.windows(train, PIECE), _held_out()


def _held_out() -> Pair:
    x, y = data.windows(data.held_out(), PIECE)
    return x, y.long()


def _made(on_made, *, name, make, train, test, form=None) -> tuple[Pair, Pair]:
    """A set that make(n) makes with the seed 0, once: later it is read from the data folder.

    The first examples are the training set. form makes a sequence of an image; without a form x
    are tokens.
    """
    path = data.data_folder() / f"{name}.npz"
    if not path.exists():
        made = make(train + test, workers=os.cpu_count() or 1, on_made=on_made)
        arrays = {"x": made.x.numpy(), "y": made.y.numpy()}
        write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    advice = "run the same command again to make it anew"
    arrays = read_npz(path, ("x", "y"), advice)
    n = train + test
    kinds = [f"{len(np.atleast_1d(array))} of {array.dtype}" for array in arrays]
    if kinds != [f"{n} of uint8", f"{n} of int64"]:
        what = f"x must be {n} of uint8 and y {n} of int64, got {' and '.join(kinds)}"
        raise DataError(f"{path}: {what}; delete it, then {advice}.")
    x, y = (torch.from_numpy(array) for array in arrays)
    if form is None:
        return _with_lengths((x[:train], y[:train])), _with_lengths((x[train:], y[train:]))
    x, y = form(x), y.long()
    return (x[:train], y[:train]), (x[train:], y[train:])


def _with_lengths(pair: Pair) -> Pair:
    x, y = pair
    return (x, lengths_of(x)), y.long()


def _grey_images(load, form) -> Source:
    return Source(d_input=1, classes=10, read=partial(_images, load=load, form=form))


def _listops(name, train, **rule) -> Source:
    make = partial(listops, **rule)
    read = partial(_made, name=name, make=make, train=train, test=2_000)
    return Source(d_input=len(SYMBOLS), classes=10, read=read, tokens=True)


def _pathfinder(name, train, test, canvas, form=data.sequential, d_input=1) -> Source:
    make = partial(pathfinder, canvas=canvas)
    read = partial(_made, name=name, make=make, train=train, test=test, form=form)
    return Source(d_input=d_input, classes=2, read=read)


def _bytes(load, pairs=False) -> Source:
    read = partial(_texts, load=load)
    return Source(d_input=256, classes=2, read=read, tokens=True, pairs=pairs)


PIECE = 256  # characters
EASY = PATHFINDER32._replace(contour=6)
ALONE = EASY._replace(distractor_dashes=0)
TASKS = {
    "digits": Source(d_input=1, classes=10, read=_digits),
    "smnist": _grey_images(data.mnist, data.sequential),
    "psmnist": _grey_images(data.mnist, data.permuted)._replace(local=False),
    "smnist14": _grey_images(data.mnist, small),
    "fashion14": _grey_images(data.fashion_mnist, small),
    "listops-short": _listops(
        "listops-short", 20_000, min_length=20, max_length=200, max_depth=6, max_args=5
    ),
    "pathfinder-easy": _pathfinder("pathfinder-easy", 20_000, 2_000, EASY),
    "pathfinder-short": _pathfinder("pathfinder-short", 60_000, 5_000, ALONE, tiles, d_input=16),
    "listops": _listops("listops", 98_000),
    "pathfinder": _pathfinder("pathfinder", 180_000, 20_000, PATHFINDER32),
    "path-x": _pathfinder("path-x", 180_000, 20_000, PATHX),
    "image": _grey_images(data.cifar10, grey),
    "text": _bytes(data.imdb),
    "retrieval": _bytes(data.retrieval, pairs=True),
    "characters": Source(
        len(data.ALPHABET),
        len(data.ALPHABET),
        _characters,
        tokens=True,
        each=True,
        read_test=_held_out,
    ),
}


def load_test(name: str) -> Pair:
    """A task's test, which may be at hand where its training data are not.

    Raises ValueError for an unknown name, DataError for files that are missing or altered.
    """
    if name in TASKS and TASKS[name].read_test is not None:
        return TASKS[name].read_test()
    return load_task(name).test


def load_task(name: str, on_made: OnMade | None = None) -> Task:
    """Read a task's data; data that a rule makes are made and kept the first time.

    on_made(made, n) is called meanwhile. Raises ValueError for an unknown name, DataError for
    files that are missing or altered.
    """
    if name not in TASKS:
        raise ValueError(f"task must be one of {sorted(TASKS)}, got {name!r}")
    source = TASKS[name]
    train, test = source.read(on_made)
    chance = torch.bincount(test[1].flatten()).max() / test[1].numel()
    return Task(
        train, test, source.d_input, source.classes, source.tokens, source.pairs, float(chance)
    )
