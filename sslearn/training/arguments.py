"""What a training is given: pairs (x, y) and settings, and what is said of bad ones."""

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

Pair = tuple[Tensor | tuple[Tensor, ...], Tensor]
FAINT = 0.2  # A signal of a smaller standard deviation costs Binary S4D its accuracy,
SHIFTED = 2.0  # and one whose mean is more standard deviations from zero costs all models theirs.
LARGE = 3.0  # A mean above it drowns the other channels, whose size should be about 1.


class Stage(NamedTuple):
    """So many epochs on sequences whose steps are means over p of the data's steps."""

    p: int
    epochs: int


def parts_of(x: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The tensors of x, which is one tensor or a tuple of them."""
    return x if isinstance(x, tuple) else (x,)


def as_pair(name: str, pair: Pair) -> Pair:
    """pair = (x, y) as tensors: NumPy arrays, lists and labels of any whole type are taken.

    x is (n, ...) or a tuple of such. The float64 of an array or a list becomes torch's default
    type; a tensor keeps its own, because the models of this library read it in the type of their
    weights. y is (n,) of classes, counted from 0, and becomes int64. Raises ValueError, with the
    name, for anything else.
    """
    if isinstance(pair, tuple | list) and len(pair) == 3:
        raise ValueError(f"{name} must be a pair; lengths go with x, as in ((x, lengths), y)")
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise ValueError(
            f"{name} must be a pair (x, y) of tensors or arrays, got {type(pair).__name__}; the "
            "batches of a DataLoader become one by x, y = map(torch.cat, zip(*loader))"
        )
    x, y = pair
    tensors = [_as_tensor(f"{name}'s x", part) for part in (x if isinstance(x, tuple) else (x,))]
    labels = _as_tensor(f"{name}'s y", y)
    sizes = [len(part) if part.ndim else None for part in (*tensors, labels)]
    if len(set(sizes)) != 1 or not sizes[0]:
        raise ValueError(f"{name} must be (x, y) of equal length above 0, got lengths {sizes}")
    whole = not (labels.is_floating_point() or labels.is_complex())
    if labels.ndim not in (1, 2) or not whole or labels.min() < 0:
        seen = f"{labels.dtype} of shape {tuple(labels.shape)}"
        seen += f", lowest {labels.min().item()}" if whole else ""
        raise ValueError(
            f"{name}'s y must be (n,) whole numbers, the classes counted from 0, got {seen}"
        )
    return tuple(tensors) if isinstance(x, tuple) else tensors[0], labels.long()


def _as_tensor(name, values) -> Tensor:
    """values as a tensor, float64 in torch's default type; ValueError where that is impossible."""
    if not isinstance(values, Tensor):
        try:
            values = torch.as_tensor(np.asarray(values))
        except (TypeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(
                f"{name} must be numbers of one shape ({reason}); records of unequal length are "
                "padded with zeros and given as a tuple (x, lengths)"
            ) from None
        if values.dtype == torch.float64:
            values = values.to(torch.get_default_dtype())
    return values


def require_finite(name: str, pair: Pair) -> None:
    """Raise ValueError, with the name and the examples, if x holds NaN or infinity."""
    for part in parts_of(pair[0]):
        if part.is_floating_point() and not part.isfinite().all():
            broken = (~part.isfinite()).view(len(part), -1).any(1).nonzero().flatten().tolist()
            raise ValueError(
                f"{name}'s x must be finite, got NaN or infinity in {len(broken)} of {len(part)} "
                f"examples, the first is number {broken[0]}"
            )


def warn_of_scale(x: Tensor | tuple[Tensor, ...]) -> None:
    """Warn if a signal (n, L, d) is faint, or a channel far from zero: networks then learn little.

    With x = (signal, lengths) only steps within the lengths count. The warning says the mean, the
    standard deviation and the cure; what counts as faint and far was measured with S4D, Binary S4D
    and the GSU on a heart's rhythm. Events of size 1 are not faint, however rare they are.
    """
    signal, *rest = parts_of(x)
    if signal.ndim != 3 or not signal.is_floating_point():
        return
    steps = signal.flatten(0, 1)  # (m, d)
    if len(rest) == 1 and rest[0].ndim == 1 and not rest[0].is_floating_point():
        steps = signal[torch.arange(signal.shape[1], device=signal.device) < rest[0][:, None]]
    mean, deviation = steps.mean(0), steps.std(0, correction=0)  # (d,)
    shift, size = mean.square().mean().sqrt(), deviation.square().mean().sqrt()
    faint = 0 < size < FAINT and steps.abs().max() < 1
    far = (deviation > 0) & (mean.abs() > SHIFTED * deviation)
    far &= (mean.abs() > LARGE) | (shift > SHIFTED * size)  # A bright pixel among many is no fault.
    if faint or far.any():
        k = int(far.int().argmax())
        warnings.warn(
            f"channel {k} of the training signal has mean {mean[k].item():.3g} and standard "
            f"deviation {deviation[k].item():.3g}; networks learn little from a faint or a shifted "
            "signal. Standardise each channel, x = (x - mean) / std, by the mean and std of the "
            "training examples.",
            stacklevel=4,
        )


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
