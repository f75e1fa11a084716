"""Explorer of notebook 01: the LIF lab, one neuron under your hands."""

import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import (
    draw_level,
    draw_line,
    draw_raster,
    legend,
    spike_points,
    style_axes,
)
from sslearn.data.made import signals
from sslearn.fast import lif
from sslearn.lif import decay, fi_curve
from sslearn.trains import isi

R = 10.0  # membrane resistance, MOhm: 1 nA lifts the membrane by 10 mV
SPAN = 200.0  # ms


def _current(kind: str, dt: float) -> torch.Tensor:
    seed = torch.Generator().manual_seed(0)
    shapes = {
        "step": lambda: signals.step(SPAN, dt, start=20),
        "pulse": lambda: signals.pulse(SPAN, dt, start=20, width=40),
        "sine": lambda: signals.sine(SPAN, dt, period=50),
        "noise": lambda: signals.noise(SPAN, dt, generator=seed),
        "Poisson": lambda: signals.poisson(SPAN, dt, rate=200, width=5, generator=seed),
    }
    return shapes[kind]()


def spike_line(s, dt: float):
    """Times and numbers of the spikes in s (L, H), each at the end of its step of dt ms."""
    t, h = spike_points(s, dt)
    return t + dt, h  # v[0] is the membrane at the end of the first step.


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
    v, s = lif(current, beta=beta, theta=theta, reset=reset, refractory=round(t_ref / dt))
    v, s = torch.cat([v.new_zeros(1), v[0, :, 0]]), s[0]  # v (L + 1,) starts at t = 0
    t = torch.arange(len(v)) * dt
    count, gaps = int(s.sum()), isi(s[:, 0], dt)
    hz = float(1000 / gaps.mean()) if len(gaps) else 0.0
    formula = float(fi_curve(torch.tensor(I), tau=tau, theta=theta, R=R, t_ref=t_ref))
    data = {
        "current": (t, torch.cat([x, x[-1:]])),
        "v": (t, v),
        "theta": ([0, 1], [theta, theta]),
        "spikes": spike_line(s, dt),
        "now": ([now, now], [-8, 44]),
        "count": count,
        "hz": hz,
        "formula_hz": formula,
        "v_max": float(v.max()),
    }
    caption = f"{drive.capitalize()} of {I:.2f} nA: {count} spike{'' if count == 1 else 's'}"
    if reset == "none":
        caption += ", one for each step that ends with v above θ" if count else ""
    else:
        caption += f" at {hz:.1f} Hz" if len(gaps) else ""
        caption += f", in continuous time {formula:.1f} Hz" if drive == "step" else ""
    caption += f". v is at most {v.max():.1f} mV, the threshold {theta:.1f} mV"
    last = v[min(int(now / dt), len(s))]  # The slider's times and steps are exact in binary.
    return data, f"{caption}; after {now:.0f} ms v is {last:.1f} mV."


def draw_lif(fig) -> dict:
    """Three panels over one time axis: current, membrane with threshold, spikes."""
    top, mid, low = fig.subplots(3, sharex=True, height_ratios=(2, 4, 1))
    style_axes(top, y="current (nA)").set(xlim=(0, SPAN), ylim=(-0.5, 9))
    style_axes(mid, y="v (mV)").set(ylim=(-8, 44))
    style_axes(low, x="time (ms)", y="spikes").set(ylim=(-0.5, 0.5), yticks=[])
    artists = {
        "current": draw_line(top, n=2, label="input I", drawstyle="steps-post"),
        "v": draw_line(mid, n=0, label="membrane v"),
        "theta": draw_level(mid, 0, label="threshold θ"),
        "spikes": draw_raster(low),
        "now": draw_line(mid, color="0.45", linestyle=":", label="now"),
    }
    legend(top)
    legend(mid, ncols=3)
    return artists


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
        "Top: the input current in nA. Middle: the membrane potential in mV, with the threshold "
        "dashed and the moment now dotted. Bottom: one tick a spike. Time runs from 0 to 200 ms; "
        "each step's v and spike stand at its end."
    )
    return Explorer(lif_view, draw_lif, controls, presets=presets, reading=reading, size=(8, 4.2))
