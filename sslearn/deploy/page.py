"""One HTML file that runs a trained network in any browser, to send to a friend."""

import html
import json
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

import torch
from torch import nn

from sslearn.data import permuted
from sslearn.data.files import write_whole
from sslearn.deploy.page_network import described
from sslearn.deploy.page_numbers import lettered
from sslearn.javascript import joined

WEB = files("sslearn.deploy").joinpath("web")
DRAW = (
    "net.js", "pen.js", "reader.js", "scene.js", "hands.js", "parts.js", "reading.js", "draw.js",
)  # fmt: skip
PAGE = (*DRAW, "numbers.js", "page.js")
SIDES = {"smnist": 28, "psmnist": 28, "smnist14": 14, "fashion14": 14, "digits": 8}  # by task
NAMES = {
    "smnist": "sequential MNIST",
    "psmnist": "permuted sequential MNIST",
    "smnist14": "sequential MNIST at half its resolution",
    "fashion14": "sequential Fashion-MNIST at half its resolution",
    "digits": "handwritten digits of 8 × 8 pixels",
}
OTHER_CLASSES = {"fashion14"}  # tasks of ten classes that are no digits
DRAWN = (
    "A network reads what you draw as one pixel after the other, and says what it is. "
    "It runs in this page: nothing that you draw leaves it."
)
READ = (
    "A network reads your numbers row by row, and says after each which class they are of. "
    "It runs in this page: no number leaves it."
)


def module(parts: Sequence[str]) -> str:
    """Files of web/ as one ES module without imports."""
    style = WEB.joinpath("draw.css").read_text(encoding="utf-8")
    stored = json.loads(WEB.joinpath("drawings.json").read_text(encoding="utf-8"))
    return joined(WEB, parts, {"STYLE": style, "DRAWINGS": stored})


def to_html(
    model: nn.Module,
    path: Path | str,
    *,
    side: int | None = None,
    classes: Sequence[str] | None = None,
    record: dict | None = None,
    title: str | None = None,
) -> None:
    """Write one HTML file that runs model in any browser: it needs no server and no network.

    model   what `described` takes; the page computes in float64, on weights of 24 bits (`lettered`)
    path    the file; it takes at most 100 kB and four bytes a weight
    side    28, 14 or 8 for pictures of side x side pixels, one a step: the page is a pad to draw
            on. It follows from the record of a task of such pictures. Else the page reads a table
            of numbers, one row a step, and shows the running scores
    classes the names of the classes, 0, 1, ... by default
    record  what `runs.open_model` gives: the task, the accuracy, how the model was made
    title   of the page; by default it tells the kind of network and the task
    Raises ValueError for a model that the page cannot run, and for a side, classes, record or path
    that do not fit. Then nothing is written.

    >>> from sslearn.models import SequenceClassifier, recipe
    >>> g = torch.Generator().manual_seed(0)
    >>> net = SequenceClassifier(3, 4, **recipe("gsu", N=4), depth=1, H=8, generator=g)
    >>> to_html(net, "/nowhere", side=8)
    Traceback (most recent call last):
    ValueError: model must read one number a step for a side, and reads 3
    """
    head, arrays = described(model)
    record = _record(record, head)
    names = [str(c) for c in range(head["classes"])] if classes is None else _names(classes, head)
    side = _side(side, record, head)
    cuts = {
        f"{k}.mix{j}.{'W2' if f'{k}.mix{j}.W2' in arrays else 'W'}": stage["delta"]
        for k, block in enumerate(head["blocks"])
        for j, stage in enumerate(block.get("mix", ()))
        if stage["kind"] == "gsu"
    }
    shapes, letters = lettered(arrays, cuts)
    kind, task = _kind(head), str(record.get("task", ""))
    digits = head["classes"] == 10 and classes is None and task not in OTHER_CLASSES
    head |= {"name": kind, "side": side, "names": names, "digits": digits, "arrays": shapes}
    if task == "psmnist" and side == 28:
        head["order"] = permuted(torch.arange(784.0).view(1, 28, 28)).flatten().int().tolist()
    weights = sum(w.numel() for w in model.parameters())
    if title is None:
        title = f"{kind} on {NAMES.get(task, task)}" if task else f"{kind} network"
    facts = _facts(record, head, weights)
    text = Template(WEB.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        generator=f"sslearn {version('sslearn')}",
        words=DRAWN if side else READ,
        facts="\n".join(f"<dt>{a}</dt><dd>{html.escape(b)}</dd>" for a, b in facts),
        network=json.dumps(head).replace("<", "\\u003c"),
        weights=letters,
        script=module(PAGE).replace("</", "<\\/"),
    )
    path = Path(path)
    try:
        write_whole(path, lambda file: file.write(text.encode()))
    except OSError as error:
        raise ValueError(
            f"path must be a file that can be written, got {path} ({error.strerror or error})"
        ) from None


