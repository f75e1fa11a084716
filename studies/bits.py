"""How many bits do the shipped digit networks need? assets/bits.jsonl, a row for each choice.

python studies/bits.py            the grid, on the first 1,000 test digits; about 15 minutes
python studies/bits.py all        what the course compares, on all 10,000; about 10 minutes
python studies/bits.py tune       fine-tunes Binary S4D to 4-bit weights and 8-bit state on 26,500
                                  training digits, and ships it; about 10 minutes

MNIST must be in the data folder, and a C compiler on the path, because the C of `to_c` is ten
times as fast as its Python twin, to which tests hold it equal bit for bit. Rows are added to the
file, and a row of the same choice is replaced. Digits in order, the units of the state from the
first 100 training digits. The integers are the same on every machine; what fine-tuning gives
depends on the processor in its last digits.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from sslearn.deploy import IntegerNetwork, quantise, to_c
from sslearn.deploy.aware import aware, settled, tops_of
from sslearn.deploy.budget import count_bytes, count_operations
from sslearn.deploy.c_tables import c_bytes
from sslearn.models import SequenceClassifier
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.runs.weights import read_weights, write_weights
from sslearn.training import Progress, fit

RESULTS, TUNED = ASSETS / "bits.jsonl", ASSETS / "bits-binary-s4d.safetensors"
BINARY, GSU = "binary-s4d", "gsu"
ROUNDS = (  # Each is one epoch over training digits of its own.
    {"digits": (0, 12_000), "units": "powers", "lr": 0.002, "warmup": 0.1},
    {"digits": (12_000, 19_500), "units": "any", "lr": 0.001, "warmup": 0.05},
    {"digits": (19_500, 26_500), "units": "any", "lr": 0.0007, "warmup": 0.05},
)
TUNING = {"epochs": 1, "batch": 50, "weight_decay": 0.01}
AWARE = {"weight_bits": 4, "state_bits": 8, "decay_bits": 12}
COINS, ANY = {"rounding": "stochastic"}, {"units": "any"}
DRIVER = """
#include <stdio.h>
#include "network.c"
int main(void) {
    static int16_t x[%d];
    static int32_t scores[CLASSES];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        int k = 0;
        reset();
        for (unsigned t = 0; t < sizeof x / sizeof *x; t++) k = step(x[t], scores);
        fwrite(&k, sizeof k, 1, stdout);
    }
    return 0;
}
"""


def grid() -> list[tuple[str, dict]]:
    """Weights, state, its rounding, and the decay, one after the other, for the first 1,000."""
    some = [{"weight_bits": bits} for bits in (8, 6, 5, 4, 3)]
    some += [{"state_bits": bits} for bits in (12, 10, 9, 8)]
    some += [{"state_bits": bits} | COINS for bits in (10, 8, 7, 6)]
    some += [{"state_bits": bits, "rounding": "truncate"} for bits in (12, 8)]
    some += [{"decay_bits": bits, "decay": "plain"} for bits in (10, 8, 6)]
    some += [{"decay_bits": bits} for bits in (10, 8, 6, 4)]
    some += [AWARE | COINS, {"state_bits": 8} | COINS | ANY, AWARE | COINS | ANY]
    few = [{}, {"weight_bits": 4}, {"state_bits": 8}, {"state_bits": 8} | COINS, AWARE | COINS]
    tuned = [AWARE | COINS | ANY, AWARE | {"state_bits": 7} | COINS | ANY]
    names = (BINARY, some), (GSU, few), ("tuned", tuned)
    return [(name, bits) for name, choices in names for bits in choices]


def compared() -> list[tuple[str, dict]]:
    """What the course compares on all digits."""
    goal = AWARE | COINS | ANY
    return [("tuned", goal), (BINARY, goal), (GSU, AWARE | COINS)]


def network(name: str) -> tuple[SequenceClassifier, list[torch.Tensor] | None]:
    """The shipped network of this name; of the fine-tuned one also its `tops_of`."""
    kind = BINARY if name == "tuned" else name
    model = open_model(ASSETS / f"smnist-{kind}-small-0.safetensors")[0]
    if name != "tuned":
        return model, None
    weights = read_weights(TUNED)[0]
    tops = [weights.pop(f"top.{i}") for i in range(len(model.blocks))]
    model.load_state_dict(weights)
    return model, tops


def classes_of(made: IntegerNetwork, x: torch.Tensor) -> torch.Tensor:
    """The classes (n,) that the compiled C file gives to the integers x (n, L)."""
    with tempfile.TemporaryDirectory() as folder:
        main, run = Path(folder) / "main.c", Path(folder) / "main"
        to_c(made, Path(folder) / "network.c")
        main.write_text(DRIVER % x.shape[1], encoding="ascii")
        command = ["cc", "-std=c99", "-O3", "-march=native", "-o", str(run), str(main)]
        subprocess.run(command, check=True)
        raw = x.numpy().astype(np.int16).tobytes()
        out = subprocess.run([str(run)], input=raw, capture_output=True, check=True).stdout
    return torch.from_numpy(np.frombuffer(out, np.int32).copy())


def row(name: str, bits: dict, digits: int) -> dict:
    """One choice of bits: accuracy on the first digits of the test, bytes and operations."""
    task = load_task("smnist")
    model, tops = network(name)
    made = quantise(model, task.train[0][:100], tops=tops, **bits)
    x, y = (part[:digits] for part in task.test)
    right = (classes_of(made, made.read(x)) == y).double().mean().item()
    packed = count_bytes(made)
    in_c = c_bytes(made)
    return {"network": name, "digits": digits, "seed": made.seed, **made.settings,
            "accuracy": round(right, 4),
            "bytes": packed._asdict(), "c_bytes": {"constants": in_c[0], "state": in_c[1]},
            "operations": count_operations(made)._asdict()}  # fmt: skip


def key(row: dict) -> tuple:
    """What tells two rows apart."""
    names = (
        "network",
        "digits",
        "weight_bits",
        "state_bits",
        "decay_bits",
        "rounding",
        "decay",
        "units",
    )
    return tuple(row[name] for name in names)


def keep(new: dict) -> None:
    """Add a row to the file, in the place of that of the same choice if there is one."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    rows = {key(r): r for r in map(json.loads, lines)} | {key(new): new}
    RESULTS.write_text("".join(json.dumps(r) + "\n" for r in rows.values()), encoding="utf-8")


