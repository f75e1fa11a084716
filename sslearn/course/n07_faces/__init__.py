"""The room of notebook 07, recurrence, convolution and scan: its explorers and its checks."""

from sslearn.course.n07_faces.checks import check_padded_conv, check_pair_kernel
from sslearn.course.n07_faces.checks_scan import check_chunked_scan, check_join_peaks
from sslearn.course.n07_faces.checks_sweeps import check_spikes_by_sweeps
from sslearn.course.n07_faces.microscope import kernel_microscope
from sslearn.course.n07_faces.racing import race
from sslearn.course.n07_faces.stepper import plan, scan_stepper
from sslearn.course.n07_faces.tree import tree_picture

__all__ = [
    "check_chunked_scan",
    "check_join_peaks",
    "check_padded_conv",
    "check_pair_kernel",
    "check_spikes_by_sweeps",
    "kernel_microscope",
    "plan",
    "race",
    "scan_stepper",
    "tree_picture",
]
