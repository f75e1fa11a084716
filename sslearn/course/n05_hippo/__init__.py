"""The room of notebook 05, HiPPO: its explorers and its checks."""

from sslearn.course.n05_hippo.bench import draw_memory, memory_bench, memory_view
from sslearn.course.n05_hippo.checks import check_legs_matrices, check_lmu_matrices
from sslearn.course.n05_hippo.checks_states import check_recall, check_smallest_N
from sslearn.course.n05_hippo.projection import draw_windows, states_needed, windows_data

__all__ = [
    "check_legs_matrices",
    "check_lmu_matrices",
    "check_recall",
    "check_smallest_N",
    "draw_memory",
    "draw_windows",
    "memory_bench",
    "memory_view",
    "states_needed",
    "windows_data",
]
