"""Our counts beside SpikingJelly's on one LIF network: `benchmarks/operations.py` wrote its file.

Both agree on what both count: the additions of a spike-fed product, the multiplications of a
dense one, and the additions within a neuron. They differ on the rest. SpikingJelly looks at the
values of each call, so that a mean that happens to be 0 or 1 counts as spikes, while here an
operation must have made them. Its MACs and ACs have rules for matrix products, batch norm and
sums only, so that the decay of a membrane, a comparison and a division are in neither, and a bias
is free. Its own neuron takes v - (v - 0) / tau + x and resets in the same step, which are other
operations than ours; their counter sees the division and the comparison.
"""

import json

import pytest
import torch

from sslearn.energy import count
from tests.library.peer_network import FILE, SIZES, TAU, grid_network

PEER = json.loads(FILE.read_text())
STEPS = 3 * 10  # tokens
H, CLASSES = SIZES["H"], SIZES["classes"]


@pytest.fixture(scope="module")
def ours():
    ledger = count(*grid_network())
    sums = ledger.by("layer", "operation")
    return {key: round(number * ledger.tokens) for key, number in sums.items()}


def test_the_file_is_of_this_network():
    assert PEER["network"] == SIZES | {"tau": TAU, "x": [3, 10, 4]}
    assert PEER["spikingjelly"] and "benchmarks/operations.py" in PEER["command"]


def test_spike_driven_additions_agree(ours):
    assert 0 < PEER["ours"]["SynOp"]["net.hidden.1"] == ours["hidden.1", "add"] < STEPS * H * H
    assert "net.hidden.0" not in PEER["ours"]["SynOp"] and ("hidden.1", "multiply") not in ours


def test_multiplications_of_the_dense_product_agree(ours):
    assert PEER["ours"]["MAC"]["net.hidden.0"] == ours["hidden.0", "multiply"]
    assert "net.hidden.1" not in PEER["ours"]["MAC"]


@pytest.mark.parametrize("n", [0, 1])
def test_additions_of_the_neurons_agree(ours, n):
    assert PEER["ours"]["AC"][f"net.neurons.{n}"] == ours[f"neurons.{n}", "add"]


def test_the_decay_is_in_neither_of_its_counts_and_in_ours(ours):
    neurons = {f"net.neurons.{n}" for n in (0, 1)}
    assert not neurons & (PEER["ours"]["MAC"].keys() | PEER["ours"]["SynOp"].keys())
    assert ours["neurons.0", "multiply"] == ours["neurons.1", "multiply"] == STEPS * H


def test_the_head_differs_by_the_first_step_whose_mean_is_spikes(ours):
    net, x = grid_network()
    first = net.spikes(x)[-1][:, 0]  # the mean over one step
    missed = 3 * H * CLASSES
    assert PEER["ours"]["MAC"]["net.head"] == ours["head", "multiply"] - missed
    assert PEER["ours"]["SynOp"]["net.head"] == first.sum() * CLASSES > 0
    assert not torch.equal(first, net.spikes(x)[-1].mean(1))


def test_its_own_neurons_multiply_and_compare_as_often_as_ours(ours):
    state = PEER["theirs"]["state"]["neurons.0"]
    assert state["state_muls"] == ours["neurons.0", "multiply"] == STEPS * H
    assert state["state_comps"] == ours["neurons.0", "compare"] == STEPS * H
    assert state["state_adds"] == 5 * STEPS * H and ours["neurons.0", "add"] == 3 * STEPS * H


def test_its_own_network_follows_the_same_closed_form():
    assert PEER["theirs"]["SynOp"]["hidden.1"] == PEER["theirs"]["spikes"][0] * H
    assert PEER["theirs"]["MAC"] == {"hidden.0": STEPS * SIZES["d_input"] * H}
