"""What a network needs besides sums and products, on integers alone: tables, roots, coins.

Every function takes and returns int64 tensors. The C of `to_c` has a twin of each, which gives the
same integers.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.deploy.fixed import next_word, shift_round

INDEX_BITS = 5  # A table has an entry for each 1/32 of its argument,
ENTRIES = 256  # up to 8, where it keeps its last,
GATE_BITS = 15  # in units of 2^-15.
ROOTS = tuple(round(2**16 / math.sqrt((i + 0.5) / 32)) for i in range(8, 32))
ROOT_SHARE = 2.0**-14  # `inverse_root` is right to this share.
WIDE = 24  # the bits of a deviation that the layer norm squares


def sigmoid_table() -> Tensor:
    """round(2^15 / (1 + exp(-i / 32))) for i = 0 ... 255."""
    return _table(torch.sigmoid)


def normal_table() -> Tensor:
    """round(2^15 Phi(i / 32)), i = 0 ... 255: GELU(x) = x Phi(x), Phi the normal distribution."""
    return _table(torch.special.ndtr)


def _table(f):
    x = torch.arange(ENTRIES, dtype=torch.float64) / 2**INDEX_BITS
    return (f(x) * 2**GATE_BITS + 0.5).floor().long().clamp(max=2**GATE_BITS - 1)


def look_up(table: Tensor, index: Tensor) -> Tensor:
    """f(index / 32) in units of 2^-15 from the table of an f with f(-x) = 1 - f(x); any shape."""
    right = table[index.abs().clamp(max=ENTRIES - 1)]
    return torch.where(index < 0, 2**GATE_BITS - right, right)


def saturate(x: Tensor, bits: int) -> Tensor:
    """x, clipped to -(2^(bits-1) - 1) ... 2^(bits-1) - 1."""
    top = 2 ** (bits - 1) - 1
    return x.clamp(-top, top)


def floor_root_power(Q: Tensor) -> Tensor:
    """The j with Q in 4^j 2^28 ... 4^j 2^30, for Q from 1 to 2^60."""
    return sum((Q >= 2 ** (30 + 2 * i)).long() for i in range(-14, 15)) - 14


def inverse_root(Q: Tensor) -> tuple[Tensor, Tensor]:
    """y and j of 1 / sqrt(Q) = y / 2^(31+j), right to a share of 2^-14; Q from 1 to 2^60.

    Q is m 4^j with m in 2^28 ... 2^30. A table of 24 entries gives y within 3 %, and two steps of
    Newton's method, y (3 - m y^2) / 2, the rest.
    """
    j = floor_root_power(Q)
    twice = j << 1
    m = torch.where(j > 0, Q >> twice.clamp(min=0), Q << (-twice).clamp(min=0))
    y = torch.tensor(ROOTS)[(m >> 25) - 8]
    m = m >> 14
    for _ in range(2):
        y = y * ((3 << 16) - (m * (y * y >> 16) >> 16)) >> 17
    return y, j


class LayerNorm(NamedTuple):
    """(r - mean r) / sqrt(var r + eps) * weight + bias on integers r (B, H), any unit.

    With d = H r - sum r, which needs no division, this is d / sqrt(sum d^2 + eps H^3) sqrt(H)
    weight + bias. G (H,) holds sqrt(H) weight, o (H,) the bias and eps eps H^3, each in its unit;
    shift brings the result to its own.
    """

    G: Tensor
    o: Tensor
    eps: int
    shift: int

    def __call__(self, r: Tensor) -> Tensor:
        """(B, H) to (B, H), in 16 bits."""
        d = r * r.shape[-1] - r.sum(-1, keepdim=True)
        size = d.abs().amax(-1, keepdim=True)
        p = sum((size >= 2 ** (WIDE + i)).long() for i in range(24))  # so that d takes 24 bits
        d = d >> p
        eps = torch.full_like(p, self.eps) >> (p << 1)
        Q = (d * d).sum(-1, keepdim=True) + eps.clamp(min=1)
        y, j = inverse_root(Q)
        t = shift_by(d * y, 16 + j)  # d / sqrt(Q) in units of 2^-15, which is at most 1
        return saturate(shift_round(t * self.G + self.o, self.shift, "nearest"), 16)


def shift_by(v: Tensor, shift: Tensor) -> Tensor:
    """v / 2^shift, rounded to the nearest, where each v has a shift >= 1 of its own."""
    return (v + (torch.ones_like(shift) << (shift - 1))) >> shift


@lru_cache(maxsize=8)
def _jumps(n: int) -> Tensor:
    """(n, 32): the word after i + 1 steps of xorshift32 that starts at 2^j, for all i and j."""
    rows = [torch.tensor([1 << j for j in range(32)])]
    for _ in range(n):
        rows.append(next_word(rows[-1]))
    return torch.stack(rows[1:])


def draw_words(r: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The n words (n,) of xorshift32 after r (), and the last of them, from which it goes on.

    A word is linear in the bits of the first, over exclusive or, so that all are drawn at once.
    """
    bits = r >> torch.arange(32) & 1
    words = _jumps(n) * bits  # (n, 32)
    while words.shape[1] > 1:
        left, right = words.chunk(2, 1)
        words = left ^ right
    return words[:, 0], words[-1, 0]
