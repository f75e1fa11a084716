"""Bytes and operations of an integer network, against hand counts and what truly runs."""

import pytest
import torch

from sslearn.deploy import quantise
from sslearn.deploy.audit import IntegerAudit
from sslearn.deploy.budget import count_bytes, count_operations
from sslearn.models import SequenceClassifier, recipe

H, P, DEPTH, CLASSES = 5, 3, 2, 4


def network(name, pool="mean", **bits):
    g = torch.Generator().manual_seed(0)
    parts = recipe(name, N=2 * P)
    model = SequenceClassifier(1, CLASSES, **parts, H=H, depth=DEPTH, pool=pool, generator=g)
    return quantise(model, torch.rand(4, 20, 1, generator=g), **bits)


@pytest.mark.parametrize("name", ["binary-s4d", "gsu", "s4d"])
@pytest.mark.parametrize("pool", ["mean", "last"])
def test_the_multiplications_are_those_that_run(name, pool):
    """Every product of the Python twin, but the sums over spikes, which it writes as products."""
    made = network(name, pool)
    state, x = made.initial_state(1), torch.tensor([100])
    with IntegerAudit() as audit:
        made.step(x, state)
    dense = {"binary-s4d": 0, "gsu": 0, "s4d": 2 * H * H * DEPTH}[name]
    products = audit.operations["mul"] + dense + CLASSES * H + H  # the head's and the encoder's
    assert count_operations(made).multiplications == products


def test_the_state_counts_all_that_lives():
    made = network("binary-s4d", state_bits=7, rounding="stochastic")
    bits = DEPTH * H * P * 2 * 7 + H * 32 + 32 + 32  # the poles, the sum, the count, the word
    assert count_bytes(made).state == -(-bits // 8)
    assert count_bytes(network("binary-s4d", state_bits=7)).state == -(-(bits - 32) // 8)
    assert count_bytes(network("binary-s4d", "last", state_bits=7)).state == -(
        -(bits - 96 - 128) // 8
    )


def test_the_bytes_of_the_weights_by_hand():
    made = network("binary-s4d", weight_bits=4)
    numbers = DEPTH * (H * P * 2 + 2 * H * H) + CLASSES * H
    assert count_bytes(made).weights == numbers * 4 // 8
    made = network("gsu", weight_bits=4)
    bits = (DEPTH * (H * P * 2 + H * H) + CLASSES * H) * 4 + DEPTH * H * H * 2
    assert count_bytes(made).weights == -(-bits // 8)
    each = 2 * 12 + 3 * 8  # two mantissas, two exponents, and the input's shift
    assert count_bytes(made).decays == DEPTH * H * P * each // 8 + DEPTH  # and a shift a block


def test_coins_and_more_spikes_cost_what_they_say():
    plain, coins = (count_operations(network("binary-s4d", rounding=r)) for r in
                    ("nearest", "stochastic"))  # fmt: skip
    assert coins.draws == DEPTH * H * P and plain.draws == 0
    assert coins.multiplications == plain.multiplications
    real = count_operations(network("s4d"))
    assert real.multiplications - plain.multiplications == DEPTH * (2 * H * H + H)
    assert plain.divisions == CLASSES
    tight = count_operations(network("binary-s4d", units="any"))
    assert tight.multiplications == plain.multiplications + DEPTH * H * P
