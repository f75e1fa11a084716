"""Explorer of notebook 13: the quantiser, what few bits do to slow memories."""

import functools
import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import BLACK, GREY, draw_line, draw_points, legend, style_axes
from sslearn.deploy import DECAYS, ROUNDINGS, fixed_decay, pole_steps, round_to
from sslearn.runs import results
from sslearn.ssm import discretize, memory_horizon

L, CHARGE = 784, 100  # steps of a run; in so many of them the input is 1, and 0 after that
CHANNELS = 16  # from the slowest step dt to 100 times that, as S4D spreads them
POLES = torch.tensor([-0.5, -0.5 + 15j * math.pi], dtype=torch.complex128)  # S4D-Lin's, N = 32
HORIZONS = (3.0, 1e6)  # limits of the axis, in steps; what never forgets is drawn at its upper end
READ = torch.tensor([[1.0, 1 / math.sqrt(2)]], dtype=torch.float64)  # the second one reads x


@functools.lru_cache(256)
def horizons(log_dt: float, bits: int, form: str) -> tuple[np.ndarray, np.ndarray]:
    """The steps until each channel's two poles fade to 5 %, exact and as stored: (2, channels)."""
    dt = torch.logspace(log_dt, log_dt + 2, CHANNELS, dtype=torch.float64)
    A_bar = torch.exp(POLES[:, None] * dt)
    kept = fixed_decay(A_bar, bits, form).value
    return tuple(memory_horizon(a).clamp(*HORIZONS).numpy() for a in (A_bar, kept))


@functools.cache
def measured(varied: str, way: str) -> tuple[np.ndarray, np.ndarray]:
    """Bits, and % of the digits right, of the trained network with one width varied in that way."""
    by = {"weight": "rounding", "state": "rounding", "decay": "decay"}[varied]
    rows = [r for r in results("digit_bits", varied=varied) if r[by] == way]
    pairs = sorted((r[f"{varied}_bits"], 100 * r["right"] / r["of"]) for r in rows)
    return tuple(np.array(pairs, float).T)


def quantiser_view(
    *,
    weight_bits=8,
    state_bits=16,
    decay_bits=8,
    rounding="nearest",
    decay="plain",
    log_dt=-2.7,
) -> tuple[dict, str]:
    """A bank of poles with their decay in few bits, and the slowest pole as whole numbers.

    The view returns (data, caption). Its read-outs are kept (the horizon of the slowest pole as
    stored, in steps; inf if it never forgets), wanted (its true horizon), left (the state at the
    end, as a share of its peak), error (the state's largest error, as a share of the exact peak),
    bound (proved, at the end) and weight (the error that the weight makes, the same way).
    """
    dt = 10.0**log_dt
    A_bar, B_bar = discretize(POLES[:1], torch.ones_like(POLES[:1]), dt)
    u = (torch.arange(L) < CHARGE).double()
    how = {"state_bits": state_bits, "decay_bits": decay_bits, "rounding": rounding}
    run = pole_steps(A_bar.item(), B_bar.item(), u, decay=decay, **how)
    exact, value = run.exact.real.numpy(), run.value.real.numpy()
    w = round_to(READ, weight_bits).value[0, 1].item()
    peak, k = exact.max(), np.arange(1, L + 1)
    error = np.abs(value - exact) / peak
    weight = abs(w - READ[0, 1].item()) / READ[0, 1].item() * exact / peak
    wanted, kept = horizons(log_dt, decay_bits, decay)
    bound = run.bound.numpy() / peak
    widths = {
        "weight": (weight_bits, *measured("weight", "nearest")),
        "state": (state_bits, *measured("state", rounding)),
        "decay": (decay_bits, *measured("decay", decay)),
    }
    right = {name: float(np.interp(*found)) for name, found in widths.items()}
    data = {f"right {name}": found[1:] for name, found in widths.items()}
    data |= {f"now {name}": ([found[0]], [right[name]]) for name, found in widths.items()}
    data |= {
        "right": right,
        "still": (wanted[0], kept[0]),
        "turning": (wanted[1], kept[1]),
        "slowest": (wanted[0, :1], kept[0, :1]),
        "exact": (k, 100 * exact / peak),
        "value": (k, np.clip(100 * value / peak, -5, 125)),
        "error": (k, np.clip(error, 1e-6, 90)),
        "weight": (k, np.clip(weight, 1e-6, 90)),
        "bound": (k, np.clip(bound, 1e-6, 90)),
        "wanted": float(wanted[0, 0]),
        "kept": float(kept[0, 0]),
        "endless": int((kept == HORIZONS[1]).sum()),
        "half gone": int((kept < wanted / 2).sum()),
        "left": float(value[-1] / peak),
        "left exact": float(exact[-1] / peak),
        "error at most": float(error.max()),
        "bound at the end": float(bound[-1]),
        "weight at most": float(weight.max()),
        "clipped": run.clipped,
    }
    end, best = (100 * data[name] for name in ("left", "left exact"))
    caption = (
        f"{weight_bits}-bit weight, {state_bits}-bit state, {rounding}; decay of {decay_bits} "
        f"bits, {decay}: of {wanted.size} poles {data['half gone']} have lost over half of their "
        f"memory and {data['endless']} never forget; the slowest remembers {data['kept']:.0f} of "
        f"{data['wanted']:.0f} steps. At step {L} its state holds {end:.0f} % of the peak, exactly "
        f"{best:.0f} %. Largest error, of the peak: state {100 * data['error at most']:.2g} %, "
        f"weight {100 * data['weight at most']:.2g} %. Digits right with one width narrowed: "
        f"weight {right['weight']:.0f} %, state {right['state']:.0f} %, "
        f"decay {right['decay']:.0f} %."
    )
    return data, caption


