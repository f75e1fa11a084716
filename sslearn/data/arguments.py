"""Checks of arguments at the public door, so that a bad one is named before anything is made."""

import math
from numbers import Integral, Real

from torch import Tensor


def require_whole(low: int, **values: int) -> None:
    """Raise ValueError, with the name, unless each value is a whole number of at least low."""
    for name, value in values.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
            raise ValueError(f"{name} must be a whole number of at least {low}, got {value!r}")


def require_number(low: float = -math.inf, **values: float) -> None:
    """Raise ValueError, with the name, unless each value is finite and at least low."""
    for name, value in values.items():
        if not isinstance(value, Real) or not (math.isfinite(value) and value >= low):
            bound = f" of at least {low}" if math.isfinite(low) else ""
            raise ValueError(f"{name} must be a finite number{bound}, got {value!r}")


def require_positive(**values: float) -> None:
    """Raise ValueError, with the name, unless each value is finite and above 0."""
    for name, value in values.items():
        if not isinstance(value, Real) or not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a finite positive number, got {value!r}")


def require_pairs(name: str, x: Tensor, y: Tensor) -> None:
    """Raise ValueError unless y (n,) has one entry for each of the n >= 1 examples of x."""
    if not len(x) or y.shape != x.shape[:1]:
        raise ValueError(
            f"{name} must have one y for each x, got x {tuple(x.shape)} and y {tuple(y.shape)}"
        )
