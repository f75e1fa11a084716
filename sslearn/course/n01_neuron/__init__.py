"""The room of notebook 01, one leaky neuron: its explorers and its checks."""

from sslearn.course.n01_neuron.checks import check_lif_step
from sslearn.course.n01_neuron.checks_rates import check_current_for, check_spike_times
from sslearn.course.n01_neuron.checks_snntorch import check_same_as_snntorch
from sslearn.course.n01_neuron.circuit import circuit_picture, row_picture
from sslearn.course.n01_neuron.mystery import mystery_neuron
from sslearn.course.n01_neuron.neuron import draw_lif, lif_lab, lif_view
from sslearn.course.n01_neuron.resets import both_resets, strongest_silent

__all__ = [
    "both_resets",
    "check_current_for",
    "check_lif_step",
    "check_same_as_snntorch",
    "check_spike_times",
    "circuit_picture",
    "draw_lif",
    "lif_lab",
    "lif_view",
    "mystery_neuron",
    "row_picture",
    "strongest_silent",
]
