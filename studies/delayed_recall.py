"""Delayed recall under one parameter and one training budget: assets/delayed_recall.json.

python studies/delayed_recall.py      four delays, five models, three seeds; some minutes

Accuracies depend on the processor in their last digits, and an LSTM's on its seed altogether.
"""

import json
import math

import torch
from torch import nn

from sslearn.data.made.recall import delayed_recall, memoryless_accuracy
from sslearn.models import LIFNetwork, LinearSSM, LSTMClassifier
from sslearn.runs import ASSETS
from sslearn.training import fit

OUT = ASSETS / "delayed_recall.json"
DELAYS, SEEDS = (3, 10, 30, 100), (0, 1, 2)
TASK = {"n": 1024, "classes": 8, "noise": 0.02}
TRAINING = {"epochs": 30, "batch": 64, "lr": 0.01}
SIZES = (TASK["classes"] + 1, TASK["classes"])  # the symbols and the cue; the symbols
H = {
    "LIF network": 147,
    "LIF, biases held at zero": 147,
    "LIF, many time constants": 147,
    "LSTM": 20,
    "linear SSM": 139,
}


def build(name: str, seed: int) -> torch.nn.Module:
    """The model of this name: 9 inputs, 8 classes, H[name] features; 2,640 parameters or so."""
    common = {"H": H[name], "generator": seeded(seed)}
    if name == "LSTM":
        net = LSTMClassifier(*SIZES, **common)
        draw(net.head, net.lstm, H[name], seed)
        with torch.no_grad():  # The forget gates keep the bias of 1 that the class gives them.
            net.lstm.bias_ih_l0[H[name] : 2 * H[name]] = 1
            net.lstm.bias_hh_l0[H[name] : 2 * H[name]] = 0
        return net
    if name == "linear SSM":
        net = LinearSSM(*SIZES, **common)
        draw(net.head, net.encode, SIZES[0], seed)
        return net
    beta = 0.9
    if name == "LIF, many time constants":  # as the linear SSM starts, with threshold and reset
        beta = torch.exp(-1 / torch.logspace(0, 3, H[name]))
    net = LIFNetwork(*SIZES, **common, beta=beta, pool="last")
    draw(net.head, net.hidden[0], SIZES[0], seed)
    if name == "LIF, biases held at zero":
        net.hidden[0].bias.requires_grad_(False).zero_()
    return net


def draw(head: nn.Linear, layer: nn.Module, fan: int, seed: int) -> None:
    """Draw the start in the order of the stored results, the head first: +-1 / sqrt(fan)."""
    generator = seeded(seed)
    for part, inputs in ((head, head.in_features), (layer, fan)):
        for p in part.parameters():
            nn.init.uniform_(p, -(inputs**-0.5), inputs**-0.5, generator=generator)


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
                model = build(name, seed)
                history = fit(model, train[:2], test[:2], **TRAINING, generator=seeded(300 + seed))
                accuracy[name][str(d)].append(history.accuracy[-1])
                print(f"delay {d}, seed {seed}, {name}: {history.accuracy[-1]:.3f}", flush=True)
    parameters = {n: sum(p.numel() for p in build(n, 0).parameters()) for n in H}
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
