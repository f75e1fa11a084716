"""A trained network as the page's net.js runs it: a header for its structure, and its arrays."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit
from sslearn.models import LIFNetwork, SequenceClassifier
from sslearn.models.sequence import identity

ACTS = {identity: "identity", gelu: "gelu", torch.relu: "relu", relu: "relu", torch.tanh: "tanh"}
LAYERS = {nn.Identity: "identity", nn.GELU: "gelu", nn.ReLU: "relu", nn.Tanh: "tanh"}
Arrays = dict[str, Tensor]


@torch.no_grad()
def described(model: nn.Module) -> tuple[dict, Arrays]:
    """The header of model and its arrays, float32 on the processor, all of them finite.

    Each state space layer is its recurrence A_bar, W = 2 C B_bar, D, and its threshold with it; a
    layer of LIF neurons is W, b and beta, and a batch norm is folded into them. model is a
    LIFNetwork or a SequenceClassifier of S4D or BinaryS4D; its activations are the identity, GELU,
    ReLU or tanh, and the mixing is GLU, GatedSpikingUnit, Gain or a chain of these.
    Raises ValueError, with the part, for a model that the page cannot run: another one, one of
    tokens, one that is bidirectional or draws its spikes, and weights that are not finite.
    """
    kinds = {SequenceClassifier: _state_space, LIFNetwork: _lif}
    if type(model) not in kinds:
        names = " or a ".join(sorted(kind.__name__ for kind in kinds))
        raise ValueError(f"model must be a {names}, got {type(model).__name__}")
    if model.tokens:
        raise ValueError("model must read numbers, and reads tokens")
    d, blocks, arrays = kinds[type(model)](model)
    arrays |= {"head.W": model.head.weight, "head.b": model.head.bias}
    for name, value in arrays.items():
        arrays[name] = value.detach().cpu().float()
        if not arrays[name].isfinite().all():
            raise ValueError(f"{name} must be finite, and holds NaN or infinity")
    classes, H = model.head.weight.shape
    head = {"d": d, "H": H, "classes": classes, "pool": model.pooling, "blocks": blocks}
    return head, arrays


def _state_space(model: SequenceClassifier) -> tuple[int, list[dict], Arrays]:
    arrays = {"encode.W": model.encode.weight, "encode.b": model.encode.bias}
    return model.d_input, [_block(block, k, arrays) for k, block in enumerate(model.blocks)], arrays


def _lif(model: LIFNetwork) -> tuple[int, list[dict], Arrays]:
    """The first layer's product is the encoder, and each other stands in front of its neurons."""
    arrays, H = {}, model.head.in_features
    for k, (layer, norm) in enumerate(zip(model.hidden, model.norms, strict=True)):
        W, b = layer.weight, layer.bias
        if not isinstance(norm, nn.Identity):
            g, o = _scale_and_shift(norm.inner)
            W, b = g[:, None] * W, g * b + o
        name = f"{k}" if k else "encode"
        arrays |= {f"{name}.W": W, f"{name}.b": b}
        arrays[f"{k}.beta"] = torch.as_tensor(model.decay(k), dtype=W.dtype).expand(H)
    blocks = [{"kind": "lif", "reset": model.reset} for _ in model.hidden]
    return model.hidden[0].in_features, blocks, arrays


def _scale_and_shift(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """What a batch norm is outside training: g x + o by its running statistics, (H,) each."""
    g = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return g, norm.bias - g * norm.running_mean


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
    if isinstance(inner, nn.BatchNorm1d):
        (g, o), kind = _scale_and_shift(inner), "batch"
    arrays |= {f"{k}.norm.g": g, f"{k}.norm.o": o}
    mix = [_stage(part, k, j, arrays) for j, part in enumerate(_chain(block.mix))]
    alphas = [stage["alpha"] for stage in mix if "alpha" in stage]
    return {
        "kind": "ssm", "half": A_bar.shape[1],
        "theta": ssm.theta if isinstance(ssm, BinaryS4D) else None,
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
    if type(part) is GLU:
        arrays |= {f"{k}.mix{j}.W": part.both.weight, f"{k}.mix{j}.b": part.both.bias}
        return {"kind": "glu"}
    if type(part) is GatedSpikingUnit:
        arrays |= {f"{k}.mix{j}.{key}": getattr(part, key) for key in "Wbc"}
        second = part.W if part.W2 is None else part.W2
        if part.W2 is not None:
            arrays[f"{k}.mix{j}.W2"] = part.W2
        delta = (part.alpha * second.abs().max()).item()  # as the unit itself has it
        return {"kind": "gsu", "alpha": part.alpha, "delta": delta}
    if type(part) is Gain:
        return {"kind": "gain", "gain": part.gain}
    if type(part) not in LAYERS or getattr(part, "approximate", "none") != "none":
        raise ValueError(f"block {k + 1}: the page knows no mixing {type(part).__name__}")
    return {"kind": LAYERS[type(part)]}
