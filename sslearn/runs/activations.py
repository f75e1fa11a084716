"""The saturation study of notebook 10: one S4D network under nine activations."""

import functools
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu

from sslearn.layers import S4D, GatedSpikingUnit, make_linear
from sslearn.models import SequenceClassifier
from sslearn.runs import ASSETS, load_task, results
from sslearn.runs.weights import read_weights
from sslearn.spikes import arctan, spike, straight_through
from sslearn.training import History, fit

NETWORK = {"H": 32, "N": 16, "dt_min": 0.01, "dt_max": 0.5}  # H, and the hyperparameters of S4D
TRAINING = {"epochs": 15, "batch": 64, "lr": 0.02, "weight_decay": 0.01}


def arctan_through(x: Tensor) -> Tensor:
    """f(x) = x with arctan's bell for a derivative: it has no ceiling, and a surrogate gradient."""
    twin = torch.atan(math.pi * x) / math.pi
    return x.detach() + (twin - twin.detach())


def step_through(x: Tensor) -> Tensor:
    """f(x) = 1 if x > 0 else 0 with derivative 1: a ceiling, but a gradient that never fades."""
    return spike(x, straight_through)


ACTIVATIONS = {
    "identity": lambda x: x,
    "ReLU": torch.relu,
    "GELU": gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sigmoid, centred": lambda x: 2 * torch.sigmoid(x) - 1,
    "step": spike,
    "step, gradient 1": step_through,
    "identity, arctan gradient": arctan_through,
}
SLOPES = {  # what each activation passes back, as a function of its input
    "identity": torch.ones_like,
    "ReLU": lambda x: (x > 0).to(x.dtype),
    "GELU": lambda x: (
        0.5 * (1 + torch.erf(x / 2**0.5)) + x * torch.exp(-x * x / 2) / (2 * math.pi) ** 0.5
    ),
    "tanh": lambda x: 1 - torch.tanh(x) ** 2,
    "sigmoid": lambda x: torch.sigmoid(x) * (1 - torch.sigmoid(x)),
    "sigmoid, centred": lambda x: 2 * torch.sigmoid(x) * (1 - torch.sigmoid(x)),
    "step": arctan,
    "step, gradient 1": torch.ones_like,
    "identity, arctan gradient": arctan,
}


def _gsu(then=nn.GELU, **options):
    return lambda H, *, generator: nn.Sequential(
        GatedSpikingUnit(H, generator=generator, **options), then()
    )


UNITS = {  # mixing layers after S4D without activation: where the sources differ
    "GSU": _gsu(),
    "GSU, two W": _gsu(shared=False),
    "GSU, alpha 0.05": _gsu(alpha=0.05),
    "GSU, no GELU": _gsu(nn.Identity),
}


def build_network(name: str, *, depth: int = 4, seed: int = 0) -> SequenceClassifier:
    """The S4D network for the digits, 64 steps of one pixel; name is an activation or a GSU.

    After an activation the mixing is a GLU. Raises ValueError for an unknown name.
    """
    if name not in ACTIVATIONS | UNITS:
        raise ValueError(f"name must be one of {[*ACTIVATIONS, *UNITS]}, got {name!r}")
    parts = {"act": ACTIVATIONS["identity"], "mix": UNITS.get(name)}
    if name in ACTIVATIONS:
        parts = {"act": ACTIVATIONS[name]}
    sizes = {key: value for key, value in NETWORK.items() if key != "H"}
    model = SequenceClassifier(
        1, 10, layer=functools.partial(S4D, **sizes), **parts, depth=depth, H=NETWORK["H"],
        generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    # The study is of an encoder with a constant at the start; its draws are the first.
    model.encode = make_linear(1, NETWORK["H"], torch.Generator().manual_seed(seed))
    return model


def train_network(
    name: str, *, depth: int, seed: int, epochs: int = TRAINING["epochs"], progress=None
):
    """The network of this name, trained on the digits: returns (model, History)."""
    task, model = load_task("digits"), build_network(name, depth=depth, seed=seed)
    seeded = torch.Generator().manual_seed(100 + seed)
    history: History = fit(
        model, task.train, task.test, **TRAINING | {"epochs": epochs}, generator=seeded,
        progress=progress,
    )  # fmt: skip
    return model, history


def trained(name: str) -> SequenceClassifier:
    """The shipped network of this name: depth 4, seed 0, from `studies/saturation.py`."""
    (weights, _), model = read_weights(ASSETS / "saturation.safetensors"), build_network(name)
    model.load_state_dict({k: weights[f"{name}/{k}"].float() for k, _ in model.named_parameters()})
    return model.requires_grad_(False).eval()


def rows(name: str, depth: int, part: str = "rows") -> list[dict]:
    """The study's runs of this name and depth, one a seed; part longer has those of more epochs."""
    return results("saturation", name=name, depth=depth, part=part)


def summary(name: str, depth: int, part: str = "rows") -> tuple[float, float]:
    """Mean and sample standard deviation of the test accuracy over the seeds, in %."""
    accuracy = 100 * torch.tensor([r["accuracy"] for r in rows(name, depth, part)])
    return accuracy.mean().item(), accuracy.std().item()


def gradients(
    model: SequenceClassifier, x: Tensor, y: Tensor, *, act=None, skip: bool = True
) -> dict[str, list[Tensor]]:
    """Values and gradients of the summed cross-entropy around the activation of each block.

    before and after are the activation's input and output, (B, L, H) a block; d_before and d_after
    are the loss's gradients there, and d_x those at the encoded input and after each block. act
    replaces the blocks' own. Without skip no gradient passes the residual sums, which stay in the
    values.
    """
    xs, before, after = [model.encode(x.requires_grad_())], [], []
    for block in model.blocks:
        before.append(block.ssm(block.before(xs[-1])))
        after.append((act or block.act)(before[-1]))
        through = xs[-1] if skip else xs[-1].detach()
        xs.append(block.add(through, block.mix(block.drop(after[-1]))))
    loss = cross_entropy(model.head(model.pool(xs[-1])), y, reduction="sum")
    n, grads = len(before), torch.autograd.grad(loss, [*before, *after, *xs])
    return {
        "before": [z.detach() for z in before], "after": [z.detach() for z in after],
        "d_before": grads[:n], "d_after": grads[n : 2 * n], "d_x": grads[2 * n :],
    }  # fmt: skip


def norm(g: Tensor) -> float:
    """The mean over B of the norm of a digit's gradient g (B, L, H)."""
    return g.flatten(1).norm(dim=1).mean().item()


def passed(values: dict) -> list[float]:
    """For each block of `gradients`: the gradient's norm before the activation over that after."""
    return [norm(b) / norm(a) for b, a in zip(values["d_before"], values["d_after"], strict=True)]


def measure(model: SequenceClassifier, name: str) -> dict[str, list[float]]:
    """On 64 training digits: gradient norm by depth, what the activation passes, its flat share.

    gradient is the norm of d loss / d x at depth 0 ... depth, passed is that of `passed`, and flat
    is the share of the activation's inputs where its slope, or its surrogate, is below 0.1.
    """
    x, y = (part[:64] for part in load_task("digits").train)
    values, slope = gradients(model, x.clone(), y), SLOPES.get(name, torch.ones_like)
    return {
        "gradient": [norm(g) for g in values["d_x"]],
        "passed": passed(values),
        "flat": [(slope(z).abs() < 0.1).float().mean().item() for z in values["before"]],
    }
