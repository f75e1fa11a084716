"""How few bits a trained Binary S4D needs on scikit-learn's digits: digit_bits.jsonl.

python studies/digit_bits.py     about three minutes on one core

The shipped network is made integer by `quantise`, one of its three widths at a time: the weights',
the state's with each rounding, the decay's in each form. The two others have WIDE bits. A row has
the settings, which width was varied, and how many of the 359 held-out digits are right. Nothing is
fine-tuned. `studies/bits.py` does more of it for MNIST. All is integers after the rounding of the
weights, so that a row comes out the same on every processor that rounds these alike.
"""

import json
import sys

from sslearn.deploy import DECAYS, ROUNDINGS, quantise
from sslearn.runs import ASSETS, load_task, open_model

OUT = ASSETS / "digit_bits.jsonl"
WIDE = {
    "weight_bits": 8, "state_bits": 16, "decay_bits": 12, "rounding": "nearest",
    "decay": "complement",
}  # fmt: skip
FEW = (4, 5, 6, 7, 8, 10, 12)


def settings() -> list[tuple[str, dict]]:
    """What is varied, and all settings of the run."""
    runs = [("weight", WIDE | {"weight_bits": bits}) for bits in range(2, 9)]
    for rounding in ROUNDINGS:
        runs += [("state", WIDE | {"state_bits": b, "rounding": rounding}) for b in FEW]
    for decay in DECAYS:
        runs += [("decay", WIDE | {"decay_bits": bits, "decay": decay}) for bits in FEW]
    return runs


def measure(how: dict) -> int:
    """How many held-out digits the network of integers reads rightly."""
    (x, _), (x_test, y_test), *_ = load_task("digits")
    net, _ = open_model(ASSETS / "digits-binary-s4d-small-0.safetensors")
    network = quantise(net, x[:100], levels=16, **how)
    return int((network.classify(network.read(x_test)) == y_test).sum())


def main() -> None:
    """Write every row."""
    lines = []
    for varied, how in settings():
        right = measure(how)
        row = {"varied": varied} | how | {"right": right, "of": 359}
        row |= {"accuracy": round(right / 359, 4), "seed": 0}  # the seed of the network's training
        lines.append(json.dumps(row))
        print(lines[-1], file=sys.stderr)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
