"""What a training is given: pairs (x, y) and settings, and what is said of bad ones."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

Pair = tuple[Tensor | tuple[Tensor, ...], Tensor]


class Stage(NamedTuple):
    """So many epochs on sequences whose steps are means over p of the data's steps."""

    p: int
    epochs: int


def parts_of(x: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The tensors of x, which is one tensor or a tuple of them."""
    return x if isinstance(x, tuple) else (x,)


def require_pair(name: str, pair: Pair) -> None:
    """Raise ValueError, with the name, unless pair is (x, y) of one length above 0."""
    sizes = [len(part) for part in (*parts_of(pair[0]), *pair[1:])]
    if len(pair) != 2 or len(set(sizes)) != 1 or sizes[0] == 0:
        raise ValueError(f"{name} must be (x, y) of equal length above 0, got lengths {sizes}")


def check_settings(
    *,
    epochs: int,
    batch: int,
    lr: float,
    weight_decay: float,
    warmup: float,
    coarse: Sequence[Stage] = (),
) -> None:
    """Raise ValueError unless `fit` can train with these settings."""
    for name, value in (("epochs", epochs), ("batch", batch)):
        if not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    for name, value in (("lr", lr), ("weight_decay", weight_decay), ("warmup", warmup)):
        if not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, got {value!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be positive, got {lr}")
    if not (math.isfinite(weight_decay) and weight_decay >= 0):
        raise ValueError(f"weight_decay must be at least 0, got {weight_decay}")
    if not 0 <= warmup < 1:
        raise ValueError(f"warmup must be a share of all steps in [0, 1), got {warmup}")
    for stage in coarse:
        if len(stage) != 2 or not all(type(n) is int and n >= 1 for n in stage):
            raise ValueError(f"coarse must hold (p, epochs), whole numbers >= 1, got {stage}")
