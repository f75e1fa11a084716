"""Coarse first against plain training on sequential MNIST: assets/coarse.jsonl.

python studies/coarse.py [MODEL [SCHEDULE [RATE [SEED]]]]       all that is missing by default

It trains on the first 55,000 training digits and tests on the last 5,000 after each epoch; it never
reads the test digits. It uses one thread, batches of 50, and the small preset's network. A line an
epoch has the stage's p, the accuracy on held-back digits averaged over p pixels, and the processor
minutes since the start, tests included, because the time of the clock says little on a busy
machine. Processor minutes too depend on the machine and on what runs beside, so that only lines of
one machine compare. A run that is killed goes on after its last whole epoch, whose state is in
runs/; without that file it starts anew. Seed 10 is for choosing a rate among RATES by the accuracy
of the last epoch, and seeds 0 to 2 are then run at it. All of it takes about 12 hours of a core.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import torch

from sslearn.runs import ASSETS, build_model, load_task, plan_run
from sslearn.training import Pair, Training

OUT, FOLDER, HELD = ASSETS / "coarse.jsonl", Path("runs"), 5_000
RATES, TRIED, SEEDS = (0.008, 0.004, 0.016), 10, (0, 1, 2)
MODELS = ("binary-s4d", "gsu", "s4d")
SCHEDULES = {  # the coarse stages (p, epochs), then the epochs at p = 1
    "short": (((4, 3), (2, 2)), 1),
    "quick": (((4, 4), (2, 3)), 2),
    "plain": ((), 5),
}
Key = tuple[str, str, float, int]


def key_of(row: dict) -> Key:
    """What names a run: model, schedule, rate and seed."""
    return row["model"], row["schedule"], row["lr"], row["seed"]


def read() -> list[dict]:
    """The lines of the file so far."""
    return [json.loads(line) for line in OUT.read_text().splitlines()] if OUT.exists() else []


def write(rows: list[dict]) -> None:
    """Write the lines anew."""
    OUT.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def chosen(rows: list[dict], model: str, schedule: str) -> float:
    """The rate of the highest last accuracy of seed TRIED; the lower one of equals."""
    keys = {(model, schedule, lr, TRIED) for lr in RATES}
    these = [row for row in rows if key_of(row) in keys and row["last"]]
    return max(these, key=lambda row: (row["accuracy"], -row["lr"]))["lr"]


def minutes_to(run: list[dict], goal: float) -> float | None:
    """Processor minutes until a run, whose lines these are, is first at the goal, or None."""
    return next((row["minutes"] for row in run if row["accuracy"] >= goal), None)


def train(key: Key, pairs: tuple[Pair, Pair]) -> None:
    """Train one network, or go on with it, and append a line after each epoch."""
    model, schedule, lr, seed = key
    coarse, epochs = SCHEDULES[schedule]
    done = [row for row in read() if key_of(row) == key]
    if done and done[-1]["last"]:
        return
    plan = plan_run("smnist", model, seed=seed, lr=lr, coarse=coarse, epochs=epochs)
    s = plan.setting
    training = Training(
        build_model(plan, 1, 10), *pairs, epochs=epochs, batch=s.batch, lr=lr, coarse=coarse,
        weight_decay=s.weight_decay, warmup=s.warmup,
        generator=torch.Generator().manual_seed(seed),
    )  # fmt: skip
    state = FOLDER / f"coarse-{model}-{schedule}-{lr}-{seed}.pt"
    if state.exists():
        training.load_state_dict(torch.load(state, weights_only=True))
    kept = done[: len(training.loss)]  # A line without a state is of a run that starts anew.
    write([row for row in read() if key_of(row) != key] + kept)
    minutes = kept[-1]["minutes"] if kept else 0.0
    while not training.complete:
        start = time.process_time()
        training.epoch()
        minutes += (time.process_time() - start) / 60
        torch.save(training.state_dict(), state)
        row = {
            "model": model, "schedule": schedule, "lr": lr, "seed": seed,
            "epoch": len(training.loss), "p": training.resolutions.p,
            "accuracy": round(training.accuracy[-1], 4), "loss": round(training.loss[-1], 4),
            "minutes": round(minutes, 2), "last": training.complete, "setting": s.flat(),
            "train": len(pairs[0][1]), "held": len(pairs[1][1]), "torch": version("torch"),
            "date": time.strftime("%Y-%m-%d"),
        }  # fmt: skip
        write([*read(), row])
        print(*key, row["epoch"], row["p"], f"{row['accuracy']:.2%}", row["minutes"], flush=True)
    state.unlink()


def main() -> None:
    """Run what is missing, or the runs that the arguments name."""
    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    x, y = load_task("smnist").train
    pairs = (x[:-HELD], y[:-HELD]), (x[-HELD:], y[-HELD:])
    model, schedule, lr, seed = (*sys.argv[1:], *[None] * 4)[:4]
    for n in [int(seed)] if seed else (TRIED, *SEEDS):
        for m in [model] if model else MODELS:
            for s in [schedule] if schedule else SCHEDULES:
                rates = RATES if n == TRIED else ()
                for rate in [float(lr)] if lr else rates or [chosen(read(), m, s)]:
                    train((m, s, rate, n), pairs)


if __name__ == "__main__":
    main()
