"""Explorer of notebook 11: inside a trained network while it reads a digit, pixel by pixel."""

import functools
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.explorers import Choice, Explorer, Slider
from sslearn.layers import S4D
from sslearn.plots import draw_line, draw_raster, style_axes
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.scan import scan
from sslearn.spikes import ternary
from sslearn.ssm import discretize, memory_horizon

MODELS = {"Binary S4D": "binary-s4d", "GSU": "gsu", "S4D": "s4d"}
ALPHA = 0.15  # of the GSU's Ter


class Inside(NamedTuple):
    """One layer while it reads one digit: x the states of its SSM, active what it puts out."""

    x: Tensor  # (L, H, N/2) complex
    active: Tensor  # (L, H): spikes 0, 1, or Ter(y) -1, 0, 1
    kernel: Tensor  # (L, H)
    horizon: Tensor  # (H,) steps
    probability: Tensor  # (L, classes): of the whole network, after each step


@functools.cache
def _model(name: str):
    return open_model(ASSETS / f"digits-{MODELS[name]}-small-0.safetensors")[0]


@functools.cache
def held_out() -> tuple[Tensor, Tensor]:
    """The held-out fifth of scikit-learn's digits: x (359, 64, 1), y (359,)."""
    return load_task("digits").test


@functools.cache
@torch.no_grad()
def _everything(name: str, layer: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For all held-out digits at once: the layer's input and its SSM's output, the kernel, p."""
    model, u = _model(name), held_out()[0]
    z = model.features(u)[layer - 1]
    ssm = model.blocks[layer - 1].ssm
    y, K = S4D.forward(ssm, z), ssm.kernel(u.shape[1])
    return z, y, K, model.running_scores(u).softmax(-1)


@functools.lru_cache(512)
@torch.no_grad()
def inside(name: str, digit: int, layer: int) -> Inside:
    """What happens in layer 1 or 2 of the trained network `name` for held-out digit number k."""
    (z, y, K, p), ssm = _everything(name, layer), _model(name).blocks[layer - 1].ssm
    A, dt = ssm.poles()
    A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
    x = scan(A_bar[None, None], B_bar * z[digit, None, ..., None])[0]  # (L, H, N/2)
    delta = ALPHA * y[digit].abs().amax(-1, keepdim=True)
    spikes = (y[digit] > 0).float() if name == "Binary S4D" else ternary(y[digit], delta)
    return Inside(x, spikes, K, memory_horizon(A_bar).amax(-1), p[digit])


def inside_view(*, model="Binary S4D", digit=0, layer=1, channel=0, now=63) -> tuple[dict, str]:
    """A trained network after pixel number `now` of 64; digit counts the held-out ones.

    Returns (data, caption); data has the read-outs said (the class it would answer now), truth,
    p (its probability of the true class now), rate (share of active entries), since (the step from
    which on the answer stays what it is in the end) and horizon (of the channel, in steps).
    """
    u, y = (part[digit] for part in held_out())
    seen, t = inside(model, digit, layer), np.arange(64)
    p = seen.probability
    answers = p.argmax(-1)
    truth, said = int(y), int(answers[now])
    other = p.clone()
    other[:, truth] = 0
    changed = (answers != answers[-1]).nonzero()
    since = int(changed[-1]) + 1 if len(changed) else 0
    rate = float((seen.active[: now + 1] != 0).float().mean())
    K = seen.kernel[:, channel]
    x = seen.x[:, channel].abs()
    x = x / x.amax(0)
    read = torch.where(torch.arange(64) <= now, u[:, 0], 0.12 * u[:, 0])
    plus, minus = (seen.active == sign for sign in (1, -1))
    data = {
        "digit": 1 - read.reshape(8, 8),
        "plus": tuple(plus.nonzero().T),
        "minus": tuple(minus.nonzero().T),
        "kernel": (t, K / K.abs().max()),
        "true": (t, 100 * p[:, truth]),
        "other": (t, 100 * other.amax(-1)),
        "said": said,
        "truth": truth,
        "p": float(p[now, truth]),
        "rate": rate,
        "since": since,
        "horizon": float(seen.horizon[channel]),
    }
    data |= {f"x{n}": (t, x[:, n]) for n in range(x.shape[1])}
    data |= {f"now{k}": ([now, now], ends) for k, ends in enumerate(((-1, 32), (0, 1), (0, 100)))}
    what = {"Binary S4D": "the outputs so far fire", "GSU": "Ter(y) so far are not zero"}
    name = what.get(model, "the real outputs so far are above 15 % of the step's largest")
    caption = (
        f"{model}, layer {layer}: after {now + 1} of 64 pixels of a {truth} it says {said} "
        f"({100 * data['p']:.0f} % for {truth}); its last answer stands since pixel {since + 1}. "
        f"{rate:.0%} of {name}; channel {channel} remembers "
        f"{data['horizon']:.0f} steps."
    )
    return data, caption


def draw_inside(fig) -> dict:
    """Digit, raster, kernel above; class probabilities, spike raster's time axis, states below."""
    (a, b, c), (f, d, e) = fig.subplots(2, 3, width_ratios=(2, 3, 3))
    style_axes(a, title="what it has read").set(xticks=[], yticks=[])
    a.grid(False)
    image = a.imshow(np.ones((8, 8)), cmap="gray", vmin=0, vmax=1)
    style_axes(b, x="pixel", y="channel", title="output: + black, − red").set(
        xlim=(-1, 64), ylim=(-1, 32)
    )
    style_axes(c, x="lag (steps)", y="K / max |K|", title="kernel of the channel").set(
        xlim=(-1, 64), ylim=(-1.1, 1.1)
    )
    style_axes(d, x="pixel", y="probability (%)", title="what it would answer").set(
        xlim=(-1, 64), ylim=(-3, 103)
    )
    style_axes(e, x="pixel", y="|x| / max |x|", title="the channel's 8 states").set(
        xlim=(-1, 64), ylim=(-0.05, 1.05)
    )
    f.set_axis_off()
    note = (
        "dotted: the pixel that\nis read now\n\nblue: the true class\nred, dashed: the\nstrongest "
        "other class\n\nstates: one line for each\npair of poles"
    )
    f.text(0, 0.95, note, va="top", fontsize=9)
    ticks = {"markersize": 4, "markeredgewidth": 1.2}
    artists = {
        "digit": image,
        "plus": draw_raster(b, **ticks),
        "minus": draw_raster(b, color="#D55E00", **ticks),
        "kernel": draw_line(c, n=0),
        "true": draw_line(d, n=0),
        "other": draw_line(d, n=1),
    }
    artists |= {f"x{n}": draw_line(e, n=n % 6, linestyle="-", linewidth=1) for n in range(8)}
    now = {"color": "0.45", "linestyle": ":", "linewidth": 1.2}
    artists |= {f"now{k}": draw_line(ax, **now) for k, ax in enumerate((b, e, d))}
    return artists


def look_inside() -> Explorer:
    """Look inside: a trained network reads a held-out digit while you watch."""
    controls = {
        "model": Choice("network", tuple(MODELS), "Binary S4D"),
        "digit": Slider("held-out digit", 0, 358, 1, 0),
        "layer": Slider("layer", 1, 2, 1, 1),
        "channel": Slider("channel", 0, 31, 1, 0),
        "now": Slider("pixel", 0, 63, 1, 63, play=True),
    }
    presets = presets_of_the_trained()
    reading = (
        "Above: the pixels read so far; the output y of the layer's state space, channel by "
        "channel, as spikes or, for the GSU and S4D, as Ter(y); the kernel of one channel. Below: "
        "the network's probability for the true class and for the strongest other one, pixel by "
        "pixel; the states of that channel."
    )
    return Explorer(
        inside_view, draw_inside, controls, presets=presets, reading=reading, size=(9.6, 5.0)
    )


@functools.cache
def presets_of_the_trained() -> dict[str, dict]:
    """Digits found by looking: a late decision, one that only the GSU reads, fast and slow."""
    x, y = held_out()
    with torch.no_grad():
        scores = {name: _model(name).running_scores(x).argmax(-1) for name in MODELS}
    gsu, binary = scores["GSU"], scores["Binary S4D"]
    settled = (gsu != gsu[:, -1:]).flip(1).int().argmax(1)  # steps before the end
    late = (gsu[:, -1] == y) & (settled > 0)
    late_one = int(torch.where(late, settled, 99).argmin())
    only = int(((gsu[:, -1] == y) & (binary[:, -1] != y)).int().argmax())
    horizon = inside("Binary S4D", 0, 1).horizon
    return {
        "a late decision": {"model": "GSU", "digit": late_one, "now": 40},
        "the GSU reads it": {"model": "GSU", "digit": only},
        "Binary S4D does not": {"digit": only},
        "a fast channel": {"channel": int(horizon.argmin())},
        "a slow channel": {"channel": int(horizon.argmax())},
    }
