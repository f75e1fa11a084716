"""What is known of a tensor while a step is counted: who made it, of what, and who has read it."""

from collections import Counter
from collections.abc import Iterable

import torch
from torch import Tensor

from sslearn.energy.places import Place

WEIGHTS, SHARED, TOKENS = range(3)  # computed from weights alone, one a step, one a token
BITS = {"spikes": 1, "ternary": 2}
WIDER = ("spikes", "ternary", "real")  # each holds the values of those before it


class Source:
    """A tensor's maker, what it was made of, its possible values, its readers and its writes.

    place is None where no layer made it: the input, and the initial state.
    """

    def __init__(self, tensor: Tensor, level: int, place: Place | None, values: str = "real"):
        self.level, self.place, self.values = level, place, values
        self.numbers = tensor.numel() * (2 if tensor.is_complex() else 1)
        self.width = real_bits(tensor)
        self.state, self.affine = False, False
        self.readers: set = set()
        self.written: set = set()
        self.compared: tuple | None = None  # the row and number of the comparison that made it
        self.checked = False

    def check(self, rows: Counter) -> None:
        """A comparison that is only asked for all or any checks an argument, and is not counted."""
        if self.compared and not self.checked:
            row, number = self.compared
            rows[row] -= number
            if not rows[row]:
                del rows[row]
            self.checked = True

    def use(self, rows: Counter) -> None:
        """A comparison that is used besides a check is counted all the same."""
        if self.checked:
            row, number = self.compared
            rows[row] += number
            self.compared, self.checked = None, False

    def part_of(self, tensor: Tensor) -> "Source":
        """The source of a view: the same, or one of fewer numbers, such as a key of q, k, v."""
        part = Source(tensor, self.level, self.place, self.values)
        if part.numbers >= self.numbers:
            return self
        part.state, part.affine = self.state, self.affine
        return part

    @property
    def bits(self) -> int:
        """The bits of one number."""
        return BITS.get(self.values, self.width)


def real_bits(tensor: Tensor) -> int:
    """The bits of one real number of a tensor; a bool has 1."""
    if tensor.dtype == torch.bool:
        return 1
    return tensor.element_size() * 8 // (2 if tensor.is_complex() else 1)


def tensors_in(values: Iterable) -> list[Tensor]:
    """The tensors among values, and in the lists among them."""
    tensors = []
    for x in values:
        if isinstance(x, Tensor):
            tensors.append(x)
        elif isinstance(x, list | tuple):
            tensors += tensors_in(x)
    return tensors
