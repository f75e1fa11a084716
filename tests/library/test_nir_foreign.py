"""snnTorch reads our LIF networks, and we read files by snnTorch and Norse: equal spikes."""

import json
from pathlib import Path

import nir
import pytest
import snntorch
import torch
from snntorch import utils
from snntorch.export_nir import export_to_nir
from snntorch.import_nir import import_from_nir

from sslearn.deploy import from_nir, to_nir, write_nir
from sslearn.models import LIFNetwork, SequenceClassifier, recipe

FOREIGN = Path(__file__).parent / "foreign"


def seed(n=0):
    return torch.Generator().manual_seed(n)


def on_a_grid(*shape, size, n=1):
    """Multiples of 1/64, whose sums of products are exact in float32, in whatever order."""
    return torch.randint(-size, size, shape, generator=seed(n)) / 64


def lif_network(reset):
    """Two layers, taus of their own, weights on the grid."""
    net = LIFNetwork(4, 3, H=12, depth=2, taus=(1.5, 30.0), reset=reset, generator=seed())
    with torch.no_grad():
        for n, p in enumerate(p for name, p in net.named_parameters() if "tau" not in name):
            p.copy_(on_a_grid(*p.shape, size=40, n=n))
    return net


def by_snntorch(graph, x):
    """The outputs (B, L, classes) and the spikes of each layer of snnTorch's network of a graph."""
    net, trains = import_from_nir(graph), {}
    for name, part in net.named_modules():
        if isinstance(part, snntorch.Leaky):
            trains[name] = []
            part.register_forward_hook(lambda m, i, s, name=name: trains[name].append(s))
    with torch.no_grad():
        out = [net(x_t)[0] for x_t in x.unbind(1)]
    return torch.stack(out, 1), {name: torch.stack(s, 1) for name, s in trains.items()}


def test_snntorch_reads_a_lif_network_and_fires_the_same_spikes(tmp_path):
    net, x = lif_network("zero"), on_a_grid(3, 70, 4, size=200)
    write_nir(to_nir(net), tmp_path / "lif.nir")
    out, trains = by_snntorch(nir.read(tmp_path / "lif.nir"), x)
    with torch.no_grad():
        for n, s in enumerate(net.spikes(x)):
            assert torch.equal(trains[f"lif_{n}"], s) and 0.05 < s.mean() < 0.95
        torch.testing.assert_close(out.mean(1), net(x))


def test_a_reset_that_subtracts_is_lost_on_a_reader_that_sees_nir_alone():
    """NIR's LIF resets to a value. The metadata say what was meant, and from_nir looks there."""
    net, x = lif_network("subtract"), on_a_grid(3, 70, 4, size=200)
    graph = to_nir(net)
    with torch.no_grad():
        spikes = net.spikes(x)
    assert {node.metadata["reset"] for node in graph.nodes.values()
            if isinstance(node, nir.LIF)} == {"subtract"}  # fmt: skip
    got = from_nir(graph, dtype=torch.float32).run(x, "lif_0", "lif_1")
    assert all(torch.equal(got[f"lif_{n}"], s) for n, s in enumerate(spikes))
    _, trains = by_snntorch(graph, x)
    assert (trains["lif_0"] != spikes[0]).float().mean() > 0.02


@pytest.mark.parametrize("name", ["binary-s4d", "gsu"])
def test_snntorch_refuses_a_state_space_network_in_place_of_running_another(name):
    net = SequenceClassifier(3, 4, **recipe(name, N=4), depth=1, H=4, generator=seed())
    with pytest.raises(ValueError, match="Unknown node type .*Scale"):
        import_from_nir(to_nir(net))


def leaky(n, theta, **how):
    made = {"init_hidden": True, "reset_mechanism": "zero", "reset_delay": False}
    return snntorch.Leaky(threshold=torch.full((n,), theta), **made, **how)


def synaptic(n, theta):
    made = {"init_hidden": True, "reset_mechanism": "zero", "reset_delay": False}
    alpha, beta = torch.full((n,), 0.5), torch.full((n,), 0.8)
    return snntorch.Synaptic(alpha, beta, threshold=torch.full((n,), theta), **made)


def recurrent(n, theta):
    made = {"init_hidden": True, "reset_mechanism": "zero", "reset_delay": False}
    beta, theta = torch.full((n,), 0.9), torch.full((n,), theta)
    return snntorch.RLeaky(beta, linear_features=n, threshold=theta, **made)


LAST = {
    "Leaky": lambda: leaky(4, 0.25, beta=torch.full((4,), 0.9)),
    "Synaptic": lambda: synaptic(4, 0.25),
    "RLeaky": lambda: recurrent(4, 0.25),
}


@pytest.mark.parametrize("last", LAST)
def test_a_file_that_snntorch_wrote_is_read_and_run(last, tmp_path):
    layers = [torch.nn.Linear(3, 16), leaky(16, 1.0, beta=torch.linspace(0.5, 0.95, 16))]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(16, 4), LAST[last]())
    with torch.no_grad():
        for n, p in enumerate(net.parameters()):
            if p.ndim:
                p.copy_(on_a_grid(*p.shape, size=40, n=n))
    graph = export_to_nir(net, torch.ones(3))
    nir.write(tmp_path / "theirs.nir", graph)
    utils.reset(net)
    x = on_a_grid(2, 80, 3, size=200)
    with torch.no_grad():
        want = torch.stack([net(x_t) for x_t in x.unbind(1)], 1)
    got = from_nir(tmp_path / "theirs.nir", dt=1e-4, dtype=torch.float32).run(x)["scores"]
    assert torch.equal(got, want) and 0.02 < want.mean() < 0.98


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_file_that_norse_wrote_is_read_and_run(dtype):
    """foreign/norse_lif.py made both files, and says why a step of the file is 1e-6."""
    kept = json.loads((FOREIGN / "norse_lif.json").read_text())
    x, spikes = torch.tensor(kept["x"]), torch.tensor(kept["spikes"])
    got = from_nir(FOREIGN / "norse_lif.nir", dt=1e-6, dtype=dtype).run(x)["scores"]
    assert torch.equal(got, spikes.to(dtype)) and 0.05 < got.mean() < 0.95
