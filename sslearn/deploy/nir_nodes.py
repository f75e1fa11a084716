"""What each NIR node does in one step of dt: maps, thresholds, and neurons by Euler's rule.

A neuron's step is v' = v + dt / tau (v_leak - v + R I), with the current I of this step, then
z = [v' > theta], then v' = v_reset where z = 1. That is the rule of snnTorch's and Norse's readers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

State = tuple[Tensor, ...]
SPARSE = 1 / 8  # of a matrix' entries; below this only those that are not 0 are multiplied


class Map:
    """A node without a state: y = f(x); takes and gives are its widths, None for any."""

    def __init__(self, f: Callable[[Tensor], Tensor], takes: int | None, gives: int | None):
        self.f, self.takes, self.gives = f, takes, gives


class Neuron:
    """A node with a state of `size` tensors (B, width): step(I, state) gives its value and state.

    width is None for parameters without a shape, which any number of neurons share.
    """

    def __init__(self, step: Callable[[Tensor, State], tuple[Tensor, State]], size: int, width):
        self.step, self.size, self.takes, self.gives = step, size, width, width


def read_node(name: str, node: Any, dt: float, dtype: torch.dtype) -> Map | Neuron:
    """What a node does. Raises ValueError for a kind that is not in KINDS, and for bad numbers."""
    kind = type(node).__name__
    if kind not in KINDS:
        raise ValueError(f"a node must be one of {sorted(KINDS)}, got {kind} at {name!r}")
    numbers = {}
    for key in KINDS[kind][1]:
        a = np.asarray(getattr(node, key), dtype=np.float64)
        wanted = (2,) if key == "weight" else (0, 1)
        if a.ndim not in wanted:
            raise ValueError(f"{key} of {name!r} must have {wanted} dimensions, got {a.shape}")
        if not np.isfinite(a).all():
            raise ValueError(f"{key} of {name!r} must be finite, and holds NaN or infinity")
        if key.startswith("tau") and not (a > 0).all():
            raise ValueError(f"{key} of {name!r} must be positive, got {a.min()}")
        numbers[key] = torch.from_numpy(a)
    reset = getattr(node, "metadata", {}).get("reset", "zero")
    if reset not in ("zero", "subtract"):
        raise ValueError(f"reset of {name!r} must be zero or subtract, got {reset!r}")
    options = {"reset": reset} if "v_threshold" in numbers else {}
    return KINDS[kind][0](numbers, dt=dt, dtype=dtype, **options)


def _product(W: Tensor, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """x to W x, x (B, in). Most of a matrix between poles is 0, and is then not multiplied."""
    rows, columns = W.nonzero(as_tuple=True)
    kept, W = W[rows, columns].to(dtype), W.to(dtype)
    if len(kept) > SPARSE * W.numel():
        return lambda x: x @ W.T
    return lambda x: x.new_zeros(len(x), len(W)).index_add_(1, rows, x[:, columns] * kept)


def _affine(p, *, dt, dtype):
    if p["bias"].shape != p["weight"].shape[:1]:
        raise ValueError(f"a bias must be {tuple(p['weight'].shape[:1])}, got {p['bias'].shape}")
    product, b = _product(p["weight"], dtype), p["bias"].to(dtype)
    return Map(lambda x: product(x) + b, *p["weight"].shape[::-1])


def _linear(p, *, dt, dtype):
    return Map(_product(p["weight"], dtype), *p["weight"].shape[::-1])


def _scale(p, *, dt, dtype):
    s = p["scale"].to(dtype)
    return Map(lambda x: s * x, _width(s), _width(s))


def _threshold(p, *, dt, dtype):
    theta = p["threshold"].to(dtype)
    return Map(lambda x: (x > theta).to(dtype), _width(theta), _width(theta))


def _leaky(p, *, dt, dtype):
    follow = _follow(p, p["tau"], dt, dtype)

    def step(I, state):
        v = follow(state[0], I)
        return v, (v,)

    return Neuron(step, 1, _width(p["tau"]))


def _integrator(p, *, dt, dtype):
    gain = (dt * p["r"]).to(dtype)

    def step(I, state):
        v = state[0] + gain * I
        return v, (v,)

    return Neuron(step, 1, _width(p["r"]))


def _lif(p, *, dt, dtype, reset):
    return _firing(_follow(p, p["tau"], dt, dtype), p, dtype, reset)


def _if(p, *, dt, dtype, reset):
    gain = (dt * p["r"]).to(dtype)
    return _firing(lambda v, I: v + gain * I, p, dtype, reset)


def _cuba_leaky(p, *, dt, dtype):
    synapse, follow = _synapse(p, dt, dtype), _follow(p, p["tau_mem"], dt, dtype)

    def step(S, state):
        i = synapse(state[1], S)
        v = follow(state[0], i)
        return v, (v, i)

    return Neuron(step, 2, _width(p["tau_mem"]))


def _cuba_lif(p, *, dt, dtype, reset):
    synapse = _synapse(p, dt, dtype)
    fires = _firing(_follow(p, p["tau_mem"], dt, dtype), p, dtype, reset)

    def step(S, state):
        i = synapse(state[2], S)
        z, (v, late) = fires.step(i, state[:2])
        return z, (v, late, i)

    return Neuron(step, 3, fires.gives)


KINDS = {
    "Affine": (_affine, ("weight", "bias")),
    "Linear": (_linear, ("weight",)),
    "Scale": (_scale, ("scale",)),
    "Threshold": (_threshold, ("threshold",)),
    "I": (_integrator, ("r",)),
    "LI": (_leaky, ("tau", "r", "v_leak")),
    "IF": (_if, ("r", "v_threshold", "v_reset")),
    "LIF": (_lif, ("tau", "r", "v_leak", "v_threshold", "v_reset")),
    "CubaLI": (_cuba_leaky, ("tau_syn", "tau_mem", "r", "v_leak", "w_in")),
    "CubaLIF": (_cuba_lif, ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in")),
}


def _follow(p, tau, dt, dtype):
    """v, I to v + dt / tau (v_leak - v + R I), written beta v + gain I + rest."""
    rate = dt / tau
    beta, gain, rest = ((1 - rate).to(dtype), (rate * p["r"]).to(dtype),
                        (rate * p["v_leak"]).to(dtype))  # fmt: skip
    return lambda v, I: beta * v + gain * I + rest


def _synapse(p, dt, dtype):
    rate = dt / p["tau_syn"]
    alpha, gain = (1 - rate).to(dtype), (rate * p["w_in"]).to(dtype)
    return lambda i, S: alpha * i + gain * S


def _firing(follow, p, dtype, reset):
    """A neuron whose state is v and, for the reset that subtracts, the spike of the step before."""
    theta, v_reset = p["v_threshold"].to(dtype), p["v_reset"].to(dtype)

    def step(I, state):
        v = follow(state[0], I)
        v = v - theta * state[1] if reset == "subtract" else v
        z = (v > theta).to(dtype)
        return z, (v if reset == "subtract" else torch.where(z > 0, v_reset, v), z)

    return Neuron(step, 2, _width(theta))


def _width(a):
    return len(a) if a.ndim else None
