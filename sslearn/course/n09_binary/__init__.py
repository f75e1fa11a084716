"""The room of notebook 09, Binary S4D: its explorers and its checks."""

from sslearn.course.n09_binary.block_drawing import block_picture
from sslearn.course.n09_binary.checks import check_binary_s4d, check_two_rasters
from sslearn.course.n09_binary.checks_block import check_block_step
from sslearn.course.n09_binary.checks_sparse import check_rate_penalty
from sslearn.course.n09_binary.results import about, thresholds_picture
from sslearn.course.n09_binary.threshold import binariser, binariser_view

__all__ = [
    "about",
    "binariser",
    "binariser_view",
    "block_picture",
    "check_binary_s4d",
    "check_block_step",
    "check_rate_penalty",
    "check_two_rasters",
    "thresholds_picture",
]
