"""Explorer of notebook 04: is a neuron a linear filter?"""

import functools

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import GREY, draw_line, draw_raster, legend, style_axes
from sslearn.data.made import signals
from sslearn.fast import lif

STEPS, THETA = 200, 1.0
INPUTS = ("pulse", "step", "sine", "Poisson", "noise")


@functools.cache
def _input(kind: str, seed: int) -> torch.Tensor:
    """An input (STEPS,) between 0 and 0.95, so that none lifts v above theta = 1 alone."""
    span = {"duration": STEPS, "dt": 1.0}
    generator = torch.Generator().manual_seed(seed)
    shapes = {
        "pulse": lambda: signals.pulse(**span, start=20 + 40 * seed, width=30),
        "step": lambda: signals.step(**span, start=20 + 40 * seed),
        "sine": lambda: signals.sine(**span, period=60 - 20 * seed),
        "Poisson": lambda: signals.poisson(**span, rate=60, width=8, generator=generator),
        "noise": lambda: signals.noise(**span, corr=8, generator=generator) / 2,
    }
    return 0.95 * shapes[kind]().clamp(0, 1).double()


def cascade(x: torch.Tensor, *, beta_1: float, beta_2: float, reset: str) -> tuple:
    """Synapse, then membrane: i = beta_1 i + (1 - beta_1) x, v = beta_2 v + (1 - beta_2) i.

    x, and the v and s that are returned, are (L, H). Both filters pass a constant unchanged, and
    beta_1 = 0 leaves the synapse out.
    """
    i = lif((1 - beta_1) * x[None], beta=beta_1, reset="none").v
    v, s = lif((1 - beta_2) * i, beta=beta_2, theta=THETA, reset=reset)
    return v[0], s[0]


def superposition_view(
    *, a="step", b="sine", w_1=1.0, w_2=1.0, beta_1=0.0, beta_2=0.9, reset=True
) -> tuple[dict, str]:
    """The answer to w_1 a + w_2 b, less w_1 times the answer to a and w_2 times that to b.

    The inputs are in units of theta = 1 and last 200 steps. The view returns (data, caption). Its
    read-outs are first_spike (of any of the three neurons, or None), first_off (the first step with
    a residual above 1e-9, or None), largest, count and peak (of the impulse response).
    """
    x, y = _input(a, 0), _input(b, 1)
    impulse = torch.zeros(STEPS, 1, dtype=torch.float64)
    impulse[0] = 1
    poles = {"beta_1": beta_1, "beta_2": beta_2}
    mode = "subtract" if reset else "none"
    v, s = cascade(torch.stack([w_1 * x + w_2 * y, x, y], 1), **poles, reset=mode)
    kernel = cascade(impulse, **poles, reset="none")[0][:, 0]
    k, parts = np.arange(STEPS), w_1 * v[:, 1] + w_2 * v[:, 2]
    residual = v[:, 0] - parts
    fired = s.any(1).nonzero()[:, 0].tolist() if reset else []
    off = (residual.abs() > 1e-9).nonzero()[:, 0].tolist()
    mix = s[:, 0].nonzero()[:, 0].numpy() if reset else np.zeros(0)
    data = {
        "a": (k, x),
        "b": (k, y),
        "together": (k, v[:, 0].clamp(-2, 3)),
        "parts": (k, parts.clamp(-2, 3)),
        "theta": ([0, STEPS], [THETA, THETA]),
        "spikes": (mix, np.zeros(len(mix))),
        "residual": (k, residual.clamp(-3, 1)),
        "kernel": (k[:80], (kernel / kernel.max())[:80]),
        "first_spike": fired[0] if fired else None,
        "first_off": off[0] if off else None,
        "largest": float(residual.abs().max()),
        "count": len(mix),
        "peak": int((kernel > (1 - 1e-9) * kernel.max()).nonzero()[0, 0]),
    }
    sign = "−" if w_2 < 0 else "+"
    caption = f"{w_1:.1f} {a} {sign} {abs(w_2):.1f} {b}, reset {'on' if reset else 'off'}: "
    caption += f"{len(mix)} spikes; " if reset else "no spikes are sent; "
    if off:
        caption += f"first spike in step {fired[0]}, residual from step {off[0]} on, "
        caption += f"largest {data['largest']:.2f} θ"
    else:
        caption += "residual zero (below 1e-9 θ) in every step"
    return data, f"{caption}; the impulse response peaks {data['peak']} steps after the impulse."


