"""Explorer of notebook 11: inside a trained network while it reads a digit, pixel by pixel."""

import functools
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import draw_line, draw_raster, style_axes
from sslearn.layers import BinaryS4D, Block, GatedSpikingUnit
from sslearn.models import SequenceClassifier
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.spikes import ternary

MODELS = {"Binary S4D": "binary-s4d", "GSU": "gsu", "S4D": "s4d"}
DRAWN = 0.15  # A real output is drawn if it is at least so large a share of its step's largest.
FIRST = 100  # test digits of MNIST that can be looked at
Networks = Mapping[str, SequenceClassifier]


class Inside(NamedTuple):
    """What one layer does while it reads one digit, and what the whole network then says."""

    x: Tensor  # (L, H, N/2) the states of its SSM, the lowest frequency of each channel first
    active: Tensor  # (L, H) what it puts out: spikes 0, 1, or Ter(y) -1, 0, 1
    meaning: str  # of an active entry that is not zero
    kernel: Tensor  # (L, H); zeros where the layer has none, since it changes with its input
    horizon: Tensor  # (H,) steps; NaN where the layer has no kernel
    probability: Tensor  # (L, classes) of the whole network, after each step


@functools.cache
def trained(name: str, task: str = "digits") -> SequenceClassifier:
    """The shipped network of that name, trained on digits (64 steps) or smnist (784)."""
    return open_model(ASSETS / f"{task}-{MODELS[name]}-small-0.safetensors")[0]


@functools.cache
def held_out(task: str = "digits") -> tuple[Tensor, Tensor]:
    """x (n, L, 1), y (n,): scikit-learn's held-out fifth, or MNIST's first test digits.

    Raises DataError where MNIST is not in the data folder.
    """
    x, y = load_task(task).test
    return (x, y) if task == "digits" else (x[:FIRST].clone(), y[:FIRST].clone())


def active(block: Block, y: Tensor) -> tuple[Tensor, str]:
    """What the mixing makes of the SSM's output y (L, H), and what its entries mean.

    They are the layer's own spikes, or the Ter(act(y)) that its GSU takes, or else Ter(y) with the
    threshold DRAWN of the picture alone.
    """
    if isinstance(block.ssm, BinaryS4D):
        return y, "the outputs so far fire"
    for part in block.mix.modules():
        if isinstance(part, GatedSpikingUnit):
            return part.ternary_inputs(block.act(y))[0], "Ter(y) so far are not zero"
    drawn = ternary(y, DRAWN * y.abs().amax(-1, keepdim=True))
    return drawn, f"the real outputs so far are above {100 * DRAWN:.0f} % of the step's largest"


@torch.no_grad()
def inside(net: SequenceClassifier, u: Tensor, layer: int) -> Inside:
    """What happens in a layer, counted from 1, while the network reads u (L, d_input)."""
    block, ssm = net.blocks[layer - 1], net.blocks[layer - 1].ssm
    z = block.before(net.features(u[None])[layer - 1])  # (1, L, H)
    shown, meaning = active(block, ssm(z)[0])
    x, kernel = ssm.states(z)[0], torch.zeros(z.shape[1:])
    horizon = torch.full(z.shape[2:], math.nan)
    if hasattr(ssm, "kernel"):
        kernel, horizon = ssm.kernel(len(u)), ssm.horizon()
        x = x.take_along_dim(ssm.poles()[0].imag.abs().argsort(-1)[None], -1)
    p = net.running_scores(u[None]).softmax(-1)[0]
    return Inside(x, shown, meaning, kernel, horizon, p)


def _numbers(net: SequenceClassifier) -> tuple[float, ...]:
    """Numbers that change where the network does: its plain ones, and the sums of its tensors."""
    plain = (v for m in net.modules() for v in vars(m).values() if isinstance(v, int | float))
    return *plain, *(float(p.detach().sum()) for p in net.parameters())


@functools.lru_cache(64)  # so that a move of the pixel's slider reads nothing anew
def _kept(net, numbers, digit, layer, task) -> Inside:
    return inside(net, held_out(task)[0][digit], layer)


