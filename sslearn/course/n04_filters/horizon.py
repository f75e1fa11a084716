"""Explorer of notebook 04: how long does a leaky neuron without reset remember one bit?"""

import functools
import math

import numpy as np
import torch

from sslearn.course.figure.controls import Slider
from sslearn.course.figure.explorer import Drag, Explorer
from sslearn.course.figure.plots import GREY, draw_line, draw_points, legend, style_axes
from sslearn.fast import lif
from sslearn.lif import best_tau, decay, recall

DELAYS, TAUS = np.arange(1, 201), np.geomspace(2, 500, 120)
TRIALS, DRAWN = 1000, 3


@functools.cache
def _noise() -> np.ndarray:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(201, TRIALS, generator=generator, dtype=torch.float64).numpy()


def _trials(beta: float, noise: float) -> np.ndarray:
    """The noise current of every trial (201, TRIALS), as if it had begun long before."""
    n = noise * _noise()
    n[0] /= math.sqrt(1 - beta**2)
    return n


def recall_view(*, tau=20.0, delay=40, noise=0.05) -> tuple[dict, str]:
    """A pulse of +1 or -1 into a leaky neuron without reset; can its sign be told `delay` later?

    tau and delay are in ms, a step lasts 1 ms, and noise is the sd per step in units of the pulse.
    The view returns (data, caption). Its read-outs are left (beta^delay), recall (by theory) and
    measured (in 1,000 runs).
    """
    beta, k = decay(tau, 1.0), np.arange(201)
    n = _trials(beta, noise)
    pulse = np.where(np.arange(TRIALS) % 2, -1.0, 1.0)
    v_asked = beta**delay * pulse + beta ** k[delay::-1] @ n[: delay + 1]  # a sum by lag
    right = (v_asked * pulse > 0).sum()
    n[0] += pulse
    v = lif(torch.as_tensor(n[None, :, : 2 * DRAWN]), beta=beta, reset="none").v[0]
    measured, theory = float(right) / TRIALS, float(recall(tau, delay, noise))
    best = min(best_tau(delay), 500.0)
    data = {
        "plus": (k, beta**k),
        "minus": (k, -(beta**k)),
        "asked": ([delay, delay], [-2.4, 2.4]),
        "left over": (DELAYS, 100 * beta**DELAYS),
        "by delay": (DELAYS, 100 * recall(tau, DELAYS, noise)),
        "measured point": ([delay], [100 * measured]),
        "by tau": (TAUS, 100 * recall(TAUS, delay, noise)),
        "here": ([tau], [100 * theory]),
        "best": ([best], [100 * float(recall(best, delay, noise))]) if noise > 0 else ([], []),
        "left": beta**delay,
        "recall": theory,
        "measured": measured,
    }
    for n in range(DRAWN):  # Even trials had +1, odd ones had -1.
        data[f"plus {n}"] = (k, v[:, 2 * n].clamp(-2.4, 2.4))
        data[f"minus {n}"] = (k, v[:, 2 * n + 1].clamp(-2.4, 2.4))
    caption = (
        f"τ {tau:.0f} ms, asked after {delay} ms, noise {noise:.2f}: {100 * data['left']:.1f} % of "
        f"the pulse is left, recall {100 * theory:.0f} % by theory, about {100 * measured:.0f} % "
        f"in 1,000 runs"
    )
    return data, caption + (f"; the best τ is {best_tau(delay):.0f} ms." if noise > 0 else ".")


def draw_recall(fig) -> dict:
    """Three panels: traces, recall against the delay, recall against tau."""
    left, mid, right = fig.subplots(1, 3, width_ratios=(4, 3, 3))
    style_axes(left, x="time since the pulse (ms)", y="v (pulses)").set(
        xlim=(0, 204), ylim=(-2.5, 2.5)
    )
    style_axes(mid, x="delay (ms)", y="%").set(xlim=(0, 207), ylim=(-4, 104))
    style_axes(right, x="τ (ms)", y="recall (%)").set(xlim=(1.8, 600), ylim=(45, 102), xscale="log")
    mid.set_yticks(range(0, 101, 25))
    right.set_yticks(range(50, 101, 10))
    thin = {"linewidth": 0.5, "linestyle": "-"}
    artists = {}
    for n in range(DRAWN):
        artists[f"plus {n}"] = draw_line(left, n=0, **thin)
        artists[f"minus {n}"] = draw_line(left, n=1, **thin)
    artists |= {
        "plus": draw_line(left, n=0, label="mean after +1", linewidth=2),
        "minus": draw_line(left, n=1, label="mean after −1", linewidth=2),
        "asked": draw_line(left, color=GREY, linestyle=":", label="asked here"),
        "left over": draw_line(mid, n=2, label="left of the pulse, $β^{delay}$"),
        "by delay": draw_line(mid, n=0, label="recall, theory"),
        "measured point": draw_points(mid, n=1, label="recall, 1,000 runs", markersize=7),
        "by tau": draw_line(right, n=0, label="recall at this delay"),
        "best": draw_points(right, n=2, label="best τ", markersize=8),
        "here": draw_points(right, n=1, label="your τ", markersize=7),
    }
    for ax in (left, mid, right):  # The legends stand above, because the curves go everywhere.
        legend(ax, loc="lower left").set_bbox_to_anchor((0, 1), ax.transAxes)
    return artists


def memory_horizon_lab() -> Explorer:
    """Memory horizon: how long does a leaky neuron remember one bit?"""
    controls = {
        "tau": Slider("time constant τ (ms)", 2.0, 500.0, 1.0, 20.0),
        "delay": Slider("delay (ms)", 1, 200, 1, 40, play=True),
        "noise": Slider("noise per step", 0.0, 0.3, 0.01, 0.05),
    }
    presets = {
        "three τ later": {"delay": 60},
        "no noise": {"delay": 200, "noise": 0.0},
        "τ too short": {"tau": 10.0, "delay": 50},
        "τ twice the delay": {"tau": 101.0, "delay": 50},
        "τ too long": {"tau": 500.0, "delay": 50},
    }
    reading = (
        "Left: the membrane after a pulse of +1 or −1, three noisy runs of each and the mean. "
        "Middle: what is left of the pulse, and how often its sign is told right, against the "
        "delay. Right: the same at this delay against the time constant."
    )
    drags = {"asked": {"x": Drag("delay")}, "here": {"x": Drag("tau")}}
    return Explorer(
        recall_view,
        draw_recall,
        controls,
        presets=presets,
        reading=reading,
        size=(9.5, 3.4),
        drags=drags,
    )
