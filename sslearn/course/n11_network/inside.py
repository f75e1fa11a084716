"""Explorer of notebook 11: inside a trained network while it reads a digit, pixel by pixel."""

import functools
import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.plots import draw_line, draw_raster, style_axes
from sslearn.fast import scan
from sslearn.layers import S4D
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.spikes import ternary
from sslearn.ssm import discretize, memory_horizon

MODELS = {"Binary S4D": "binary-s4d", "GSU": "gsu", "S4D": "s4d"}
ALPHA = 0.15  # of the GSU's Ter
FIRST = 100  # test digits of MNIST that can be looked at


class Inside(NamedTuple):
    """One layer while it reads one digit: x the states of its SSM, active what it puts out."""

    x: Tensor  # (L, H, N/2) complex, the lowest frequency of each channel first
    active: Tensor  # (L, H): spikes 0, 1, or Ter(y) -1, 0, 1
    kernel: Tensor  # (L, H)
    horizon: Tensor  # (H,) steps
    probability: Tensor  # (L, classes): of the whole network, after each step


@functools.cache
def trained(name: str, task: str = "digits"):
    """The shipped network of that name, trained on digits (64 steps) or smnist (784)."""
    return open_model(ASSETS / f"{task}-{MODELS[name]}-small-0.safetensors")[0]


@functools.cache
def held_out(task: str = "digits") -> tuple[Tensor, Tensor]:
    """x (n, L, 1), y (n,): scikit-learn's held-out fifth, or MNIST's first test digits.

    Raises DataError where MNIST is not in the data folder.
    """
    x, y = load_task(task).test
    return (x, y) if task == "digits" else (x[:FIRST].clone(), y[:FIRST].clone())


@functools.cache
@torch.no_grad()
def _read(name: str, task: str) -> tuple[list[Tensor], Tensor]:
    """All held-out digits at once: the input of each layer (n, L, H), and p (n, L, classes)."""
    model, u = trained(name, task), held_out(task)[0]
    return model.features(u)[:-1], model.running_scores(u).softmax(-1)


@functools.lru_cache(64)
@torch.no_grad()
def inside(name: str, digit: int, layer: int, task: str = "digits") -> Inside:
    """What happens in layer 1 or 2 of the trained network `name` for held-out digit number k."""
    (inputs, p), ssm = _read(name, task), trained(name, task).blocks[layer - 1].ssm
    z = inputs[layer - 1][digit]  # (L, H)
    y, K = S4D.forward(ssm, z[None])[0], ssm.kernel(len(z))
    A, dt = ssm.poles()
    A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
    x = scan(A_bar[None, None], B_bar * z[None, ..., None])[0]  # (L, H, N/2)
    x = x.take_along_dim(A.imag.abs().argsort(-1)[None], -1)
    delta = ALPHA * y.abs().amax(-1, keepdim=True)
    spikes = (y > 0).float() if name == "Binary S4D" else ternary(y, delta)
    return Inside(x, spikes, K, memory_horizon(A_bar).amax(-1), p[digit])


def inside_view(
    *, model="Binary S4D", digit=0, layer=1, channel=0, now=None, task="digits"
) -> tuple[dict, str]:
    """A trained network after pixel number `now` (the last if None); digit counts held-out ones.

    Returns (data, caption); data has the read-outs said (the class it would answer now), truth,
    p (its probability of the true class now), rate (share of active entries), since (the step from
    which on the answer stays what it is in the end) and horizon (of the channel, in steps).
    """
    u, y = (part[digit] for part in held_out(task))
    seen, L = inside(model, digit, layer, task), len(u)
    now, t, side = L - 1 if now is None else now, np.arange(L), math.isqrt(L)
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
    read = torch.where(torch.arange(L) <= now, u[:, 0], 0.12 * u[:, 0])
    plus, minus = (seen.active == sign for sign in (1, -1))
    data = {
        "digit": 1 - read.reshape(side, side),
        "plus": tuple(plus.nonzero().T),
        "minus": tuple(minus.nonzero().T),
        "kernel": (t, K / K.abs().max()),
        "states": x.T,
        "true": (t, 100 * p[:, truth]),
        "other": (t, 100 * other.amax(-1)),
        "said": said,
        "truth": truth,
        "p": float(p[now, truth]),
        "rate": rate,
        "since": since,
        "horizon": float(seen.horizon[channel]),
    }
    ends = ((-1, seen.active.shape[1]), (-0.5, x.shape[1] - 0.5), (0, 100))
    data |= {f"now{k}": ([now, now], span) for k, span in enumerate(ends)}
    what = {"Binary S4D": "the outputs so far fire", "GSU": "Ter(y) so far are not zero"}
    name = what.get(model, "the real outputs so far are above 15 % of the step's largest")
    caption = (
        f"{model}, layer {layer}: after {now + 1} of {L} pixels of a {truth} it says {said} "
        f"({100 * data['p']:.0f} % for {truth}); its last answer stands since pixel {since + 1}. "
        f"{rate:.0%} of {name}; channel {channel} remembers "
        f"{data['horizon']:.0f} steps."
    )
    return data, caption


