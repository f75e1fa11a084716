"""Explorer of notebook 02: the raster of a population, and what its PSTH is worth."""

import math

import torch

from sslearn.codes import delta_code, linear_latency_code, population
from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import draw_line, draw_points, draw_raster, legend, style_axes
from sslearn.data.made.signals import sine, step
from sslearn.trains import fano, psth

SPAN = 1000  # steps of 1 ms
TOP = 150.0  # Hz, where the PSTH's axis ends
JITTER = 0.025  # sd of the noise on each sample in the latency and delta codes
STIMULI = ("constant", "sine", "step", "ramp")


def stimulus(kind: str) -> torch.Tensor:
    """The stimulus x(t) in 0 ... 1 over one second in steps of 1 ms, (1000,)."""
    shapes = {
        "constant": lambda: torch.ones(SPAN),
        "sine": lambda: sine(SPAN, 1.0, period=500),
        "step": lambda: 0.2 + 0.6 * step(SPAN, 1.0, start=500),
        "ramp": lambda: torch.arange(SPAN) / SPAN,
    }
    return shapes[kind]()


def _sampled(x, n, hz, corr, code, generator):
    """Spikes (1000, n) of the latency or delta code of noisy samples of x, hz a second."""
    gap = round(1000 / hz)
    x = x[::gap, None]  # (C, 1), one sample a cycle
    own, common = (torch.randn(len(x), k, generator=generator) for k in (n, 1))
    x = (x + JITTER * (math.sqrt(corr) * common + math.sqrt(1 - corr) * own)).clamp(0, 1)
    if code == "latency":
        return linear_latency_code(x, gap, theta=0.05).reshape(-1, n)[:SPAN]
    change = delta_code(x[None], theta=0.1, off_spikes=True)[0]  # (C, n)
    s = torch.zeros(SPAN, n)
    on = (n + 1) // 2  # The lower half tells rises, and the upper half falls.
    s[::gap, :on], s[::gap, on:] = (change[:, :on] > 0).float(), (change[:, on:] < 0).float()
    return s


def raster_view(
    *, n=100, hz=40, corr=0.0, window=20, kind="sine", code="rate", seed=0
) -> tuple[dict, str]:
    """Raster and PSTH, in bins of `window` ms, of n neurons that hear one stimulus for a second.

    The view returns (data, caption). Its read-outs are mean and error (rms of PSTH minus rate x
    stimulus) in Hz, expected (a rate code's error in theory), fano (of the count in a bin) and
    fano_theory.
    """
    x, generator = stimulus(kind), torch.Generator().manual_seed(seed)
    p = hz * x / 1000
    if code == "rate":
        s = population(p[None], n, corr=corr, generator=generator)[0]  # (L, n)
    else:
        s = _sampled(x, n, hz, corr, code, generator)
    bins = SPAN // window
    heights = psth(s.T, 1.0, window).double()
    goal = (hz * x[: bins * window]).double().reshape(bins, window)  # (bins, window) Hz
    blur = float((goal - goal.mean(1, keepdim=True)).square().mean())  # A bin has one height.
    spread = (p * (1 - p))[: bins * window].sum().item() / bins  # variance of a count
    error = float((heights[:, None] - goal).square().mean().sqrt())
    t, h = s.nonzero().T.numpy()
    size = "few" if n <= 40 else "some" if n <= 160 else "many"
    edges = torch.arange(bins + 1) * window
    alone = (1000 / window) ** 2 * spread  # variance of one neuron's PSTH
    expected = math.sqrt(alone * (1 + (n - 1) * corr) / n + blur)
    k = torch.logspace(0, math.log10(400), 40)
    data = {
        "few": ([], []),
        "some": ([], []),
        "many": ([], []),
        size: (t, (h + 0.5) / n),
        "psth": (edges, torch.cat([heights, heights[-1:]]).clamp(max=TOP)),
        "goal": (torch.arange(SPAN), hz * x),
        "independent": (k, (alone / k).sqrt()),
        "theory": (k, (alone * (1 + (k - 1) * corr) / k + blur).sqrt()),
        "error_here": ([n], [min(max(error, 0.3), 300.0)]),
        "mean": float(heights.mean()),
        "error": error,
        "expected": expected,
        "fano": fano(n * window * heights / 1000),
        "fano_theory": (1 - hz / 1000) * (1 + (n - 1) * corr),
    }
    caption = f"{n} neuron{'s' if n > 1 else ''}, {code} code, {kind}: "
    caption += f"mean rate {data['mean']:.1f} Hz; the PSTH is off "
    caption += f"rate × stimulus by {error:.1f} Hz"
    if code == "rate":
        caption += f", in theory by {expected:.1f} Hz"
        if kind == "constant":
            caption += f"; Fano factor of the population count {data['fano']:.1f}"
            caption += f", in theory {data['fano_theory']:.1f}"
    return data, caption + "."


