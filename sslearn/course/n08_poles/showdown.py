"""Explorer of notebook 08: two initialisations of S4D side by side."""

import functools
import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import BLACK, GREY, draw_line, draw_points, legend, style_axes
from sslearn.fast import vandermonde
from sslearn.hippo import s4d_inv, s4d_legs, s4d_lin, s4d_real
from sslearn.ssm import discretize, memory_horizon

H, L = 16, 512  # channels and lags of the bank
T = np.linspace(0, 6, 241)  # the basis' time, lag x dt
F = np.geomspace(1e-4, 0.5, 240)  # frequencies in cycles a step
FLOOR = -48.0  # dB
SHOWN = ("basis", "kernel", "response", "memory")
# What the right panel's moving texts say: its title, what runs to the right, and both axes' ticks.
AXES = {
    "basis": ("Re e^(λt) of the four lowest poles", "time t = lag × Δ",
              ("0", "1.5", "3", "4.5", "6"), ("−1", "−½", "0", "½", "1")),
    "kernel": ("kernel of channel {}, over its largest value", "lag (steps); dotted: 2/Δ",
               ("0", "128", "256", "384", "512"), ("", "{right}", "", "{left}", "")),
    "response": ("response of channel {} (dB)", "frequency (cycles a step)",
                 ("10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"), ("−48", "−36", "−24", "−12", "0")),
    "memory": ("memory horizon of every channel (steps)", "channel",
               ("0", "4", "8", "12", "16"), ("1", "", "10³", "", "10⁶")),
}  # fmt: skip