def tell(now: Progress) -> None:
    """Where the fine-tuning is."""
    if now.step % 20 == 0:
        print(f"step {now.step} of {now.steps}, {now.seconds:.0f} s", flush=True)


def tune() -> None:
    """Fine-tune Binary S4D from the shipped weights with the rounding of AWARE, and ship it."""
    (x, y), (model, _), told = load_task("smnist").train, network(BINARY), []
    held = (x[59_000:59_500], y[59_000:59_500])
    for part in ROUNDS:
        settings, generator = dict(part), torch.Generator().manual_seed(0)
        first, last = settings.pop("digits")
        pick = torch.randperm(59_000, generator=generator)[first:last]
        tuned = aware(model, x[:100], **AWARE, units=settings.pop("units"))
        history = fit(
            tuned, (x[pick], y[pick]), held, **TUNING, **settings, generator=generator,
            progress=tell,
        )  # fmt: skip
        model = settled(tuned)
        told.append({"loss": history.loss[-1], "held": history.accuracy[-1]})
    ship(model, tops_of(tuned), told)


def ship(model: SequenceClassifier, tops: list[torch.Tensor], told: list[dict]) -> None:
    """Write the fine-tuned weights, the states they have learned with, and how they were made."""
    record = {"command": "python studies/bits.py tune", "from": f"smnist-{BINARY}-small-0",
              "rounds": ROUNDS, "tuning": TUNING, "aware": AWARE, "curves": told,
              "torch": torch.__version__}  # fmt: skip
    weights = model.state_dict() | {f"top.{i}": top.clone() for i, top in enumerate(tops)}
    write_weights(TUNED, weights, record)
    print(record, flush=True)


def main() -> None:
    """Run the part that is named, and print each row."""
    torch.set_num_threads(1)
    part = sys.argv[1] if len(sys.argv) > 1 else "grid"
    if part == "tune":
        return tune()
    choices, digits = (compared(), 10_000) if part == "all" else (grid(), 1000)
    for name, bits in choices:
        new = row(name, bits, digits)
        keep(new)
        print(f"{name} {bits}: {100 * new['accuracy']:.2f} % of {digits}", flush=True)


if __name__ == "__main__":
    main()
