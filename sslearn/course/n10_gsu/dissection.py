"""The mixing unit of a trained network, taken apart, and the numbers that notebook 10 prints."""

import copy
import functools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sslearn.layers import Block, GatedSpikingUnit
from sslearn.layers.additions import block_operations
from sslearn.models import SequenceClassifier
from sslearn.runs import load_task
from sslearn.runs.activations import NETWORK, trained

UNITS = {"GLU": "GELU", "binary": "step", "GSU": "GSU", "GSU, two W": "GSU, two W"}  # -> network
DIGITS = 64
EDGES = torch.linspace(-8, -1, 57)  # of log10 abs(gradient)
SPREAD = torch.linspace(-4, 4, 65)  # of log10 abs(output)
SHUT, FAINT = 1.3e-4, 1.3e-8  # the ends of the first bins of the two histograms


@functools.lru_cache(5)
def inside(name: str) -> tuple[SequenceClassifier, Tensor, Tensor, Tensor]:
    """A shipped network, its last block's input and S4D output for 64 test digits, the classes."""
    model, (x, y) = trained(name), load_task("digits").test
    with torch.no_grad():
        x = model.features(x[:DIGITS])[-2]  # (64, 64, H)
        block = model.blocks[-1]
        return model, x, block.ssm(block.before(x)), y[:DIGITS]


def changed(block: Block, *, scale: float, alpha: float) -> tuple[nn.Module, nn.Module]:
    """A copy of the block's unit with other weights and alpha, and what follows the unit.

    scale multiplies the matrices; alpha is the GSU's, and a GLU has none.
    """
    parts = copy.deepcopy(block.mix)
    unit, then = parts if isinstance(parts, nn.Sequential) else (parts, nn.Identity())
    for p in unit.parameters():
        if p.ndim == 2:
            p.mul_(scale)
    if isinstance(unit, GatedSpikingUnit):
        unit.alpha = alpha
    return unit, then


def zeros_in(unit: nn.Module, x: Tensor) -> tuple[float, float]:
    """The shares of zeros in Ter(x) and Ter(W) of a GSU; in x, and none, of another unit."""
    if not isinstance(unit, GatedSpikingUnit):
        return (x == 0).float().mean().item(), 0.0
    first, second = ((z == 0).float().mean().item() for z in unit.ternary_inputs(x))
    return first, second


def _log10(x: Tensor) -> Tensor:
    return x.abs().clamp(min=1e-30).log10()


def _histogram(values: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
    """Share of values a bin, in %; what lies outside counts in the first or last bin."""
    step = (edges[1] - edges[0]).item()
    bins = ((values.flatten() - edges[0]) / step).long().clamp(0, len(edges) - 2)
    count = torch.bincount(bins, minlength=len(edges) - 1)
    return (edges[:-1] + step / 2), (100 * count / values.numel()).clamp(max=12)


class Parts(NamedTuple):
    """What a unit makes of 64 digits: both factors (64, 64, H), their product, and the scores."""

    first: Tensor
    second: Tensor
    product: Tensor
    scores: Tensor
    zeros: tuple[float, float]  # shares in Ter(x) or the spikes, and in Ter(W)


def taken_apart(unit: str, a: Tensor, b: Tensor, *, alpha=0.15, scale=1.0, cut="none") -> Parts:
    """The unit with the first path fed by a and the second by b, both the S4D output (64, 64, H).

    cut names the path whose factor becomes 1: first, second or none.
    """
    model, x, y_ssm, _ = inside(UNITS[unit])
    block = model.blocks[-1]
    mix, then = changed(block, scale=scale, alpha=alpha)
    first, second = mix.factors(block.act(a))[0], mix.factors(block.act(b))[1]
    first = torch.ones_like(first) if cut == "first" else first
    second = torch.ones_like(second) if cut == "second" else second
    product = first * second
    scores = model.head(model.pool(block.add(x, then(product))))
    return Parts(first, second, product, scores, zeros_in(mix, block.act(y_ssm)))


def operations_of(unit: str, zeros: tuple[float, float]) -> dict[str, tuple]:
    """`block_operations` of a block with the unit: (multiplications, additions) by part."""
    return block_operations(NETWORK["H"], NETWORK["N"], unit.split(",")[0], zeros=zeros)


def gate_view(*, unit="GSU", alpha=0.15, scale=1.0, cut="none") -> tuple[dict, str]:
    """The last mixing unit of a trained network, changed but not retrained, on 64 test digits.

    cut is as in `taken_apart`. Returns (data, caption); data holds histograms of the output and of
    both paths' gradients, spread (sd of the output, before the GELU that follows a GSU), right
    (digits of 64), gradient (the median of abs(d loss / d x) by path, 0 if cut), exact_zero (share
    of gradients that are 0, by path), zeros and operations.
    """
    _, _, y_ssm, classes = inside(UNITS[unit])
    a, b = (y_ssm.clone().requires_grad_() for _ in range(2))  # so that each path has its gradient
    parts = taken_apart(unit, a, b, alpha=alpha, scale=scale, cut=cut)
    loss = cross_entropy(parts.scores, classes, reduction="sum")
    grads = torch.autograd.grad(loss, (a, b), allow_unused=True, materialize_grads=True)
    product, logs = parts.product.detach(), [_log10(g) for g in grads]
    data = {
        "output": _histogram(_log10(product), SPREAD),
        "first": _histogram(logs[0], EDGES),
        "second": _histogram(logs[1], EDGES),
        "right": int((parts.scores.argmax(-1) == classes).sum()),
        "spread": product.std().item(),
        "shut": (product.abs() < SHUT).float().mean().item(),
        "faint": tuple((g.abs() < FAINT).float().mean().item() for g in grads),
        "gradient": tuple(g.abs().median().item() for g in grads),
        "exact_zero": tuple((g == 0).float().mean().item() for g in grads),
        "zeros": parts.zeros,
        "operations": operations_of(unit, parts.zeros),
    }
    return data, f"{unit}: {data['right']} of 64 digits right; output spread {data['spread']:.1f}."
