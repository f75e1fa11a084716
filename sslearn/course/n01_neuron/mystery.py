"""Explorer of notebook 01: the mystery neuron, whose numbers are to be found from its spikes."""

import functools

import torch

from sslearn.course.figure.controls import Slider, Toggle
from sslearn.course.figure.explorer import Drag, Explorer
from sslearn.course.figure.plots import (
    GREY,
    RED,
    draw_line,
    draw_points,
    draw_raster,
    legend,
    style_axes,
)
from sslearn.course.n01_neuron.neuron import SPAN, R, spike_line, whole_steps
from sslearn.fast import lif
from sslearn.lif import decay, fi_curve
from sslearn.trains import isi, rate


def hidden_neuron(number: int) -> dict[str, float]:
    """Tau (ms), theta (mV) and t_ref (ms) of mystery neuron `number`, on every machine the same."""
    if not 0 <= number <= 9:
        raise ValueError(f"number must be from 0 to 9, got {number}")
    steps = torch.randint(0, 9, (3,), generator=torch.Generator().manual_seed(100 + number))
    low, step = torch.tensor([10.0, 8.0, 1.0]), torch.tensor([3.0, 1.5, 1.0])
    return dict(zip(("tau", "theta", "t_ref"), (low + step * steps).tolist(), strict=True))


def judge_estimates(number: int, *, tau: float, theta: float, t_ref: float) -> str:
    """Which of your three estimates lie within 5 % of mystery neuron `number`."""
    guess, truth = {"tau": tau, "theta": theta, "t_ref": t_ref}, hidden_neuron(number)
    near = {name: abs(guess[name] - truth[name]) <= 0.05 * truth[name] for name in truth}
    if all(near.values()):
        return "All three estimates are within 5 %: solved."
    return ", ".join(f"{name} {'✓' if ok else 'not within 5 %'}" for name, ok in near.items())


@functools.lru_cache(64)  # The hidden neuron stays as it is while the reader moves the estimates.
def _train(I, dt, *, tau, theta, t_ref):
    beta = decay(tau, dt)
    current = (1 - beta) * R * I * torch.ones(1, round(SPAN / dt), 1)
    refractory = whole_steps(t_ref, dt)
    return lif(current, beta=beta, theta=theta, reset="zero", refractory=refractory).s[0]


def mystery_view(
    *, number=0, I=3.0, tau=20.0, theta=15.0, t_ref=2.0, judge=False
) -> tuple[dict, str]:
    """The hidden neuron's spikes at a step of I nA from t = 0, above those of your estimates.

    The view returns (data, caption). Its read-outs are first and gap, the hidden neuron's first
    spike and first interval in ms, or nan where there is none. A step lasts 0.5 ms, and both
    neurons are reset to zero.
    """
    dt = 0.5
    mine = {"tau": tau, "theta": theta, "t_ref": t_ref}
    trains = [_train(I, dt, **p) for p in (hidden_neuron(number), mine)]  # (L, 1) each
    s, gaps = trains[0][:, 0], isi(trains[0][:, 0], dt)
    first = float(s.nonzero()[0, 0] + 1) * dt if s.any() else float("nan")  # v[0] stands at t = dt
    gap = float(gaps[0]) if len(gaps) else float("nan")
    I_axis = torch.linspace(0, 6, 121)
    data = {
        "hidden": (spike_line(trains[0], dt)[0], torch.ones(int(trains[0].sum()))),
        "mine": spike_line(trains[1], dt),
        "curve": (I_axis, fi_curve(I_axis, R=R, **mine)),
        "point": ([I], [1000 / gap if gap == gap else 0.0]),
        "probe": ([I, I], [0, 250]),
        "first": first,
        "gap": gap,
    }
    caption = f"Neuron {number} at {I:.2f} nA: "
    caption += f"first spike after {first:.1f} ms" if s.any() else "no spike"
    caption += f", then one every {gap:.1f} ms" if gap == gap else ""
    caption += f"; your estimates give {rate(trains[1][:, 0], dt):.0f} Hz"
    return data, caption + (f". {judge_estimates(number, **mine)}" if judge else ".")


def draw_mystery(fig) -> dict:
    """Left: two rasters, hidden above yours. Right: the f-I curve of your estimates."""
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    style_axes(left, x="time (ms)").set(xlim=(0, SPAN), ylim=(-0.6, 1.6))
    left.set_yticks([0, 1], ["yours", "hidden"])
    style_axes(right, x="current (nA)", y="rate (Hz)").set(xlim=(0, 6.2), ylim=(-10, 320))
    low, high = draw_raster(left, color=RED, markersize=22), draw_raster(left, markersize=22)
    artists = {
        "mine": low,
        "hidden": high,
        "curve": draw_line(right, n=1, label="your estimates"),
        "probe": draw_line(right, color=GREY, linestyle=":", label="probe"),
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
        "200 ms. Right: the f-I curve of your estimates and, at the dotted probe, the hidden "
        "neuron's measured rate."
    )
    drags = {"point": {"x": Drag("I")}}
    return Explorer(
        mystery_view, draw_mystery, controls, presets=presets, reading=reading, drags=drags
    )
