"""The room of notebook 06, from clocks to steps: its explorers and its checks."""

from sslearn.course.n06_steps.checks import (
    check_discretize,
    check_dt_max,
    check_effective_tau,
    check_to_scipy,
)
from sslearn.course.n06_steps.pole_plane import pole_map

__all__ = [
    "check_discretize",
    "check_dt_max",
    "check_effective_tau",
    "check_to_scipy",
    "pole_map",
]
