"""The room of notebook 00, start here: its explorers and its checks."""

from sslearn.course.n00_start.checks import check_spike_counts
from sslearn.course.n00_start.machine import machine_panel

__all__ = [
    "check_spike_counts",
    "machine_panel",
]
