"""What happens in a layer of a trained network while it reads a digit, at any resolution."""

import functools
import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data import averaged
from sslearn.layers import BinaryS4D, Block, GatedSpikingUnit
from sslearn.models import SequenceClassifier, rescaled
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.spikes import ternary
from sslearn.training.arguments import as_pair

MODELS = {"Binary S4D": "binary-s4d", "GSU": "gsu", "S4D": "s4d"}
DRAWN = 0.15  # A real output is drawn if it is at least so large a share of its step's largest.
FIRST = 100  # test digits of MNIST that can be looked at


class Inside(NamedTuple):
    """What one layer does while it reads one digit, and what the whole network then says.

    At a resolution of p pixels a step, L is still the number of pixels: each step is held over the
    p pixels that it averages, and only horizon counts steps.
    """

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
def held_out(task: str | tuple = "digits") -> tuple[Tensor, Tensor]:
    """x (n, L, 1), y (n,): scikit-learn's held-out fifth, or MNIST's first test digits.

    A pair (x, y) in place of a name is what it returns. Raises DataError where MNIST is not in the
    data folder.
    """
    if not isinstance(task, str):
        return task
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
def inside(net: SequenceClassifier, u: Tensor, layer: int, p: int = 1) -> Inside:
    """What happens in a layer, counted from 1, while the network reads u (L, d_input).

    It reads the means over p steps of u, and its own step is then p times as long.
    """
    if p > 1:
        net, u = rescaled(net, p), averaged(u[None], p)[0]
    block, ssm = net.blocks[layer - 1], net.blocks[layer - 1].ssm
    z = block.before(net.features(u[None])[layer - 1])  # (1, L, H)
    shown, meaning = active(block, ssm(z)[0])
    x, kernel = ssm.states(z)[0], torch.zeros(z.shape[1:])
    horizon = torch.full(z.shape[2:], math.nan)
    if hasattr(ssm, "kernel"):
        kernel, horizon = ssm.kernel(len(u)), ssm.horizon()
        x = x.take_along_dim(ssm.poles()[0].imag.abs().argsort(-1)[None], -1)
    answers = net.running_scores(u[None]).softmax(-1)[0]
    x, shown, kernel, answers = (z.repeat_interleave(p, 0) for z in (x, shown, kernel, answers))
    return Inside(x, shown, meaning, kernel, horizon, answers)


def own_examples(networks: dict | None, examples: tuple) -> tuple[Tensor, Tensor]:
    """examples as a pair of tensors (n, L, d) and (n,), in the type of the networks' weights.

    Raises ValueError without networks, for examples that are no such pair, and for a d that is not
    the networks' number of inputs.
    """
    if not isinstance(networks, Mapping) or not networks:
        raise ValueError(
            'networks must be given with examples, as in networks={"mine": net}, because those '
            "shipped read digits"
        )
    x, y = as_pair("examples", examples)
    if isinstance(x, tuple):
        raise ValueError("examples must be of one length: cut x, and leave lengths out")
    classes = min(net.head.out_features for net in networks.values())
    if y.max() >= classes:
        raise ValueError(f"examples must have classes 0 ... {classes - 1}, got {y.max()}")
    wanted = {net.d_input for net in networks.values()}
    if x.ndim != 3 or {x.shape[-1]} != wanted:
        shape = tuple(x.shape)
        raise ValueError(f"examples must be (x, y) with x (n, L, d), d in {wanted}, got {shape}")
    return x.clone(), y


def numbers(net: SequenceClassifier) -> tuple[float, ...]:
    """Numbers that change where the network does: its plain ones, and the sums of its tensors."""
    plain = (v for m in net.modules() for v in vars(m).values() if isinstance(v, int | float))
    return *plain, *(float(p.detach().sum()) for p in net.parameters())


@functools.lru_cache(64)  # so that a move of the pixel's slider reads nothing anew
def _kept(net, numbers, digit, layer, p, task) -> Inside:
    return inside(net, held_out(task)[0][digit], layer, p)


def read_digit(net, digit: int, layer: int, p: int, task: str) -> Inside:
    """`inside` for a held-out digit, kept until the network changes."""
    return _kept(net, numbers(net), digit, layer, p, task)
