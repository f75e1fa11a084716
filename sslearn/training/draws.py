"""The random numbers of a training: dropout's, and those that layers draw for themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class Draws:
    """The generators that a model in training draws from, as a state to keep and to go on from.

    Dropout knows torch's own generators alone, one a device: within `inside` they go on from our
    states, and outside they are as they were. A layer that draws for itself, such as a BinaryS4D
    with a width, holds a torch.Generator in an attribute. Process rank of several has seeds of its
    own, because else all would drop the same units.
    """

    def __init__(self, model: nn.Module, order: torch.Generator, rank: int, cuda: bool):
        seed = order.initial_seed()  # order shuffles the examples, the same in every process.
        self.engines = [torch.random, torch.cuda] if cuda else [torch.random]
        devices = ["cpu", "cuda"][: len(self.engines)]
        self.states = [torch.Generator(d).manual_seed(seed + rank).get_state() for d in devices]
        held = [value for m in model.modules() for value in vars(m).values()]
        own = {id(value): value for value in held if isinstance(value, torch.Generator)}
        own.pop(id(order), None)
        self.layers = list(own.values())
        for generator in self.layers if rank else ():
            generator.manual_seed(generator.initial_seed() + rank)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Let torch's own generators go on from our states, which then follow them."""
        outside = [engine.get_rng_state() for engine in self.engines]
        self._set(self.states)
        try:
            yield
        finally:
            self.states = [engine.get_rng_state() for engine in self.engines]
            self._set(outside)

    def _set(self, states: list) -> None:
        for engine, state in zip(self.engines, states, strict=True):
            engine.set_rng_state(state)

    def state_dict(self) -> dict:
        """The states of torch's generators, one a device, and of the layers' own."""
        return {"torch": self.states, "layers": [g.get_state() for g in self.layers]}

    def load_state_dict(self, state: dict) -> None:
        """Go on from such a state of the same model on the same kind of device."""
        self._require(len(state["torch"]) == len(self.states), "devices")
        self._require(len(state["layers"]) == len(self.layers), "layers that draw")
        self.states = list(state["torch"])
        for generator, own in zip(self.layers, state["layers"], strict=True):
            generator.set_state(own)

    def _require(self, good: bool, what: str) -> None:
        if not good:
            raise ValueError(f"the state must be of the same {what}")