def draw_answers(fig, *, v=(-0.2, 1.9), residual=(-1.9, 0.4), columns=1) -> dict:
    """Inputs, spikes, answers and residual over one time axis; v and residual are axis limits.

    With columns=2 the grid has a second column, which stays empty here.
    """
    ratios = {"width_ratios": (3, 1)[:columns], "height_ratios": (2, 0.5, 4, 3)}
    grid = fig.add_gridspec(4, columns, **ratios)
    top, row, mid, low = (fig.add_subplot(grid[k, 0]) for k in range(4))
    style_axes(top, y="input (θ)").set(ylim=(-0.1, 1.1))
    style_axes(row).set(ylim=(-1, 1), yticks=())
    style_axes(mid, y="v (θ)").set(ylim=v)
    style_axes(low, x="time (steps)", y="residual (θ)").set(ylim=residual)
    for ax in (top, row, mid, low):
        ax.set(xlim=(0, 200), xticks=range(0, 201, 50))
        ax.tick_params(labelbottom=ax is low)
    artists = {
        "a": draw_line(top, n=0, label="a"),
        "b": draw_line(top, n=1, label="b"),
        "spikes": draw_raster(row, label="spikes", markersize=7),
        "together": draw_line(mid, n=0, label="of w₁a + w₂b"),
        "parts": draw_line(mid, n=1, label="of parts, added"),
        "theta": draw_line(mid, n=1, label="threshold θ", color=GREY, linestyle=":"),
        "residual": draw_line(low, n=3, linestyle="-", label="difference"),
    }
    for ax in (top, row, mid, low):
        legend(ax, loc="upper left").set_bbox_to_anchor((1, 1.06), ax.transAxes)
    return artists


def draw_superposition(fig) -> dict:
    """Left: inputs, spikes, answers, residual. Right: the impulse response."""
    artists = draw_answers(fig, v=(-2.2, 3.2), residual=(-3.2, 1.2), columns=2)
    grid = fig.axes[0].get_gridspec()
    right = style_axes(fig.add_subplot(grid[:, 1]), x="lag (steps)", y="impulse response / peak")
    right.set(xlim=(-2, 80), ylim=(-0.05, 1.1))
    return artists | {"kernel": draw_line(right, n=0)}


def superposition_tester() -> Explorer:
    """Superposition tester: is the answer to a sum the sum of the answers?"""
    controls = {
        "w_1": Slider("weight w₁ of a", -2.0, 2.0, 0.1, 1.0),
        "w_2": Slider("weight w₂ of b", -2.0, 2.0, 0.1, 1.0),
        "beta_1": Slider("β₁ of synapse (0: none)", 0.0, 0.95, 0.05, 0.0),
        "beta_2": Slider("β₂ of the membrane", 0.5, 0.95, 0.05, 0.9),
        "a": Choice("input a", INPUTS, "step"),
        "b": Choice("input b", INPUTS, "sine"),
        "reset": Toggle("threshold and reset", True),
    }
    presets = {
        "reset off": {"reset": False},
        "reset on, no spike": {"w_1": 0.5, "w_2": 0.5},
        "twice the input": {"w_1": 2.0, "w_2": 0.0},
        "one excites, one inhibits": {"w_1": 2.0, "w_2": -2.0, "b": "pulse"},
        "two equal poles": {"beta_1": 0.9, "reset": False, "a": "Poisson", "b": "noise"},
        "swapped poles": {"beta_1": 0.95, "beta_2": 0.7, "reset": False},
    }
    reading = (
        "Left, over 200 steps: the two inputs, the spikes that their weighted sum makes, the "
        "answer to that sum with the weighted sum of the two answers, and the difference; both are "
        "cut where they leave the panel. Right: the answer to one impulse."
    )
    return Explorer(
        superposition_view, draw_superposition, controls,
        presets=presets, reading=reading, size=(9.8, 4.2),
    )  # fmt: skip
