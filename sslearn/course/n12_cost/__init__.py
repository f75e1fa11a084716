"""The room of notebook 12, what a network really costs: its explorers and its checks."""

from sslearn.course.n12_cost.checks import check_break_even, check_count_linear
from sslearn.course.n12_cost.checks_claims import check_boundary, check_left_out
from sslearn.course.n12_cost.figures import boundaries_picture, tokens_picture
from sslearn.course.n12_cost.landscape import break_even_map
from sslearn.course.n12_cost.ledger import energy_ledger
from sslearn.course.n12_cost.meter import energy_meter
from sslearn.course.n12_cost.networks import counted, event_inputs, network, recorded
from sslearn.course.n12_cost.pricing import Terms, bill, break_even, cost, counts_of
from sslearn.course.n12_cost.racing import event_race

__all__ = [
    "Terms",
    "bill",
    "boundaries_picture",
    "break_even",
    "break_even_map",
    "check_boundary",
    "check_break_even",
    "check_count_linear",
    "check_left_out",
    "cost",
    "counted",
    "counts_of",
    "energy_ledger",
    "energy_meter",
    "event_inputs",
    "event_race",
    "network",
    "recorded",
    "tokens_picture",
]
