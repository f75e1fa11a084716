"""The committed rows of bits: what the course says of them, and the network that was fine-tuned."""

import json

import pytest
import torch

from sslearn.deploy import count_bytes, count_operations, quantise
from sslearn.runs import ASSETS
from sslearn.runs.weights import read_weights
from studies import bits as study
from studies.bits import ANY, AWARE, BINARY, COINS, GSU, RESULTS, TUNED

ROWS = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
DEFAULTS = {"weight_bits": 8, "state_bits": 16, "decay_bits": 12, "rounding": "nearest",
            "decay": "complement", "units": "powers"}  # fmt: skip
GOAL = AWARE | COINS | ANY


def row(name, bits, digits=1000):
    """The row of one choice."""
    wanted = {"network": name, "digits": digits} | DEFAULTS | bits
    (only,) = [r for r in ROWS if all(r[key] == value for key, value in wanted.items())]
    return only


def right(name, bits, digits=1000):
    """Its digits right, in %."""
    return 100 * row(name, bits, digits)["accuracy"]


def test_every_choice_has_its_row_once():
    assert len({study.key(r) for r in ROWS}) == len(ROWS)
    for name, bits in study.grid():
        assert row(name, bits)
    for name, bits in study.compared():
        assert row(name, bits, 10_000)


def test_fine_tuning_reaches_the_goal_on_all_digits():
    """4-bit weights and 8-bit state within 0.5 points of the real numbers, which it was not."""
    record = read_weights(ASSETS / f"smnist-{BINARY}-small-0.safetensors")[1]
    real = 100 * record["accuracy"]
    assert right("tuned", GOAL, 10_000) > real - 0.5
    assert right(BINARY, GOAL, 10_000) < real - 1.5
    assert right(GSU, AWARE | COINS, 10_000) > 98.83 - 0.6, "a GSU, untouched"


def test_the_cliff_and_its_cures():
    cliff = {n: right(BINARY, {"state_bits": n}) for n in (12, 10, 9, 8)}
    assert cliff[12] > 98 > 95 > cliff[10] > 80 > cliff[9] > 30 > cliff[8]
    coins = {n: right(BINARY, {"state_bits": n} | COINS) for n in (10, 8, 7, 6)}
    assert coins[10] > 98 > coins[8] > 96 > 90 > coins[7] > 60 > coins[6]
    assert right(BINARY, {"state_bits": 8} | COINS | ANY) > coins[8]
    plain = {n: right(BINARY, {"decay_bits": n, "decay": "plain"}) for n in (10, 8)}
    assert plain[10] > 90 > 20 > plain[8]
    assert right(BINARY, {"decay_bits": 8}) > 98


@pytest.mark.parametrize("name", ["tuned", BINARY, GSU])
def test_bytes_and_operations_are_those_of_the_networks(name):
    """The units come from made-up inputs here, on which neither depends but for a few bytes."""
    bits = GOAL if name == "tuned" else {}
    model, tops = study.network(name)
    x = torch.rand(3, 60, 1, generator=torch.Generator().manual_seed(0))
    made = quantise(model, x, tops=tops, **bits)
    committed = row(name, bits)
    assert count_operations(made)._asdict() == committed["operations"]
    for part, size in count_bytes(made)._asdict().items():
        assert abs(size - committed["bytes"][part]) <= 0.05 * size, part


def test_the_network_is_small_and_says_how_it_was_made():
    assert TUNED.stat().st_size < 120_000
    weights, record = read_weights(TUNED)
    assert record["command"] == "python studies/bits.py tune" and record["aware"] == AWARE
    assert len(record["curves"]) == len(study.ROUNDS) == 3
    losses = [part["loss"] for part in record["curves"]]
    assert losses[0] > losses[1] > losses[2]
    assert {"top.0", "top.1"} < weights.keys()
