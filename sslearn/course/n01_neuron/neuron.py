"""Explorer of notebook 01: the LIF lab, one neuron under your hands."""

import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer
from sslearn.course.figure.plots import (
    BLACK,
    BLUE,
    GREY,
    draw_level,
    draw_line,
    draw_points,
    draw_raster,
    spike_points,
    style_axes,
)
from sslearn.data.made import signals
from sslearn.fast import lif
from sslearn.lif import decay, fi_curve
from sslearn.trains import isi

R = 10.0  # membrane resistance, MOhm: 1 nA lifts the membrane by 10 mV
SPAN = 200.0  # ms
NEAR = 2.0  # mV: half the height of the panel that magnifies the distance to the threshold
FINE = np.linspace(0, SPAN, 1601)  # ms: it holds every pixel, so a cut curve keeps its slope
LEVELS = (-6.0, 52.0)  # mV: the limits of the membrane's panel
SPILL = 1.3  # levels of the bucket, in thresholds: higher water is drawn here


def _current(kind: str, dt: float) -> torch.Tensor:
    """The input's shape (L,) in 0 ... 1, so that no input settles v above R I."""
    seed = torch.Generator().manual_seed(0)
    shapes = {
        "step": lambda: signals.step(SPAN, dt, start=20),
        "pulse": lambda: signals.pulse(SPAN, dt, start=20, width=40),
        "sine": lambda: signals.sine(SPAN, dt, period=50),
        "noise": lambda: signals.noise(SPAN, dt, sd=0.25, generator=seed),
        "Poisson": lambda: signals.poisson(SPAN, dt, rate=200, width=5, generator=seed),
    }
    shape = shapes[kind]().clamp(min=0)
    return shape / shape.max() if kind == "noise" else shape.clamp(max=1)


def whole_steps(t_ref: float, dt: float) -> int:
    """The steps of dt that are nearest to t_ref; half a step counts as one.

    `round` will not do, because it takes halves to the even side: 2.5 to 2, and 3.5 to 4.
    """
    return math.floor(t_ref / dt + 0.5)


def spike_line(s, dt: float):
    """Times and numbers of the spikes in s (L, H), each at the end of its step of dt ms."""
    t, h = spike_points(s, dt)
    return t + dt, h  # v[0] is the membrane at the end of the first step.


def drops(rate: float, low: float, high: float, now: float):
    """Places of the drops of a stream between two heights: the denser, the larger its rate."""
    if rate <= 0:
        return np.zeros(0), np.zeros(0)
    gap = 0.16 / rate
    y = np.arange(high - gap * (now / 10 % 1), low, -gap)
    return np.zeros(len(y)), y


def _bucket(v: float, inflow: float, theta: float, now: float, fires: bool) -> dict:
    """The bucket's artists: its level and both streams are in units of theta."""
    level = min(max(v / theta, 0.0), SPILL)
    return {
        "level": ([0, 0], [0, level]),
        "inflow": drops(inflow / theta, level, 1.62, now),
        "leak": drops(level, -0.55, -0.08, now),
        "read": f"{v:.1f} of {theta:.1f} mV" + ("\nspike" if fires else ""),
    }


