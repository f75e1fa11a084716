"""The training loop. It knows no model: any module that maps x to class scores will do.

loop: fit.   state: Training, what fit is made of.   curves: History, Progress, schedule, accuracy.
"""

from sslearn.training.curves import History, OnStep, Pair, Progress, accuracy, schedule
from sslearn.training.loop import fit
from sslearn.training.state import Training, check_settings

__all__ = [
    "History",
    "OnStep",
    "Pair",
    "Progress",
    "Training",
    "accuracy",
    "check_settings",
    "fit",
    "schedule",
]
