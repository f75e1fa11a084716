"""Images (N, rows, columns) as sequences (N, L, H) of float32; uint8 pixels become x / 255."""

import numpy as np
import torch
from torch import Tensor

PERMUTATION_SEED = 92916  # of the permuted form; S4 uses bit reversal instead


def _unit(x):
    if x.ndim != 3:
        raise ValueError(f"x must be (N, rows, columns), got shape {tuple(x.shape)}")
    return x.float().div_(255) if x.dtype == torch.uint8 else x.float()  # Path-X: 13 GB, once


def sequential(x: Tensor) -> Tensor:
    """One pixel a step, row after row: (N, rows, columns) -> (N, rows * columns, 1)."""
    return _unit(x).flatten(1)[..., None]


def permuted(x: Tensor) -> Tensor:
    """`sequential`, its steps in the order RandomState(92916).permutation(rows * columns).

    For 28 x 28 it starts 319, 576, 323, 107. Other works use other orders (S4: bit reversal), so
    results compare only under the same one. Returns (N, rows * columns, 1).
    """
    order = np.random.RandomState(PERMUTATION_SEED).permutation(x[0].numel())
    return sequential(x)[:, order]


def rows(x: Tensor) -> Tensor:
    """One row a step: (N, rows, columns) -> (N, L = rows, H = columns)."""
    return _unit(x)


def pooled(x: Tensor) -> Tensor:
    """The mean of each 2 x 2 block: (N, 28, 28) -> (N, 14, 14) in 0 ... 1; odd sides raise."""
    if x.ndim != 3 or x.shape[1] % 2 or x.shape[2] % 2:
        raise ValueError(f"x must be (N, rows, columns), both even, got shape {tuple(x.shape)}")
    return _unit(x).unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).mean((2, 4))


def blocks(x: Tensor, side: int) -> Tensor:
    """One block of side x side pixels a step: (N, rows, columns) -> (N, L, H = side * side).

    L = rows / side * columns / side; blocks row after row, as are the pixels in each. Raises
    ValueError for a side that does not divide both.
    """
    if side < 1 or x.ndim != 3 or x.shape[1] % side or x.shape[2] % side:
        raise ValueError(
            f"x must be (N, rows, columns), both multiples of side = {side}, got {tuple(x.shape)}"
        )
    tiles = _unit(x).unflatten(2, (-1, side)).unflatten(1, (-1, side))  # (N, down, i, across, j)
    return tiles.transpose(2, 3).flatten(3).flatten(1, 2)


def gray(x: Tensor) -> Tensor:
    """0.2989 red + 0.5870 green + 0.1140 blue, rounded: (N, rows, columns, 3) uint8 -> uint8 grey.

    The weights are those of TensorFlow's rgb_to_grayscale, which LRA uses.
    """
    if x.ndim != 4 or x.shape[3] != 3:
        raise ValueError(f"x must be (N, rows, columns, 3), got shape {tuple(x.shape)}")
    return (x.float() @ torch.tensor([0.2989, 0.5870, 0.1140])).round().to(torch.uint8)
