"""Explorer of notebook 11: inside a trained network while it reads a digit, pixel by pixel."""

import functools
import math
from collections.abc import Mapping

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.plots import draw_line, draw_raster, style_axes
from sslearn.course.n11_network.reading import MODELS, held_out, inside, read_digit, trained
from sslearn.data import averaged
from sslearn.models import SequenceClassifier

RESOLUTIONS = (1, 2, 4)  # pixels a step; 64 and 784 are multiples of all
Networks = Mapping[str, SequenceClassifier]


def inside_view(
    *,
    model="Binary S4D",
    digit=0,
    layer=1,
    channel=0,
    now=None,
    resolution=1,
    task="digits",
    networks=None,
) -> tuple[dict, str]:
    """A trained network after pixel number `now` (the last if None); digit counts held-out ones.

    model is a name in networks, which are the shipped ones unless others are given. resolution is
    the number p of pixels that a step averages, and the network's dt is p times as large; a step is
    drawn over its p pixels. Returns (data, caption); data has the read-outs answer (the class it
    gives now), truth, p (its probability of the true class now), rate (share of active entries),
    since (the pixel from which on the answer stays what it is in the end) and horizon (of the
    channel, in steps).
    """
    u, y = (part[digit] for part in held_out(task))
    net = trained(model, task) if networks is None else networks[model]
    seen, L = read_digit(net, digit, layer, resolution, task), len(u)
    u = averaged(u[None], resolution)[0].repeat_interleave(resolution, 0)
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
    steps = "steps" if resolution == 1 else f"steps of {resolution} pixels"
    caption += f"remembers {data['horizon']:.0f} {steps}." if remembers else "has no fixed kernel."
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
    style_axes(c, x="lag (pixels)", y="K / max |K|", title="kernel of the channel").set(
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
    if all(hasattr(block.ssm, "rescale_time") for net in nets.values() for block in net.blocks):
        controls["resolution"] = Choice("pixels a step, Δ as many times", RESOLUTIONS, 1)
    reading = (
        "Above: the pixels read so far; the output y of the layer's state space, channel by "
        "channel, as spikes or, for the GSU and S4D, as Ter(y); the kernel of one channel. Below: "
        "the network's probability for the true class and for the strongest other one, pixel by "
        "pixel; the states of that channel. With 2 or 4 pixels a step the network reads their "
        "means, and its Δ is as many times as large; each step is drawn over its pixels."
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
        "2 pixels a step": {"resolution": 2},
    }
    only = (gsu[:, -1] == y) & (binary[:, -1] != y)
    if only.any():
        k = int(only.int().argmax())
        chosen |= {"the GSU reads it": {"model": "GSU", "digit": k},
                  "Binary S4D does not": {"digit": k}}  # fmt: skip
    return chosen
