"""The room of notebook 11, the whole network: its explorers and its checks."""

from sslearn.course.n11_network.checks import (
    check_classify,
    check_overfit,
    check_size,
)
from sslearn.course.n11_network.checks_interval import check_interval
from sslearn.course.n11_network.checks_own import check_prepare
from sslearn.course.n11_network.drawing import draw_inside
from sslearn.course.n11_network.inside import inside_view, look_inside

__all__ = [
    "check_classify",
    "check_interval",
    "check_overfit",
    "check_prepare",
    "check_size",
    "draw_inside",
    "inside_view",
    "look_inside",
]
