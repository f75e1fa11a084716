"""The room of notebook 01, one leaky neuron: its explorers and its checks."""

from sslearn.course.n01_neuron.checks import (
    check_fi_rate,
    check_lif_step,
    check_rheobase,
)
from sslearn.course.n01_neuron.checks_snntorch import check_same_as_snntorch
from sslearn.course.n01_neuron.mystery import mystery_neuron
from sslearn.course.n01_neuron.neuron import draw_lif, lif_lab, lif_view

__all__ = [
    "check_fi_rate",
    "check_lif_step",
    "check_rheobase",
    "check_same_as_snntorch",
    "draw_lif",
    "lif_lab",
    "lif_view",
    "mystery_neuron",
]