def inside_view(
    *, model="Binary S4D", digit=0, layer=1, channel=0, now=None, task="digits", networks=None
) -> tuple[dict, str]:
    """A trained network after pixel number `now` (the last if None); digit counts held-out ones.

    model is a name in networks, which are the shipped ones unless others are given. Returns (data,
    caption); data has the read-outs answer (the class it gives now), truth, p (its probability
    of the true class now), rate (share of active entries), since (the step from which on the answer
    stays what it is in the end) and horizon (of the channel, in steps).
    """
    u, y = (part[digit] for part in held_out(task))
    net = trained(model, task) if networks is None else networks[model]
    seen, L = _kept(net, _numbers(net), digit, layer, task), len(u)
    now, t, side = L - 1 if now is None else now, np.arange(L), math.isqrt(L)
    p = seen.probability
    answers = p.argmax(-1)
    truth, answer = int(y), int(answers[now])
    other = p.clone()
    other[:, truth] = 0
    changed = (answers != answers[-1]).nonzero()
    since = int(changed[-1]) + 1 if len(changed) else 0
    rate = float((seen.active[: now + 1] != 0).float().mean())
    K = seen.kernel[:, channel]
    x = seen.x[:, channel].abs()
    x = x / x.amax(0).clamp(min=1e-30)
    read = torch.where(torch.arange(L) <= now, u[:, 0], 0.12 * u[:, 0])
    plus, minus = (seen.active == sign for sign in (1, -1))
    data = {
        "digit": 1 - read.reshape(side, side),
        "plus": tuple(plus.nonzero().T),
        "minus": tuple(minus.nonzero().T),
        "kernel": (t, K / K.abs().max().clamp(min=1e-30)),
        "states": x.T,
        "true": (t, 100 * p[:, truth]),
        "other": (t, 100 * other.amax(-1)),
        "answer": answer,
        "truth": truth,
        "p": float(p[now, truth]),
        "rate": rate,
        "since": since,
        "horizon": float(seen.horizon[channel]),
    }
    ends = ((-1, seen.active.shape[1]), (-0.5, x.shape[1] - 0.5), (0, 100))
    data |= {f"now{k}": ([now, now], span) for k, span in enumerate(ends)}
    caption = (
        f"{model}, layer {layer}: after {now + 1} of {L} pixels of a {truth} it says {answer} "
        f"({100 * data['p']:.0f} % for {truth}); its last answer stands since pixel {since + 1}. "
        f"{rate:.0%} of {seen.meaning}; channel {channel} "
    )
    remembers = math.isfinite(data["horizon"])
    caption += f"remembers {data['horizon']:.0f} steps." if remembers else "has no fixed kernel."
    return data, caption


def draw_inside(fig, *, L=64, H=32, states=8) -> dict:
    """Digit, raster, kernel above; a legend, class probabilities, states of one channel below."""
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
    style_axes(e, x="pixel", y="pair of poles", title=f"|x| of the channel's {states} states").set(
        xlim=across, ylim=(-0.5, states - 0.5)
    )
    e.grid(False)
    rows = {"extent": (-0.5, L - 0.5, -0.5, states - 0.5), "aspect": "auto", "origin": "lower"}
    image_of_states = e.imshow(np.zeros((states, L)), cmap="gray_r", vmin=0, vmax=1, **rows)
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
        "states": image_of_states,
        "true": draw_line(d, n=0),
        "other": draw_line(d, n=1),
    }
    now = {"linestyle": ":", "linewidth": 1.4}
    marked = ((b, "0.2"), (e, "#D55E00"), (d, "0.2"))  # grey would be lost on the states
    artists |= {f"now{k}": draw_line(ax, color=c, **now) for k, (ax, c) in enumerate(marked)}
    return artists


@torch_defaults()
def look_inside(task: str = "digits", networks: Networks | None = None) -> Explorer:
    """Look inside: a trained network reads a held-out digit while you watch.

    networks gives others than the shipped ones, by name; each layer of theirs has `states(u)`.
    task smnist is MNIST's first 100 test digits, 784 steps; it raises DataError where they are
    missing.
    """
    nets = networks or {name: trained(name, task) for name in MODELS}
    (n, L), first = held_out(task)[0].shape[:2], next(iter(nets.values()))
    H, depth = first.head.in_features, len(first.blocks)
    controls = {
        "model": Choice("network", tuple(nets), next(iter(nets))),
        "digit": Slider("held-out digit", 0, n - 1, 1, 0),
        "layer": Slider("layer", 1, depth, 1, 1),
        "channel": Slider("channel", 0, H - 1, 1, 0),
        "now": Slider("pixel", 0, L - 1, 1, L - 1, play=True),
    }
    reading = (
        "Above: the pixels read so far; the output y of the layer's state space, channel by "
        "channel, as spikes or, for the GSU and S4D, as Ter(y); the kernel of one channel. Below: "
        "the network's probability for the true class and for the strongest other one, pixel by "
        "pixel; the states of that channel."
    )
    states = inside(first, held_out(task)[0][0], 1).x.shape[-1]
    view = functools.partial(inside_view, task=task, networks=nets)
    draw = functools.partial(draw_inside, L=L, H=H, states=states)
    chosen = presets(task) if networks is None else {}
    return Explorer(view, draw, controls, presets=chosen, reading=reading, size=(9.6, 4.8))


@functools.cache
@torch.no_grad()
def presets(task: str = "digits") -> dict[str, dict]:
    """Digits and channels of note: a late decision, a digit for the GSU alone, fast and slow."""
    x, y = held_out(task)
    gsu, binary = (
        trained(name, task).running_scores(x).argmax(-1) for name in ("GSU", "Binary S4D")
    )
    settled = (gsu != gsu[:, -1:]).flip(1).int().argmax(1)  # steps before the end
    late = (gsu[:, -1] == y) & (settled > 0)
    late_one = int(torch.where(late, settled, x.shape[1]).argmin())
    horizon = trained("Binary S4D", task).blocks[0].ssm.horizon()
    chosen = {
        "a late decision": {"model": "GSU", "digit": late_one, "now": 5 * x.shape[1] // 8},
        "a fast channel": {"channel": int(horizon.argmin())},
        "a slow channel": {"channel": int(horizon.argmax())},
    }
    only = (gsu[:, -1] == y) & (binary[:, -1] != y)
    if only.any():
        k = int(only.int().argmax())
        chosen |= {"the GSU reads it": {"model": "GSU", "digit": k},
                  "Binary S4D does not": {"digit": k}}  # fmt: skip
    return chosen
