"""A matrix product: what its factors are, what it costs, and the rates that were measured."""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.energy.ledger import Product
from sslearn.energy.operations import PRODUCTS


class Factors(NamedTuple):
    """The product inputs @ matrix, (n, k) and (k, m), n for the tokens; perhaps in a batch.

    fed and values say what the two hold: real numbers, spikes or ternary ones. weights says that
    the matrix is made of weights alone, stored that a bias of weights is added, bias that anything
    is. bits are those of a sum, width those of a number of the matrix in memory.
    """

    inputs: Tensor
    matrix: Tensor
    fed: str
    values: str
    weights: bool
    bias: bool
    stored: bool
    bits: int
    width: int

    @classmethod
    def of(cls, op, tally) -> "Factors | None":
        """The factors of a product that torch ran; None if it scales them or is complex."""
        at = PRODUCTS[op.name]
        A, B = op.args[at : at + 2]
        scales = {op.kwargs.get("alpha", 1), op.kwargs.get("beta", 1)} - {1}
        if scales or A.is_complex() or B.is_complex():
            return None
        a, b = tally.source(A), tally.source(B)
        A = A[None] if A.ndim == 1 else A
        B = B[:, None] if B.ndim == 1 else B
        if a.level < b.level:  # W x in place of x W
            A, B, a, b = B.mT, A.mT, b, a
        values = b.values if b.level else _values_of(B)
        stored = at == 1 and tally.source(op.args[0]).level == 0
        width = b.width if values == "real" else 2
        return cls(A, B, a.values, values, b.level == 0, at == 1, stored, b.width, width)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """n, in all of the batch, k and m."""
        k, m = self.inputs.shape[-1], self.matrix.shape[-1]
        return self.inputs.numel() // k, k, m

    def cost(self) -> dict[str, int]:
        """n k m products if both are real; the first term of a sum is added to the bias, if any."""
        n, k, m = self.sizes
        if self.fed == self.values == "real":
            return {"multiply": n * k * m, "add": n * m * (k if self.bias else k - 1)}
        terms = _counts(self.inputs, self.fed) @ _counts(self.matrix, self.values)
        return {"add": int(terms.sum() if self.bias else (terms - 1).clamp(min=0).sum())}

    def weight_reads(self) -> dict[int, int]:
        """Numbers by their bits: a row of weights for each input, of spikes for those that are."""
        n, k, m = self.sizes
        reads: Counter = Counter()
        if self.weights:
            rows = n * k if self.fed == "real" else int((self.inputs != 0).sum())
            reads[self.width] += rows * m
        if self.stored:
            reads[self.bits] += n * m
        return dict(reads)


def _counts(x: Tensor, values: str) -> Tensor:
    """1 where an entry takes part in a sum: where it is not 0, and everywhere if it is real."""
    return (torch.ones_like(x, dtype=torch.bool) if values == "real" else x != 0).double()


def _values_of(W: Tensor) -> str:
    """Whether weights are ternary; a matrix of zeros is not, because nobody has trained it."""
    few = bool(((W == 0) | (W.abs() == 1)).all() and (W != 0).any())
    return "ternary" if few else "real"


class Account:
    """The rates of each product, summed over the steps."""

    def __init__(self):
        self.sums: Counter = Counter()

    def note(self, place, f: Factors) -> None:
        """Add one step of a product with weights."""
        n, k, m = f.sizes
        if not f.weights:
            return
        key = (*place, k, m, f.bias, f.bits, f.fed, f.values)
        self.sums[key, "tokens"] += n
        for name, x in (("inputs", f.inputs), ("matrix", f.matrix)):
            self.sums[key, name] += x.numel()
            self.sums[key, name, "nonzero"] += int((x != 0).sum())

    def products(self, tokens: int) -> tuple[Product, ...]:
        """Each product by its measured rates."""
        made = []
        for key in dict.fromkeys(key for key, *_ in self.sums):
            layer, part, k, m, *rest = key
            rates = [
                self.sums[key, name, "nonzero"] / self.sums[key, name]
                for name in ("inputs", "matrix")
            ]
            times = self.sums[key, "tokens"] / tokens
            made.append(Product(layer, part, k, m, times, *rest, *rates))
        return tuple(made)
