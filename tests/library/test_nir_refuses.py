"""What cannot be written or read as NIR is one sentence, and leaves nothing half-written."""

import importlib.util
from functools import partial

import h5py
import nir
import numpy as np
import pytest
import torch
from torch import nn

from sslearn.deploy import from_nir, read_nir, to_nir, write_nir
from sslearn.layers import S4D, BinaryS4D, GatedSpikingUnit
from sslearn.models import LIFNetwork, LSTMClassifier, SequenceClassifier, recipe
from sslearn.models.sequence import identity


def seed(n=0):
    return torch.Generator().manual_seed(n)


def sequence(**how):
    made = {**recipe("binary-s4d", N=4), "depth": 1, "H": 4, "generator": seed()} | how
    return SequenceClassifier(3, 4, **made)


def broken(net, name, value):
    with torch.no_grad():
        net.get_parameter(name).flatten()[0] = value
    return net


def drawn(H, generator):
    return BinaryS4D(H, 4, width=0.1, generator=generator)


class OwnLayer(S4D):
    """A layer that is not of the library."""


class OwnMix(nn.Linear):
    """A mix that is not of the library."""

    def __init__(self, H, generator):
        super().__init__(H, H)


REFUSED = {
    "another model": (lambda: LSTMClassifier(3, 4, H=4, generator=seed()), "got LSTMClassifier"),
    "tokens": (lambda: sequence(tokens=True), "reads tokens"),
    "LIF of tokens": (lambda: LIFNetwork(3, 4, H=4, tokens=True, generator=seed()), "tokens"),
    "two ways": (lambda: sequence(**recipe("binary-s4d", N=4, bidirectional=True)),
                 "bidirectional S4D sees the future"),
    "a layer of one's own": (lambda: sequence(layer=OwnLayer), "must be S4D or BinaryS4D"),
    "a mix of one's own": (lambda: sequence(mix=OwnMix), "mix must be .* got OwnMix"),
    "a rough GELU": (lambda: sequence(mix=lambda H, generator: nn.Sequential(
        GatedSpikingUnit(H, generator=generator), nn.GELU("tanh"))), "mix must be .* got GELU"),
    "an activation": (lambda: sequence(layer=S4D, act=torch.relu), "act must be identity or gelu"),
    "a drawn spike": (lambda: sequence(layer=drawn, act=identity), "width must be None"),
    "no leak": (lambda: LIFNetwork(3, 4, H=4, beta=1.0, generator=seed()), "beta must be below 1"),
    "NaN in a head": (lambda: broken(sequence(), "head.weight", np.nan), "head's weight must be f"),
    "NaN in a pole": (lambda: broken(sequence(), "blocks.0.ssm.A_imag", np.nan), "A_bar must be"),
    "infinity": (lambda: broken(sequence(), "blocks.0.norm.inner.bias", np.inf), "must be finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_nir_does_not_hold_is_refused(case):
    make, rule = REFUSED[case]
    with pytest.raises(ValueError, match=rule) as caught:
        to_nir(make())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_that_is_no_time_is_refused(dt):
    with pytest.raises(ValueError, match="dt must be positive"):
        to_nir(sequence(), dt=dt)
    with pytest.raises(ValueError, match="dt must be a positive number"):
        from_nir(to_nir(sequence()), dt=dt)


def test_without_the_package_it_says_how_to_get_it(monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda n: None if n == "nir" else find(n))
    for call in (lambda: to_nir(sequence()), lambda: read_nir(tmp_path / "x.nir")):
        with pytest.raises(ImportError, match='python -m pip install "nir'):
            call()


def lif(n, **numbers):
    whole = {key: np.ones(n) for key in ("tau", "r", "v_leak", "v_threshold", "v_reset")}
    return nir.LIF(**whole | numbers)


def ends(n):
    return {"input": nir.Input({"input": np.array([n])}),
            "output": nir.Output({"output": np.array([n])})}  # fmt: skip


def graph(nodes, edges, metadata=None, n=2):
    return nir.NIRGraph(ends(n) | nodes, edges, metadata=metadata or {}, type_check=False)


def chain(node, n=2):
    return graph({"node": node}, [("input", "node"), ("node", "output")], n=n)


def asks(does, of):
    port = nir.Output({"output": np.array([2])})
    back = nir.Input({"input": np.array([2])}, metadata={"does": does, "of": of})
    return graph({"port": port, "back": back}, [("input", "port"), ("back", "output")])


def looped():
    scale = nir.Scale(np.ones(2))
    return graph({"a": scale, "b": nir.Scale(np.ones(2))},
                 [("input", "a"), ("a", "b"), ("b", "a"), ("b", "output")])  # fmt: skip


FOREIGN = {
    "a kind that we do not know": (lambda: chain(nir.Delay(np.ones(2))), "got Delay at 'node'"),
    "NaN": (lambda: chain(lif(2, r=np.array([1, np.nan]))), "r of 'node' must be finite"),
    "tau 0": (lambda: chain(lif(2, tau=np.zeros(2))), "tau of 'node' must be positive, got 0"),
    "an image": (lambda: chain(nir.Scale(np.ones((2, 2)))), "must have .* dimensions"),
    "a reset": (lambda: chain(nir.LIF(*[np.ones(2)] * 5, metadata={"reset": "half"})), "reset of"),
    "widths": (lambda: graph({"a": nir.Scale(np.ones(2)), "b": lif(3)},
                             [("input", "a"), ("a", "b"), ("b", "output")]),
               "'b' must read 3 numbers, got 2"),
    "a bias": (lambda: chain(nir.Affine(np.ones((2, 2)), np.ones(3))), "bias must be"),
    "two inputs": (lambda: graph({"more": nir.Input({"input": np.array([2])})},
                                 [("input", "output"), ("more", "output")]), "one Input and one"),
    "a cycle": (looped, "a cycle must pass a neuron"),
    "no source": (lambda: graph({"node": lif(2)}, [("node", "output")]), "'node' has none"),
    "an edge to nowhere": (lambda: graph({}, [("input", "node")]), "an edge must join"),
    "a host that does more": (lambda: asks("dream", "port"), "one of .*'glu'.* got 'dream'"),
    "a host without a port": (lambda: asks("gelu", "nowhere"), "must name Outputs"),
    "a later format": (lambda: graph({}, [("input", "output")], {"format": "sslearn 2"}),
                       "format must be 'sslearn 1', or none"),
    "a pool": (lambda: graph({}, [("input", "output")], {"pool": "median"}), "pool must be"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
def test_a_graph_that_we_do_not_understand_is_refused(case):
    make, rule = FOREIGN[case]
    with pytest.raises(ValueError, match=rule) as caught:
        from_nir(make(), dt=1.0)
    assert "\n" not in str(caught.value)


def test_a_graph_without_a_step_needs_one():
    with pytest.raises(ValueError, match="dt must be given"):
        from_nir(chain(lif(2)))
    assert from_nir(chain(lif(2)), dt=0.5).dt == 0.5


def test_what_is_no_graph_and_an_input_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="graph must be a NIRGraph"):
        from_nir(lif(2))
    net = from_nir(chain(lif(2)), dt=1.0)
    for x in (torch.ones(2, 3), torch.ones(1, 3, 3), torch.ones(1, 0, 2)):
        with pytest.raises(ValueError, match="x must be"):
            net.run(x)
    with pytest.raises(ValueError, match="names must be nodes"):
        net.run(torch.ones(1, 3, 2), "nothing")


def test_a_file_that_is_no_whole_nir_file_is_refused(tmp_path):
    whole, path = tmp_path / "whole.nir", tmp_path / "broken.nir"
    write_nir(to_nir(sequence()), whole)
    raw = whole.read_bytes()
    with pytest.raises(ValueError, match="no NIR file at"):
        from_nir(path)
    for part in (raw[: len(raw) // 2], raw[:100], b"", b"no HDF5 at all"):
        path.write_bytes(part)
        with pytest.raises(ValueError, match="broken.nir is no whole NIR file") as caught:
            from_nir(str(path))
        assert "\n" not in str(caught.value)
    for made in (lambda f: None, lambda f: f.create_group("node"),
                 lambda f: f.create_dataset("node/type", data="Dream")):  # fmt: skip
        with h5py.File(path, "w") as file:
            made(file)
        with pytest.raises(ValueError, match="broken.nir is no whole NIR file"):
            read_nir(path)
    nir.write(path, lif(2))
    with pytest.raises(ValueError, match="broken.nir is no whole NIR file"):
        read_nir(path)


def test_a_folder_that_cannot_be_written_is_a_sentence_and_leaves_the_old_file(
    tmp_path, monkeypatch
):
    path = tmp_path / "net.nir"
    path.write_text("old")

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(ValueError, match="cannot be written .Permission denied."):
        write_nir(to_nir(sequence()), path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="cannot be written"):
        write_nir(to_nir(sequence()), path / "below a file" / "net.nir")


def test_what_is_refused_is_made_by_the_library_itself():
    """The cases above fail for their reason alone: without it each network is written."""
    for how in ({}, {"layer": partial(S4D, N=4), "act": torch.nn.functional.gelu}):
        net, x = sequence(**how).double().eval(), torch.rand(2, 5, 3, generator=seed())
        with torch.no_grad():
            got = from_nir(to_nir(net)).run(x.double())["scores"]
            torch.testing.assert_close(got, net.running_scores(x.double()), rtol=1e-9, atol=1e-9)
