"""The room of notebook 03, surrogate gradients: its explorers, its drawings and its checks."""

from sslearn.course.n03_surrogates.checks import (
    check_arctan_spike,
    check_differences,
    check_slope_for,
    share_alive,
)
from sslearn.course.n03_surrogates.checks_in_time import check_through_zero
from sslearn.course.n03_surrogates.figures import influence_picture, unrolled_picture
from sslearn.course.n03_surrogates.surrogates import surrogate_lab, surrogate_view

__all__ = [
    "check_arctan_spike",
    "check_differences",
    "check_slope_for",
    "check_through_zero",
    "influence_picture",
    "share_alive",
    "surrogate_lab",
    "surrogate_view",
    "unrolled_picture",
]
