"""Explorer of notebook 10: the mixing unit of a trained network, taken apart."""

import copy
import functools

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import COLOURS, draw_line, legend, style_axes
from sslearn.layers import Block, GatedSpikingUnit
from sslearn.layers.additions import block_operations
from sslearn.models import SequenceClassifier
from sslearn.runs import load_task
from sslearn.runs.activations import NETWORK, trained

UNITS = {"GLU": "GELU", "binary": "step", "GSU": "GSU"}  # unit -> the network it was trained in
DIGITS = 64
EDGES = torch.linspace(-8, -1, 57)  # of log10 abs(gradient)
SPREAD = torch.linspace(-4, 4, 65)  # of log10 abs(output)
SHUT, FAINT = 1.3e-4, 1.3e-8  # the ends of the first bins of the two histograms
PARTS = ("products", "gate", "state", "norm")


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


def gate_view(*, unit="GSU", alpha=0.15, scale=1.0, cut="none", two_w=False) -> tuple[dict, str]:
    """The last mixing unit of a trained network, changed but not retrained, on 64 test digits.

    cut names the path whose factor becomes 1: first, second or none. Returns (data, caption);
    data also holds spread (sd of the output, before the GELU that follows a GSU), right (digits of
    64), gradient (the median of abs(d loss / d x) by path, 0 if cut), exact_zero (share of
    gradients that are 0, by path), zeros (shares in Ter(x) or the spikes, and in Ter(W)) and
    operations (`block_operations`).
    """
    name = "GSU, two W" if unit == "GSU" and two_w else UNITS[unit]
    model, x, y_ssm, classes = inside(name)
    block = model.blocks[-1]
    mix, then = changed(block, scale=scale, alpha=alpha)
    a, b = (y_ssm.clone().requires_grad_() for _ in range(2))  # so that each path has its gradient
    first, second = mix.factors(block.act(a))[0], mix.factors(block.act(b))[1]
    zeros = zeros_in(mix, block.act(y_ssm))
    product = {"none": first * second, "first": second, "second": first}[cut]
    scores = model.head(model.pool(block.add(x, then(product))))
    loss = cross_entropy(scores, classes, reduction="sum")
    grads = torch.autograd.grad(loss, (a, b), allow_unused=True, materialize_grads=True)
    right = int((scores.argmax(-1) == classes).sum())
    operations = block_operations(NETWORK["H"], NETWORK["N"], unit, zeros=zeros)
    logs = [_log10(g) for g in grads]
    spread = product.detach().std().item()
    data = {
        "output": _histogram(_log10(product.detach()), SPREAD),
        "first": _histogram(logs[0], EDGES),
        "second": _histogram(logs[1], EDGES),
        "right": right,
        "spread": spread,
        "shut": (product.detach().abs() < SHUT).float().mean().item(),
        "faint": tuple((g.abs() < FAINT).float().mean().item() for g in grads),
        "gradient": tuple(g.abs().median().item() for g in grads),
        "exact_zero": tuple((g == 0).float().mean().item() for g in grads),
        "zeros": zeros,
        "operations": operations,
    }
    for k, part in enumerate(PARTS):
        for which, (count, up) in enumerate(zip(operations[part], (0.17, -0.17), strict=True)):
            data[f"{part}{which}"] = ([0, count], [len(PARTS) - 1 - k + up] * 2)
    times, plus = operations["products"]
    caption = f"{unit}{', two W' if two_w and unit == 'GSU' else ''}: {right} of 64 digits right; "
    caption += f"output spread {spread:.1f}; "
    if unit == "GSU":
        caption += f"zeros in Ter(x) {zeros[0]:.0%}, in Ter(W) {zeros[1]:.0%}; "
    if unit == "binary":
        caption += f"silent {zeros[0]:.0%}; "
    total = sum(m for m, _ in operations.values())
    caption += (
        f"its products take {times} multiplications and about {round(plus, -2)} additions a token"
    )
    return data, f"{caption}; the whole block {total} multiplications."


def draw_gates(fig) -> dict:
    """Spread of the output; gradients of both paths; operations of the block for a token."""
    left, mid, right = fig.subplots(1, 3)
    style_axes(left, x="log₁₀ |output of the unit|", y="share in a bin (%)")
    left.set(xlim=(-4.2, 4.2), ylim=(-0.5, 14))
    style_axes(mid, x="log₁₀ |∂loss/∂x|", y="share in a bin (%)")
    mid.set(xlim=(-8.2, -0.8), ylim=(-0.5, 14))
    style_axes(right, x="operations a token").set(xlim=(0, 2300), ylim=(-0.6, 4.4))
    right.set_yticks(range(3, -1, -1), PARTS)
    artists = {
        "output": draw_line(left, n=0, drawstyle="steps-mid"),
        "first": draw_line(mid, n=0, label="spike path (GLU: value)", drawstyle="steps-mid"),
        "second": draw_line(mid, n=1, label="real path (GLU: gate)", drawstyle="steps-mid"),
    }
    for part in PARTS:
        for which, label in enumerate(("multiplications", "additions")):
            artists[f"{part}{which}"] = draw_line(
                right, color=COLOURS[1 - which], linewidth=8, linestyle="-",
                solid_capstyle="butt", label=label if part == "products" else None,
            )  # fmt: skip
    legend(mid, loc="upper left")
    legend(right)
    return artists


@torch_defaults()
def gate_dissection() -> Explorer:
    """Gate dissection: the mixing unit of a trained network on the table."""
    for name in (*UNITS.values(), "GSU, two W"):
        inside(name)  # kept, so that no move waits for a network
    controls = {
        "unit": Choice("unit", tuple(UNITS), "GSU"),
        "alpha": Slider("α of Ter (GSU)", 0.0, 0.6, 0.01, 0.15),
        "scale": Slider("weights times", 0.25, 8.0, 0.25, 1.0),
        "cut": Choice("path cut (its factor is 1)", ("none", "first", "second"), "none"),
        "two_w": Toggle("two matrices W (GSU, trained so)"),
    }
    presets = {
        "GLU": {"unit": "GLU"},
        "GLU, weights × 8": {"unit": "GLU", "scale": 8.0},
        "binary": {"unit": "binary"},
        "GSU, weights × 8": {"scale": 8.0},
        "spike path cut": {"cut": "first"},
        "real path cut": {"cut": "second"},
        "α = 0: no zeros": {"alpha": 0.0},
        "α = 0.5: mostly zeros": {"alpha": 0.5},
        "two matrices": {"two_w": True},
    }
    reading = (
        "Left: histogram of the size of what the unit puts out, before the GELU behind a GSU. "
        "Middle: histogram of the loss's gradient at the unit's input, for each of its two paths "
        "alone; exact zeros are in the first bin. "
        "Right: multiplications and additions of the block's four parts for one token."
    )
    return Explorer(
        gate_view, draw_gates, controls, presets=presets, reading=reading, size=(9.5, 3.4)
    )
