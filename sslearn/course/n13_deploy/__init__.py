"""The room of notebook 13, out of the notebook: its explorers and its checks."""

from sslearn.course.n13_deploy.console import stream_console
from sslearn.course.n13_deploy.quantiser import quantiser
from sslearn.course.n13_deploy.two_leaks import two_leaky_neurons

check_integer_run = check_streams = check_straight_through = check_round_trip = None
__all__ = ["quantiser", "stream_console", "two_leaky_neurons"]
