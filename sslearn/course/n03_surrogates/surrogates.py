"""Explorer of notebook 03: which gradients a surrogate keeps alive, and which way they point."""

import functools

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import GREY, draw_level, draw_line, draw_points, legend, style_axes
from sslearn.fast import lif
from sslearn.spikes import ALIVE, FAMILIES, Surrogate, arctan_half_width, surrogate_of_width

L, BETA = 25, 0.9  # steps, decay per step
DRIVE = np.linspace(-1.0, 3.0, 41)  # the level that v settles at without spikes, in units of v
NOISE = 0.15  # sd of the current in one step, so that v has a sd of 0.34


@functools.cache
def _noise(samples: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return NOISE * torch.randn(1, L, len(DRIVE) * samples, generator=generator)


def _run(samples, theta, *, seed=0, shift=0.0):
    """Membranes and spikes (L, drives, samples) under every drive, each neuron with its noise."""
    level = torch.tensor(DRIVE + shift, dtype=torch.float32).repeat_interleave(samples)
    v, s = lif((1 - BETA) * level + _noise(samples, seed), beta=BETA, theta=theta)
    return (x[0].reshape(L, len(DRIVE), samples) for x in (v, s))


@functools.cache
def true_slope(theta: float) -> np.ndarray:
    """The slope d(mean spike count)/d(drive) at each drive: central differences of 400 runs."""
    h = 0.1
    up, down = (list(_run(400, theta, seed=1, shift=x))[1].sum(0).mean(-1) for x in (h, -h))
    return ((up - down) / (2 * h)).numpy()


def surrogate_slope(
    surrogate: Surrogate, *, theta=1.0, depth=24, detach=True, samples=8
) -> tuple[np.ndarray, list[float], np.ndarray, np.ndarray]:
    """ds[t+d]/di[t] = surrogate(v[t+d] - theta) k[t] ... k[t+d-1], summed over d <= depth.

    Here k[t] = beta if the reset is detached, and beta - theta surrogate(v[t] - theta) if it is
    not. The result is d(count)/d(drive) for each drive, the fraction alive for d = 0 ... L-1, and,
    for s at the last step, v - theta and |ds/di| `depth` steps before, over the peak.
    """
    v, s = _run(samples, theta)
    u = (v - theta).numpy()
    d_spike = surrogate(v - theta).numpy()
    d_spike[d_spike < 1e-20] = 0.0  # Subnormal numbers, a Gaussian's tail, are slow.
    peak = float(surrogate(torch.zeros(1)))
    k = np.full_like(d_spike, BETA) if detach else BETA - theta * d_spike
    g, count, alive = d_spike, np.zeros(u.shape[1]), []
    for d in range(L):
        if d:
            g = k[: L - d] * g[1:]  # g[t] = ds[t+d]/di[t]
        alive.append(float((abs(g) >= ALIVE * peak).mean()))
        if d <= depth:
            count += g.sum(0).mean(-1)
        if d == depth:
            last = abs(g[-1]) / peak
    return (1 - BETA) * count, alive, u[-1].ravel(), last.ravel()


def _against(slope: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """The slope scaled to fit the truth best, and the misfit as a share of the truth."""
    scale = float(slope @ truth) / max(float(slope @ slope), 1e-30)
    fit = max(scale, 0.0) * slope  # A gradient that points the other way is of no use.
    return fit, float(np.linalg.norm(fit - truth) / np.linalg.norm(truth))


def surrogate_view(
    *, family="arctan", log2_alpha=2.0, theta=1.0, depth=4, detach=True, samples=8
) -> tuple[dict, str]:
    """328 LIF neurons at 41 drives, 25 steps; theta is in units of v.

    The view returns (data, caption). Its read-outs are alive (at this depth), alive_now (at depth
    0), off (the misfit to the true slope, 0 ... 1) and fit, the surrogate's scaled slope for each
    drive.
    """
    alpha = 2.0**log2_alpha
    surrogate, truth = surrogate_of_width(family, alpha), true_slope(theta)
    options = {"theta": theta, "depth": depth, "detach": detach, "samples": samples}
    count_slope, alive, u, last = surrogate_slope(surrogate, **options)
    fit, off = _against(count_slope, truth)
    axis = np.linspace(-3, 3, 241)
    curve = surrogate(torch.tensor(axis)).numpy()
    data = {
        "curve": (axis, curve / curve.max()),
        "points": (np.clip(u, -3, 3), np.minimum(last, 1.2)),
        "level": ([0, 1], [ALIVE, ALIVE]),
        "alive by depth": (np.arange(L), 100 * np.array(alive)),
        "here": ([depth], [100 * alive[depth]]),
        "depth": ([depth, depth], [0, 100]),
        "truth": (DRIVE, truth),
        "slope": (DRIVE, np.clip(fit, -2, 7)),
        "alive": alive[depth],
        "alive_now": alive[0],
        "off": off,
        "fit": fit,
    }
    caption = (
        f"{family}, half-width {arctan_half_width(alpha):.3f} (α {alpha:.3g}): "
        f"alive {alive[0]:.0%} at depth 0, {alive[depth]:.0%} at depth {depth}; "
        f"{off:.0%} off the true slope."
    )
    return data, caption


def draw_surrogate(fig) -> dict:
    """Three panels: surrogate and neurons, alive against depth, slope against drive."""
    left, mid, right = fig.subplots(1, 3)
    style_axes(left, x="u = v − θ at the last step", y="|ds/di| / peak").set(
        xlim=(-3.1, 3.1), ylim=(-0.05, 1.25), yticks=(0, 0.5, 1)
    )
    style_axes(mid, x="depth d (steps back)", y="alive (%)").set(
        xlim=(-1, L), ylim=(-4, 104), yticks=(0, 25, 50, 75, 100)
    )
    style_axes(right, x="drive (units of v)", y="d count / d drive").set(
        xlim=(-1.1, 3.1), ylim=(-2.2, 7.2)
    )
    artists = {
        "curve": draw_line(left, n=0, label="surrogate"),
        "points": draw_points(left, n=1, label="neurons", markersize=3),
        "level": draw_level(left, ALIVE, label="alive above", n=2),
        "alive by depth": draw_line(mid, n=0, label="alive"),
        "depth": draw_line(mid, color=GREY, linestyle=":"),
        "here": draw_points(mid, n=1, label="this depth", markersize=7),
        "truth": draw_line(right, n=2, label="true slope", linestyle="-"),
        "slope": draw_line(right, n=1, label="surrogate, scaled"),
    }
    for ax in (left, mid, right):  # The legends stand above, because the curves go everywhere.
        legend(ax, loc="lower left").set_bbox_to_anchor((0, 1), ax.transAxes)
    return artists


@torch_defaults()
def surrogate_lab() -> Explorer:
    """Surrogate lab: which gradients live, and do they point the right way?"""
    controls = {
        "family": Choice("surrogate", FAMILIES, "arctan"),
        "log2_alpha": Slider("slope, log₂ of α", -4.0, 6.0, 0.25, 2.0),
        "theta": Slider("threshold θ (units of v)", 0.5, 2.0, 0.25, 1.0),
        "depth": Slider("depth in time (steps)", 0, L - 1, 1, 4),
        "detach": Toggle("reset detached", True),
    }
    presets = {
        "too sharp": {"log2_alpha": 6.0},
        "too broad": {"log2_alpha": -3.0},
        "arctan, α = 2": {"log2_alpha": 1.0},
        "fast sigmoid, equal width": {"family": "fast sigmoid", "log2_alpha": 1.0},
        "fast sigmoid, k ≈ 25": {"family": "fast sigmoid", "log2_alpha": 5.25},
        "far back": {"depth": 20},
        "reset not detached": {"detach": False, "log2_alpha": 4.0, "depth": 10},
    }
    for theta in np.arange(0.5, 2.01, 0.25):
        true_slope(float(theta))
    reading = (
        "Left: the surrogate, and for each of 328 neurons how much its last spike feels of the "
        "current, depth steps before. Middle: the share alive at each depth. Right: how the spike "
        "count answers the drive, truly and by the surrogate."
    )
    return Explorer(
        surrogate_view, draw_surrogate, controls, presets=presets, reading=reading, size=(9.5, 3.4)
    )
