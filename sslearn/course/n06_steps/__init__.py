"""The room of notebook 06, from continuous time to steps: its explorers and its checks."""

from sslearn.course.n06_steps.checks import check_discretize, check_dt_max
from sslearn.course.n06_steps.checks_convert import check_longer_step, check_to_scipy
from sslearn.course.n06_steps.pole_plane import pole_map

__all__ = [
    "check_discretize",
    "check_dt_max",
    "check_longer_step",
    "check_to_scipy",
    "pole_map",
]