def draw_inside(fig, *, task="digits") -> dict:
    """Digit, raster, kernel above; class probabilities, spike raster's time axis, states below."""
    L, net = len(held_out(task)[0][0]), trained("Binary S4D", task)
    pairs, H = net.blocks[0].ssm.A_imag.shape[1], net.head.in_features
    side, across = math.isqrt(L), (-L / 64, L)
    (a, b, c), (f, d, e) = fig.subplots(2, 3, width_ratios=(2, 3, 3))
    style_axes(a, title="what it has read").set(xticks=[], yticks=[])
    a.grid(False)
    a.spines[:].set_visible(False)
    image = a.imshow(np.ones((side, side)), cmap="gray", vmin=0, vmax=1)
    style_axes(b, x="pixel", y="channel", title="output: + black, − orange").set(
        xlim=across, ylim=(-1, H)
    )
    style_axes(c, x="lag (steps)", y="K / max |K|", title="kernel of the channel").set(
        xlim=across, ylim=(-1.1, 1.1)
    )
    style_axes(d, x="pixel", y="probability (%)", title="what it would answer").set(
        xlim=across, ylim=(-3, 103)
    )
    style_axes(e, x="pixel", y="pair of poles", title=f"|x| of the channel's {pairs} states").set(
        xlim=across, ylim=(-0.5, pairs - 0.5)
    )
    e.grid(False)
    rows = {"extent": (-0.5, L - 0.5, -0.5, pairs - 0.5), "aspect": "auto", "origin": "lower"}
    states = e.imshow(np.zeros((pairs, L)), cmap="gray_r", vmin=0, vmax=1, **rows)
    f.set_axis_off()
    note = (
        "dotted: the pixel that\nis read now\n\nblue: the true class\norange, dashed: the\n"
        "strongest other class\n\nstates: a row for each pair\nof poles, low frequency\n"
        "below, dark: largest |x|"
    )
    f.text(0, 0.95, note, va="top", fontsize=9)
    ticks = {"markersize": 128 / H, "markeredgewidth": 1.2 if L == 64 else 0.5}
    artists = {
        "digit": image,
        "plus": draw_raster(b, **ticks),
        "minus": draw_raster(b, color="#D55E00", **ticks),
        "kernel": draw_line(c, n=0),
        "states": states,
        "true": draw_line(d, n=0),
        "other": draw_line(d, n=1),
    }
    now = {"linestyle": ":", "linewidth": 1.4}
    marked = ((b, "0.2"), (e, "#D55E00"), (d, "0.2"))  # grey would be lost on the states
    artists |= {f"now{k}": draw_line(ax, color=c, **now) for k, (ax, c) in enumerate(marked)}
    return artists


def look_inside(task: str = "digits") -> Explorer:
    """Look inside: a trained network reads a held-out digit while you watch.

    task smnist: MNIST's first 100 test digits, 784 steps; raises DataError where it is missing.
    """
    (n, L), H = held_out(task)[0].shape[:2], trained("GSU", task).head.in_features
    controls = {
        "model": Choice("network", tuple(MODELS), "Binary S4D"),
        "digit": Slider("held-out digit", 0, n - 1, 1, 0),
        "layer": Slider("layer", 1, 2, 1, 1),
        "channel": Slider("channel", 0, H - 1, 1, 0),
        "now": Slider("pixel", 0, L - 1, 1, L - 1, play=True),
    }
    reading = (
        "Above: the pixels read so far; the output y of the layer's state space, channel by "
        "channel, as spikes or, for the GSU and S4D, as Ter(y); the kernel of one channel. Below: "
        "the network's probability for the true class and for the strongest other one, pixel by "
        "pixel; the states of that channel."
    )
    view, draw = (functools.partial(f, task=task) for f in (inside_view, draw_inside))
    return Explorer(view, draw, controls, presets=presets(task), reading=reading, size=(9.6, 4.8))


@functools.cache
def presets(task: str = "digits") -> dict[str, dict]:
    """Digits found by looking: a late decision, one that only the GSU reads, fast and slow."""
    x, y = held_out(task)
    gsu, binary = (_read(name, task)[1].argmax(-1) for name in ("GSU", "Binary S4D"))
    settled = (gsu != gsu[:, -1:]).flip(1).int().argmax(1)  # steps before the end
    late = (gsu[:, -1] == y) & (settled > 0)
    late_one = int(torch.where(late, settled, x.shape[1]).argmin())
    horizon = inside("Binary S4D", 0, 1, task).horizon
    found = {
        "a late decision": {"model": "GSU", "digit": late_one, "now": 5 * x.shape[1] // 8},
        "a fast channel": {"channel": int(horizon.argmin())},
        "a slow channel": {"channel": int(horizon.argmax())},
    }
    only = (gsu[:, -1] == y) & (binary[:, -1] != y)
    if only.any():
        k = int(only.int().argmax())
        found |= {"the GSU reads it": {"model": "GSU", "digit": k},
                  "Binary S4D does not": {"digit": k}}  # fmt: skip
    return found
