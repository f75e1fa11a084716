"""The file of a trained model: its weights, the record of its run, and a check sum of both."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from sslearn.data.files import write_whole

FORMAT = "1"


def check_sum(weights: dict[str, Tensor], record: str, form: str = FORMAT) -> str:
    """The sha256 of format and record, then of each tensor's name, type, shape and bytes.

    It is taken so in every format, because only then can a file of another one be told from one
    that is altered.
    """
    digest = hashlib.sha256(f"{form}\n{record}".encode())
    for name, w in sorted(weights.items()):
        digest.update(f"\n{name} {w.dtype} {tuple(w.shape)}\n".encode())
        digest.update(w.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def write_weights(path: Path, weights: dict[str, Tensor], record: dict | None = None) -> None:
    """Write such a file, a safetensors file whose metadata hold record, format and sha256."""
    weights, text = {n: w.cpu().contiguous() for n, w in weights.items()}, json.dumps(record)
    metadata = {"record": text, "format": FORMAT, "sha256": check_sum(weights, text)}
    raw = save(weights, metadata)
    write_whole(path, lambda file: file.write(raw))


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict | None]:
    """The weights of such a file, on the processor, and its record, or None if it has none.

    A file that names neither format nor sha256 is of an sslearn before 0.1.0's check sums: it is
    read unchecked. Raises ValueError for a file that is missing, may not be read, is cut off
    or altered, of another format, or with a weight that is not finite.
    """
    if not path.is_file():
        raise ValueError(f"no trained model at {path.name}: run python -m sslearn train first")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
        weights, text = load_file(path), metadata.get("record", "null")
        record = json.loads(text)
    except OSError as error:
        why = error.strerror or error
        raise ValueError(f"{path.name} is there and cannot be read ({why})") from None
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is no whole file of a trained model ({error})") from None
    if metadata.keys() & {"format", "sha256"}:
        form = metadata.get("format", "")
        if metadata.get("sha256") != check_sum(weights, text, form):
            raise ValueError(f"{path.name} is altered: its check sum differs. Get or train it anew")
        if form != FORMAT:
            raise ValueError(f"{path.name} has format {form} of another sslearn, not {FORMAT}")
    for name, w in weights.items():
        if not w.isfinite().all():
            raise ValueError(f"{path.name}: {name} must be finite, and holds NaN or infinity")
    return weights, record
