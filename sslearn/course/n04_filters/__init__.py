"""The room of notebook 04, a neuron without reset is a filter: explorers, figures and checks."""

from sslearn.course.n04_filters.checks import (
    check_peak_time,
    check_stateleaky,
    check_three_routes,
)
from sslearn.course.n04_filters.figures import overlap_picture, runs, runs_panel
from sslearn.course.n04_filters.horizon import memory_horizon_lab, recall_view
from sslearn.course.n04_filters.superposition import (
    draw_answers,
    superposition_tester,
    superposition_view,
)
from sslearn.course.n04_filters.two_leaks import check_two_states

__all__ = [
    "check_peak_time",
    "check_stateleaky",
    "check_three_routes",
    "check_two_states",
    "draw_answers",
    "memory_horizon_lab",
    "overlap_picture",
    "recall_view",
    "runs",
    "runs_panel",
    "superposition_tester",
    "superposition_view",
]
