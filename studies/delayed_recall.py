"""Delayed recall under one parameter and one training budget: assets/delayed_recall.json.

python studies/delayed_recall.py      four delays, five models, three seeds; some minutes

Accuracies depend on the processor in their last digits, and an LSTM's on its seed altogether.
"""

import json
import math

import torch

from sslearn.data.made.recall import delayed_recall, memoryless_accuracy
from sslearn.models.recurrent import LIFClassifier, LinearSSM, LSTMClassifier
from sslearn.runs import ASSETS
from sslearn.training import fit

OUT = ASSETS / "delayed_recall.json"
DELAYS, SEEDS = (3, 10, 30, 100), (0, 1, 2)
TASK = {"n": 1024, "classes": 8, "noise": 0.02}
TRAINING = {"epochs": 30, "batch": 64, "lr": 0.01}
H = {
    "LIF network": 147,
    "LIF, biases held at zero": 147,
    "LIF, many time constants": 147,
    "LSTM": 20,
    "linear SSM": 139,
}


def build(name: str, generator: torch.Generator) -> torch.nn.Module:
    """The model of this name: 9 inputs, 8 classes, H[name] features; 2,640 parameters or so."""
    sizes = TASK["classes"] + 1, H[name], TASK["classes"]
    if name == "LSTM":
        return LSTMClassifier(*sizes, generator=generator)
    if name == "linear SSM":
        return LinearSSM(*sizes, generator=generator)
    beta = torch.tensor(0.9)
    if name == "LIF, many time constants":  # as the linear SSM starts, with threshold and reset
        beta = torch.exp(-1 / torch.logspace(0, 3, H[name]))
    net = LIFClassifier(*sizes, beta=beta, generator=generator)
    if name == "LIF, biases held at zero":
        net.hidden.bias.requires_grad_(False).zero_()
    return net


def seeded(seed: int) -> torch.Generator:
    """A generator of this seed."""
    return torch.Generator().manual_seed(seed)


def main() -> None:
    """Train, print each row, write the file."""
    torch.set_num_threads(1)
    accuracy = {name: {str(d): [] for d in DELAYS} for name in H}
    accuracy["memoryless"] = {str(d): [] for d in DELAYS}
    for d in DELAYS:
        for seed in SEEDS:
            train = delayed_recall(delay=d, **TASK, generator=seeded(100 + seed))
            test = delayed_recall(delay=d, **TASK, generator=seeded(200 + seed))
            accuracy["memoryless"][str(d)].append(memoryless_accuracy(train, test))
            for name in H:
                model = build(name, seeded(seed))
                history = fit(model, train[:2], test[:2], **TRAINING, generator=seeded(300 + seed))
                accuracy[name][str(d)].append(history.accuracy[-1])
                print(f"delay {d}, seed {seed}, {name}: {history.accuracy[-1]:.3f}", flush=True)
    parameters = {n: sum(p.numel() for p in build(n, seeded(0)).parameters()) for n in H}
    assert max(parameters.values()) <= 1.05 * min(parameters.values())
    assert all(math.isfinite(x) for row in accuracy.values() for xs in row.values() for x in xs)
    result = {
        "command": "python studies/delayed_recall.py", "torch": torch.__version__,
        "task": TASK, "training": TRAINING, "H": H, "parameters": parameters,
        "chance": 1 / TASK["classes"], "delays": DELAYS, "seeds": SEEDS,
        "accuracy": {n: {d: [round(x, 4) for x in xs] for d, xs in row.items()}
                     for n, row in accuracy.items()},
    }  # fmt: skip
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
