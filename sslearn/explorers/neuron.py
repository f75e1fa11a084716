"""Explorers of notebook 01: the LIF lab and the mystery neuron."""

import functools

import torch

from sslearn import signals
from sslearn.explorers import Choice, Explorer, Slider, Toggle
from sslearn.lif import decay, fi_curve, lif
from sslearn.plots import (
    draw_level,
    draw_line,
    draw_points,
    draw_raster,
    legend,
    spike_points,
    style_axes,
)
from sslearn.spikes import isi, rate

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


def _spike_points(s, dt):
    t, h = spike_points(s, dt)
    return t + dt, h  # v[0] is the membrane at the end of the first step, at t = dt


def lif_view(
    *, tau=20.0, I=2.0, theta=15.0, dt=0.5, t_ref=0.0, reset="zero", drive="step", now=200
) -> tuple[dict, str]:
    """One neuron for 200 ms: tau, dt, t_ref, now in ms, I in nA, theta in mV, R = 10 MOhm.

    Returns (data, caption); data holds the traces and the read-outs count, hz (over the driven
    part for a step: from 20 ms on) and formula_hz (`fi_curve`, for a constant current).
    """
    x = I * _current(drive, dt).double()  # (L,) nA; in float32 the rheobase itself can fire
    beta = decay(tau, dt)
    current = ((1 - beta) * R * x)[None, :, None]  # (1, L, 1)
    v, s = lif(current, beta=beta, theta=theta, reset=reset, refractory=round(t_ref / dt))
    v, s = torch.cat([v.new_zeros(1), v[0, :, 0]]), s[0]  # v (L + 1,), from t = 0 on
    t = torch.arange(len(v)) * dt
    count, gaps = int(s.sum()), isi(s[:, 0], dt)
    hz = float(1000 / gaps.mean()) if len(gaps) else 0.0
    formula = float(fi_curve(torch.tensor(I), tau=tau, theta=theta, R=R, t_ref=t_ref))
    data = {
        "current": (t, torch.cat([x, x[-1:]])),
        "v": (t, v),
        "theta": ([0, 1], [theta, theta]),
        "spikes": _spike_points(s, dt),
        "now": ([now, now], [-8, 50]),
        "count": count,
        "hz": hz,
        "formula_hz": formula,
        "v_max": float(v.max()),
    }
    caption = f"{drive.capitalize()} of {I:.2f} nA: {count} spike{'' if count == 1 else 's'}"
    if reset == "none":
        caption += ", one for each step that ends with v above θ" if count else ""
    else:
        caption += f", {hz:.1f} Hz between first and last" if len(gaps) else ""
        caption += f"; closed form {formula:.1f} Hz" if drive == "step" else ""
    caption += f"; highest v {v.max():.1f} mV, threshold {theta:.1f} mV"
    last = v[min(int(now / dt), len(s))]  # the slider's times and steps are exact in binary
    return data, f"{caption}; at {now:.0f} ms the last finished step left v at {last:.1f} mV."


def draw_lif(fig) -> dict:
    """Three panels over one time axis: current, membrane with threshold, spikes."""
    top, mid, low = fig.subplots(3, sharex=True, height_ratios=(2, 4, 1))
    style_axes(top, y="current (nA)").set(xlim=(0, SPAN), ylim=(-0.5, 9))
    style_axes(mid, y="v (mV)").set(ylim=(-8, 50))
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
        "now": Slider("now (ms)", 0, 200, 2, 200, play=True),
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


def hidden_neuron(number: int) -> dict[str, float]:
    """Tau (ms), theta (mV) and t_ref (ms) of mystery neuron `number`; the same on every machine."""
    if not 0 <= number <= 9:
        raise ValueError(f"number must be from 0 to 9, got {number}")
    steps = torch.randint(0, 9, (3,), generator=torch.Generator().manual_seed(100 + number))
    low, step = torch.tensor([10.0, 8.0, 1.0]), torch.tensor([3.0, 1.5, 1.0])
    return dict(zip(("tau", "theta", "t_ref"), (low + step * steps).tolist(), strict=True))


