"""How many parameters a model has, and the width that gives it so many."""

import math
from collections.abc import Callable

from torch import nn


def count_parameters(model: nn.Module) -> int:
    """The number of trainable real numbers."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def width_for(make: Callable[[int], nn.Module], parameters: int, *, step: int = 1) -> int:
    """The width H, a multiple of step, for which make(H) is nearest to so many parameters.

    Raises ValueError if no width comes within 5 %.
    """
    H = step
    while count_parameters(make(H)) < parameters and H < 4096:
        H += step
    best = min((h for h in (H - step, H) if h > 0), key=lambda h: _off(make, h, parameters))
    if _off(make, best, parameters) > 0.05:
        raise ValueError(f"parameters must be in reach within 5 % by some width, got {parameters}")
    return best


def _off(make, H, parameters):
    return abs(math.log(count_parameters(make(H)) / parameters))
