"""The associative scan: x_t = a_t x_(t-1) + b_t for all t, in few parallel sweeps."""

import torch
from torch import Tensor

Pair = tuple[Tensor, Tensor]


def combine(first: Pair, second: Pair) -> Pair:
    """(a2, b2) o (a1, b1) = (a2 a1, a2 b1 + b2): the earlier pair comes first. Elementwise.

    Associative and not commutative; Blelloch 1990, section 1.4.
    """
    (a1, b1), (a2, b2) = first, second
    return a2 * a1, a2 * b1 + b2


def scan_by_doubling(a: Tensor, b: Tensor) -> Tensor:
    """x_t = a_t x_(t-1) + b_t from x_(-1) = 0, in ceil(log2 L) sweeps of `combine`.

    a and b (B, L, ...); returns x of the same shape. After the sweep with distance d, entry t
    covers the last 2d steps. Hillis & Steele 1986. The definition that `scan` is tested against.
    """
    d = 1
    while d < b.shape[1]:
        earlier = (a[:, :-d], b[:, :-d])
        a_d, b_d = combine(earlier, (a[:, d:], b[:, d:]))
        a, b = torch.cat([a[:, :d], a_d], 1), torch.cat([b[:, :d], b_d], 1)
        d *= 2
    return b
