"""Explorer of notebook 05: the memory bench, a HiPPO state and the past that it brings back."""

import functools
import math

import numpy as np
import torch
from scipy.signal import fftconvolve

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer, torch_defaults
from sslearn.course.figure.plots import BLACK, draw_line, draw_points, legend, style_axes
from sslearn.hippo import fout, legs, legs_online, legt, past_basis
from sslearn.ssm import discretize

DT, L = 0.01, 1000  # s; 10 s in all
SPAN = L * DT
SIGNALS = ("noise", "chirp", "step", "spikes")
BANDS = (0.5, 1.0, 2.0, 4.0)  # Hz
MEASURES = {  # Each has its name in `past_basis`, and A and B for a window of 1.
    "LegT": ("legt", legt),
    "LegS, 1/t": ("legs", legs),
    "LegS, as in S4": ("legs_invariant", legs),
    "Fourier": ("fout", fout),
    "A = -I": ("", lambda N: (-torch.eye(N).double(), torch.ones(N).double())),
}
SHARP = ("LegT", "Fourier")  # They forget at the window's edge; the others fade or keep it all.
SPIKES = (0.805, 2.105, 2.605, 4.305, 5.005, 6.405, 7.005, 8.805)  # s
HEIGHT = 10.0  # A spike is one step wide and so has area 0.1.
SHOWN = (0, 1, 2, 4, 12, 31)  # These states are drawn.
TOP, END, LOW, HIGH = 2.2, 1.2, 1e-4, 20.0  # The axes of signal, states and error end here.
BOTTOM = -2.9  # The signal's axes end so low because the legend stands below every input.


@functools.lru_cache(64)
def signal(kind: str, band: float, stretch: int) -> np.ndarray:
    """u(t / stretch) in the middle of each step, (L,); `band` is its highest frequency in Hz."""
    t = (np.arange(L) + 0.5) * DT / stretch
    if kind == "noise":
        jitter, phase = np.random.default_rng(3).uniform(size=(2, 12))
        f = band * (np.arange(12) + jitter) / (11 + jitter[-1])  # The last one is band.
        waves = np.sin(2 * math.pi * (np.outer(f, t) + phase[:, None]))
        return 0.6 * waves.sum(0) / math.sqrt(6)
    if kind == "chirp":
        return np.sin(math.pi * band * t**2 / SPAN)
    if kind == "step":
        return (t >= 1).astype(float)
    return HEIGHT * sum((np.abs(t - at) < DT / 2).astype(float) for at in SPIKES)


@functools.lru_cache(48)
def state_kernel(measure: str, N: int, window: float) -> np.ndarray:
    """K_l = A_bar^l B_bar, (L, N), by doubling: ZOH with the window as the unit of time."""
    A_bar, B_bar = discretize(*MEASURES[measure][1](N), DT / window)
    K, power = B_bar[None].numpy(), A_bar.T.numpy()
    while len(K) < L:
        K, power = np.concatenate([K, K @ power]), power @ power
    return K[:L]


@functools.lru_cache(1)
def _scaled() -> dict:
    """The run of LegS with 1/t over every signal; its first N of 128 states are those of N."""
    names = [(kind, band, k) for kind in SIGNALS for band in BANDS for k in (1, 2)]
    u, back = np.unique([signal(*name) for name in names], axis=0, return_inverse=True)
    c = legs_online(torch.from_numpy(u), 128).numpy()
    return {name: c[k] for name, k in zip(names, back.ravel(), strict=True)}


def coefficients(measure: str, N: int, window: float, source: tuple, k: int) -> np.ndarray:
    """c = sum_l K_l u_(k-l), (N,), or the run of LegS; `source` holds signal's arguments."""
    if measure == "LegS, 1/t":
        return _scaled()[source][k, :N]
    return signal(*source)[k::-1] @ state_kernel(measure, N, window)[: k + 1]