def random_poles(N: int, seed: int = 7) -> torch.Tensor:
    """A_n = -1/2 + i pi (N/2) r_n, r_n uniform in [0, 1): Lin's range without its even spacing.

    The result is (N/2,) complex128 in ascending order. N must be even and at least 2, or ValueError
    is raised.
    """
    if N < 2 or N % 2:
        raise ValueError(f"N must be an even whole number >= 2, got {N}")
    r = torch.rand(N // 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.complex(torch.full_like(r, -0.5), math.pi * N / 2 * r.sort().values)


INITS = {
    "Lin": s4d_lin,
    "Inv": s4d_inv,
    "LegS": s4d_legs,
    "Real": s4d_real,
    "random": random_poles,
}


@functools.lru_cache(256)  # LegS is an eigenproblem, which takes longer than a move may.
def _poles(name, N):
    """The poles (N/2,) from slow to fast, by imaginary part and then by decay."""
    A = INITS[name](N).numpy()
    return torch.from_numpy(A[np.lexsort((-A.real, A.imag))])


@functools.lru_cache
def _readout():
    """C ~ CN(0, 1), (64,): one draw for all channels and both sides."""
    C = torch.randn(64, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.view_as_complex(C) / math.sqrt(2)


def _side(name, N, dt, channel):
    """What one initialisation does with dt (H,): arrays for its panels, and read-outs."""
    A = _poles(name, N).expand(H, -1)  # (H, N/2)
    A_bar, B_bar = discretize(A, torch.ones_like(A), dt[:, None])
    W = _readout()[: N // 2] * B_bar
    K = vandermonde((dt[:, None] * A).to(torch.complex64), W.to(torch.complex64), L).mT  # (L, H)
    K = (K / K.abs().amax(0)).numpy().T  # (H, L), whose largest value is 1
    a, w = A_bar[channel].numpy(), W[channel].numpy()
    z = np.exp(-2j * np.pi * F)[:, None]
    gain = np.abs((w / (1 - a * z) + w.conj() / (1 - a.conj() * z)).sum(1))
    gain = 20 * np.log10(np.maximum(gain / gain.max(), 1e-9))
    A, step, horizons = A[0].numpy(), float(dt[channel]), memory_horizon(A_bar).amax(1).numpy()
    shift = round(2 / step)
    k = K[channel]
    echo = np.corrcoef(k[shift:], k[:-shift])[0, 1] if shift < L // 2 else math.nan
    return {
        "A": A,
        "top": float(A.imag.max()),
        "beyond": int((A.imag * step > math.pi * (1 + 1e-9)).sum()),
        "gap": float(np.diff(A.imag).max()),
        "horizons": horizons,
        "horizon": float(horizons[channel]),
        "rise": float((gain - np.minimum.accumulate(gain)).max()),
        "basis": np.exp(A[:4, None] * T).real,
        "bank": K,
        "gain": gain,
        "echo": float(echo),
    }


def _curves(show, side, out, channel):
    """The right panel's curves and points of one side, in shares 0 ... 1 of its width and height.

    The panel's axes stand still while what it shows changes, so its ticks are texts that move.
    """
    empty = ([], [])
    curves, points = [empty] * 4, empty
    if show == "basis":
        curves = [(T / T[-1], (1 + x) / 2) for x in out["basis"]]
    elif show == "kernel":
        middle = 0.75 if side == "left" else 0.25
        curves[0] = (np.arange(L) / L, middle + 0.23 * out["bank"][channel])
    elif show == "response":
        curves[0] = (1 + np.log10(F) / 4, 1 - np.maximum(out["gain"], FLOOR) / FLOOR)
    else:
        points = (np.arange(H) / 16, np.log10(out["horizons"]) / 6)
    return {f"{side} {n}": xy for n, xy in enumerate(curves)} | {f"{side} points": points}


def init_view(
    *, left="Lin", right="LegS", N=64, log_dt_min=-3.0, log_dt_max=-1.0, channel=8, show="basis"
) -> tuple[dict, str]:
    """Two initialisations at 16 steps dt, even in the logarithm from 10^log_dt_min to the maximum.

    The view returns (data, caption), and data["left"] and data["right"] hold the read-outs: top
    (largest Im A), beyond (poles with dt Im A > pi in the channel), gap (the widest between
    neighbouring imaginary parts), horizons (steps, (16,)) and the channel's own, rise (dB, how
    far the response climbs again with frequency), echo (correlation of the channel's kernel with
    itself 2/dt steps later, nan if that is beyond half of the lags) and the curves.
    """
    dt = torch.logspace(log_dt_min, log_dt_max, H, dtype=torch.float64)
    step = float(dt[channel])
    title, across, xs, ys = AXES[show]
    at = {"memory": channel / 16, "kernel": 2 / step / L}.get(show, 1)  # the dotted line
    names = {"left": left, "right": right}
    data = {
        "title": f"{title.format(channel)}:  — {left},  -- {right}",
        "poles": f"{N // 2} poles:  × {left},  ○ {right}",
        "x": across,
        "limit": ([0, 1], [math.pi / step] * 2),
        "now": ([at, at], [0, 1]) if at < 1 else ([], []),
    }
    data |= {f"x{k}": text for k, text in enumerate(xs)}
    data |= {f"y{k}": text.format(**names) for k, text in enumerate(ys)}
    sentences = []
    for side, name in names.items():
        out = data[side] = _side(name, N, dt, channel)
        A, place = out["A"], (np.arange(N // 2) + 0.5) / (N // 2)
        data |= {f"{side} Im": (place, A.imag), f"{side} Re": (place, A.real)}
        data |= _curves(show, side, out, channel)
        sentences.append(
            f"{name}: top Im λ {out['top']:.0f}, {out['beyond']} of {N // 2} poles beyond π/Δ, "
            f"remembers {out['horizons'][channel]:.0f} steps"
        )
    return data, f"N = {N}, channel {channel} with Δ = {step:.2g}. {'. '.join(sentences)}."


def draw_init(fig) -> dict:
    """Left: Im and Re of both sides' poles. Right: what `show` chooses, one side over the other."""
    poles, right = fig.subplots(1, 2, width_ratios=(4, 5))
    style_axes(poles, x="poles, from slow to fast", y="Re λ (below 0), Im λ (above)", title=" ")
    poles.set_yscale("symlog", linthresh=1, linscale=0.6)
    poles.set(xlim=(-0.03, 1.03), ylim=(-130, 2e4), xticks=[])
    poles.set_yticks([-100, -10, -1, 0, 1, 10, 100, 1e3, 1e4],
                     ["−100", "−10", "−1", "0", "1", "10", "100", "10³", "10⁴"])  # fmt: skip
    poles.minorticks_off()
    poles.axhline(0, color=BLACK, linewidth=0.8)
    style_axes(right, title=" ")
    right.set(xlim=(-0.01, 1.01), ylim=(-0.03, 1.03))
    quarters = [k / 4 for k in range(5)]
    right.set_xticks(quarters, [""] * 5)
    right.set_yticks(quarters, [""] * 5)
    on = {"transform": right.transAxes}
    artists = {
        "poles": poles.set_title(" ", loc="left", fontsize=10, color=BLACK),
        "title": right.set_title(" ", loc="left", fontsize=10, color=BLACK),
        "x": right.text(0.5, -0.1, "what runs across", ha="center", va="top", fontsize=10, **on),
        "limit": draw_line(poles, color=GREY, linestyle=":", label="π/Δ of the channel"),
        "now": draw_line(right, color=GREY, linestyle=":"),
    }
    for k, share in enumerate(quarters):
        x, y = (0.01 + share) / 1.02, (0.03 + share) / 1.06
        # The panel is laid out with these texts, which are the widest.
        artists[f"x{k}"] = right.text(x, -0.03, "10⁻⁴", ha="center", va="top", **on)
        artists[f"y{k}"] = right.text(-0.015, y, "random", ha="right", va="center", **on)
    for n, side in enumerate(("left", "right")):
        look = {"marker": "xo"[n], "markersize": 6, "markerfacecolor": "none"}
        for part in ("Im", "Re"):
            artists[f"{side} {part}"] = draw_points(poles, n=n, **look)
        for k in range(4):
            artists[f"{side} {k}"] = draw_line(right, n=n, linewidth=1.3)
        artists[f"{side} points"] = draw_points(right, n=n, **look | {"markersize": 8})
    legend(poles, loc="upper left")
    return artists


def init_showdown() -> Explorer:
    """Init showdown: two ways to choose the poles, side by side."""
    controls = {
        "left": Choice("first, solid and ×", tuple(INITS), "Lin"),
        "right": Choice("second, dashed and ○", tuple(INITS), "LegS"),
        "show": Choice("show", SHOWN, "basis", apart=True),
        "N": Slider("N, real states", 8, 128, 8, 64),
        "channel": Slider("channel", 0, H - 1, 1, 8),
        "log_dt_min": Slider("log10 of the smallest Δ", -4.0, -2.0, 0.1, -3.0),
        "log_dt_max": Slider("log10 of the largest Δ", -2.0, 0.0, 0.1, -1.0),
    }
    presets = {
        "Inv copies LegS": {"left": "Inv"},
        "Real has no pitch": {"right": "Real", "show": "response"},
        "random leaves gaps": {"right": "random", "show": "response"},
        "one step, one timescale": {
            "left": "Inv", "log_dt_min": -2.0, "log_dt_max": -2.0, "show": "memory"
        },
        "Lin repeats itself": {
            "log_dt_min": -2.0, "log_dt_max": -1.5, "channel": 0, "show": "kernel"
        },
        "poles fold back": {"right": "Inv", "channel": 15, "show": "response"},
    }  # fmt: skip
    reading = (
        "Left: the poles of both initialisations, of a pair the one with Im ≥ 0, each with its Im "
        "above zero and its Re below; beyond the dotted π/Δ of the channel a pole folds back. "
        "Right, as you choose: the basis functions of the four lowest poles; the kernel of the "
        "channel with one C for both, the first above the second; its frequency response; or the "
        "memory horizon of all 16 channels, each with its own Δ, down to 5 %."
    )
    return Explorer(
        init_view, draw_init, controls, presets=presets, reading=reading, size=(9.8, 4.2)
    )