def lif_view(
    *, tau=20.0, I=2.0, theta=15.0, dt=0.5, t_ref=0.0, reset="zero", drive="step", now=100
) -> tuple[dict, str]:
    """One neuron for 200 ms: tau, dt, t_ref, now in ms, I in nA, theta in mV, R = 10 MOhm.

    The view returns (data, caption). Its read-outs are count, hz (one over the mean interval),
    formula_hz (`fi_curve` of a constant current I) and v_max, the highest membrane in mV.
    """
    x = I * _current(drive, dt).double()  # (L,) nA; in float32 the rheobase itself could fire
    beta = decay(tau, dt)
    current = ((1 - beta) * R * x)[None, :, None]  # (1, L, 1)
    v, s = lif(current, beta=beta, theta=theta, reset=reset, refractory=whole_steps(t_ref, dt))
    v, s = torch.cat([v.new_zeros(1), v[0, :, 0]]), s[0]  # v (L + 1,) starts at t = 0
    t = torch.arange(len(v)) * dt
    count, gaps = int(s.sum()), isi(s[:, 0], dt)
    hz = float(1000 / gaps.mean()) if len(gaps) else 0.0
    formula = float(fi_curve(torch.tensor(I), tau=tau, theta=theta, R=R, t_ref=t_ref))
    k = min(int(now / dt), len(s))  # The slider's times and steps are exact in binary.
    last, fires = float(v[k]), bool(k and s[k - 1, 0])
    goal = R * torch.cat([x, x[-1:]])  # (L + 1,) mV
    level = (goal.repeat_interleave(2)[:-1] - theta).clip(-NEAR, NEAR)  # a stair's corners
    data = {
        "current": (t, goal / R),
        "v": (t, v),
        "theta": ([0, 1], [theta, theta]),
        "near": (FINE, np.interp(FINE, t, v - theta).clip(-NEAR, NEAR)),
        "near current": (t.repeat_interleave(2)[1:], level),
        "spikes": spike_line(s, dt),
        "now": ([now, now], [-6, 42]),
        "now v": ([now], [last]),
        "now near": ([now, now], [-NEAR, NEAR]),
        **_bucket(last, float(goal[k]), theta, now, fires),
        "count": count,
        "hz": hz,
        "formula_hz": formula,
        "v_max": float(v.max()),
    }
    size = f"{drive.capitalize()} of {'' if drive in ('step', 'pulse') else 'at most '}{I:.2f} nA"
    caption = f"{size}: {count} spike{'' if count == 1 else 's'}"
    if reset == "none":
        caption += ", one for each step that ends with v above θ" if count else ""
    else:
        caption += f" at {hz:.1f} Hz" if len(gaps) else ""
        caption += f", in continuous time {formula:.1f} Hz" if drive == "step" else ""
    caption += f". v is at most {v.max():.1f} mV, the threshold {theta:.1f} mV"
    return data, f"{caption}; after {now:.0f} ms v is {last:.1f} mV."


def draw_pail(ax) -> dict:
    """A bucket whose brim is the threshold, with a tap above and a hole below."""
    ax.set(xlim=(-1, 1), ylim=(-0.9, 1.72))
    ax.set_title("the bucket now", fontsize=10)
    ax.axis("off")
    wide = {"linestyle": "-", "solid_capstyle": "butt"}
    draw_line(ax, [0, 0], [-0.05, 1], color=BLACK, linewidth=76, **wide)
    draw_line(ax, [0, 0], [0, 1], color="#ffffff", linewidth=70, **wide)
    draw_line(ax, [0, 0], [-0.06, 0.01], color="#ffffff", linewidth=9, **wide)  # the hole
    artists = {"level": draw_line(ax, color=BLUE, linewidth=70, **wide)}
    draw_line(ax, [-0.75, 0.75], [1, 1], n=1)
    ax.text(0.95, 1, "θ", ha="right", va="center", fontsize=11)
    for name, marker in (("inflow", "v"), ("leak", "v")):
        artists[name] = draw_points(ax, n=2 if name == "inflow" else 0, marker=marker, markersize=4)
    return artists | {"read": ax.text(0, -0.6, "", ha="center", va="top", fontsize=11)}


