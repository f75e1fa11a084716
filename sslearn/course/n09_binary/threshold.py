"""Explorer of notebook 09: the spike of a trained Binary S4D."""

import functools
import math

import numpy as np
import torch
from torch import Tensor

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Drag, Explorer, torch_defaults
from sslearn.course.figure.plots import (
    COLOURS,
    draw_level,
    draw_line,
    draw_points,
    draw_raster,
    legend,
    spike_points,
    style_axes,
)
from sslearn.information import information
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.spikes import (
    ALIVE,
    FAMILIES,
    arctan_half_width,
    spike,
    stochastic_spike,
    surrogate_of_width,
)

MODEL = ASSETS / "digits-binary-s4d-small-0.safetensors"
DIGITS = 100  # held-out images that the statistics are taken over
LEVELS = 128  # quantiles that stand for a channel's values
THETAS = 6 * torch.linspace(-1, 1, 49, dtype=torch.float32, device="cpu").pow(3)  # most near 0
V_MAX, U_MAX = 4.0, 3.0  # limits of the axes


@functools.cache
def membrane(layer: int) -> tuple[Tensor, Tensor]:
    """Y (n, L, H) of the trained model's `layer` (1 or 2) before its threshold, and the labels.

    Raises ValueError for another layer.
    """
    if layer not in (1, 2):
        raise ValueError(f"layer must be 1 or 2, got {layer!r}")
    model, _ = open_model(MODEL)
    x, labels = (part[:DIGITS] for part in load_task("digits").test)
    with torch.no_grad():
        block, z = model.blocks[layer - 1], model.features(x)[layer - 1]
        return block.ssm.membrane(block.before(z)), labels


@functools.cache
def _levels(layer):
    """(H, LEVELS): each channel's values over all digits and steps, by their quantiles."""
    y = membrane(layer)[0].flatten(0, 1)  # (n L, H)
    middle = (torch.arange(LEVELS) + 0.5) / LEVELS
    return torch.quantile(y[::4], middle, dim=0).mT.contiguous()


def spread(alpha: float) -> float:
    """Width w of p = 1 / (1 + exp(-u / w)) whose slope is as wide as arctan's with alpha."""
    return arctan_half_width(alpha) / (2 * math.acosh(math.sqrt(2)))


def _probability(u, stochastic, alpha):
    return torch.sigmoid(u / spread(alpha)) if stochastic else (u > 0).to(u.dtype)


@functools.lru_cache(256)
def _curve(layer, gain, stochastic, alpha):
    """Rate and bits a slot, means over the channels, for every threshold in THETAS."""
    v = gain * _levels(layer)
    rates, bits = [], []
    for theta in (gain * THETAS).split(7):  # small pieces stay in the cache of the processor
        p = _probability(v - theta[:, None, None], stochastic, alpha)
        rates.append(p.mean((-1, -2)))
        bits.append(information(p).mean(-1))
    return torch.cat(rates), torch.cat(bits)


def binariser_view(
    *, theta=0.0, gain=0.0, family="arctan", slope=1.0, stochastic=False, digit=3, layer=2,
    channel=13,
) -> tuple[dict, str]:  # fmt: skip
    """One digit through a trained layer, v = 2^gain y, s = [v > theta]; slope is log2 of alpha.

    Stochastic: s ~ Bernoulli(1 / (1 + exp(-(v - theta) / w))), as wide as the surrogate. Returns
    (data, caption); data has the read-outs s (L, H), rate, bits (a slot) and alive, the share of
    slots where the surrogate, or for drawn spikes dp/dv, is at least a tenth of its peak.
    """
    y, labels = membrane(layer)
    factor, alpha = 2.0**gain, 2.0**slope
    v = factor * y[int((labels == digit).nonzero()[0, 0])]  # (L, H)
    s = spike(v - theta)
    if stochastic:
        seed = torch.Generator().manual_seed(0)
        s = stochastic_spike(v - theta, spread(alpha), generator=seed)
    u = factor * _levels(layer) - theta  # (H, LEVELS)
    p = _probability(u, stochastic, alpha)
    rate, bits = float(p.mean()), float(information(p).mean())
    surrogate = surrogate_of_width(family, alpha)
    if stochastic:  # the gradient goes through p, and no surrogate is used
        family = "p (1 - p)"

        def surrogate(u):
            q = _probability(u, True, alpha)
            return q * (1 - q)

    alive = float((surrogate(u) >= ALIVE * surrogate(torch.zeros(1))).float().mean())
    counts, edges = np.histogram(u.numpy(), bins=60, range=(-U_MAX, U_MAX))
    axis = torch.linspace(-U_MAX, U_MAX, 241)
    reach = axis[surrogate(axis) >= ALIVE * surrogate(torch.zeros(1))].max()
    bump, (rates, all_bits) = surrogate(axis), _curve(layer, factor, stochastic, alpha)
    mine, t = s[:, channel], torch.arange(len(v))
    one = torch.zeros_like(s)
    one[:, channel] = mine
    data = {
        "v": (t, v[:, channel].clamp(-V_MAX, V_MAX)),
        "theta": ([0, 1], [theta, theta]),
        "spikes": (t[mine > 0], torch.full((int(mine.sum()),), V_MAX + 0.6)),
        "raster": spike_points(s, 1),
        "one": spike_points(one, 1),
        "values": ((edges[1:] + edges[:-1]) / 2, counts / max(counts.max(), 1)),
        "surrogate": (axis, bump / bump.max()),
        "living": ([-reach, -reach, reach, reach], [0, 1.1, 1.1, 0]),
        "curve": (100 * rates, all_bits),
        "here": ([100 * rate], [bits]),
        "s": s,
        "rate": rate,
        "bits": bits,
        "alive": alive,
    }
    caption = (
        f"Digit {digit}, layer {layer}: {'drawn ' if stochastic else ''}spikes in "
        f"{s.mean():.0%} of the slots, {rate:.0%} over all digits; {bits:.2f} bits a slot. "
        f"{family}, half-width {arctan_half_width(alpha):.2f}: the gradient lives in {alive:.0%}."
    )
    return data, caption


