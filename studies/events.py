"""A product by events timed once against the dense one, for a reader without a kernel.

python studies/events.py          assets/events.json: the least of twelve races; half a minute

It reads processor time, so that a busy machine does not spoil it. Times differ between machines,
and notebook 12 measures the reader's own.
"""

import json
import os
import time

import torch

from sslearn.course.n12_cost.racing import RATES, SHAPES, time_shapes
from sslearn.runs import ASSETS

ROUNDS = 12


def least_of(rounds: int) -> dict:
    """The least median in ms of each shape, way and rate over so many races."""
    races = [time_shapes(clock=time.process_time) for _ in range(rounds)]
    return {
        shape: {
            way: [
                float(f"{min(ms):.3g}")
                for ms in zip(*(race[shape][way] for race in races), strict=True)
            ]
            for way in ("dense", "events")
        }
        for shape in SHAPES
    }


def main() -> None:
    """Measure and write."""
    record = {"command": "python studies/events.py", "torch": torch.__version__, "threads": 1}
    record |= {"cores": os.cpu_count(), "rates": RATES, "shapes": SHAPES, "ms": least_of(ROUNDS)}
    (ASSETS / "events.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
