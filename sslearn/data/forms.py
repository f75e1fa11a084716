"""Images (N, rows, columns) as sequences (N, L, H) of float32; uint8 pixels become x / 255.

All forms raise ValueError for an x of another rank, and for one that is neither uint8 nor of
floats. NaN stays NaN.
"""

import numpy as np
import torch
from torch import Tensor

from sslearn.data.arguments import require_whole

PERMUTATION_SEED = 92916  # This is the seed of `permuted`; S4 uses bit reversal instead.


def _unit(x):
    if x.ndim != 3:
        raise ValueError(f"x must be (N, rows, columns), got shape {tuple(x.shape)}")
    if x.dtype != torch.uint8 and not x.is_floating_point():
        raise ValueError(f"x must be uint8 or of floats, got {x.dtype}")
    # The division is in place, because Path-X takes 13 GB in float32.
    return x.float().div_(255) if x.dtype == torch.uint8 else x.float()


def sequential(x: Tensor) -> Tensor:
    """One pixel a step, row after row: (N, rows, columns) -> (N, L = rows * columns, 1).

    >>> sequential(torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)).flatten()
    tensor([0.0000, 0.2000, 0.4000, 1.0000])
    """
    return _unit(x).flatten(1)[..., None]


def permuted(x: Tensor) -> Tensor:
    """`sequential`, its steps in the order RandomState(92916).permutation(rows * columns).

    For 28 x 28 the order starts 319, 576, 323, 107. Other works use other orders (S4 has bit
    reversal), so results compare only under the same one. Returns (N, L = rows * columns, 1).

    >>> permuted(torch.arange(4.0).reshape(1, 2, 2)).flatten()
    tensor([0., 3., 2., 1.])
    """
    x = sequential(x)
    return x[:, np.random.RandomState(PERMUTATION_SEED).permutation(x.shape[1])]


def rows(x: Tensor) -> Tensor:
    """One row a step: (N, rows, columns) -> (N, L = rows, H = columns)."""
    return _unit(x)


def pooled(x: Tensor) -> Tensor:
    """The mean of each 2 x 2 block: (N, 28, 28) -> (N, 14, 14) in 0 ... 1.

    Raises ValueError for an odd number of rows or columns.

    >>> pooled(torch.tensor([[[0.0, 1.0], [1.0, 1.0]]]))
    tensor([[[0.7500]]])
    """
    if x.ndim != 3 or x.shape[1] % 2 or x.shape[2] % 2:
        raise ValueError(f"x must be (N, rows, columns), both even, got shape {tuple(x.shape)}")
    return _unit(x).unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).mean((2, 4))


def blocks(x: Tensor, side: int) -> Tensor:
    """One block of side x side pixels a step: (N, rows, columns) -> (N, L, H = side * side).

    L is rows / side * columns / side. The blocks come row after row, and so do the pixels in each.
    Raises ValueError for a side that does not divide both.

    >>> blocks(torch.arange(16.0).reshape(1, 4, 4), 2)[0, 1]
    tensor([2., 3., 6., 7.])
    """
    require_whole(1, side=side)
    if x.ndim != 3 or x.shape[1] % side or x.shape[2] % side:
        raise ValueError(
            f"x must be (N, rows, columns), both multiples of side = {side}, got {tuple(x.shape)}"
        )
    tiles = _unit(x).unflatten(2, (-1, side)).unflatten(1, (-1, side))  # (N, down, i, across, j)
    return tiles.transpose(2, 3).flatten(3).flatten(1, 2)


def averaged(x: Tensor, p: int) -> Tensor:
    """y[k] = (x[pk] + ... + x[pk + p - 1]) / p, the mean over p steps: (n, L, H) -> (n, L/p, H).

    It takes a sequence of floats, and not an image, because its steps are what is averaged. Raises
    ValueError for tokens, which have no mean, and for a p that does not divide L.

    >>> averaged(torch.tensor([[[0.0], [1.0], [4.0], [6.0]]]), 2).flatten()
    tensor([0.5000, 5.0000])
    """
    require_whole(1, p=p)
    if not isinstance(x, Tensor) or not x.is_floating_point() or x.ndim != 3:
        raise ValueError("x must be sequences (n, L, H) of floats to be averaged, and not tokens")
    if x.shape[1] % p:
        raise ValueError(f"p must divide the length L = {x.shape[1]}, got p = {p}")
    return x if p == 1 else x.unflatten(1, (-1, p)).mean(2)


def gray(x: Tensor) -> Tensor:
    """0.2989 red + 0.5870 green + 0.1140 blue, rounded: (N, rows, columns, 3) uint8 -> uint8 grey.

    The weights are those of TensorFlow's rgb_to_grayscale, which LRA uses. Raises ValueError for
    another shape or dtype.
    """
    if x.ndim != 4 or x.shape[3] != 3 or x.dtype != torch.uint8:
        raise ValueError(
            f"x must be (N, rows, columns, 3) of uint8, got shape {tuple(x.shape)} of {x.dtype}"
        )
    weights = torch.tensor([0.2989, 0.5870, 0.1140], dtype=torch.float32, device=x.device)
    return (x.float() @ weights).round().to(torch.uint8)