def trajectories(measure: str, N: int, window: float, source: tuple, states) -> np.ndarray:
    """The `states` at all steps, (L, len(states)): those of `coefficients` for each k."""
    if measure == "LegS, 1/t":
        return _scaled()[source][:, states]
    K = state_kernel(measure, N, window)[:, states]
    return fftconvolve(signal(*source)[:, None], K, axes=0)[:L]


@functools.lru_cache(48)
def _basis(measure: str, N: int, window: float, n: int) -> np.ndarray:
    age = torch.arange(n) * DT + DT / 2
    if measure == "A = -I":
        return np.full((N, n), 1 / N)  # The N states are equal and tell their mean.
    name = MEASURES[measure][0]
    if name == "legs_invariant":
        return past_basis(N, age.double() / window, name).numpy()
    return past_basis(N, age.double(), name, window).numpy()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share > 0.0995 else f"{100 * share:.1g} %"


def memory_view(
    *, measure="LegT", N=32, window=2.0, kind="noise", band=2.0, stretch=1, now=6.0
) -> tuple[dict, str]:
    """N coefficients of u at time now (s), and the past that they bring back.

    window, in s, is the length for LegT and Fourier and the time constant for A = -I and for LegS
    as in S4; LegS with 1/t has no use for it. stretch = 2 plays u(t/2). The view returns (data,
    caption). Its read-outs are coefficients, error (relative rms over the remembered ages, weighted
    as the measure does), age (s) and missed, the error there, norm, and moved: how far the
    coefficients are from those of u itself at now/stretch, relative to them.
    """
    k, source = round(now / DT) - 1, (kind, band, stretch)
    c, u = coefficients(measure, N, window, source, k), signal(*source)
    span = window if measure in SHARP else now
    n = min(round(window / DT), k + 1) if measure in SHARP else k + 1
    full = now if measure == "LegS, 1/t" else window
    back, past = c @ _basis(measure, N, full, n), u[k::-1][:n]
    age = (np.arange(n) + 0.5) * DT
    fades = measure in ("LegS, as in S4", "A = -I")
    weight = np.exp(-age / window) if fades else np.ones(n)
    power = weight @ past**2
    error = math.sqrt(weight @ (past - back) ** 2 / power) if power else 0.0
    half = coefficients(measure, N, window, (kind, band, 1), round(now / stretch / DT) - 1)
    size = np.linalg.norm(half)
    moved = np.linalg.norm(c - half) / size if size > 0 else 0.0
    states = [j for j in SHOWN if j < N]
    x = trajectories(measure, N, window, source, states)[::4].clip(-END, END).T
    t = (np.arange(L) + 0.5) * DT
    data = {f"x{j}": (t[::4], x[j]) if j < len(x) else ([], []) for j in range(6)} | {
        "u": (t, u.clip(-TOP, TOP)),
        "back": (now - age, back.clip(-TOP, TOP)),
        "now": ([now, now], [-2.0, TOP]),
        "then": ([now, now], [-END, END]),
        "c": (np.arange(N) + 1, c.clip(-END, END)),
        "miss": (age / (n * DT), np.abs(past - back).clip(LOW, HIGH)),
        "age": age, "missed": np.abs(past - back),
        "coefficients": c, "error": error, "moved": moved, "norm": np.linalg.norm(c),
    }  # fmt: skip
    shown = f"{kind} to {band:g} Hz" if kind in ("noise", "chirp") else kind
    caption = f"{measure}, N {N}, {shown}{', half speed' if stretch == 2 else ''}, {now:.1f} s in: "
    caption += f"rms error {_percent(error)} of the past " if power else "no past but zero "
    caption += f"{span:.1f} s" + (f", weighted by e^(-age/{window:g} s)" if fades else "")
    if kind == "noise" and not fades:
        caption += f"; pi x band x past = {math.pi * band / stretch * min(span, now):.0f}"
    if stretch == 2:
        caption += f"; coefficients {_percent(moved)} off those at full speed {now / 2:.2f} s in"
    return data, caption + "."


