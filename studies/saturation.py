"""Nine activations and four Gated Spiking Units in one S4D network: assets/saturation.json.

python studies/saturation.py          digits, three seeds, depths 2 and 4; about 20 minutes
python studies/saturation.py longer   some of depth 2 with more epochs; about 5 minutes

Writes the accuracies, the gradients inside the networks before and after training, and the
weights of depth 4, seed 0, in half precision (assets/saturation.safetensors). What training
gives depends on the processor in its last digits.
"""

import json
import math
import sys

import torch

from sslearn.runs import ASSETS
from sslearn.runs.activations import (
    ACTIVATIONS,
    NETWORK,
    TRAINING,
    UNITS,
    build_network,
    measure,
    train_network,
)
from sslearn.runs.weights import write_weights

SEEDS = (0, 1, 2)
CELLS = [(name, depth) for name in ACTIVATIONS for depth in (4, 2)] + [(u, 4) for u in UNITS]
LONGER = {"identity": 30, "identity, arctan gradient": 30, "step": 30, "sigmoid": 60}  # epochs


def rounded(measured: dict) -> dict:
    """Four digits, enough for a picture."""
    return {key: [float(f"{v:.4g}") for v in values] for key, values in measured.items()}


def longer() -> list[dict]:
    """The runs of LONGER at depth 2, three seeds each."""
    rows = []
    for name, epochs in LONGER.items():
        for seed in SEEDS:
            history = train_network(name, depth=2, seed=seed, epochs=epochs)[1]
            row = {"name": name, "depth": 2, "seed": seed, "epochs": epochs}
            row |= {"accuracy": round(history.accuracy[-1], 4), "loss": round(history.loss[-1], 4)}
            rows.append(row | {"accuracies": [round(a, 4) for a in history.accuracy]})
            print(f"{name}, {epochs} epochs, seed {seed}: {history.accuracy[-1]:.3f}", flush=True)
    return rows


def write(result: dict) -> None:
    """assets/saturation.json, one run a line."""
    text = json.dumps(result).replace('{"name"', '\n{"name"') + "\n"
    (ASSETS / "saturation.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Train, print each row, write both files anew after each seed."""
    torch.set_num_threads(1)
    if sys.argv[1:] == ["longer"]:
        whole = json.loads((ASSETS / "saturation.json").read_text(encoding="utf-8"))
        write(whole | {"longer": longer()})
        return
    rows, weights = [], {}
    for seed in SEEDS:
        for name, depth in CELLS:
            start = measure(build_network(name, depth=depth, seed=seed), name)
            model, history = train_network(name, depth=depth, seed=seed)
            end = measure(model, name)
            assert all(math.isfinite(v) for values in end.values() for v in values)
            row = {"name": name, "depth": depth, "seed": seed}
            row |= {"accuracy": round(history.accuracy[-1], 4), "loss": round(history.loss[-1], 4)}
            rows.append(row | {"start": rounded(start), "end": rounded(end)})
            print(f"{name}, depth {depth}, seed {seed}: {history.accuracy[-1]:.3f}", flush=True)
            if (depth, seed) == (4, 0):
                weights |= {f"{name}/{k}": w.half() for k, w in model.named_parameters()}
        result = {
            "command": "python studies/saturation.py", "torch": torch.__version__,
            "network": NETWORK, "training": TRAINING, "seeds": SEEDS[: seed + 1], "rows": rows,
            "longer": [],
        }  # fmt: skip
        write(result)
        write_weights(ASSETS / "saturation.safetensors", weights)
    write(result | {"longer": longer()})


if __name__ == "__main__":
    main()
