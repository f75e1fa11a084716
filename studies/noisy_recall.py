"""Delayed recall under more and more noise, thirty steps back: assets/noisy_recall.jsonl.

python studies/noisy_recall.py      four noises, four models, five seeds; a quarter of an hour

The models, their sizes, their start and their budget are those of studies/delayed_recall.py. One
model is new: the LSTM whose gates start as long as the delay. A row beside the models says what the
first input alone gives away, which is what a perfect memory could hand on. An LSTM's row
also has the mean of its input gate with the symbol, and in the steps between symbol and cue.
"""

import json
import math

import torch
from torch import nn

from sslearn.data.made.recall import delayed_recall
from sslearn.runs import ASSETS
from sslearn.training import fit
from studies.delayed_recall import TASK, TRAINING, H, build, seeded

OUT = ASSETS / "noisy_recall.jsonl"
NOISES, DELAY, SEEDS = (0.02, 0.1, 0.3, 1.0), 30, (0, 1, 2, 3, 4)
MODELS = ("LIF network", "LSTM", "LSTM, long start", "linear SSM")
IDEAL = "perfect memory"


def model_of(name: str, seed: int) -> nn.Module:
    """The model of this name as the study of delays builds it; a long start is that of an LSTM.

    With a forget bias ln T and an input bias -ln T, T uniform in 1 ... DELAY, a gate keeps a
    fraction 1 - 1/(T + 1) at each step (Tallec & Ollivier 2018, the chrono start).
    """
    if name != "LSTM, long start":
        return build(name, seed)
    net, n = build("LSTM", seed), H["LSTM"]
    T = 1 + (DELAY - 1) * torch.rand(n, generator=seeded(400 + seed))
    with torch.no_grad():
        net.lstm.bias_hh_l0.zero_()
        net.lstm.bias_ih_l0[n : 2 * n] = T.log()
        net.lstm.bias_ih_l0[:n] = -T.log()
    return net


def ideal_accuracy(task) -> float:
    """The accuracy of naming the largest of the symbols' inputs at the first step."""
    return (task.x[:, 0, :-1].argmax(1) == task.y).double().mean().item()


@torch.no_grad()
def input_gates(lstm: nn.LSTM, x: torch.Tensor) -> torch.Tensor:
    """The input gate at each step (L,), its mean over the sequences x (n, L, d) and the cells."""
    W, U, b = lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0 + lstm.bias_hh_l0
    c = h = torch.zeros(len(x), lstm.hidden_size)
    means = []
    for x_t in x.unbind(1):
        i, f, g, o = (x_t @ W.T + h @ U.T + b).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        means.append(i.sigmoid().mean())
    return torch.stack(means)


def main() -> None:
    """Train, print each row, write the file."""
    torch.set_num_threads(1)
    rows = []
    for noise in NOISES:
        for seed in SEEDS:
            task = TASK | {"delay": DELAY, "noise": noise}
            train = delayed_recall(**task, generator=seeded(100 + seed))
            test = delayed_recall(**task, generator=seeded(200 + seed))
            row = {"noise": noise, "delay": DELAY, "seed": seed}
            rows.append({"model": IDEAL, **row, "accuracy": ideal_accuracy(test)})
            for name in MODELS:
                model = model_of(name, seed)
                history = fit(model, train[:2], test[:2], **TRAINING, generator=seeded(300 + seed))
                rows.append({"model": name, **row, "accuracy": history.accuracy[-1]})
                if "LSTM" in name:
                    gate = input_gates(model.lstm, test.x)
                    rows[-1]["gate_first"] = gate[0].item()
                    rows[-1]["gate_later"] = gate[1:-1].mean().item()
                print(rows[-1], flush=True)
    assert all(math.isfinite(r["accuracy"]) for r in rows)
    rounded = [{k: round(x, 4) if isinstance(x, float) else x for k, x in r.items()} for r in rows]
    lines = [json.dumps(r) for r in rounded]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
