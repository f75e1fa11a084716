"""Explorer of notebook 02: a digit in four codes, decoded again, and the bits that are left."""

import functools

import numpy as np
import torch

from sslearn.codes import delta_code, first_spike, latency_code, linear_latency_code, rate_code
from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import BLACK, GREY, RED, draw_line, style_axes
from sslearn.data import digits
from sslearn.information import pair_counts, shared_bits

DIGIT_CODES = ("rate", "latency", "log latency", "delta")
_digits = functools.cache(digits)  # Reading the file takes longer than a move of a slider may.


@functools.cache
def _levels():
    """The level 0 ... 16 of every pixel (n, 8, 8), and how often each level occurs (17,)."""
    level = (16 * _digits().x).round().long()
    return level, level.flatten().bincount(minlength=17).double()


def level_entropy() -> float:
    """Bits in one pixel of scikit-learn's digits, from how often each of the 17 levels occurs."""
    return shared_bits(torch.diag(_levels()[1]))


@functools.lru_cache(256)
def kept_bits(code: str, L: int, theta: float) -> float:
    """Bits of a pixel's level that its spikes keep, exactly, over all 1,797 digits.

    The reader has the count of L steps in the rate code, the step of the only spike in both latency
    codes, and the running sum of the spikes in the delta code.
    """
    level, often = _levels()
    x = torch.arange(17) / 16
    if code == "rate":
        k = torch.arange(L + 1)
        share = torch.distributions.Binomial(L, x[:, None].double()).log_prob(k.double()).exp()
        return shared_bits(often[:, None] * share)
    if code == "delta":
        spikes = delta_code(level.mT / 16, theta=theta, off_spikes=True)  # A column is a step.
        return shared_bits(pair_counts(level.mT.flatten(), spikes.cumsum(1).flatten()))
    k = first_spike(latency_spikes(x[None], code, L, theta))[0]
    return shared_bits(often[:, None] * torch.nn.functional.one_hot(k, L + 1))


@functools.lru_cache(256)
def jump(theta: float) -> float:
    """What a delta spike is worth: the mean size of the changes along a row that reach theta."""
    change = (_levels()[0] / 16).diff(dim=2, prepend=torch.zeros(1797, 8, 1)).abs()
    big = change[change >= theta]
    return float(big.double().mean()) if len(big) else 0.0


def latency_spikes(x: torch.Tensor, code: str, L: int, theta: float) -> torch.Tensor:
    """Spikes (B, L, H) of x (B, H) in the linear or the log latency code, whose tau is L / 4."""
    if code == "latency":
        return linear_latency_code(x, L, theta=theta)
    return latency_code(x, L, tau=L / 4, theta=theta)


def encode(x: torch.Tensor, code: str, L: int, theta: float, seed: int = 0):
    """Spikes s, (L, 64) or in delta code (8, 8), of a digit x, and the decoded digit (8, 8)."""
    flat = x.reshape(1, 64)
    if code == "rate":
        s = rate_code(flat, L, generator=torch.Generator().manual_seed(seed))
        return s[0], s.mean(1).reshape(8, 8)
    if code == "delta":
        s = delta_code(x.T[None], theta=theta, off_spikes=True)[0]  # (8 columns, 8 rows)
        return s, (jump(theta) * s.cumsum(0)).clamp(0, 1).T
    s = latency_spikes(flat, code, L, theta)
    k = first_spike(s).double()
    linear = 1 - k / max(L - 1, 1)
    y = linear if code == "latency" else theta / (1 - torch.exp(-4 * k / L))
    return s[0], torch.where(k < L, y, 0.0).clamp(0, 1).reshape(8, 8)


