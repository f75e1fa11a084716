"""A trained network as one packed file, which the page reads and runs pixel by pixel."""

import json
import struct

import numpy as np
from torch import nn

from sslearn.deploy.page_network import described
from sslearn.models import SequenceClassifier
from sslearn.runs import ASSETS, open_model

SHIPPED = {  # names of files in assets/: a better network of the same name takes its place
    "Binary S4D": "smnist-binary-s4d-small-0",
    "GSU": "smnist-gsu-small-0",
    "S4D": "smnist-s4d-small-0",
}


def shipped(name: str) -> SequenceClassifier:
    """The shipped network of that name, which reads MNIST's 784 pixels; a name in SHIPPED."""
    if name not in SHIPPED:
        raise ValueError(f"name must be one of {sorted(SHIPPED)}, got {name!r}")
    return open_model(ASSETS / f"{SHIPPED[name]}.safetensors")[0]


def packed(model: nn.Module, name: str, *, side: int = 28) -> bytes:
    """model as a file for the page: its header's length, the header as JSON, float32 numbers.

    model reads side x side pixels, one a step; what it may be made of, `described` says.
    Raises ValueError, with the part, for a model that the page cannot run, and for a side that no
    set of digits has.
    """
    if side not in (8, 14, 28):
        raise ValueError(f"side must be 8, 14 or 28 pixels, got {side!r}")
    head, arrays = described(model)
    if head["d"] != 1:
        raise ValueError(f"model must read one number a step, and reads {head['d']}")
    flat = {key: value.numpy().astype("<f4").ravel() for key, value in arrays.items()}
    starts = np.cumsum([0, *(a.size for a in flat.values())]).tolist()
    head |= {
        "name": name, "side": side, "values": starts[-1],
        "arrays": {key: [at, a.size] for (key, a), at in zip(flat.items(), starts, strict=False)},
    }  # fmt: skip
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(a.tobytes() for a in flat.values())