def _record(record, head) -> dict:
    if record is None:
        return {}
    if not isinstance(record, dict):
        raise ValueError(f"record must be a dict, as open_model gives it, got {record!r:.40}")
    for field, ours in (("d_input", head["d"]), ("classes", head["classes"])):
        if record.get(field, ours) != ours:
            raise ValueError(f"record must be of this model: its {field} is {record[field]!r}, "
                             f"and the model's is {ours}")  # fmt: skip
    return record


def _names(classes, head) -> list[str]:
    good = not isinstance(classes, str) and all(isinstance(c, str) and c.strip() for c in classes)
    if not good or len(classes) != head["classes"]:
        raise ValueError(f"classes must be {head['classes']} names, got {classes!r:.80}")
    return list(classes)


def _side(side, record, head) -> int | None:
    if side is None:
        return SIDES.get(str(record.get("task")))
    if side not in SIDES.values():
        raise ValueError(f"side must be one of {sorted({*SIDES.values()})}, got {side!r}")
    if head["d"] != 1:
        raise ValueError(f"model must read one number a step for a side, and reads {head['d']}")
    return side


def _kind(head) -> str:
    """What the field calls a network of these blocks."""
    first = head["blocks"][0]
    if first["kind"] == "lif":
        return "LIF"
    if any(stage["kind"] == "gsu" for stage in first["mix"]):
        return "GSU"
    return "S4D" if first["theta"] is None else "Binary S4D"


def _facts(record: dict, head: dict, weights: int) -> list[tuple[str, str]]:
    """What the page tells of the network, (name, value) each; what record does not hold is out."""
    side, depth, H = head["side"], len(head["blocks"]), head["H"]
    row = "one number" if head["d"] == 1 else f"{head['d']} numbers"
    order = ", in a fixed shuffled order" if "order" in head else ", row by row"
    reads = f"{side} × {side} pixels{order}, one a step" if side else f"rows of {row}, one a step"
    inside = f"{depth} layer{'s' * (depth > 1)} of {H} channels"
    if head["blocks"][0]["kind"] == "ssm":
        inside += f", each with {2 * head['blocks'][0]['half']} real states"
    facts = [("Network", f"{_kind(head)}: {inside}"), ("Parameters", f"{weights:,}"),
             ("Reads", reads), ("Answers", _listed(head["names"]))]  # fmt: skip
    if "task" in record:
        facts.append(("Task", str(record["task"])))
    if isinstance(record.get("accuracy"), float):
        of = f" of {record['test']:,} test examples" if isinstance(record.get("test"), int) else ""
        facts.append(("Accuracy", f"{100 * record['accuracy']:.2f} %{of}, measured with Python"))
    made = [f"{name} {record[name]}" for name in ("model", "preset", "seed") if name in record]
    if made:
        setting = record.get("setting")
        epochs = setting.get("epochs") if isinstance(setting, dict) else None
        made += [f"{epochs} epochs"] if epochs else []
        made += [f"{record['train']:,} examples"] if isinstance(record.get("train"), int) else []
        facts.append(("Trained", f"by python -m sslearn train: {', '.join(made)}"))
    how = f"by sslearn {version('sslearn')}, to_html; weights of 24 bits, arithmetic in 64"
    return [*facts, ("This page", how)]


def _listed(names: list[str]) -> str:
    """The names of the classes, or the first ten of them and how many there are."""
    if len(names) <= 10:
        return f"one of {len(names)} classes: {', '.join(names)}"
    return f"one of {len(names)} classes: {', '.join(names[:10])}, …"
