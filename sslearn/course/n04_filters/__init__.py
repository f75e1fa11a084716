"""The room of notebook 04, a neuron without reset is a filter: its explorers and its checks."""

from sslearn.course.n04_filters.checks import (
    check_kernel,
    check_peak_time,
    check_stateleaky,
    check_three_routes,
)
from sslearn.course.n04_filters.horizon import memory_horizon_lab, recall_view
from sslearn.course.n04_filters.superposition import (
    draw_superposition,
    superposition_tester,
    superposition_view,
)

__all__ = [
    "check_kernel",
    "check_peak_time",
    "check_stateleaky",
    "check_three_routes",
    "draw_superposition",
    "memory_horizon_lab",
    "recall_view",
    "superposition_tester",
    "superposition_view",
]
