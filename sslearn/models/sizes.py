"""How many parameters a model has, and the width that gives it so many."""

import math
from collections.abc import Callable

from torch import nn


def count_parameters(model: nn.Module) -> int:
    """The number of trainable real numbers."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def width_for(make: Callable[[int], nn.Module], parameters: int, *, step: int = 1) -> int:
    """The width H, a multiple of step, for which make(H) is nearest to so many parameters.

    Raises ValueError if no width comes within 5 %, and unless step is a whole number of at least
    1 and parameters a finite number of at least 1.
    """
    if not (isinstance(step, int) and step >= 1):
        raise ValueError(f"step must be a whole number >= 1, got {step!r}")
    if not 1 <= parameters < math.inf:
        raise ValueError(f"parameters must be a finite number >= 1, got {parameters!r}")
    H = step
    while count_parameters(make(H)) < parameters and H < 4096:
        H += step
    best = min((h for h in (H - step, H) if h > 0), key=lambda h: _off(make, h, parameters))
    if _off(make, best, parameters) > 0.05:
        raise ValueError(f"parameters must be in reach within 5 % by some width, got {parameters}")
    return best


def _off(make, H, parameters):
    return abs(math.log(count_parameters(make(H)) / parameters))
