"""The room of notebook 08, the choice of poles: its explorers and its checks."""

from sslearn.course.n08_poles.basis import legs_basis, normal_basis
from sslearn.course.n08_poles.block_drawing import s4d_block_picture
from sslearn.course.n08_poles.checks import check_dt_bank, check_own_poles, check_three_poles
from sslearn.course.n08_poles.checks_layer import check_s4d_step
from sslearn.course.n08_poles.checks_ranking import check_ranking
from sslearn.course.n08_poles.delay import best_delay_error, pole_drift
from sslearn.course.n08_poles.showdown import INITS, init_showdown, init_view

__all__ = [
    "INITS",
    "best_delay_error",
    "check_dt_bank",
    "check_own_poles",
    "check_ranking",
    "check_s4d_step",
    "check_three_poles",
    "init_showdown",
    "init_view",
    "legs_basis",
    "normal_basis",
    "pole_drift",
    "s4d_block_picture",
]
