"""The associative scan: x_t = a_t x_(t-1) + b_t for all t, in few parallel sweeps."""

import torch
from torch import Tensor

Pair = tuple[Tensor, Tensor]


def combine(first: Pair, second: Pair) -> Pair:
    """(a2, b2) o (a1, b1) = (a2 a1, a2 b1 + b2), elementwise; the earlier pair comes first.

    The pair stands for the step x' = a x + b, so that this is one step after another: associative
    and not commutative. The source is Blelloch 1990, section 1.4.

    >>> combine((torch.tensor(2.0), torch.tensor(1.0)), (torch.tensor(3.0), torch.tensor(5.0)))
    (tensor(6.), tensor(8.))
    """
    (a1, b1), (a2, b2) = first, second
    return a2 * a1, a2 * b1 + b2


def scan_by_doubling(a: Tensor, b: Tensor) -> Tensor:
    """x_t = a_t x_(t-1) + b_t from x_(-1) = 0, in ceil(log2 L) sweeps of `combine`.

    a, b and the result x are (B, L, ...). After the sweep with distance d, entry t covers the
    last 2d steps. The source is Hillis & Steele 1986. This is the definition of
    `sslearn.fast.scan`, which is tested equal to it.

    >>> a, b = torch.full((1, 4, 1), 0.5), torch.tensor([1.0, 0.0, 0.0, 4.0])
    >>> scan_by_doubling(a, b[None, :, None]).flatten().tolist()
    [1.0, 0.5, 0.25, 4.125]
    """
    d = 1
    while d < b.shape[1]:
        earlier = (a[:, :-d], b[:, :-d])
        a_d, b_d = combine(earlier, (a[:, d:], b[:, d:]))
        a, b = torch.cat([a[:, :d], a_d], 1), torch.cat([b[:, :d], b_d], 1)
        d *= 2
    return b
