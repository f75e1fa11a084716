"""The networks of notebook 12, and what was counted of each: assets/cost.json."""

import functools
import json

import torch
from torch import Tensor, nn

from sslearn.course.n12_cost.pricing import Counts, counts_of
from sslearn.energy.ledger import Ledger, Product, Row
from sslearn.models import LIFNetwork
from sslearn.runs import ASSETS, open_model

MODELS = {
    "S4D": "s4d",
    "Binary S4D": "binary-s4d",
    "GSU": "gsu",
    "LIF": "lif",
    "Transformer": "transformer",
}
DIGITS = {name: f"digits-{model}" for name, model in MODELS.items()}  # of 8 x 8 pixels
MNIST = {f"{name}, MNIST": f"smnist-{MODELS[name]}" for name in ("S4D", "Binary S4D", "GSU")}
NETWORKS = DIGITS | MNIST  # as a reader calls them -> the start of the file's name
NEURONS = 128  # of the largest, two layers of 64, which one core holds
WIDTHS = (1, 2, 4, 8, 16, 32)
CACHED = (1, 64)  # tokens read, this one included, at which a Transformer was counted


@functools.lru_cache(8)
def network(name: str) -> nn.Module:
    """The shipped network of that name. Raises ValueError for another name."""
    require_network(name)
    return open_model(ASSETS / f"{NETWORKS[name]}-small-0.safetensors")[0]


def rival(name: str) -> str:
    """The S4D network of the same task and width."""
    return "S4D, MNIST" if name in MNIST else "S4D"


def require_network(name: str) -> None:
    """Raises ValueError unless name is in NETWORKS."""
    if name not in NETWORKS:
        raise ValueError(f"network must be one of {list(NETWORKS)}, got {name!r}")


@torch.no_grad()
def event_inputs(model: nn.Module, x: Tensor) -> list[Tensor]:
    """What feeds each product by events: 0 and 1, or -1, 0 and 1, (B, L, H) each; [] for none."""
    if isinstance(model, LIFNetwork):
        return model.spikes(x)[:-1]
    if not hasattr(model, "blocks"):
        return []
    fed = []
    for block, z in zip(model.blocks, model.features(x), strict=False):
        y = block.act(block.ssm(block.before(z)))
        unit = block.mix[0] if isinstance(block.mix, nn.Sequential) else block.mix
        if hasattr(unit, "ternary_inputs"):
            fed.append(unit.ternary_inputs(y)[0])
        elif ((y == 0) | (y == 1)).all():
            fed.append(y)
    return fed


@functools.lru_cache(1)
def _record() -> dict:
    return json.loads((ASSETS / "cost.json").read_text(encoding="utf-8"))["networks"]


def recorded(name: str) -> dict:
    """What `studies/cost.py` wrote of a network: accuracy, parameters, rate, shared by width."""
    require_network(name)
    return _record()[name]


def _ledger(stored: dict) -> Ledger:
    rows = tuple(Row("", *row) for row in stored["rows"])
    return Ledger(rows, tuple(Product(*p) for p in stored["products"]), stored["tokens"], {})


@functools.lru_cache(64)
def counted(name: str, read: int = 64) -> Counts:
    """The network's numbers for the token that is number `read` of its sequence, from the record.

    Only a Transformer's depend on that: they lie on the line through two counted lengths.
    """
    require_network(name)
    stored = _record()[name]
    if "at" not in stored:
        return counts_of(_ledger(stored), NEURONS)
    first, last = (counts_of(_ledger(stored["at"][str(t)]), NEURONS) for t in CACHED)
    share = (read - CACHED[0]) / (CACHED[1] - CACHED[0])
    return Counts(*(a + share * (b - a) for a, b in zip(first, last, strict=True)))


def awake_share(name: str, width: int, rate: float | None = None) -> float:
    """The share of groups of `width` inputs that hold a spike.

    It is the measured one, or at another rate that of independent inputs.
    """
    if rate is not None:
        return 1 - (1 - rate) ** width
    return recorded(name)["shared"].get(str(width), 0.0)
