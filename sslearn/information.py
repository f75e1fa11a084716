"""What one variable says of another, in bits: mutual information and entropy."""

import math

import torch
from torch import Tensor


def pair_counts(a: Tensor, b: Tensor) -> Tensor:
    """How often each value of a meets each value of b: the table (values of a, values of b).

    a and b are (n,) and paired; each value is a symbol of its own. The counts are float64.
    The function raises ValueError for shapes that differ or are not (n,).
    """
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"a and b must have one shape (n,), got {a.shape} and {b.shape}")
    (_, a), (_, b) = (torch.unique(x, return_inverse=True) for x in (a, b))
    table = torch.zeros(int(a.max()) + 1, int(b.max()) + 1, dtype=torch.float64)
    return table.index_put_((a, b), torch.ones(len(a), dtype=torch.float64), accumulate=True)


def shared_bits(table: Tensor) -> float:
    """Mutual information sum P(a, b) log2(P(a, b) / (P(a) P(b))) of a joint distribution, in bits.

    table (m, n) holds counts or probabilities, P(a, b) up to a factor. The result says how many
    bits of a are left in b; for b = a it is the entropy of a.
    The function raises ValueError for a table that is negative somewhere or 0 everywhere.

    >>> a, b = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3]), torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
    >>> shared_bits(pair_counts(a, a)), shared_bits(pair_counts(a, b))  # b tells two halves apart
    (2.0, 1.0)
    """
    if table.ndim != 2 or not ((table >= 0).all() and table.sum() > 0):
        shape, least = tuple(table.shape), table.min() if table.numel() else "nothing"
        rule = "(m, n), at least 0 everywhere and not 0 everywhere"
        raise ValueError(f"table must be {rule}, got {shape} with the least entry {least}")
    joint = table.double() / table.double().sum()
    apart = joint.sum(1, keepdim=True) * joint.sum(0)
    here = joint > 0
    return float((joint[here] * (joint[here] / apart[here]).log2()).sum())


def entropy(p: Tensor) -> Tensor:
    """H(p) = -p log2 p - (1 - p) log2 (1 - p) in bits, and 0 at p = 0 and 1; p has any shape."""
    q = 1 - p
    return -(torch.xlogy(p, p) + torch.xlogy(q, q)) / math.log(2)


def information(p: Tensor) -> Tensor:
    """I(s; v) = H(mean p) - mean H(p) in bits: what one slot, spike or none, says of v.

    p (..., n) is the probability of a spike at n equally likely values of v; the result is (...).
    For a spike that is not drawn p is 0 or 1, and I is the entropy of the rate.
    """
    bits = entropy(p.mean(-1))
    sharp = bool(((p == 0) | (p == 1)).all())
    return bits if sharp else bits - entropy(p).mean(-1)