def draw_binariser(fig) -> dict:
    """Left: a channel's trace over the raster. Right: histogram and surrogate, bits and rate."""
    (trace, values), (raster, trade) = fig.subplots(2, 2, width_ratios=(3, 2))
    style_axes(trace, y="v (units of y)").set(xlim=(-1, 64), ylim=(-4.4, 7.6))
    trace.set_yticks((-4, -2, 0, 2, 4))
    style_axes(raster, x="step", y="channel").set(xlim=(-1, 64), ylim=(-1, 32))
    style_axes(values, x="v − θ", y="over its peak").set(
        xlim=(-3.1, 3.1), ylim=(-0.05, 1.5), yticks=(0, 0.5, 1)
    )
    style_axes(trade, x="slots with a spike (%)", y="bits a slot").set(
        xlim=(-2, 102), ylim=(-0.05, 1.4), yticks=(0, 0.5, 1)
    )
    artists = {
        "v": draw_line(trace, n=0, label="v of the channel"),
        "theta": draw_level(trace, 0, label="threshold θ"),
        "spikes": draw_raster(trace, markersize=7, color=COLOURS[1]),
        "raster": draw_raster(raster, markersize=4, markeredgewidth=1),
        "one": draw_raster(raster, markersize=5, markeredgewidth=1.6, color=COLOURS[1]),
        "values": draw_line(values, n=0, label="values", drawstyle="steps-mid"),
        "surrogate": draw_line(values, n=1, label="surrogate"),
        "living": draw_line(values, n=2, label="over a tenth"),
        "curve": draw_line(trade, n=2, label="every θ", linestyle="-"),
        "here": draw_points(trade, n=1, label="this θ", markersize=7),
    }
    legend(trace, ncols=2)
    legend(values, ncols=3)
    legend(trade, ncols=2)
    return artists


@torch_defaults()
def binariser() -> Explorer:
    """Binariser: turn a trained layer's real values into spikes, and see what is left of them."""
    controls = {
        "theta": Slider("threshold θ (units of v)", -4.0, 4.0, 0.1, 0.0),
        "gain": Slider("gain of v, log₂", -2.0, 2.0, 0.25, 0.0),
        "family": Choice("surrogate", FAMILIES, "arctan"),
        "slope": Slider("slope, log₂ of α", -2.0, 6.0, 0.25, 1.0),
        "stochastic": Toggle("draw the spikes (as broad as the surrogate)"),
        "digit": Slider("digit", 0, 9, 1, 3),
        "layer": Choice("layer", (1, 2), 2),
        "channel": Slider("channel of the trace", 0, 31, 1, 13),
    }
    presets = {
        "sparse": {"theta": 2.0},
        "too sparse": {"theta": 4.0},
        "gain 4: same spikes": {"gain": 2.0},
        "fast sigmoid, k ≈ 25": {"family": "fast sigmoid", "slope": 5.25},
        "fast sigmoid, equal width": {"family": "fast sigmoid"},
        "drawn": {"stochastic": True},
        "drawn, broad": {"stochastic": True, "slope": -2.0},
    }
    for layer in (1, 2):
        _curve(layer, 1.0, False, 2.0)
    reading = (
        "Left: one channel's value v with the threshold, its spikes above, and below the raster "
        "of all 32 channels. Right: how v − θ is spread over all digits, with the surrogate, and a "
        "frame where it is over a tenth of its peak, so that the gradient lives; and the bits that "
        "one slot carries against the share of slots with a spike, for every θ."
    )
    return Explorer(
        binariser_view,
        draw_binariser,
        controls,
        presets=presets,
        reading=reading,
        size=(9.8, 4.2),
        drags={"theta": {"y": Drag("theta")}},
    )