def draw_quantiser(fig) -> dict:
    """Horizons as stored and the slowest state above, its errors and the digits right below."""
    (a, b), (c, d) = fig.subplots(2, 2, width_ratios=(3, 4))
    style_axes(a, x="horizon of the pole (steps)", y="horizon as stored", title="each pole's decay")
    a.set(xscale="log", yscale="log", xlim=HORIZONS, ylim=(HORIZONS[0], 1.6 * HORIZONS[1]))
    draw_line(a, HORIZONS, HORIZONS, color=GREY, linewidth=1.0)
    style_axes(b, x="step", y="state (% of its peak)", title="slowest: -- exact, — in integers")
    b.set(xlim=(0, L), ylim=(-5, 125))
    style_axes(c, x="step", y="error, of the peak", title="errors of the slowest")
    c.set(xscale="log", yscale="log", xlim=(1, L), ylim=(1e-6, 100))
    title = "a trained network, one width narrowed at a time"
    style_axes(d, x="bits of that width", y="digits right (%)", title=title)
    d.set(xlim=(1.5, 20.5), ylim=(0, 103), xticks=range(2, 21, 2))
    artists = {
        "still": draw_points(a, n=0, markersize=5, label="does not turn"),
        "turning": draw_points(a, n=1, markersize=5, marker="x", label="turns, n = 15"),
        "slowest": draw_points(a, color=BLACK, markersize=11, markerfacecolor="none"),
        "exact": draw_line(b, n=1, zorder=3),
        "value": draw_line(b, n=0, linewidth=1.2),
        "bound": draw_line(c, n=2, label="proved bound"),
        "error": draw_line(c, n=0, label="state"),
        "weight": draw_line(c, n=3, label="weight"),
    }
    for name, n in (("weight", 3), ("state", 0), ("decay", 1)):
        artists[f"right {name}"] = draw_line(d, n=n, label=name)
        artists[f"now {name}"] = draw_points(d, n=n, markersize=8)
    for ax, place in ((c, "upper left"), (a, "lower right"), (d, "lower right")):
        legend(ax, loc=place)
    return artists


def quantiser() -> Explorer:
    """Quantiser: bits of weights, state and decay, three roundings, and a slow memory."""
    controls = {
        "weight_bits": Slider("weight (bits)", 2, 12, 1, 8),
        "state_bits": Slider("state (bits)", 4, 20, 1, 16),
        "decay_bits": Slider("decay (bits)", 4, 20, 1, 8),
        "rounding": Choice("rounding of the state", ROUNDINGS, "nearest"),
        "decay": Choice("decay kept as", DECAYS, "plain"),
        "log_dt": Slider("slowest pole: log10 Δ", -4.0, -1.0, 0.1, -2.7),
    }
    own = {"decay": "complement"}
    presets = {
        "bits of 1 − Ā": own,
        "fast poles need less": {"log_dt": -1.4},
        "8-bit state: it cannot fade": own | {"state_bits": 8},
        "truncated: it fades too soon": own | {"state_bits": 8, "rounding": "truncate"},
        "a coin cures it": own | {"state_bits": 8, "rounding": "stochastic"},
        "few bits of weight": own | {"weight_bits": 2, "log_dt": -2.0},
    }
    reading = (
        "Sixteen channels, the slowest with the step Δ, the fastest with 100 Δ, and two poles of "
        "each. Left: the steps that a pole remembers as it is stored, against what it should; on "
        "the line all is well, at the upper edge it never forgets; the circle marks the slowest. "
        "Beside it: the state of that pole, charged for 100 steps and then left alone. Below: the "
        "error of the state, the bound that is proved for it, and the error of the rounded weight; "
        "and how many digits a trained Binary S4D still reads with one width narrowed and the two "
        "others wide (weights 8, state 16, decay 12 bits), the markers at the bits that are set."
    )
    return Explorer(
        quantiser_view, draw_quantiser, controls, presets=presets, reading=reading, size=(9.8, 5.8)
    )
