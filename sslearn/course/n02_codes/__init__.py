"""The room of notebook 02, codes, and the statistics of spikes: its explorers and its checks."""

from sslearn.course.n02_codes.checks import check_interval_law, check_poisson_train
from sslearn.course.n02_codes.checks_codes import check_decode, check_encode_digit
from sslearn.course.n02_codes.measured import (
    bombarded,
    confidence,
    counted,
    pair_correlation,
    psth_error,
)
from sslearn.course.n02_codes.pixels import (
    code_costs,
    digit_lab,
    kept_bits,
    level_entropy,
)
from sslearn.course.n02_codes.rasters import raster_lab

__all__ = [
    "bombarded",
    "check_decode",
    "check_encode_digit",
    "check_interval_law",
    "check_poisson_train",
    "code_costs",
    "confidence",
    "counted",
    "digit_lab",
    "kept_bits",
    "level_entropy",
    "pair_correlation",
    "psth_error",
    "raster_lab",
]
