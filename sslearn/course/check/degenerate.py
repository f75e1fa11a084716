"""Answers that have the right form and not the substance, as properties for any exercise."""

import itertools
import statistics
from collections.abc import Callable, Sequence

import numpy as np
import torch

from sslearn.course.check.compare import DOUBLE, near
from sslearn.course.check.properties import Property


def in_double(*args) -> Property:
    """The property that each tensor or array in f(*args) has double precision."""

    def holds(f):
        return all(_dtype(x) in DOUBLE for x in _parts(f(*args)))

    mistake = "the answer is not in double precision: float32 keeps only seven digits"
    return Property(holds, mistake, "make each tensor with dtype=torch.float64")


def not_negative(*cases: tuple) -> Property:
    """The property that no number in f(*case) is below 0 or NaN, in any case."""

    def holds(f):
        return all((torch.as_tensor(x) >= 0).all() for case in cases for x in _parts(f(*case)))

    mistake = "this must never be below 0, and for some input it is, or it is NaN"
    return Property(holds, mistake, "which inputs have the answer 0? Treat them first")


def own_routes(*args) -> Property:
    """The property that no two parts of f(*args) are one computation handed over twice.

    Two routes to one number round differently somewhere on a long random input, so parts that
    agree in every bit are one route. args must be such an input. A right answer must not have two
    routes with the same operations in the same order.
    """

    def holds(f):
        pairs = itertools.combinations(map(torch.as_tensor, _parts(f(*args))), 2)
        return not any(torch.equal(a, b) for a, b in pairs)

    mistake = "two of your routes agree in every bit, so they are one route given twice"
    return Property(holds, mistake, "compute each answer anew, by its own formula")


def mean_of(values: Sequence[float], run: Callable) -> Property:
    """The property that run(f), which is to be the mean of the values, is no other average.

    Raises ValueError for values whose mean another average equals, since they tell nothing apart.
    """
    others = (
        statistics.median(values),
        statistics.geometric_mean(values),
        (min(values) + max(values)) / 2,
        statistics.stdev(values),
        sum(values),
        *values,
    )
    if any(near(other, statistics.mean(values), tolerance=1e-3) for other in others):
        raise ValueError(f"values must have a mean unlike their other averages, got {values}")
    mistake = "this is another average: the mean is asked, not the median, the best or the middle"
    return Property(
        lambda f: not any(near(run(f), other) for other in others), mistake, "sum, divided by count"
    )


def _parts(out) -> list:
    """The tensors, arrays and numbers in an answer."""
    if isinstance(out, list | tuple):
        return [part for x in out for part in _parts(x)]
    return [out]


def _dtype(x) -> torch.dtype:
    return torch.as_tensor(np.float64(x) if isinstance(x, float) else x).dtype