def draw_lif(fig) -> dict:
    """Membrane, the same near the threshold and spikes over one time axis; beside them a bucket.

    The input stands in the membrane's panel at the level R I at which v would settle, because the
    axis of I on the right has the left one's ticks over R.
    """
    names = [["v", "pail"], ["near", "pail"], ["spikes", "pail"]]
    grid = fig.subplot_mosaic(names, width_ratios=(5, 1.15), height_ratios=(5.6, 3.6, 0.9))
    mid, near, low = (grid[name] for name in ("v", "near", "spikes"))
    style_axes(mid, y="v (mV)").set(ylim=LEVELS, yticks=range(0, 41, 10))
    right = style_axes(mid.twinx(), y="I (nA)")
    right.set(ylim=[v / R for v in LEVELS], yticks=range(5))
    right.grid(False)
    right.spines["right"].set_visible(True)
    style_axes(near, y="v − θ (mV)").set(ylim=(-NEAR - 0.15, NEAR + 0.15))
    style_axes(low, x="time (ms)", y="spikes").set(ylim=(-0.5, 0.5), yticks=[])
    for ax in (mid, near, low):
        ax.set(xlim=(0, SPAN))
    for ax in (mid, near):
        ax.tick_params(labelbottom=False)
    draw_line(near, [0, SPAN], [0, 0], n=1, linewidth=1.2)
    near.text(1, NEAR, "magnified", va="top", fontsize=8)
    artists = {
        "current": draw_line(right, n=2, label="input I, at R I", drawstyle="steps-post"),
        "theta": draw_level(mid, 0, label="threshold θ"),
        "v": draw_line(mid, n=0, label="membrane v", linewidth=1.8),
        "near current": draw_line(near, n=2),
        "near": draw_line(near, n=0, linewidth=1.8),
        "spikes": draw_raster(low),
        "now": draw_line(mid, color=GREY, linestyle=":", label="now"),
        "now near": draw_line(near, color=GREY, linestyle=":"),
        "now v": draw_points(mid, n=0, markersize=6),
    }
    shown = [artists[name] for name in ("current", "theta", "v", "now")]
    mid.legend(handles=shown, loc="upper right", ncols=4, fontsize=8, framealpha=0.9)
    return artists | draw_pail(grid["pail"])


def lif_lab() -> Explorer:
    """LIF lab: one neuron under your hands."""
    controls = {
        "I": Slider("input I (nA)", 0.0, 4.0, 0.05, 2.0),
        "tau": Slider("time constant τ (ms)", 5.0, 50.0, 1.0, 20.0),
        "theta": Slider("threshold θ (mV)", 5.0, 30.0, 0.5, 15.0),
        "t_ref": Slider("refractory time (ms)", 0.0, 10.0, 0.5, 0.0),
        "dt": Slider("step Δ (ms)", 0.5, 10.0, 0.5, 0.5),
        "reset": Choice("reset", ("zero", "subtract", "none"), "zero"),
        "drive": Choice("input", ("step", "pulse", "sine", "noise", "Poisson"), "step"),
        "now": Slider("now (ms)", 0, 200, 2, 100, play=True),
    }
    presets = {
        "just below rheobase": {"I": 1.45},
        "just above rheobase": {"I": 1.55},
        "zero loses the surplus": {"I": 4.0, "dt": 5.0, "theta": 10.0},
        "subtract keeps it": {"I": 4.0, "dt": 5.0, "theta": 10.0, "reset": "subtract"},
        "coarse step": {"dt": 10.0},
        "no reset": {"reset": "none"},
    }
    reading = (
        "Top: the membrane potential v in mV, the dashed threshold θ, and the input I, drawn at "
        "the level R I at which v would settle: 1 nA at 10 mV. Below it, the distance to the "
        "threshold, magnified and cut at 2 mV; then one tick a spike. Time runs from 0 to 200 ms; "
        "each step's v and spike stand at its end. Right: the bucket at the dotted moment now. "
        "Its brim is θ; drops are denser, the more flows."
    )
    now = {"x": Drag("now")}
    drags = {
        "theta": {"y": Drag("theta")}, "current": {"y": Drag("I")},
        "now": now, "now near": now, "now v": now,
    }  # fmt: skip
    return Explorer(
        lif_view, draw_lif, controls, presets=presets, reading=reading, size=(9.5, 4.2), drags=drags
    )