def digit_view(*, number=0, code="latency", L=8, theta=0.05) -> tuple[dict, str]:
    """One digit, its spikes, the digit decoded from them, and what was lost.

    The view returns (data, caption). Its read-outs are spike_count, error (rms, in levels of 16)
    and bits.
    """
    x, y = _digits().x[number], int(_digits().y[number])
    s, decoded = encode(x, code, L, theta, seed=number)
    spacing = 9 if code == "delta" else 1  # 8 neurons share the axis of 64, the first on top.
    steps = 8 if code == "delta" else L
    (up, h_up), (down, h_down) = (hit.nonzero().T.numpy() for hit in (s > 0, s < 0))
    error = 16 * float((decoded - x).square().double().mean().sqrt())
    bits, whole = kept_bits(code, L, theta), level_entropy()
    data = {
        "image": x,
        "decoded": decoded,
        "up": _bars(up / steps, 63 - spacing * h_up, 1 / steps),
        "down": _bars(down / steps, 63 - spacing * h_down, 1 / steps),
        "edges": _edges(steps),
        "spike_count": int((s != 0).sum()),
        "error": error,
        "bits": bits,
    }
    caption = f"Digit {y} in {code} code: {data['spike_count']} spikes of {s.shape[1]} neurons in "
    caption += f"{steps} steps; decoded with an rms error of {error:.1f} levels of 16; over all "
    return data, caption + f"digits {bits:.2f} of {whole:.2f} bits a pixel are kept."


def _bars(start, height, width: float):
    """One line of bars: each lasts from its start for `width`, and an x of nan lifts the pen."""
    x = np.stack([start, start + width, np.full(len(start), np.nan)], 1)
    return x.ravel(), np.repeat(height, 3)


def _edges(steps: int):
    """A line that rises and falls where a step ends, over the share 0 ... 1 of the code's time."""
    ends = torch.arange(1, steps).repeat_interleave(3) / steps
    heights = torch.tensor([-2.0, 0.0, -2.0]).repeat(steps - 1)
    return ends, heights


def draw_digit(fig) -> dict:
    """Left: the digit. Middle: its spikes. Right: the digit decoded from them."""
    left, mid, right = fig.subplots(1, 3, width_ratios=(2, 4, 2))
    for ax, title in ((left, "digit"), (right, "decoded")):
        style_axes(ax, x="column", title=title).grid(False)
        ax.set(xticks=[0, 7], yticks=[0, 7])
    left.set_ylabel("row")
    style_axes(mid, x="time (share of all steps)", y="neuron", title="spikes")
    mid.set(xlim=(0, 1), ylim=(-2, 65))
    mid.set_yticks([63, 31, 0], ["first", "middle", "last"])
    look = {"vmin": 0, "vmax": 1, "cmap": "Greys", "interpolation": "nearest"}
    zero = torch.zeros(8, 8).numpy()
    bar = {"linestyle": "-", "solid_capstyle": "butt"}
    return {
        "image": left.imshow(zero, **look),
        "decoded": right.imshow(zero, **look),
        "up": draw_line(mid, color=BLACK, linewidth=2.4, **bar),
        "down": draw_line(mid, color=RED, linewidth=2.4, **bar | {"linestyle": (0, (1.2, 0.6))}),
        "edges": draw_line(mid, color=GREY, linestyle="-", linewidth=0.8),
    }


def code_costs(code: str, L: int, theta: float = 0.05) -> dict[str, object]:
    """Bits a pixel over all digits, and spikes and rms error of a digit, the mean of 50 digits."""
    views = [digit_view(number=k, code=code, L=L, theta=theta)[0] for k in range(50)]
    spikes, error = (sum(v[name] for v in views) / 50 for name in ("spike_count", "error"))
    bits = kept_bits(code, L, theta)
    return {
        "bits a pixel": f"{bits:.2f}",
        "spikes a digit": 10 * round(spikes / 10),
        "off by (levels)": f"{error:.1f}",
    }


def digit_lab() -> Explorer:
    """Digit lab: one image in four codes, decoded again."""
    controls = {
        "number": Slider("digit number", 0, 99, 1, 0),
        "code": Choice("code", DIGIT_CODES, "latency"),
        "L": Slider("steps L", 2, 64, 1, 8),
        "theta": Slider("threshold θ", 0.05, 0.5, 0.05, 0.05),
    }
    presets = {
        "rate, 8 steps": {"code": "rate"},
        "rate, 64 steps": {"code": "rate", "L": 64},
        "latency, 17 steps": {"L": 17},
        "log latency, 17 steps": {"code": "log latency", "L": 17},
        "delta": {"code": "delta", "theta": 0.25},
    }
    reading = (
        "Left: the digit. Middle: one bar a spike, as long as its step, one row a neuron; marks at "
        "the bottom part the steps. Right: the digit that a reader of the spikes alone would "
        "draw. In delta code a column is a step, a solid bar tells a rise and a dashed one a fall; "
        "L is not used there."
    )
    return Explorer(digit_view, draw_digit, controls, presets=presets, reading=reading)
