"""Explorer of notebook 11: inside a trained network while it reads a digit, pixel by pixel."""

import functools
import math
from collections.abc import Mapping

import numpy as np
import torch

from sslearn.course.figure.controls import Choice, Slider
from sslearn.course.figure.explorer import Drag, Explorer, torch_defaults
from sslearn.course.n11_network.drawing import draw_inside
from sslearn.course.n11_network.reading import (
    MODELS,
    held_out,
    inside,
    own_examples,
    read_digit,
    trained,
)
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

    task is a name, or a pair (x, y) of examples whose x (n, L, d) is drawn as a curve. model is a
    name in networks, which are the shipped ones unless others are given. resolution is the number p
    of pixels that a step averages, and the network's dt is p times as large; a step is drawn over
    its p pixels. Returns (data, caption); data has the read-outs answer (the class it gives now),
    truth, p (its probability of the true class now), rate (share of active entries), since (the
    pixel from which on the answer stays what it is in the end) and horizon (of the channel, in
    steps).
    """
    u, y = (part[digit] for part in held_out(task))
    pixels = isinstance(task, str)
    net = trained(model, task) if networks is None else networks[model]
    seen, L = read_digit(net, digit, layer, resolution, task), len(u)
    u = averaged(u[None], resolution)[0].repeat_interleave(resolution, 0)
    now, t = L - 1 if now is None else now, np.arange(L)
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
    if pixels:
        read = torch.where(torch.arange(L) <= now, u[:, 0], 0.12 * u[:, 0])
        shown = {"digit": 1 - read.reshape(math.isqrt(L), -1)}
    else:
        shown = {"ahead": (t, u[:, 0]), "signal": (t[: now + 1], u[: now + 1, 0])}
    plus, minus = (seen.active == sign for sign in (1, -1))
    data = shown | {
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
    unit = "pixel" if pixels else "step"
    caption = (
        f"{model}, layer {layer}: after {now + 1} of {L} {unit}s of a {truth} it says {answer} "
        f"({100 * data['p']:.0f} % for {truth}); its last answer stands since {unit} {since + 1}. "
        f"{rate:.0%} of {seen.meaning}; channel {channel} "
    )
    remembers = math.isfinite(data["horizon"])
    steps = "steps" if resolution == 1 else f"steps of {resolution} {unit}s"
    caption += f"remembers {data['horizon']:.0f} {steps}." if remembers else "has no fixed kernel."
    return data, caption


@torch_defaults()
def look_inside(
    task: str = "digits", networks: Networks | None = None, examples: tuple | None = None
) -> Explorer:
    """Look inside: a trained network reads a held-out digit while you watch.

    networks gives others than the shipped ones, by name; each layer of theirs has `states(u)`.
    examples = (x, y) gives them something else to read than digits: x (n, L, d) with the d inputs
    of the networks, of which the first is drawn, and y (n,). task smnist is MNIST's first 100 test
    digits, 784 steps; it raises DataError where they are missing. Raises ValueError for examples
    without networks, and for examples that these networks cannot read.
    """
    if examples is not None:
        task = own_examples(networks, examples)
    nets = networks or {name: trained(name, task) for name in MODELS}
    (n, L), first = held_out(task)[0].shape[:2], next(iter(nets.values()))
    H, depth = first.head.in_features, len(first.blocks)
    pixels, x = isinstance(task, str), held_out(task)[0]
    unit = "pixel" if pixels else "step"
    controls = {
        "model": Choice("network", tuple(nets), next(iter(nets))),
        "digit": Slider("held-out digit" if pixels else "example", 0, n - 1, 1, 0),
        "layer": Slider("layer", 1, depth, 1, 1),
        "channel": Slider("channel", 0, H - 1, 1, 0),
        "now": Slider(unit, 0, L - 1, 1, L - 1, play=True),
    }
    coarse = tuple(p for p in RESOLUTIONS if L % p == 0)
    if all(hasattr(block.ssm, "rescale_time") for net in nets.values() for block in net.blocks):
        controls["resolution"] = Choice(f"{unit}s averaged, p", coarse, 1)
    reading = (
        "Above: the pixels read so far; the output y of the layer's state space, channel by "
        "channel, as spikes or, for the GSU and S4D, as Ter(y); the kernel of one channel. Below: "
        "the network's probability for the true class and for the strongest other one, pixel by "
        "pixel; the states of that channel. With 2 or 4 pixels a step the network reads their "
        "means, and its Δ is as many times as large; each step is drawn over its pixels."
    )
    states = inside(first, x[0], 1).x.shape[-1]
    view = functools.partial(inside_view, task=task, networks=nets)
    signal = None if pixels else (x[..., 0].min().item(), x[..., 0].max().item())
    draw = functools.partial(draw_inside, L=L, H=H, states=states, signal=signal)
    chosen = presets(task) if networks is None else {}
    drags = {f"now{k}": {"x": Drag("now")} for k in range(3)}
    return Explorer(
        view, draw, controls, presets=chosen, reading=reading, size=(9.6, 4.8), drags=drags
    )


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
