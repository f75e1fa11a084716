"""Recorded training runs: what `python -m sslearn train` does, and the trained models it leaves."""

from sslearn.runs.plan import MODELS, Run, build_model, plan_run, settings_of
from sslearn.runs.presets import PRESETS, Setting
from sslearn.runs.record import ASSETS, open_model, results, retest, study
from sslearn.runs.tasks import TASKS, Source, Task, load_task
from sslearn.runs.train import train_run

__all__ = [
    "ASSETS",
    "MODELS",
    "PRESETS",
    "TASKS",
    "Run",
    "Setting",
    "Source",
    "Task",
    "build_model",
    "load_task",
    "open_model",
    "plan_run",
    "results",
    "retest",
    "settings_of",
    "study",
    "train_run",
]
