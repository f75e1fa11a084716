"""What surrounds a step that is counted: hooks on each layer, definitions, and no way out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sslearn import spikes
from sslearn.layers import GLU, S4D, Block, Gain, GatedSpikingUnit

PART_OF = {
    Block: "residual", S4D: "state", GLU: "gate", GatedSpikingUnit: "gate", Gain: "gate",
    nn.LayerNorm: "norm", nn.BatchNorm1d: "norm", nn.Linear: "products", nn.GELU: "activation",
}  # fmt: skip


class Place(NamedTuple):
    """The layer's name, and the part of the network that it is, products with weights aside."""

    layer: str
    part: str


WHOLE = Place("", "pooling")  # What a classifier's own step does is to pool.
OUTSIDE = {"numpy", "__array__", "tolist", "data_ptr", "untyped_storage", "__dlpack__"}


def place_of(name: str, module: nn.Module) -> Place:
    """The place of a layer: its part by its name, by its attribute `part`, or by its class."""
    first = name.partition(".")[0]
    if first in ("encode", "head"):
        return Place(name, "encoder" if first == "encode" else "head")
    kinds = [part for kind, part in PART_OF.items() if isinstance(module, kind)]
    stateful = ["state"] if hasattr(module, "step") else []  # such as a layer of one's own
    return Place(name, getattr(module, "part", [*kinds, *stateful, "other"][0]))


@contextmanager
def placed(stream: nn.Module, places: list[Place]) -> Iterator[None]:
    """A context in which the last of places is the layer of `stream` that is at work."""
    with ExitStack() as stack:
        for name, module in stream.named_modules():
            if not name:
                continue
            enter, leave = _hooks(places, place_of(name, module))
            stack.callback(module.register_forward_pre_hook(enter).remove)
            stack.callback(module.register_forward_hook(leave, always_call=True).remove)
            if hasattr(module, "step"):
                module.step = _within(places, place_of(name, module), module.step)
                stack.callback(delattr, module, "step")  # The method of the class is back.
        yield


def _hooks(places: list[Place], place: Place) -> tuple[Callable, Callable]:
    def enter(*_):
        places.append(place)

    def leave(*_):
        places.pop()

    return enter, leave


def _within(places: list[Place], place: Place, step: Callable) -> Callable:
    def run(*args):
        places.append(place)
        try:
            return step(*args)
        finally:
            places.pop()

    return run


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """A context in which model is in evaluation; afterwards each of its modules is as before."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


@contextmanager
def by_definition() -> Iterator[None]:
    """A context in which spikes are computed as they are defined, by comparisons."""
    fast = spikes._step, spikes._Ternary.forward
    spikes._step, spikes._Ternary.forward = _spike, staticmethod(_ternary)
    try:
        yield
    finally:
        spikes._step, spikes._Ternary.forward = fast[0], staticmethod(fast[1])


def _spike(u: Tensor) -> Tensor:
    """S(u) = [u > 0]: one comparison."""
    return (u > 0).to(u.dtype)


def _ternary(z: Tensor, delta: Tensor, unit: Tensor | None, surrogate: Callable) -> Tensor:
    """Ter(z) = [z >= delta] - [z <= -delta]: two comparisons, and a choice in place of the sum."""
    up, down = z >= delta, z <= -delta
    lower = torch.where(down & ~up, -1.0, 0.0)
    return torch.where(up & ~down, 1.0, lower).to(z.dtype)


class InTorch(TorchFunctionMode):
    """A context in which no tensor leaves torch, because what runs outside could not be counted."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        """Refuse numpy and lists; raises ValueError."""
        name = getattr(func, "__name__", "")
        if name in OUTSIDE:
            raise ValueError(
                f"step must stay in torch to be counted, got Tensor.{name}; "
                "a fast function is counted on its readable definition"
            )
        return func(*args, **(kwargs or {}))
