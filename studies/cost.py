"""What a token of eight networks takes, and how often their inputs spike: assets/cost.json.

python studies/cost.py          counts on 359 test digits of scikit-learn and 20 of MNIST; minutes

The networks are the shipped ones of the tasks digits and smnist, and MNIST must be there. Those of
LIF neurons and the Transformer come from these lines, at the rates that the board chose:

python -m sslearn train digits --model lif --seed 0 --threads 1 --set lr=0.1
python -m sslearn train digits --model transformer --seed 0 --threads 1 --set lr=0.003
"""

import json

import torch

from sslearn.course.n12_cost.networks import (
    CACHED,
    MNIST,
    NETWORKS,
    WIDTHS,
    event_inputs,
    network,
)
from sslearn.energy import count
from sslearn.energy.events import shared_rate
from sslearn.energy.ledger import Ledger
from sslearn.models import TransformerClassifier, count_parameters
from sslearn.runs import ASSETS, load_task
from sslearn.training import accuracy

FEW = 20  # digits of 784 pixels that are counted


def stored(ledger: Ledger) -> dict:
    """The rows of a ledger summed over layers, and its products, as JSON has them."""
    rows = ledger.by("part", "operation", "bits")
    return {
        "tokens": ledger.tokens,
        "rows": [[*key, round(n, 6)] for key, n in rows.items()],
        "products": [
            [round(v, 6) if isinstance(v, float) else v for v in p] for p in ledger.products
        ],
    }


def record_of(name: str) -> dict:
    """All that the notebook's explorers need of a network."""
    model, (x, y) = network(name), load_task("smnist" if name in MNIST else "digits").test
    right = accuracy(model, (x, y))
    x = x[:FEW] if name in MNIST else x
    fed = event_inputs(model, x)
    shared = {w: sum(shared_rate(s.abs(), w) for s in fed) / len(fed) for w in WIDTHS if fed}
    record = {
        "accuracy": round(right, 4),
        "parameters": count_parameters(model),
        "shared": {str(w): round(r, 6) for w, r in shared.items()},
    }
    if isinstance(model, TransformerClassifier):
        few = x[:4]
        return record | {
            "at": {str(t): stored(count(model, few[:, :t], first=t - 1)) for t in CACHED}
        }
    return record | stored(count(model, x))


def main() -> None:
    """Count and write."""
    torch.set_num_threads(1)
    record = {"command": "python studies/cost.py", "networks": {}}
    for name in NETWORKS:
        record["networks"][name] = record_of(name)
    (ASSETS / "cost.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
