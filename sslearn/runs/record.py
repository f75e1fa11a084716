"""What runs and studies left: trained models with their records, and tables of results."""

import json
from importlib.resources import files
from pathlib import Path

from torch import Tensor, nn

from sslearn.runs.plan import Run, build_model
from sslearn.runs.presets import Setting
from sslearn.runs.tasks import load_test
from sslearn.runs.weights import read_weights
from sslearn.training import accuracy

ASSETS = Path(str(files("sslearn.assets")))  # made by studies/, packed with the library
RESULTS = {
    "bits": "bits.jsonl",
    "board": "board.jsonl",
    "coarse": "coarse.jsonl",
    "delayed_recall": "delayed_recall.json",
    "digit_bits": "digit_bits.jsonl",
    "digits": "digits_results.jsonl",
    "gsu_scale": "gsu_scale.jsonl",
    "mnist_runs": "mnist_runs.jsonl",
    "noisy_recall": "noisy_recall.jsonl",
    "saturation": "saturation.json",
}


def open_model(path: Path) -> tuple[nn.Module, dict]:
    """A trained model in float32, ready to use, and the record of the run that made it.

    path is a .safetensors file of `train_run`. Raises ValueError if it is missing, cut off,
    altered (see `read_weights`), or not such a file, and for a record that is not of its weights.
    """
    weights, record = read_weights(path)
    if record is None:
        raise ValueError(f"{path.name} holds weights, but no record of a run")
    try:
        run = _run_of(record, sum(w.numel() for w in weights.values()))
        run = run._replace(setting=run.setting._replace(layer=_told(weights) | run.setting.layer))
        model = build_model(run, record["d_input"], record["classes"], record["tokens"]).float()
        _require_shapes(model.state_dict(), weights)
        model.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path.name}: weights and record do not fit ({reason})") from None
    return model.eval(), record


FIELDS = {
    "task": str, "model": str, "preset": str, "seed": int, "setting": dict, "d_input": int,
    "classes": int, "tokens": bool, "test": int, "accuracy": float,
}  # fmt: skip


def _run_of(record: dict, values: int) -> Run:
    """The run of a record whose file holds so many values.

    Raises ValueError for a field that is missing or of another type, and, before anything is
    built, for sizes of a model over a hundred times as large as its file.
    """
    fields = record if isinstance(record, dict) else {}
    for name, kind in FIELDS.items():
        if type(fields.get(name)) is not kind:
            raise ValueError(
                f"{name} must be of type {kind.__name__}, got {fields.get(name)!r:.40}"
            )
    if not 0 <= record["accuracy"] <= 1:
        raise ValueError(f"accuracy must be in 0 ... 1, got {record['accuracy']}")
    earlier = {"scaled": False} if record["model"] == "gsu" else {}
    setting = Setting.of(earlier | record["setting"])
    layer = [size for size in setting.layer.values() if type(size) is int]
    for size in (record["d_input"], record["classes"], setting.depth, *layer):
        if type(setting.H) is not int or type(size) is not int or size * setting.H > 100 * values:
            raise ValueError(f"sizes must be whole numbers for {values} values, got {size!r:.40}")
    return Run(*(record[name] for name in ("task", "model", "preset", "seed")), setting)


def _told(weights: dict[str, Tensor]) -> dict:
    """The threshold that the weights of a Binary S4D were saved with, if they say it.

    A record that does not name theta is of a run at the default of its day, which was 0.
    """
    saved = (bytes(w.tolist()) for name, w in weights.items() if name.endswith("ssm._extra_state"))
    settings = json.loads(next(saved, b"{}"))
    return {"theta": settings["theta"]} if "theta" in settings else {}


def _require_shapes(wanted: dict[str, Tensor], weights: dict[str, Tensor]) -> None:
    for name in sorted({*wanted, *weights}):
        if name.endswith("_extra_state"):  # Settings are compared by load_state_dict itself.
            continue
        shapes = [tuple(part[name].shape) if name in part else None for part in (wanted, weights)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"{name} must have shape {shapes[0]}, got {shapes[1]}")


def retest(path: Path, first: int | None = None) -> tuple[float, dict]:
    """The accuracy of a trained model on its task's test examples, and its record.

    It is tested on all of them, or on the first so many. Raises ValueError as `open_model` does,
    and DataError where the data are missing.
    """
    model, record = open_model(path)
    x, y = load_test(record["task"])
    x = tuple(part[:first] for part in x) if isinstance(x, tuple) else x[:first]
    return accuracy(model, (x, y[:first])), record


def results(name: str, /, **where) -> list[dict]:
    """The rows of a study, one a training run or epoch, from the file that came with the library.

    where keeps the rows that have these values: results("board", stage="test"). board and digits
    are the studies of these names, and each row has its stage; mnist_runs are records of
    `train_run`; gsu_scale has the parts forms and presets, a row of saturation its part, rows or
    longer; a row of digit_bits has the width that was varied, the settings and how many digits are
    right; one of bits has the network, its bits, its accuracy on so many digits and what it costs;
    a row of delayed_recall has model, delay, seed and accuracy, and one of noisy_recall its noise
    as well; a row of coarse is an epoch. Raises ValueError for an unknown name and for a file that
    is cut off.

    >>> sorted({row["delay"] for row in results("delayed_recall")})
    [3, 10, 30, 100]
    """
    rows = _read(name, ROWS_OF.get(name, lambda lines: lines))
    return [r for r in rows if all(r.get(key) == value for key, value in where.items())]


def study(name: str) -> dict:
    """What a study says of itself beside its rows: its command, its settings and its seeds.

    name is delayed_recall or saturation. Raises ValueError as `results` does.
    """
    if name not in ROWS_OF:
        raise ValueError(f"name must be one of {sorted(ROWS_OF)}, got {name!r}")
    return _read(name, lambda whole: {k: v for k, v in whole.items() if k not in ROWS})


def _read(name, take):
    if name not in RESULTS:
        raise ValueError(f"name must be one of {sorted(RESULTS)}, got {name!r}")
    path = ASSETS / RESULTS[name]
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            return take([json.loads(line) for line in text.splitlines()])
        return take(json.loads(text))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is missing or cut off ({error}): get it again") from None


def _saturation_rows(study: dict) -> list[dict]:
    return [{"part": part, **row} for part in ("rows", "longer") for row in study[part]]


def _recall_rows(study: dict) -> list[dict]:
    return [
        {"model": model, "delay": int(delay), "seed": seed, "accuracy": accuracy}
        for model, by_delay in study["accuracy"].items()
        for delay, accuracies in by_delay.items()
        for seed, accuracy in zip(study["seeds"], accuracies, strict=True)
    ]


ROWS_OF = {"saturation": _saturation_rows, "delayed_recall": _recall_rows}
ROWS = ("rows", "longer", "accuracy")  # what holds the rows in a study's file
