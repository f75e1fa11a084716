"""Recorded training runs: what `python -m sslearn train` does, and the trained models it leaves."""

from sslearn.runs.plan import MODELS, Run, build_model, plan_run, settings_of
from sslearn.runs.presets import PRESETS, Setting
from sslearn.runs.run import ASSETS, open_model, retest, train_run
from sslearn.runs.tasks import TASKS, Task, load_task

__all__ = [
    "ASSETS", "MODELS", "PRESETS", "TASKS", "Run", "Setting", "Task", "build_model", "load_task",
    "open_model", "plan_run", "retest", "settings_of", "train_run",
]  # fmt: skip
