"""Networks as NIR graphs and back: our own step, nirtorch's executor, and the file between."""

import nir
import nirtorch
import pytest
import torch
from torch import nn

from sslearn.deploy import from_nir, to_nir, write_nir
from sslearn.layers import S4D, BinaryS4D
from sslearn.models import RECIPES, LIFNetwork, LinearSSM, SequenceClassifier, recipe
from sslearn.runs import ASSETS, open_model


def seed(n=0):
    return torch.Generator().manual_seed(n)


def noise(*shape, n=1):
    return torch.randn(*shape, generator=seed(n), dtype=torch.float64)


def trained(net):
    """The network in float64 and eval mode, every number of it moved, so that none is at 0 or 1."""
    g = seed(5)
    net = net.double().eval()
    with torch.no_grad():
        for p in net.parameters():
            p += 0.05 * torch.randn(p.shape, generator=g, dtype=p.dtype)
        for name, b in net.named_buffers():
            if "running" in name:  # a mean below 0, so that neurons fire, and a variance above
                size = 0.1 + torch.rand(b.shape, generator=g, dtype=b.dtype)
                b.copy_(size if "var" in name else -size)
    return net


def sequence(name, **how):
    made = {"depth": 2, "H": 6, "generator": seed()} | how
    return trained(SequenceClassifier(3, 4, **recipe(name, N=4), **made))


@pytest.mark.parametrize("how", [{}, {"norm": "batch", "prenorm": True, "pool": "last"}])
@pytest.mark.parametrize("name", RECIPES)
def test_a_state_space_network_through_a_file_is_its_own_step(name, how, tmp_path):
    net, path = sequence(name, **how), tmp_path / "net.nir"
    write_nir(to_nir(net), path)
    x, twin = noise(3, 40, 3), from_nir(path)
    state, mine, theirs = net.initial_state(3), [], twin.initial_state(3)
    for x_t in x.unbind(1):
        with torch.no_grad():
            want, state = net.step(x_t, state)
        got, theirs = twin.step(x_t, theirs)
        torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-9)
        mine.append(got)
    torch.testing.assert_close(twin.run(x)["scores"], torch.stack(mine, 1))
    with torch.no_grad():
        torch.testing.assert_close(mine[-1], net(x), rtol=1e-9, atol=1e-9)


def test_the_shipped_binary_network_keeps_its_spikes(tmp_path):
    net = open_model(ASSETS / "digits-binary-s4d-small-0.safetensors")[0].double()
    x = torch.rand(4, 64, 1, generator=seed(), dtype=torch.float64)
    got = from_nir(to_nir(net)).run(x, "block_0_ssm_spike", "block_1_ssm_spike")
    with torch.no_grad():
        states, z = net.features(x), []
        for block, before in zip(net.blocks, states, strict=False):
            z.append(block.ssm(before))
        torch.testing.assert_close(got["scores"], net.running_scores(x), rtol=1e-9, atol=1e-9)
    for n, spikes in enumerate(z):
        assert torch.equal(got[f"block_{n}_ssm_spike"], spikes) and 0.01 < spikes.mean() < 0.99


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize(
    "how", [{"taus": (1.0, 30.0), "norm": True}, {"beta": 0.8, "pool": "last"}]
)
def test_a_lif_network_keeps_its_spikes(how, reset, tmp_path):
    net = trained(LIFNetwork(3, 4, H=9, depth=2, reset=reset, generator=seed(), **how))
    write_nir(to_nir(net), tmp_path / "net.nir")
    x = 4 * noise(5, 60, 3)
    got = from_nir(tmp_path / "net.nir").run(x, "lif_0", "lif_1")
    with torch.no_grad():
        for n, s in enumerate(net.spikes(x)):
            assert torch.equal(got[f"lif_{n}"], s) and 0.02 < s.mean() < 0.98
        torch.testing.assert_close(got["scores"][:, -1], net(x))


def test_a_linear_network_is_leaky_neurons_alone():
    net = trained(LinearSSM(3, 4, H=9, tau_max=50, generator=seed()))
    graph, x = to_nir(net), noise(5, 60, 3)
    assert {type(node).__name__ for node in graph.nodes.values()} <= {
        "Input", "Affine", "LI", "Output"}  # fmt: skip
    with torch.no_grad():
        torch.testing.assert_close(from_nir(graph).run(x)["scores"][:, -1], net(x))


