"""One recorded training run: resumable after each epoch, and written as one JSON line."""

import json
import sys
from pathlib import Path

import torch
from torch import nn

from sslearn.data import held_out
from sslearn.data.made.parallel import OnMade
from sslearn.models import count_parameters
from sslearn.runs.characters import bits_per_character
from sslearn.runs.checkpoint import (
    ELSE,
    read_checkpoint,
    surroundings,
    version_of,
    write_checkpoint,
)
from sslearn.runs.plan import TRAINING, Run, build_model
from sslearn.runs.processes import first_alone, place, together
from sslearn.runs.tasks import TASKS, Task, load_task
from sslearn.runs.weights import write_weights
from sslearn.training import History, OnStep, Pair, Training, require_unit_of_time


def train_run(
    run: Run, folder: Path, progress: OnStep | None = None, on_made: OnMade | None = None
) -> dict:
    """Train, or go on where a killed run stopped; returns the record that results.jsonl got.

    The model is built before the task's data are read or made. folder/NAME.checkpoint is written
    after each epoch and NAME.safetensors in the end, each under a temporary name first. progress
    is that of `fit`, on_made that of `load_task`. Under torchrun each process takes its share of
    every batch and of the test, and its own GPU where there are GPUs; the first one makes data and
    writes files, in a folder that all see. Raises ValueError for settings that do not fit each
    other or the model, and for a checkpoint that is damaged or of another run (see
    `read_checkpoint`); OSError for a disk that is full.
    """
    rank, world, device = place()
    setting, model = run.setting, _build(run).to(device)
    settings = {name: getattr(setting, name) for name in TRAINING}
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, here = folder / f"{run.name}.checkpoint", surroundings(device, world)
    state = read_checkpoint(checkpoint, _flat(run), here)
    with together(device, world):
        with first_alone(rank, world):
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
            _go_on(training, state, checkpoint)
        with training.guard():
            while not training.complete:
                training.epoch(progress)
                state = training.state_dict()
                if rank == 0:
                    write_checkpoint(checkpoint, _flat(run), here, state)
    record = _record(run, model, task, training.history(), here)
    if rank == 0 and not training.stopped:
        write_weights(folder / f"{run.name}.safetensors", model.state_dict(), record)
        append_record(folder / "results.jsonl", record)
        checkpoint.unlink(missing_ok=True)
    return record


def append_record(path: Path, record: dict) -> None:
    """Write the record as one more line at the end of path, unless it stands there already.

    Two commands at once, or the same one again, end in the same record but for its seconds. A last
    line that is cut off stays one of its own.
    """
    with path.open("a+b") as lines:
        lines.seek(0)
        before = lines.read()
        if any(_same(line, record) for line in before.splitlines()):
            return
        cut = before and not before.endswith(b"\n")
        lines.write(b"\n" * bool(cut) + json.dumps(record).encode() + b"\n")


def _same(line: bytes, record: dict) -> bool:
    try:
        old = json.loads(line)
    except ValueError:  # It was cut off.
        return False
    now = json.loads(json.dumps(record))
    return isinstance(old, dict) and old | {"seconds": 0} == now | {"seconds": 0}


def _go_on(training: Training, state: dict, checkpoint: Path) -> None:
    try:
        training.load_state_dict(state)
    except ValueError as error:
        raise ValueError(f"{checkpoint.name} does not go with this run: {error}; {ELSE}") from None


def _build(run: Run) -> nn.Module:
    """The model of a run; a layer that does not go with a setting is one sentence."""
    source = TASKS[run.task]
    try:
        model = build_model(run, source.d_input, source.classes, source.tokens)
    except TypeError as error:
        settings = f"these settings of {run.task}"
        raise ValueError(f"{run.model} does not go with {settings} ({error})") from None
    if run.setting.coarse:
        require_unit_of_time(model)
    return model


def _on(device: str, pair: Pair) -> Pair:
    x, y = pair
    x = tuple(part.to(device) for part in x) if isinstance(x, tuple) else x.to(device)
    return x, y.to(device)


def _flat(run: Run) -> dict:
    """The run as plain values in one dict, which a file can hold and a sentence can compare."""
    names = {name: value for name, value in run._asdict().items() if name != "setting"}
    return {**names, **run.setting.flat()}


def _record(run: Run, model: nn.Module, task: Task, history: History, here: dict) -> dict:
    bits = {}
    if TASKS[run.task].each and history.accuracy:
        bits = {"bits": round(bits_per_character(model, held_out()), 4)}
    packages = {name: version_of(name) for name in ("sslearn", "torch", "numpy")}
    return {
        **run._asdict(),
        "setting": run.setting.flat(),
        "d_input": task.d_input,
        "classes": task.classes,
        "tokens": task.tokens,
        "parameters": count_parameters(model),
        "train": len(task.train[1]),
        "test": len(task.test[1]),
        "accuracy": history.accuracy[-1] if history.accuracy else None,
        "accuracies": history.accuracy,
        **bits,
        "losses": [round(x, 5) for x in history.loss],
        "stopped": history.stopped,
        "seconds": round(history.seconds),
        "device": here["device"],
        "processes": here["processes"],
        "threads": here["threads"],
        "versions": {"python": sys.version.split()[0], **packages},
        "chance": task.chance,
    }
