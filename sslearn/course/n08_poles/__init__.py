"""The room of notebook 08, the choice of poles: its explorers and its checks."""

from sslearn.course.n08_poles.checks import (
    best_delay_error,
    check_channel_horizon,
    check_own_poles,
    check_three_poles,
)
from sslearn.course.n08_poles.checks_ranking import check_ranking
from sslearn.course.n08_poles.showdown import INITS, init_showdown, init_view

__all__ = [
    "INITS",
    "best_delay_error",
    "check_channel_horizon",
    "check_own_poles",
    "check_ranking",
    "check_three_poles",
    "init_showdown",
    "init_view",
]
