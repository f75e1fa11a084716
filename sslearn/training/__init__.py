"""The training loop. It knows no model: any module that maps x to class scores will do.

loop: fit.   state: Training, what fit is made of.   draws: its random numbers.
curves: History, Progress, schedule, accuracy.
"""

from sslearn.training.arguments import Pair, check_settings
from sslearn.training.curves import History, OnStep, Progress, accuracy, schedule
from sslearn.training.loop import fit
from sslearn.training.state import Training

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
