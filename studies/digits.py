"""S4D, Binary S4D and the GSU on scikit-learn's digits as 64 steps: assets/digits_results.jsonl.

python studies/digits.py      35 runs of a grid, then 35 on the test set; about half an hour

Stage grid: each variant at five learning rates, a fifth of the training set held back to choose
by. Stage test: the chosen rate, the whole training set, five seeds. One JSON line a run; runs
that the file has are not repeated. Last digits depend on the processor.
"""

import functools
import json
import math
import time
from importlib.metadata import version

import torch

from sslearn.layers import GLU
from sslearn.models import RECIPES, SequenceClassifier, count_parameters, recipe
from sslearn.runs import ASSETS, load_task
from sslearn.spikes import arctan, fast_sigmoid
from sslearn.training import fit

OUT = ASSETS / "digits_results.jsonl"
RATES, TRIED, SEEDS = (0.004, 0.01, 0.02, 0.04, 0.08), 10, (0, 1, 2, 3, 4)
SIZES, LAYER = {"depth": 2, "H": 64}, {"N": 16, "dt_min": 0.01}
TRAINING = {"epochs": 30, "batch": 64, "weight_decay": 0.01}
EQUAL = (math.sqrt(2) - 1) * math.pi  # k of the fast sigmoid as wide as arctan with alpha = 2


def binary(surrogate) -> dict:
    """The recipe of Binary S4D with the paper's threshold, 0, and a surrogate."""
    return recipe("binary-s4d", **LAYER, theta=0.0, surrogate=surrogate)


def loud_glu(H: int, *, generator: torch.Generator) -> GLU:
    """A GLU with eight times the weights at the start: louder beside the residual, and curved."""
    mix = GLU(H, generator=generator)
    with torch.no_grad():
        mix.both.weight.mul_(8)
    return mix


VARIANTS = {
    **{name: recipe(name, **LAYER) for name in RECIPES if name != "gsu"},
    "gsu": recipe("gsu", **LAYER, scaled=False),  # as in the lines that the file has
    "binary-s4d": binary(arctan),
    "binary-s4d, fast sigmoid, k = 25": binary(fast_sigmoid),
    "binary-s4d, fast sigmoid, equal width": binary(functools.partial(fast_sigmoid, k=EQUAL)),
    "s4d, loud GLU": recipe("s4d", **LAYER) | {"mix": loud_glu},
    "binary-s4d, loud GLU": binary(arctan) | {"mix": loud_glu},
}


def one(variant: str, lr: float, seed: int, train, test) -> dict:
    """Train one model; the accuracy is that of the last epoch."""
    start, g = time.monotonic(), torch.Generator().manual_seed(seed)
    model = SequenceClassifier(1, 10, **VARIANTS[variant], **SIZES, generator=g)
    g = torch.Generator().manual_seed(seed)
    history = fit(model, train, test, lr=lr, **TRAINING, generator=g)
    return {
        "parameters": count_parameters(model), "train": len(train[1]), "test": len(test[1]),
        "accuracy": round(history.accuracy[-1], 4), "loss": round(history.loss[-1], 4),
        "seconds": round(time.monotonic() - start),
    }  # fmt: skip


def chosen(rows: list[dict], variant: str) -> float:
    """The learning rate of the highest accuracy in the grid; the lower one of equals."""
    these = [r for r in rows if r["stage"] == "grid" and r["variant"] == variant]
    return max(these, key=lambda r: (r["accuracy"], -r["lr"]))["lr"]


def main() -> None:
    """Run what is missing, append each line as it comes."""
    torch.set_num_threads(1)
    task = load_task("digits")
    x, y = task.train
    n = len(y) // 5  # the order is random already
    halves = {"grid": ((x[n:], y[n:]), (x[:n], y[:n])), "test": (task.train, task.test)}
    rows = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    done = {(r["stage"], r["variant"], r["lr"], r["seed"]) for r in rows}
    versions = {name: version(name) for name in ("torch", "scikit-learn")}

    def run(*key):
        if key in done:
            return
        stage, variant, lr, seed = key
        row = dict(zip(("stage", "variant", "lr", "seed"), key, strict=True))
        row |= one(variant, lr, seed, *halves[stage])
        rows.append(row | SIZES | LAYER | TRAINING | {"versions": versions})
        with OUT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(stage, variant, lr, seed, f"{row['accuracy']:.2%}", row["seconds"], "s", flush=True)

    for variant in VARIANTS:
        for lr in RATES:
            run("grid", variant, lr, TRIED)
    for seed in SEEDS:
        for variant in VARIANTS:
            run("test", variant, chosen(rows, variant), seed)


if __name__ == "__main__":
    main()
