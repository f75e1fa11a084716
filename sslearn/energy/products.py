"""A matrix product: what its factors are, what it costs, and the rates that were measured."""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.energy.ledger import Product
from sslearn.energy.operations import PRODUCTS


class Factors(NamedTuple):
    """The product X W, (b, n, k) and (b, k, m), X the input: for n tokens k inputs, m outputs."""

    X: Tensor
    W: Tensor
    bias: bool
    bits: int
    fed: str
    weights: str
    level_of_input: int
    level_of_weights: int
    weight_bits: int
    batch: int

    @classmethod
    def of(cls, op, tally) -> "Factors":
        """The factors of a product that torch ran. Of two, the weights are those that stay."""
        at = PRODUCTS[op.name]
        A, B = op.args[at : at + 2]
        a, b = tally.source(A), tally.source(B)
        A = A[None] if A.ndim == 1 else A
        B = B[:, None] if B.ndim == 1 else B
        swap = a.level < b.level  # W x in place of x W
        if swap:
            A, B, a, b = B.mT, A.mT, b, a
        weights = b.values if b.level else _values_of(B)
        width = 2 if weights != "real" else b.width
        return cls(A, B, at == 1, b.width, a.values, weights, a.level, b.level, width, tally.batch)

    @property
    def sums(self) -> tuple[int, int, int]:
        """How many rows of X there are in all, their length, and the columns of W."""
        return self.X.numel() // self.X.shape[-1], self.X.shape[-1], self.W.shape[-1]

    def terms(self) -> Tensor:
        """How many terms each sum of X W has: k, or where spikes or ternary numbers are not 0."""
        X = self.X != 0 if self.fed != "real" else torch.ones_like(self.X, dtype=torch.bool)
        W = self.W != 0 if self.weights != "real" else torch.ones_like(self.W, dtype=torch.bool)
        return X.double() @ W.double()

    def cost(self) -> dict[str, int]:
        """n k m products of real factors; the first term of a sum is added to the bias, if any."""
        n, k, m = self.sums
        if self.X.is_complex() or self.W.is_complex():
            return None
        if self.fed == self.weights == "real":
            return {"multiply": n * k * m, "add": n * m * (k if self.bias else k - 1)}
        terms = self.terms()
        return {"add": int(terms.sum() if self.bias else (terms - 1).clamp(min=0).sum())}

    def weight_reads(self) -> dict[int, int]:
        """The weights that a product reads: a row of W for each input that is a spike, else all."""
        n, k, m = self.sums
        reads: Counter = Counter()
        if self.level_of_weights == 0:
            rows = int((self.X != 0).sum()) if self.fed != "real" else n * k
            reads[self.weight_bits] += rows * m
        if self.bias:
            reads[self.bits] += n * m
        return dict(reads)


def _values_of(W: Tensor) -> str:
    """Whether weights are ternary; a matrix of zeros is not, because nobody has trained it."""
    few = bool(((W == 0) | (W.abs() == 1)).all() and (W != 0).any())
    return "ternary" if few else "real"


class Account:
    """The rates of each product, summed over the steps."""

    def __init__(self):
        self.nonzero: Counter = Counter()

    def note(self, place, f: Factors) -> None:
        """Add one step of a product."""
        _, k, m = f.sums
        key = (*place, k if f.level_of_weights == 0 else 0, m if f.level_of_weights == 0 else 0)
        key = (*key, f.bias, f.bits, f.fed, f.weights)
        n = f.sums[0]
        sums = (n, int((f.X != 0).sum()), f.X.numel(), int((f.W != 0).sum()), f.W.numel())
        for name, number in zip(("n", "x", "X", "w", "W"), sums, strict=True):
            self.nonzero[key, name] += number

    def products(self, tokens: int) -> tuple[Product, ...]:
        """Each product with a weight matrix, by its measured rates."""
        keys = dict.fromkeys(key for key, _ in self.nonzero)
        made = []
        for key in keys:
            n, x, X, w, W = (self.nonzero[key, name] for name in ("n", "x", "X", "w", "W"))
            layer, part, k, m, *rest = key
            if k:
                made.append(Product(layer, part, k, m, n / tokens, *rest, x / X, w / W))
        return tuple(made)
