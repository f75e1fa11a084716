"""Explorer of notebook 10: the saturation study, its accuracies and the networks it trained."""

import functools

import torch

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import (
    BLACK,
    GREEN,
    RED,
    draw_line,
    draw_points,
    legend,
    style_axes,
)
from sslearn.runs import load_task, study
from sslearn.runs.activations import (
    ACTIVATIONS,
    SLOPES,
    build_network,
    gradients,
    norm,
    passed,
    summary,
    trained,
)

DEPTH = 4
EDGES = torch.linspace(-4, 4, 41)
LOW, HIGH = 1e-6, 1e5  # axis of the gradient norms


@functools.lru_cache(20)
def _network(name, stage):
    return trained(name) if stage == "trained" else build_network(name).requires_grad_(False)


@functools.lru_cache(1)
def _six():
    return tuple(part[:6] for part in load_task("digits").train)


@functools.lru_cache(64)  # a move of the block's slider computes nothing anew
def _gradients(name, stage, gain, skip):
    x, y = _six()
    act = ACTIVATIONS[name]
    return gradients(_network(name, stage), x.clone(), y, act=lambda z: act(gain * z), skip=skip)


@functools.lru_cache(1)
def _accuracies():
    return {name: {d: summary(name, d) for d in (2, DEPTH)} for name in ACTIVATIONS}


def saturation_view(
    *, act="step", stage="trained", gain=1.0, block=4, skip=True
) -> tuple[dict, str]:
    """A network of the study on 6 training digits, with f(gain y) in place of f(y).

    The blocks are counted from 1. Without skip no gradient passes the residual sums. Returns (data,
    caption); data also holds norms (gradient norm at depth 0 ... 4), passed (by block), flat (share
    of the block's inputs with a slope below 0.1) and mean, sd (test accuracy in % at depth 4).
    """
    values = _gradients(act, stage, float(gain), skip)
    norms, ratio = [norm(g) for g in values["d_x"]], [r / gain for r in passed(values)]
    z = gain * values["before"][block - 1].flatten()
    bins = torch.histc(z.clamp(-3.999, 3.999), 40, -4, 4) / len(z)
    flat = (SLOPES[act](z).abs() < 0.1).float().mean().item()
    plain = _gradients("identity", stage, 1.0, skip)
    clip = [min(max(v, LOW), HIGH) for v in norms]
    axis = torch.linspace(-4, 4, 161)
    mean, sd = _accuracies()[act][DEPTH]
    place = len(ACTIVATIONS) - 1 - list(ACTIVATIONS).index(act)
    data = {
        "identity": (range(DEPTH + 1), [min(max(norm(g), LOW), HIGH) for g in plain["d_x"]]),
        "gradient": (range(DEPTH + 1), clip),
        "points": (range(DEPTH + 1), clip),
        "share": ((EDGES[:-1] + EDGES[1:]) / 2, (100 * bins).clamp(max=60)),
        "slope": (axis, 40 * SLOPES[act](axis)),
        "chosen": ([0.62], [place]),
        "norms": norms,
        "passed": ratio,
        "flat": flat,
        "mean": mean,
        "sd": sd,
    }
    caption = f"{act}, {stage}, gain {gain:g}: in block {block} the activation passes "
    caption += f"{ratio[block - 1]:.0%} of the gradient's norm, {flat:.0%} of its inputs lie on a "
    caption += "slope below 0.1; the gradient at the input is "
    caption += f"{_times(norms[0] / norms[-1])} that at the top"
    caption += "" if skip else ", skips cut"
    return data, f"{caption}. Test accuracy {mean:.1f} ± {sd:.1f} %."


def _times(x: float) -> str:
    if x >= 100:
        return f"about {float(f'{x:.1g}'):,.0f} times"
    return f"{x:.2g} times" if x >= 0.1 else f"{x:.0e} times"


def draw_saturation(fig) -> dict:
    """Gradient norm by depth; what the activation meets in a block; errors over the seeds."""
    left, mid, right = fig.subplots(1, 3, width_ratios=(4, 4, 3))
    style_axes(left, x="depth (0: encoded input)", y="gradient norm")
    left.set(xlim=(-0.2, DEPTH + 0.2), ylim=(0.3 * LOW, 100 * HIGH), yscale="log", xticks=range(5))
    style_axes(mid, x="input of the activation", y="share in a bin (%)").set(
        xlim=(-4, 4), ylim=(-6, 68)
    )
    names = list(ACTIVATIONS)
    style_axes(right, x="test error (%)").set(ylim=(-0.7, len(names) - 0.3), xlim=(0.5, 150))
    right.set(xscale="log", xticks=(1, 10, 100), xticklabels=("1", "10", "100"))
    right.set_yticks(
        range(len(names) - 1, -1, -1), [n.replace("gradient", "grad") for n in names], fontsize=8
    )
    for n, (depth, look) in enumerate({DEPTH: (RED, 0.12), 2: (GREEN, -0.22)}.items()):
        colour, up = look
        for k, name in enumerate(names):
            mean, sd = _accuracies()[name][depth]
            y = len(names) - 1 - k + up
            error = 100 - mean
            right.plot([max(error - sd, 0.5), error + sd], [y, y], color=colour, lw=1.2)
            label = f"depth {depth}" if k == 0 else None
            draw_points(right, [error], [y], n=n, label=label, color=colour)
    artists = {
        "identity": draw_line(left, n=1, label="identity, gain 1"),
        "gradient": draw_line(left, n=0, label="chosen"),
        "points": draw_points(left, n=0),
        "share": draw_line(mid, n=0, label="share of inputs", drawstyle="steps-mid"),
        "slope": draw_line(mid, n=1, label="slope passed back × 40"),
        "chosen": draw_points(right, marker=">", color=BLACK, markersize=7),
    }
    legend(left)
    legend(mid)
    legend(right)
    return artists


@torch_defaults()
def saturation_study() -> Explorer:
    """Saturation study: what an activation does to the gradient, and what that costs."""
    controls = {
        "act": Choice("activation", tuple(ACTIVATIONS), "step"),
        "stage": Choice("network", ("trained", "at the start"), "trained"),
        "gain": Slider("gain on its input", 0.25, 8.0, 0.25, 1.0),
        "block": Slider("block shown", 1, 4, 1, 4),
        "skip": Toggle("gradient through the skips", True),
    }
    presets = {
        "sigmoid, skips cut": {"act": "sigmoid", "stage": "at the start", "skip": False},
        "identity, skips cut": {"act": "identity", "stage": "at the start", "skip": False},
        "tanh has a ceiling too": {"act": "tanh"},
        "tanh driven into it": {"act": "tanh", "gain": 8.0},
        "ReLU driven as hard": {"act": "ReLU", "gain": 8.0},
        "step, surrogate removed": {"act": "step, gradient 1"},
        "surrogate without step": {"act": "identity, arctan gradient"},
    }
    seeds = len(study("saturation")["seeds"])
    reading = (
        "Left: norm of the loss's gradient at each depth, dashed for the identity. Middle: what "
        "the activation receives in the block shown, and the slope it passes back. Right: test "
        f"error of the study, mean ± sd over {seeds} seeds; the band marks the "
        "activation chosen."
    )
    return Explorer(
        saturation_view,
        draw_saturation,
        controls,
        presets=presets,
        reading=reading,
        size=(9.5, 3.4),
    )
