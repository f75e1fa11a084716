"""The C file: equal to the integer network bit for bit, strict C99, and no floating point."""

import pytest
import torch

from sslearn.deploy import quantise
from sslearn.runs import ASSETS, load_task, open_model
from tests.library.compiled import compiled

BITS = [
    {"weight_bits": 8, "state_bits": 16},
    {"weight_bits": 4, "state_bits": 8, "rounding": "stochastic"},
    {"weight_bits": 2, "state_bits": 3, "decay_bits": 4, "rounding": "truncate", "decay": "plain"},
    {"weight_bits": 12, "state_bits": 24, "decay_bits": 16, "rounding": "stochastic"},
]


def shipped(name):
    return open_model(ASSETS / f"{name}-small-0.safetensors")[0]


@pytest.fixture(scope="module")
def digits():
    task = load_task("digits")
    return task.train[0][:50], task.test[0][:100]


@pytest.mark.parametrize("bits", BITS, ids=lambda b: f"{b['weight_bits']}-{b['state_bits']}")
@pytest.mark.parametrize("name", ["digits-binary-s4d", "digits-gsu", "digits-s4d"])
def test_a_hundred_digits_bit_for_bit(name, bits, digits, tmp_path):
    network = quantise(shipped(name), digits[0], levels=16, **bits)
    x = network.read(digits[1])
    scores, classes = compiled(network, tmp_path)(x)
    assert torch.equal(scores, network.scores(x))
    assert torch.equal(classes, network.classify(x))
    assert len(classes.unique()) > 1 or bits["weight_bits"] == 2