class Leaky(nn.Module):
    """NIR's LI by Euler's rule, for nirtorch: v' = v + dt / tau (v_leak - v + R I)."""

    def __init__(self, node, dt):
        super().__init__()
        self.rate, self.node = torch.from_numpy(dt / node.tau), node

    def forward(self, x, state=None):
        """x (B, n); returns v (B, n) twice, because it is the state and the value."""
        v = torch.zeros_like(x) if state is None else state
        r, leak = torch.from_numpy(self.node.r), torch.from_numpy(self.node.v_leak)
        v = v + self.rate * (leak - v + r * x)
        return v, v


class Entrywise(nn.Module):
    """A function of each number, for nirtorch."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        """Any x."""
        return self.f(x)


@pytest.mark.parametrize("layer", [S4D, BinaryS4D])
def test_nirtorch_runs_the_graph_of_a_layer_as_we_do(layer, tmp_path):
    """The executor is theirs: who reads whom, and what is of the step before, is not our reading.

    nirtorch has no LI, Scale and Threshold of its own; the three modules above are its map.
    """
    layer = trained(layer(5, N=6, dt_max=1.0, generator=seed()))
    write_nir(to_nir(layer, dt=0.5), tmp_path / "layer.nir")
    graph = nir.read(tmp_path / "layer.nir")  # with nir's own comparison of widths
    chart = {
        nir.LI: lambda node: Leaky(node, 0.5),
        nir.Scale: lambda node: Entrywise(lambda x: torch.from_numpy(node.scale) * x),
        nir.Threshold: lambda node: Entrywise(
            lambda x: (x > torch.from_numpy(node.threshold)).double()
        ),
    }
    theirs = nirtorch.nir_to_torch(graph, chart, dtype=torch.float64)
    u, mine, state, kept = noise(2, 30, 5), layer.initial_state(2), None, []
    with torch.no_grad():
        for u_t in u.unbind(1):
            got, state = theirs(u_t, state)
            want, mine = layer.step(u_t, mine)
            torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-9)
            kept.append(got)
    torch.testing.assert_close(from_nir(graph).run(u)["scores"], torch.stack(kept, 1))


def test_only_what_nir_cannot_say_is_left_to_the_host():
    graphs = {name: to_nir(sequence(name, depth=1)) for name in RECIPES}
    asked = {name: [node.metadata["does"] for node in graph.nodes.values()
                    if isinstance(node, nir.Input) and "does" in node.metadata]
             for name, graph in graphs.items()}  # fmt: skip
    assert asked == {
        "s4d": ["gelu", "glu", "layer_norm"],
        "binary-s4d": ["glu", "layer_norm"],
        "gsu": ["ternary", "product", "gelu", "layer_norm"],
    }
    folded = to_nir(sequence("binary-s4d", depth=1, norm="batch"))
    assert sum("does" in node.metadata for node in folded.nodes.values()) == 1


def test_the_step_of_a_graph_can_be_any_and_the_file_names_it(tmp_path):
    net, x = sequence("binary-s4d"), noise(2, 20, 3)
    graphs = [to_nir(net, dt=dt) for dt in (1e-4, 1.0, 7.0)]
    assert [graph.metadata["dt"] for graph in graphs] == [1e-4, 1.0, 7.0]
    scores = [from_nir(graph).run(x)["scores"] for graph in graphs]
    for other in scores[1:]:
        torch.testing.assert_close(other, scores[0])
    off = from_nir(graphs[0], dt=2e-4).run(x)["scores"]
    assert (off - scores[0]).abs().max() > 0.01  # At another step it is another network.


def test_in_float32_the_graph_stays_near_the_model():
    net = SequenceClassifier(3, 4, **recipe("s4d", N=8), H=8, generator=seed()).eval()
    x = noise(2, 60, 3).float()
    with torch.no_grad():
        want = net.running_scores(x)
    got = from_nir(to_nir(net), dtype=torch.float32).run(x)["scores"]
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4)