def draw_memory(fig) -> dict:
    """Left: signal and recalled past over six states. Right: coefficients now, error by age."""
    grid = fig.subplot_mosaic([["u", "c"], ["x", "e"]], width_ratios=(5, 3), height_ratios=(5, 4))
    top, mid, left, right = (grid[name] for name in "uxce")
    style_axes(top, y="u").set(xlim=(0, SPAN), ylim=(BOTTOM, TOP))
    style_axes(mid, x="time (s)", y="states c_n").set(xlim=(0, SPAN), ylim=(-2.1, END))
    mid.set_yticks([-1, 0, 1])
    style_axes(left, x="number n + 1", y="c_n now", title="all coefficients").set(ylim=(-END, END))
    left.set_xscale("log", base=2)
    left.set(xlim=(0.9, 140), xticks=(1, 4, 16, 64), xticklabels=("1", "4", "16", "64"))
    style_axes(right, x="age: 0 now, 1 oldest recalled", y="|error|", title="error by age")
    right.set(xlim=(0, 1), ylim=(LOW, HIGH), yscale="log", yticks=(1e-4, 1e-2, 1))
    n_th = [f"n={SHOWN[0]}", *map(str, SHOWN[1:])]
    artists = {f"x{j}": draw_line(mid, n=j, linewidth=1.2, label=n_th[j]) for j in range(6)} | {
        "back": draw_line(top, n=1, linestyle="-", linewidth=3.2, label="recalled from c"),
        "u": draw_line(top, color=BLACK, linewidth=1.0, label="input u"),
        "now": draw_line(top, color=BLACK, linestyle=":", label="now"),
        "then": draw_line(mid, color=BLACK, linestyle=":"),
        "c": draw_points(left, n=0, markersize=3),
        "miss": draw_line(right, n=1, linestyle="-", linewidth=1.2),
    }
    legend(top, loc="lower right", ncols=3)
    legend(mid, loc="lower right", ncols=6)
    return artists


@torch_defaults()
def memory_bench() -> Explorer:
    """Memory bench: choose a measure and look at the past through it."""
    _scaled()  # It takes 0.2 s, which the first move of a slider must not wait for.
    controls = {
        "measure": Choice("measure", tuple(MEASURES), "LegT"),
        "N": Slider("states N", 1, 128, 1, 32),
        "window": Choice("window θ, or τ (s)", (1.0, 2.0, 4.0), 2.0),
        "kind": Choice("signal", SIGNALS, "noise"),
        "band": Choice("highest frequency (Hz)", BANDS, 2.0),
        "stretch": Choice("time stretch (times)", (1, 2), 1),
        "now": Slider("now (s)", 0.1, 10.0, 0.1, 6.0, play=True),
    }
    presets = {
        "N too small": {"N": 9},
        "N reaches the band": {"N": 15},
        "A = -I: one number": {"measure": "A = -I"},
        "LegT forgets at its edge": {"kind": "step", "now": 4.0},
        "LegS still knows": {"kind": "step", "now": 4.0, "measure": "LegS, 1/t"},
        "LegS dilutes": {"measure": "LegS, 1/t", "now": 10.0},
        "LegS at half speed": {"measure": "LegS, 1/t", "stretch": 2, "N": 64, "now": 8.0},
        "S4's LegS fades": {"measure": "LegS, as in S4"},
        "Fourier wraps round": {"measure": "Fourier"},
        "spikes become bumps": {"kind": "spikes"},
    }
    reading = (
        "Left: the input and, up to the moment now, the past that the coefficients bring back; "
        "below it up to six of the N states. Right: all coefficients now; below them the error by "
        "age, from now to the oldest moment that is recalled, on a logarithmic axis. Spikes have "
        "area 0.1; they and whatever else leaves an axis are cut at its end."
    )
    return Explorer(memory_view, draw_memory, controls, presets=presets, reading=reading,
                    size=(9.8, 4.0), drags={"now": {"x": Drag("now")}})  # fmt: skip
