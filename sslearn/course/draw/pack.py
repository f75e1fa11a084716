"""A trained network as one packed file, which the page reads and runs pixel by pixel."""

import json
import struct
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit
from sslearn.models import SequenceClassifier
from sslearn.models.sequence import identity
from sslearn.runs import ASSETS, open_model

SHIPPED = {  # names of files in assets/: a better network of the same name takes its place
    "Binary S4D": "smnist-binary-s4d-small-0",
    "GSU": "smnist-gsu-small-0",
    "S4D": "smnist-s4d-small-0",
}
ACTS = {identity: "identity", gelu: "gelu", torch.relu: "relu", relu: "relu", torch.tanh: "tanh"}
LAYERS = {nn.Identity: "identity", nn.GELU: "gelu", nn.ReLU: "relu", nn.Tanh: "tanh"}
Arrays = dict[str, Tensor]


def shipped(name: str) -> SequenceClassifier:
    """The shipped network of that name, which reads MNIST's 784 pixels; a name in SHIPPED."""
    if name not in SHIPPED:
        raise ValueError(f"name must be one of {sorted(SHIPPED)}, got {name!r}")
    return open_model(ASSETS / f"{SHIPPED[name]}.safetensors")[0]


@torch.no_grad()
def packed(model: SequenceClassifier, name: str, *, side: int = 28) -> bytes:
    """model as a file for the page: its header's length, the header as JSON, float32 numbers.

    Each state space layer is packed as its recurrence A_bar, W = 2 C B_bar, D, and its threshold
    with it. model reads side x side pixels, one a step, by S4D or BinaryS4D; activations are the
    identity, GELU, ReLU or tanh, and the mixing is GLU, GatedSpikingUnit, Gain or a chain of these.
    Raises ValueError, with the part, for a model that the page cannot run, and for a side that no
    set of digits has.
    """
    if side not in (8, 28):
        raise ValueError(f"side must be 8 or 28 pixels, got {side!r}")
    if not isinstance(model, SequenceClassifier) or model.tokens or model.d_input != 1:
        raise ValueError("model must be a SequenceClassifier that reads one number a step")
    arrays = {"encode.W": model.encode.weight, "encode.b": model.encode.bias}
    blocks = [_block(block, k, arrays) for k, block in enumerate(model.blocks)]
    arrays |= {"head.W": model.head.weight, "head.b": model.head.bias}
    flat = {key: _numbers(key, value) for key, value in arrays.items()}
    starts = np.cumsum([0, *(a.size for a in flat.values())]).tolist()
    head = {
        "name": name, "side": side, "H": model.head.in_features, "pool": model.pooling,
        "classes": model.head.out_features, "blocks": blocks, "values": starts[-1],
        "arrays": {key: [at, a.size] for (key, a), at in zip(flat.items(), starts, strict=False)},
    }  # fmt: skip
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(a.tobytes() for a in flat.values())


def _numbers(key: str, value: Tensor) -> np.ndarray:
    if not value.isfinite().all():
        raise ValueError(f"{key} must be finite, and holds NaN or infinity")
    return value.cpu().float().contiguous().numpy().astype("<f4").ravel()


def _block(block: Block, k: int, arrays: Arrays) -> dict:
    """What the header says of block number k, whose arrays are added to `arrays`."""
    ssm = block.ssm
    if type(ssm) not in (S4D, BinaryS4D):
        raise ValueError(f"block {k + 1} must have S4D or BinaryS4D, got {type(ssm).__name__}")
    if getattr(ssm, "width", None) is not None:
        raise ValueError(f"block {k + 1} draws its spikes at random, and the page cannot")
    if block.act not in ACTS:
        raise ValueError(f"block {k + 1}: the page knows no activation {block.act!r}")
    A_bar, W, D = ssm.recurrence()  # which raises ValueError if the layer is bidirectional
    parts = {"Ar": A_bar.real, "Ai": A_bar.imag, "Wr": W.real, "Wi": W.imag, "D": D}
    arrays |= {f"{k}.ssm.{key}": value for key, value in parts.items()}
    inner = block.norm.inner
    g, o, kind = inner.weight, inner.bias, "layer"
    if isinstance(inner, nn.BatchNorm1d):  # outside training it is a scale and a shift
        g = inner.weight * torch.rsqrt(inner.running_var + inner.eps)
        o, kind = inner.bias - g * inner.running_mean, "batch"
    arrays |= {f"{k}.norm.g": g, f"{k}.norm.o": o}
    mix = [_stage(part, k, j, arrays) for j, part in enumerate(_chain(block.mix))]
    alphas = [stage["alpha"] for stage in mix if "alpha" in stage]
    return {
        "half": A_bar.shape[1], "theta": ssm.theta if isinstance(ssm, BinaryS4D) else None,
        "act": ACTS[block.act], "mix": mix, "norm": kind, "prenorm": block.prenorm,
        "eps": inner.eps, "alpha": alphas[0] if alphas else None,
    }  # fmt: skip


def _chain(mix: nn.Module) -> Iterator[nn.Module]:
    if isinstance(mix, nn.Sequential):
        for part in mix:
            yield from _chain(part)
    else:
        yield mix


def _stage(part: nn.Module, k: int, j: int, arrays: Arrays) -> dict:
    """What the header says of one stage of the mixing of block number k."""
    if isinstance(part, GLU):
        arrays |= {f"{k}.mix{j}.W": part.both.weight, f"{k}.mix{j}.b": part.both.bias}
        return {"kind": "glu"}
    if isinstance(part, GatedSpikingUnit):
        arrays |= {f"{k}.mix{j}.{key}": getattr(part, key) for key in "Wbc"}
        if part.W2 is not None:
            arrays[f"{k}.mix{j}.W2"] = part.W2
        return {"kind": "gsu", "alpha": part.alpha}
    if isinstance(part, Gain):
        return {"kind": "gain", "gain": part.gain}
    if type(part) not in LAYERS or getattr(part, "approximate", "none") != "none":
        raise ValueError(f"block {k + 1}: the page knows no mixing {type(part).__name__}")
    return {"kind": LAYERS[type(part)]}
