"""The training loop. It knows no model: any module that maps x to class scores will do.

loop: fit.   state: Training, what fit is made of.   draws: its random numbers.
coarse: epochs on averaged sequences that come first.   failure: what is said of NaN.
curves: History, Progress, schedule, accuracy.
"""

from sslearn.training.arguments import Pair, Stage, check_settings
from sslearn.training.coarse import require_unit_of_time
from sslearn.training.curves import History, OnStep, Progress, accuracy, schedule
from sslearn.training.loop import fit
from sslearn.training.state import Training

__all__ = [
    "History",
    "OnStep",
    "Pair",
    "Progress",
    "Stage",
    "Training",
    "accuracy",
    "check_settings",
    "fit",
    "require_unit_of_time",
    "schedule",
]
