"""The room of notebook 02, codes, and the statistics of spikes: its explorers and its checks."""

from sslearn.course.n02_codes.checks import check_isi_statistics, check_poisson_train
from sslearn.course.n02_codes.checks_codes import check_decode, check_encode_digit
from sslearn.course.n02_codes.pixels import (
    digit_lab,
    digit_view,
    draw_digit,
    kept_bits,
    level_entropy,
)
from sslearn.course.n02_codes.rasters import draw_trains, raster_lab, raster_view

__all__ = [
    "check_decode",
    "check_encode_digit",
    "check_isi_statistics",
    "check_poisson_train",
    "digit_lab",
    "digit_view",
    "draw_digit",
    "draw_trains",
    "kept_bits",
    "level_entropy",
    "raster_lab",
    "raster_view",
]