def draw_trains(fig) -> dict:
    """Left: raster above PSTH. Right: the PSTH's error against the number of neurons."""
    grid = fig.add_gridspec(2, 2, width_ratios=(5, 2), height_ratios=(3, 2))
    top, low, right = (fig.add_subplot(grid[k]) for k in ((0, 0), (1, 0), (slice(None), 1)))
    style_axes(top, y="neuron").set(xlim=(-6, SPAN), ylim=(0, 1))
    top.set_yticks([0, 1], ["first", "last"])
    style_axes(low, x="time (ms)", y="PSTH (Hz)").set(xlim=(-6, SPAN), ylim=(-4, 195))
    style_axes(right, x="neurons n", y="error of the PSTH (Hz)")
    right.set(xscale="log", yscale="log", xlim=(0.8, 500), ylim=(0.25, 360))
    artists = {
        "few": draw_raster(top, markersize=5),
        "some": draw_raster(top, markersize=2.6, markeredgewidth=1.1),
        "many": draw_raster(top, markersize=1.6, markeredgewidth=0.8),
        "psth": draw_line(low, n=0, drawstyle="steps-post", label="PSTH"),
        "goal": draw_line(low, n=1, label="rate × stimulus"),
        "independent": draw_line(right, n=2, label="∝ 1/√n"),
        "theory": draw_line(right, n=1, label="rate code, theory"),
        "error_here": draw_points(right, n=0, label="this raster", markersize=7),
    }
    legend(low, ncols=2)
    legend(right)
    return artists


def raster_lab() -> Explorer:
    """Raster lab: what a population says, and how well its PSTH says it."""
    controls = {
        "n": Slider("neurons n", 1, 400, 1, 100),
        "hz": Slider("rate at full stimulus (Hz)", 10, 60, 5, 40),
        "corr": Slider("correlation ρ of a pair", 0.0, 1.0, 0.01, 0.0),
        "window": Slider("PSTH bin (ms)", 5, 100, 5, 20),
        "kind": Choice("stimulus", STIMULI, "sine"),
        "code": Choice("code", ("rate", "latency", "delta"), "rate"),
        "seed": Slider("draw number", 0, 20, 1, 0, play=True),
    }
    presets = {
        "one neuron": {"n": 1, "kind": "constant"},
        "400 neurons": {"n": 400, "kind": "constant"},
        "bin too wide": {"n": 400, "window": 100},
        "independent": {"n": 200, "hz": 20, "kind": "constant"},
        "synchronous": {"n": 200, "hz": 20, "kind": "constant", "corr": 0.2},
        "latency": {"code": "latency", "hz": 10, "kind": "ramp", "window": 5},
        "delta": {"code": "delta", "kind": "step"},
    }
    reading = (
        "Top: one tick a spike, one row a neuron; time runs from 0 to 1000 ms. Below: the mean "
        "rate in each bin and, dashed, rate times stimulus; what is above 150 Hz is drawn there. "
        "Right: the error of the PSTH against n. In latency and delta code the rate is the number "
        "of samples a second; in delta code the lower half tells rises, the upper half falls."
    )
    return Explorer(
        raster_view, draw_trains, controls, presets=presets, reading=reading, size=(8.6, 4.2)
    )
