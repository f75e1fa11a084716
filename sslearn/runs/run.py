"""One recorded training run: a task, a model, a preset; resumable, and written as one JSON line."""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import distributed, nn

from sslearn.data.files import write_whole
from sslearn.data.made.parallel import OnMade
from sslearn.models import count_parameters
from sslearn.runs.plan import Run, build_model
from sslearn.runs.presets import Setting
from sslearn.runs.tasks import Task, load_task
from sslearn.training import History, Progress, Training, accuracy

ASSETS = Path(str(files("sslearn.assets")))  # made by studies/, packed with the library


def train_run(
    run: Run,
    folder: Path,
    progress: Callable[[Progress], bool | None] | None = None,
    on_made: OnMade | None = None,
) -> dict:
    """Train, or go on where a killed run stopped; returns the record that results.jsonl got.

    Writes folder/NAME.checkpoint after each epoch and NAME.safetensors in the end, each under a
    temporary name first; on_made is called while a task's data are made. Under torchrun each
    process takes its share of every batch. Raises ValueError for the checkpoint of another run, OSError for a
    disk that is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    task, checkpoint = load_task(run.task, on_made), folder / f"{run.name}.checkpoint"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = build_model(run, task.d_input, task.classes, task.tokens).to(device)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if world > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    resume, s = _resume(checkpoint, run), run.setting

    def keep(state):
        if rank == 0:
            write_whole(checkpoint, lambda file: torch.save({"run": _plain(run), **state}, file))

    training = Training(
        model, _to(task.train, device), _to(task.test, device), epochs=s.epochs, batch=s.batch,
        lr=s.lr, weight_decay=s.weight_decay, warmup=s.warmup,
        generator=torch.Generator().manual_seed(run.seed), share=(rank, world),
    )  # fmt: skip
    if resume is not None:
        training.load_state_dict(resume)
    with training.guard():
        while not training.complete:
            training.epoch(progress)
            keep(training.state_dict())
    found = training.history()
    record = _record(run, model, task, found, device, world)
    if rank == 0 and not found.stopped:
        weights = {name: w.cpu().contiguous() for name, w in model.state_dict().items()}
        meta = {"record": json.dumps(record)}
        write_whole(folder / f"{run.name}.safetensors", lambda f: f.write(save(weights, meta)))
        with (folder / "results.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")
        checkpoint.unlink(missing_ok=True)
    return record


def open_model(path: Path) -> tuple[nn.Module, dict]:
    """A trained model, ready to use, and the record of the run that made it.

    path is a .safetensors file of `train_run`. Raises ValueError if it is missing, cut off, or
    not such a file.
    """
    if not path.is_file():
        raise ValueError(f"no trained model at {path.name}: run python -m sslearn train first")
    try:
        with safe_open(path, "pt") as file:
            record = json.loads((file.metadata() or {}).get("record", "null"))
        weights = load_file(path)
    except (SafetensorError, ValueError) as error:
        raise ValueError(f"{path.name} is no whole file of a trained model ({error})") from None
    if record is None:
        raise ValueError(f"{path.name} holds weights, but no record of a run")
    try:
        run = Run(record["task"], record["model"], record["preset"], record["seed"],
                  Setting.of(record["setting"]))  # fmt: skip
        model = build_model(run, record["d_input"], record["classes"], record["tokens"])
        model.load_state_dict(weights)
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path.name}: weights and record do not fit ({reason})") from None
    return model.eval(), record


def retest(path: Path, first: int | None = None) -> tuple[float, dict]:
    """The accuracy of a trained model on its task's test examples, and its record.

    On all of them, or on the first so many. Raises DataError where the data are missing.
    """
    model, record = open_model(path)
    x, y = load_task(record["task"]).test
    x = tuple(part[:first] for part in x) if isinstance(x, tuple) else x[:first]
    return accuracy(model, (x, y[:first])), record


def _plain(run: Run) -> dict:
    return {**run._asdict(), "setting": run.setting.flat()}


def _to(pair, device):
    x, y = pair
    x = tuple(part.to(device) for part in x) if isinstance(x, tuple) else x.to(device)
    return x, y.to(device)


def _resume(checkpoint: Path, run: Run) -> dict | None:
    if not checkpoint.is_file():
        return None
    try:
        state = torch.load(checkpoint, weights_only=True)
    except Exception as error:
        raise ValueError(
            f"{checkpoint.name} cannot be read ({type(error).__name__}): remove it to start anew"
        ) from None
    if state.pop("run", None) != _plain(run):
        raise ValueError(
            f"{checkpoint.name} belongs to a run with other settings: remove it, or name the same"
        )
    return state


def _record(run: Run, model: nn.Module, task: Task, found: History, device, world) -> dict:
    packages = {name: version(name) for name in ("torch", "numpy")}
    return {
        **_plain(run),
        "d_input": task.d_input,
        "classes": task.classes,
        "tokens": task.tokens,
        "parameters": count_parameters(model),
        "train": len(task.train[1]),
        "test": len(task.test[1]),
        "accuracy": found.accuracy[-1] if found.accuracy else None,
        "accuracies": found.accuracy,
        "losses": [round(x, 5) for x in found.loss],
        "stopped": found.stopped,
        "seconds": round(found.seconds),
        "device": device,
        "processes": world,
        "versions": {"python": sys.version.split()[0], **packages},
        "chance": task.chance,
    }
