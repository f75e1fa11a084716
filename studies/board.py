"""Six models under one budget of parameters and epochs: assets/board.jsonl.

python studies/board.py TASK [TASK ...]      of those in BOARDS; smnist14: two hours of one core

Stage grid: each model at five learning rates, on the first training examples; the last ones,
a fifth or 5,000 at most, are held back to choose by. Stage test: the chosen rate, the whole
training set, three seeds, the accuracy after the last epoch. Stage trivial: logistic regression
on all pixels at once; for ListOps the most frequent answer after each first operator. One JSON
line a run; runs that the file has are not repeated. Lines of stage other are runs of stage test
at rates that an earlier, shorter grid chose; nothing is chosen by them. A run of stage test is

    python -m sslearn train TASK --model MODEL --seed SEED --threads 1 --set lr=RATE epochs=EPOCHS

with the H of its line and scaled=False for the GSU.
"""

import json
import sys
import time
from importlib.metadata import version
from typing import NamedTuple

import torch
from sklearn.linear_model import LogisticRegression

from sslearn.data.made import root_baseline
from sslearn.models import LATER, count_parameters
from sslearn.runs import ASSETS, MODELS, Task, build_model, load_task, plan_run
from sslearn.training import fit

OUT = ASSETS / "board.jsonl"
COMPARED = [name for name in MODELS if name not in LATER]
RATES, TRIED, SEEDS = (0.001, 0.003, 0.01, 0.03, 0.1), 10, (0, 1, 2)


class Board(NamedTuple):
    """Epochs of the two stages, and training examples of stage grid."""

    grid: int
    n: int
    test: int


BOARDS = {
    "digits": Board(30, 1_150, 30),
    "smnist14": Board(2, 20_000, 5),
    "listops-short": Board(5, 16_000, 5),
    "pathfinder-short": Board(5, 55_000, 10),
}


def settings(task: Task, name: str, model: str) -> dict:
    """The GSU is wider: its unit has half the weights of a GLU, and all get as many in all.

    It is the unscaled one of the recipe, as in all lines that the file has.
    """
    if model != "gsu":
        return {}

    def size(model, **changes):
        run = plan_run(name, model, **changes)
        return count_parameters(build_model(run, task.d_input, task.classes, task.tokens))

    goal = size("s4d")
    H = min(range(8, 129, 2), key=lambda H: abs(size(model, H=H) - goal))
    return {"H": H, "scaled": False}


def part(pair, rows):
    """Some rows of (x, y); x may be a tuple of tensors."""
    x, y = pair
    return (tuple(p[rows] for p in x) if isinstance(x, tuple) else x[rows]), y[rows]


def one(task, name, model, lr, seed, epochs, train, test) -> dict:
    """Train one model; the accuracy is that of the last epoch."""
    changes = {"lr": lr, "epochs": epochs} | settings(task, name, model)
    run = plan_run(name, model, seed=seed, **changes)
    net, s = build_model(run, task.d_input, task.classes, task.tokens), run.setting
    history = fit(
        net, train, test, epochs=epochs, batch=s.batch, lr=lr, weight_decay=s.weight_decay,
        warmup=s.warmup, generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    return {
        "parameters": count_parameters(net), "train": len(train[1]), "test": len(test[1]),
        "accuracy": round(history.accuracy[-1], 4),
        "accuracies": [round(a, 4) for a in history.accuracy],
        "losses": [round(x, 4) for x in history.loss],
        "seconds": round(history.seconds), "setting": s.flat(), "chance": round(task.chance, 4),
    }  # fmt: skip


def trivial(task) -> float:
    """The accuracy of one who has no sequence model."""
    (x, y), (x_test, y_test) = task.train, task.test
    if task.tokens:
        return root_baseline((x[0], y), (x_test[0], y_test))
    linear = LogisticRegression(max_iter=200).fit(x.flatten(1), y)
    return linear.score(x_test.flatten(1), y_test)


def chosen(rows: list[dict], task: str, model: str) -> float:
    """The learning rate of the highest accuracy in the grid; the lower one of equals."""
    these = [r for r in rows if (r["stage"], r["task"], r["model"]) == ("grid", task, model)]
    return max(these, key=lambda r: (r["accuracy"], -r["lr"]))["lr"]


def main() -> None:
    """Run what is missing, append each line as it comes."""
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []
    done = {(r["stage"], r["task"], r["model"], r["lr"], r["seed"]) for r in rows}
    versions = {name: version(name) for name in ("torch", "numpy")}

    def keep(row):
        rows.append(row | {"versions": versions, "date": time.strftime("%Y-%m-%d")})
        with OUT.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        print(*list(row.values())[:5], f"{row['accuracy']:.2%}", row.get("seconds"), flush=True)

    for name in sys.argv[1:] or BOARDS:
        board, task = BOARDS[name], load_task(name)
        held = min(5_000, len(task.train[1]) // 5)
        grid = part(task.train, slice(0, board.n)), part(task.train, slice(-held, None))

        def run(stage, model, lr, seed, epochs, halves, task=task, name=name):
            if (stage, name, model, lr, seed) in done:
                return
            row = {"stage": stage, "task": name, "model": model, "lr": lr, "seed": seed}
            row |= one(task, name, model, lr, seed, epochs, *halves)
            keep(row)

        if ("trivial", name, "trivial", 0, 0) not in done:
            row = {"stage": "trivial", "task": name, "model": "trivial", "lr": 0, "seed": 0}
            keep(row | {"accuracy": round(trivial(task), 4)})
        for model in COMPARED:
            for lr in RATES:
                run("grid", model, lr, TRIED, board.grid, grid)
        for seed in SEEDS:
            for model in COMPARED:
                best, halves = chosen(rows, name, model), (task.train, task.test)
                run("test", model, best, seed, board.test, halves)


if __name__ == "__main__":
    main()
