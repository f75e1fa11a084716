"""The four faces of notebook 07 timed once, for a reader without a kernel: assets/race.json.

python studies/race.py          the best of four races, one thread; about a minute

It reads processor time, so that a busy machine does not spoil it. Times differ between machines,
and notebook 07 measures the reader's own.
"""

import json
import os
import time

import torch

from sslearn.course.n07_faces.racing import LENGTHS, WIDTHS, lengths_of, time_faces
from sslearn.runs import ASSETS

ROUNDS = 4
TIMING = {"repeats": 5, "enough": 1.0, "clock": time.process_time}


def best_of(rounds: int) -> dict:
    """The shortest time in ms of each width, face and length over so many races."""
    best = {}
    for _ in range(rounds):
        for width, shape in WIDTHS.items():
            for face, ms in time_faces(*shape, lengths_of(width, LENGTHS), **TIMING).items():
                row = best.setdefault(width, {}).setdefault(face, [float("inf")] * len(ms))
                best[width][face] = [
                    float(f"{min(a, b):.3g}") for a, b in zip(row, ms, strict=True)
                ]
    return best


def main() -> None:
    """Measure and write."""
    record = {"command": "python studies/race.py", "torch": torch.__version__, "threads": 1}
    record |= {"cores": os.cpu_count(), "ms": best_of(ROUNDS)}
    record["lengths"] = {width: lengths_of(width, LENGTHS) for width in WIDTHS}
    (ASSETS / "race.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
