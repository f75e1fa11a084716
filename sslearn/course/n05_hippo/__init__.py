"""The room of notebook 05, HiPPO: its explorers and its checks."""

from sslearn.course.n05_hippo.bench import draw_memory, memory_bench, memory_view
from sslearn.course.n05_hippo.checks import (
    check_legs_matrices,
    check_legt_matrices,
    check_smallest_N,
    check_warped_legendre,
)

__all__ = [
    "check_legs_matrices",
    "check_legt_matrices",
    "check_smallest_N",
    "check_warped_legendre",
    "draw_memory",
    "memory_bench",
    "memory_view",
]
