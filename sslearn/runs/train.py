"""One recorded training run: resumable after each epoch, and written as one JSON line."""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save
from torch import distributed, nn

from sslearn.data.files import write_whole
from sslearn.data.made.parallel import OnMade
from sslearn.models import count_parameters
from sslearn.runs.plan import Run, build_model
from sslearn.runs.tasks import TASKS, Task, load_task
from sslearn.training import History, OnStep, Pair, Training, check_settings


def train_run(
    run: Run, folder: Path, progress: OnStep | None = None, on_made: OnMade | None = None
) -> dict:
    """Train, or go on where a killed run stopped; returns the record that results.jsonl got.

    The model is built before the task's data are read or made. folder/NAME.checkpoint is written
    after each epoch and NAME.safetensors in the end, each under a temporary name first. progress
    is that of `fit`, on_made that of `load_task`. Under torchrun each process takes its share of
    every batch. Raises ValueError for settings that do not fit each other or the model, and for
    the checkpoint of another run; OSError for a disk that is full.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    setting, model = run.setting, _build(run).to(device)
    settings = {name: getattr(setting, name) for name in TRAINING}
    check_settings(**settings)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{run.name}.checkpoint"
    state = _read_checkpoint(checkpoint, run)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    task = load_task(run.task, on_made)
    training = Training(
        model,
        _on(device, task.train),
        _on(device, task.test),
        **settings,
        generator=torch.Generator().manual_seed(run.seed),
        share=(rank, world),
    )
    if state is not None:
        training.load_state_dict(state)
    with training.guard():
        while not training.complete:
            training.epoch(progress)
            if rank == 0:
                _write_checkpoint(checkpoint, run, training)
    record = _record(run, model, task, training.history(), device, world)
    if rank == 0 and not training.stopped:
        weights = {name: w.cpu().contiguous() for name, w in model.state_dict().items()}
        raw = save(weights, {"record": json.dumps(record)})
        write_whole(folder / f"{run.name}.safetensors", lambda file: file.write(raw))
        with (folder / "results.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
        checkpoint.unlink(missing_ok=True)
    return record


TRAINING = ("epochs", "batch", "lr", "weight_decay", "warmup")  # the settings that `fit` takes


def _build(run: Run) -> nn.Module:
    """The model of a run; a layer that does not take a setting is one sentence."""
    source = TASKS[run.task]
    try:
        return build_model(run, source.d_input, source.classes, source.tokens)
    except TypeError as error:
        settings = f"these settings of {run.task}"
        raise ValueError(f"{run.model} does not go with {settings} ({error})") from None


def _on(device: str, pair: Pair) -> Pair:
    x, y = pair
    x = tuple(part.to(device) for part in x) if isinstance(x, tuple) else x.to(device)
    return x, y.to(device)


def _names(run: Run) -> dict:
    """The run as plain values, which a file can hold."""
    return {**run._asdict(), "setting": run.setting.flat()}


def _write_checkpoint(path: Path, run: Run, training: Training) -> None:
    state = {"run": _names(run), **training.state_dict()}
    write_whole(path, lambda file: torch.save(state, file))


def _read_checkpoint(path: Path, run: Run) -> dict | None:
    if not path.is_file():
        return None
    try:
        state = torch.load(path, weights_only=True)
    except Exception as error:
        raise ValueError(
            f"{path.name} cannot be read ({type(error).__name__}): remove it to start anew"
        ) from None
    if state.pop("run", None) != _names(run):
        raise ValueError(
            f"{path.name} belongs to a run with other settings: remove it, or name the same"
        )
    return state


def _record(run: Run, model: nn.Module, task: Task, history: History, device, world) -> dict:
    packages = {name: version(name) for name in ("torch", "numpy")}
    return {
        **_names(run),
        "d_input": task.d_input,
        "classes": task.classes,
        "tokens": task.tokens,
        "parameters": count_parameters(model),
        "train": len(task.train[1]),
        "test": len(task.test[1]),
        "accuracy": history.accuracy[-1] if history.accuracy else None,
        "accuracies": history.accuracy,
        "losses": [round(x, 5) for x in history.loss],
        "stopped": history.stopped,
        "seconds": round(history.seconds),
        "device": device,
        "processes": world,
        "versions": {"python": sys.version.split()[0], **packages},
        "chance": task.chance,
    }
