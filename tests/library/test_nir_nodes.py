"""Each NIR neuron against its own equation in Euler's rule, written out with plain numbers."""

import nir
import numpy as np
import pytest
import torch

from sslearn.deploy import LeakyPair, from_nir, run_pair

DT = 0.25
CURRENT = [0.7, 3.0, -1.0, 2.5, 4.0, 0.0, 6.0, 5.0, -2.0, 3.5]
TAU, R, LEAK, THETA, RESET, TAU_SYN, W_IN = 1.25, 1.5, 0.3, 0.9, -0.2, 0.5, 0.8


def a(x):
    return np.array([x])


def leaky(I, s):
    s["v"] += DT / TAU * (LEAK - s["v"] + R * I)
    return s["v"]


def integrates(I, s):
    s["v"] += DT * R * I
    return s["v"]


def fires(f):
    def step(I, s):
        v = f(I, s)
        s["v"] = RESET if v > THETA else v
        return float(v > THETA)

    return step


def with_synapse(f):
    def step(S, s):
        s["i"] = s.get("i", 0.0) + DT / TAU_SYN * (-s.get("i", 0.0) + W_IN * S)
        return f(s["i"], s)

    return step


def subtracts(I, s):
    """The spike of the step before takes theta away, as `lif_step` does it."""
    s["v"] += DT / TAU * (LEAK - s["v"] + R * I) - THETA * s.get("z", 0.0)
    s["z"] = float(s["v"] > THETA)
    return s["z"]


LI = nir.LI(a(TAU), a(R), a(LEAK))
LIF = nir.LIF(a(TAU), a(R), a(LEAK), a(THETA), a(RESET))
NODES = {
    "LI": (LI, leaky),
    "I": (nir.I(a(R)), integrates),
    "IF": (nir.IF(a(R), a(THETA), a(RESET)), fires(integrates)),
    "LIF": (LIF, fires(leaky)),
    "LIF that subtracts": (
        nir.LIF(a(TAU), a(R), a(LEAK), a(THETA), a(RESET), metadata={"reset": "subtract"}),
        subtracts,
    ),
    "CubaLI": (nir.CubaLI(a(TAU_SYN), a(TAU), a(R), a(LEAK), a(W_IN)), with_synapse(leaky)),
    "CubaLIF": (
        nir.CubaLIF(a(TAU_SYN), a(TAU), a(R), a(LEAK), a(THETA), a(RESET), a(W_IN)),
        with_synapse(fires(leaky)),
    ),
}


def network(nodes, edges):
    ends = {"input": nir.Input(a(1)), "output": nir.Output(a(1))}
    return from_nir(nir.NIRGraph(ends | nodes, edges), dt=DT)


@pytest.mark.parametrize("kind", NODES)
def test_a_neuron_is_its_equation(kind):
    node, step = NODES[kind]
    net = network({"n": node}, [("input", "n"), ("n", "output")])
    got = net.run(torch.tensor(CURRENT, dtype=torch.float64)[None, :, None])["scores"]
    state, want = {"v": 0.0}, []
    for I in CURRENT:
        want.append(step(I, state))
    assert got.flatten().tolist() == pytest.approx(want, abs=1e-12)
    assert len(set(want)) > 1


def test_neurons_that_excite_each_other_read_the_step_before():
    """Two LI nodes and two Scale nodes make the pole too, in whatever order they stand."""
    w, tau = 0.4, 1.25
    nodes = {"im": nir.LI(a(tau), a(tau / DT), a(0.0)), "up": nir.Scale(a(w)),
             "down": nir.Scale(a(-w)), "re": nir.LI(a(tau), a(tau / DT), a(0.0))}  # fmt: skip
    edges = [("input", "re"), ("re", "up"), ("up", "im"), ("im", "down"), ("down", "re"),
             ("re", "output")]  # fmt: skip
    u = torch.tensor(CURRENT, dtype=torch.float64)
    pair = LeakyPair(*(torch.tensor(x, dtype=torch.float64) for x in (tau, tau / DT, w)))
    want = run_pair(pair, u, DT)
    for order in (list(nodes), list(reversed(nodes))):
        net = network({name: nodes[name] for name in order}, edges)
        got = net.run(u[None, :, None], "im")
        torch.testing.assert_close(got["scores"].flatten(), want[:, 0])
        torch.testing.assert_close(got["im"].flatten(), want[:, 1])


def test_a_neuron_may_excite_itself():
    u = torch.full((1, 40, 1), 0.8, dtype=torch.float64)
    net = network({"n": LIF}, [("input", "n"), ("n", "n"), ("n", "output")])
    alone = network({"n": LIF}, [("input", "n"), ("n", "output")])
    state, want, z = {"v": 0.0}, [], 0.0
    for _ in range(40):
        z = fires(leaky)(0.8 + z, state)
        want.append(z)
    assert net.run(u)["scores"].flatten().tolist() == want
    assert sum(want) > alone.run(u)["scores"].sum() > 0