def verdict(number: int, *, tau: float, theta: float, t_ref: float) -> str:
    """Which of your three estimates lie within 5 % of mystery neuron `number`."""
    guess, truth = {"tau": tau, "theta": theta, "t_ref": t_ref}, hidden_neuron(number)
    near = {name: abs(guess[name] - truth[name]) <= 0.05 * truth[name] for name in truth}
    if all(near.values()):
        return "All three estimates are within 5 %: solved."
    return ", ".join(f"{name} {'✓' if ok else 'not within 5 %'}" for name, ok in near.items())


@functools.lru_cache(64)  # a move of your sliders leaves the hidden neuron as it was
def _train(I, dt, *, tau, theta, t_ref):
    beta = decay(tau, dt)
    current = (1 - beta) * R * I * torch.ones(1, round(SPAN / dt), 1)
    return lif(current, beta=beta, theta=theta, reset="zero", refractory=round(t_ref / dt)).s[0]


def mystery_view(
    *, number=0, I=3.0, tau=20.0, theta=15.0, t_ref=2.0, judge=False
) -> tuple[dict, str]:
    """The hidden neuron's spikes at a step of I nA from t = 0, above those of your estimates.

    Returns (data, caption); data has first and gap, the hidden neuron's first spike and interval
    in ms (nan if there is none). Step 0.5 ms, reset to zero.
    """
    dt = 0.5
    mine = {"tau": tau, "theta": theta, "t_ref": t_ref}
    trains = [_train(I, dt, **p) for p in (hidden_neuron(number), mine)]  # (L, 1) each
    s, gaps = trains[0][:, 0], isi(trains[0][:, 0], dt)
    first = float(s.nonzero()[0, 0] + 1) * dt if s.any() else float("nan")  # v[0] is at t = dt
    gap = float(gaps[0]) if len(gaps) else float("nan")
    I_axis = torch.linspace(0, 6, 121)
    data = {
        "hidden": (_spike_points(trains[0], dt)[0], torch.ones(int(trains[0].sum()))),
        "mine": _spike_points(trains[1], dt),
        "curve": (I_axis, fi_curve(I_axis, R=R, **mine)),
        "point": ([I], [1000 / gap if gap == gap else 0.0]),
        "first": first,
        "gap": gap,
    }
    caption = f"Neuron {number} at {I:.2f} nA: "
    caption += f"first spike after {first:.1f} ms" if s.any() else "no spike"
    caption += f", then one every {gap:.1f} ms" if gap == gap else ""
    caption += f"; your estimates give {rate(trains[1][:, 0], dt):.0f} Hz"
    return data, caption + (f". {verdict(number, **mine)}" if judge else ".")


def draw_mystery(fig) -> dict:
    """Left: two rasters, hidden above yours. Right: the f-I curve of your estimates."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    style_axes(left, x="time (ms)").set(xlim=(0, SPAN), ylim=(-0.6, 1.6))
    left.set_yticks([0, 1], ["yours", "hidden"])
    style_axes(right, x="current (nA)", y="rate (Hz)").set(xlim=(0, 6.2), ylim=(-10, 320))
    low, high = draw_raster(left, color="#D55E00"), draw_raster(left)
    artists = {
        "mine": low,
        "hidden": high,
        "curve": draw_line(right, n=1, label="your estimates"),
        "point": draw_points(right, n=0, label="hidden, measured", markersize=7),
    }
    legend(right, loc="upper left")
    return artists


def mystery_neuron() -> Explorer:
    """Mystery neuron: find tau, theta and t_ref from spikes alone."""
    controls = {
        "number": Slider("neuron number", 0, 9, 1, 0),
        "I": Slider("probe current I (nA)", 0.0, 6.0, 0.01, 3.0),
        "tau": Slider("your τ (ms)", 5.0, 40.0, 0.5, 20.0),
        "theta": Slider("your θ (mV)", 5.0, 25.0, 0.25, 15.0),
        "t_ref": Slider("your refractory time (ms)", 0.0, 12.0, 0.25, 2.0),
        "judge": Toggle("judge my estimates"),
    }
    presets = {"weak probe": {"I": 1.0}, "strong probe": {"I": 6.0}}
    reading = (
        "Left: the spikes of the hidden neuron above those of a neuron with your estimates, 0 to "
        "200 ms. Right: the f-I curve of your estimates and the hidden neuron's measured rate."
    )
    return Explorer(mystery_view, draw_mystery, controls, presets=presets, reading=reading)
