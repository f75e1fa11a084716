"""The room of notebook 13, out of the notebook: its explorers and its checks."""

from sslearn.course.n13_deploy.checks import check_integer_run
from sslearn.course.n13_deploy.checks_budget import check_streams
from sslearn.course.n13_deploy.checks_export import check_compare
from sslearn.course.n13_deploy.checks_straight import check_straight_through
from sslearn.course.n13_deploy.console import stream_console
from sslearn.course.n13_deploy.quantiser import quantiser
from sslearn.course.n13_deploy.stopping import by_the_clock, measure, running, runs, stops
from sslearn.course.n13_deploy.two_leaks import two_leaky_neurons

__all__ = [
    "by_the_clock",
    "check_compare",
    "check_integer_run",
    "check_straight_through",
    "check_streams",
    "measure",
    "quantiser",
    "running",
    "runs",
    "stops",
    "stream_console",
    "two_leaky_neurons",
]
