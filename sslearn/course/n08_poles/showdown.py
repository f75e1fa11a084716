"""Explorer of notebook 08: two initialisations of S4D side by side."""

import functools
import math

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import draw_line, draw_points, legend, style_axes
from sslearn.fast import vandermonde
from sslearn.hippo import s4d_inv, s4d_legs, s4d_lin, s4d_real
from sslearn.ssm import discretize, memory_horizon

H, L = 16, 512  # channels and lags of the bank
T = np.linspace(0, 6, 241)  # the basis' time, lag x dt
F = np.geomspace(1e-4, 0.5, 240)  # frequencies in cycles a step
FLOOR = -60.0  # dB
PLACES = {"left": "upper row", "right": "lower row"}  # where each side is drawn


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
        "gain": np.maximum(gain, FLOOR),
        "echo": float(echo),
    }


def init_view(
    *, left="Lin", right="LegS", N=64, log_dt_min=-3.0, log_dt_max=-1.0, channel=8
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
    data, sentences = {}, []
    for side, name in (("left", left), ("right", right)):
        out = data[side] = _side(name, N, dt, channel)
        A, number = out["A"], np.arange(H)
        data |= {
            f"{side} title": f"{name}: {N // 2} poles",
            f"{side} poles": (A.real, A.imag),
            f"{side} limit": ([-100, 0], [math.pi / step] * 2),
            f"{side} gain": (F, out["gain"]),
            f"{side} horizon": (number, out["horizons"]),
            f"{side} chosen": (np.arange(L), channel + 0.9 * out["bank"][channel]),
        }
        data |= {f"{side} basis {n}": (T, out["basis"][n]) for n in range(4)}
        data |= {f"{side} {h}": (np.arange(L), h + 0.45 * out["bank"][h]) for h in range(H)}
        sentences.append(
            f"{name}: top Im λ {out['top']:.0f}, {out['beyond']} of {N // 2} poles beyond π/Δ, "
            f"remembers {out['horizons'][channel]:.0f} steps"
        )
    data["now"] = ([channel, channel], [2, 2e3])
    return data, f"N = {N}, channel {channel} with Δ = {step:.2g}. {'. '.join(sentences)}."


def draw_init(fig) -> dict:
    """A row for each side with poles, basis and kernel bank; response and horizon of both behind.

    Re is drawn on a logarithmic axis, so that Real's poles have room beside -1/2.
    """
    names = [["s0", "b0", "k0", "freq"], ["s1", "b1", "k1", "horizon"]]
    grid = fig.subplot_mosaic(names, width_ratios=(3, 3, 4, 4))
    artists = {}
    for n, side in enumerate(("left", "right")):
        s, b, k = (grid[f"{name}{n}"] for name in "sbk")
        style_axes(s, x="Re λ (logarithmic)", y="Im λ (logarithmic)", title=" ")
        s.set_xscale("symlog", linthresh=0.5, linscale=0.5)
        s.set_yscale("symlog", linthresh=1)
        s.set(xlim=(-100, 0), ylim=(-0.3, 1e6), yticks=[0, 1, 100, 1e4])
        s.set_xticks([-64, -8, -0.5, 0], ["-64", "-8", "-½", "0"])
        s.minorticks_off()
        s.text(0.04, 0.96, "dotted: π/Δ", fontsize=9, va="top", transform=s.transAxes)
        style_axes(b, x="time t = lag × Δ", y="Re e^(λt)", title="its four lowest poles")
        b.set(xlim=(0, T[-1]), ylim=(-1.1, 1.9), yticks=[-1, 0, 1])
        style_axes(k, x="lag (steps)", y="channel", title="its 16 kernels")
        k.set(xlim=(0, L), ylim=(-1.2, H + 0.2), yticks=range(0, H, 5))
        artists[f"{side} title"] = s.set_title(" ", loc="left", fontsize=10, color="#000000")
        artists[f"{side} limit"] = draw_line(s, color="0.4", linestyle=":")
        artists[f"{side} poles"] = draw_points(s, n=n, marker="x+"[n], markersize=6)
        for j, name in enumerate(("1st", "2nd", "3rd", "4th")):
            artists[f"{side} basis {j}"] = draw_line(b, n=j, linewidth=1.2, label=name)
        legend(b, ncols=2)
        for h in range(H):
            artists[f"{side} {h}"] = draw_line(k, color="0.6", linestyle="-", linewidth=0.6)
        artists[f"{side} chosen"] = draw_line(k, n=n, linestyle="-", linewidth=1.2)
    freq, horizon = grid["freq"], grid["horizon"]
    style_axes(freq, x="frequency (cycles a step)", y="gain (dB)", title="response of the channel")
    freq.set(xscale="log", xlim=(F[0], F[-1]), ylim=(FLOOR - 3, 3))
    freq.set_xticks([1e-4, 1e-3, 1e-2, 1e-1])
    style_axes(horizon, x="channel", y="steps", title="memory horizon, down to 5 %")
    horizon.set(yscale="log", xlim=(-0.5, H - 0.5), ylim=(2, 1e5), xticks=range(0, H, 5))
    artists["now"] = draw_line(horizon, color="0.4", linestyle=":")
    for n, side in enumerate(("left", "right")):
        artists[f"{side} gain"] = draw_line(freq, n=n, label=PLACES[side])
        look = {"markersize": 8 - 4 * n} | ({"markerfacecolor": "none"} if n == 0 else {})
        artists[f"{side} horizon"] = draw_points(horizon, n=n, label=PLACES[side], **look)
    legend(freq, loc="lower left")
    legend(horizon)
    return artists


def init_showdown() -> Explorer:
    """Init showdown: two ways to choose the poles, side by side."""
    controls = {
        "left": Choice("upper row", tuple(INITS), "Lin"),
        "right": Choice("lower row", tuple(INITS), "LegS"),
        "N": Slider("N, real states", 8, 128, 8, 64),
        "channel": Slider("channel", 0, H - 1, 1, 8),
        "log_dt_min": Slider("log10 of the smallest Δ", -4.0, -2.0, 0.1, -3.0),
        "log_dt_max": Slider("log10 of the largest Δ", -2.0, 0.0, 0.1, -1.0),
    }
    presets = {
        "Inv copies LegS": {"left": "Inv"},
        "Real has no pitch": {"right": "Real"},
        "random leaves gaps": {"right": "random"},
        "one step, one timescale": {"left": "Inv", "log_dt_min": -2.0, "log_dt_max": -2.0},
        "Lin repeats itself": {"log_dt_min": -2.0, "log_dt_max": -1.5, "channel": 0},
        "poles fold back": {"right": "Inv", "channel": 15},
    }
    reading = (
        "One initialisation above in blue, the other below in orange. In a row: the poles, of a "
        "pair the one with Im ≥ 0, and dotted π/Δ of the channel, beyond which a pole folds back; "
        "the basis functions of the four lowest; the kernels of 16 channels, all with one C and "
        "each with its own Δ, the chosen one in colour. Far right: the chosen channel's frequency "
        "response, and the memory horizon of all channels."
    )
    return Explorer(
        init_view, draw_init, controls, presets=presets, reading=reading, size=(10.0, 5.4)
    )
