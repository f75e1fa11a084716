"""The room of notebook 10, the Gated Spiking Unit: its explorers and its checks."""

from sslearn.course.n10_gsu.checks import check_gsu, check_two_gradients
from sslearn.course.n10_gsu.checks_fold import check_folded
from sslearn.course.n10_gsu.checks_sums import check_signed_sums
from sslearn.course.n10_gsu.checks_ternary import check_ternary
from sslearn.course.n10_gsu.comparison import gate_dissection
from sslearn.course.n10_gsu.dissection import gate_view, inside
from sslearn.course.n10_gsu.drawing import gsu_picture
from sslearn.course.n10_gsu.saturation import saturation_study

__all__ = [
    "check_folded",
    "check_gsu",
    "check_signed_sums",
    "check_ternary",
    "check_two_gradients",
    "gate_dissection",
    "gate_view",
    "gsu_picture",
    "inside",
    "saturation_study",
]
