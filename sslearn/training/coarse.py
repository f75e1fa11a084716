"""Coarse first: the first epochs read means over p steps, each of which lasts p of the model's.

The sequences are then 1/p as long, so that an epoch takes about 1/p of the time, and what it has
taught still holds when the model's unit of time is one step again.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from sslearn.data import averaged
from sslearn.training.arguments import Pair, Stage


class Resolutions:
    """Which p each epoch has, the data averaged over it, and the model whose unit of time follows.

    The stages of `coarse` come first, then `epochs` at p = 1. Raises ValueError, before anything
    is averaged or trained, for a model without a unit of time, for tokens, and for a length that
    a p does not divide.
    """

    def __init__(
        self, model: nn.Module, train: Pair, test: Pair, coarse: Sequence[Stage], epochs: int
    ):
        stages = [*coarse, Stage(1, epochs)]
        self.of = [p for p, length in stages for _ in range(length)]  # the p of each epoch
        self.model, self.full, self.p = model, (train, test), 1
        if coarse:
            require_unit_of_time(model)
        for p, _ in coarse:
            for x, _ in self.full:
                averaged(x[:1] if isinstance(x, Tensor) else x, p)

    def enter(self, k: int) -> tuple[Pair, Pair] | None:
        """Bring the model to the p of epoch k; returns train and test at it, or None if p stays.

        The optimiser's moments stay as they are, because log dt gets an added constant, which
        leaves the units of its gradient alone.
        """
        p = self.of[k]
        if p == self.p:
            return None
        self.rescale(p)
        train, test = ((averaged(x, p), y) for x, y in self.full)
        return train, test

    def share(self, epochs: float) -> float:
        """The share of the whole work that so many epochs are, one at p being 1/p."""
        costs, whole = [1 / p for p in self.of], int(epochs)
        begun = (epochs - whole) * costs[whole] if epochs > whole else 0.0
        return (sum(costs[:whole]) + begun) / sum(costs)

    def rescale(self, p: int) -> None:
        """Let one step of the model stand for p steps of the full data."""
        if p != self.p:
            self.model.rescale_time(p / self.p)
            self.p = p


def require_unit_of_time(model: nn.Module) -> None:
    """Raise ValueError, and leave the model as it is, if its unit of time cannot be rescaled."""
    if not hasattr(model, "rescale_time"):
        name = type(model).__name__
        raise ValueError(f"coarse stages need a model with rescale_time(p), which {name} lacks")
    try:
        model.rescale_time(1)  # It changes nothing.
    except ValueError as error:
        raise ValueError(f"coarse stages need a unit of time: {error}") from None
