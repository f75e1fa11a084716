"""The packed file holds the network, and what the page cannot run is refused by name."""

import json
import math
import struct
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from sslearn.course.draw import packed
from sslearn.course.draw.pack import SHIPPED, shipped
from sslearn.layers import GLU, S4D, BinaryS4D
from sslearn.models import LSTMClassifier, SequenceClassifier, recipe


def tiny(name="s4d", d_input=1, **more):
    parts = recipe(name, N=4) | {"depth": 1, "H": 3} | more
    g = torch.Generator().manual_seed(0)
    return SequenceClassifier(d_input, 10, **parts, generator=g)


def opened(raw):
    (n,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + n]), np.frombuffer(raw[4 + n :], "<f4")


def test_the_numbers_are_those_of_the_step():
    net = tiny("binary-s4d")
    head, values = opened(packed(net, "mine", side=8))
    arrays = {name: values[at : at + size] for name, (at, size) in head["arrays"].items()}
    assert head["values"] == len(values) == sum(a.size for a in arrays.values())
    A_bar, W, _ = net.blocks[0].ssm.recurrence()
    np.testing.assert_array_equal(arrays["0.ssm.Ai"], A_bar.imag.detach().numpy().ravel())
    np.testing.assert_array_equal(arrays["0.ssm.Wr"], W.real.detach().numpy().ravel())
    assert (head["name"], head["side"], head["pool"]) == ("mine", 8, "mean")
    assert head["blocks"][0]["theta"] == net.blocks[0].ssm.theta


def test_the_threshold_is_the_layers_own():
    layer = partial(BinaryS4D, N=4, theta=0.25)
    head, _ = opened(packed(tiny("binary-s4d", layer=layer), "mine"))
    assert head["blocks"][0]["theta"] == 0.25
    assert opened(packed(tiny("s4d"), "mine"))[0]["blocks"][0]["theta"] is None


def test_every_shipped_network_can_be_packed():
    for name in SHIPPED:
        model = shipped(name)
        head, values = opened(packed(model, name))
        assert head["name"] == name and np.isfinite(values).all()
        # A_bar and W take as many numbers as A and C; a step dt for each channel is left out.
        count = sum(p.numel() for p in model.parameters())
        assert len(values) == count - len(model.blocks) * model.head.in_features
    with pytest.raises(ValueError, match=r"name must be one of \['Binary S4D', 'GSU', 'S4D'\]"):
        shipped("LSTM")


def not_finite():
    net = tiny()
    net.head.bias.data[0] = math.nan
    return net


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (lambda: LSTMClassifier(1, 10, H=3, depth=1, generator=torch.Generator()), "a LIFNetwork"),
        (lambda: tiny(d_input=2), "one number a step"),
        (lambda: tiny(d_input=9, tokens=True), "reads tokens"),
        (lambda: tiny(layer=partial(S4D, N=4, bidirectional=True)), "bidirectional"),
        (lambda: tiny(layer=partial(BinaryS4D, N=4, width=0.1)), "block 1 draws its spikes"),
        (lambda: tiny(act=torch.sin), "block 1: the page knows no activation"),
        (lambda: tiny(mix=lambda H, generator: nn.Linear(H, H)), "no mixing Linear"),
        (
            lambda: tiny(mix=lambda H, generator: nn.Sequential(
                GLU(H, generator=generator), nn.GELU(approximate="tanh"))),
            "no mixing GELU",
        ),
        (not_finite, "head.b must be finite"),
    ],
)  # fmt: skip
def test_what_the_page_cannot_run_is_refused(model, text):
    with pytest.raises(ValueError, match=text):
        packed(model(), "mine")


def test_a_layer_of_the_readers_own_is_refused():
    class Mine(S4D):
        pass

    with pytest.raises(ValueError, match="block 1 must have S4D or BinaryS4D, got Mine"):
        packed(tiny(layer=partial(Mine, N=4)), "mine")
    with pytest.raises(ValueError, match="side must be 8, 14 or 28 pixels, got 16"):
        packed(tiny(), "mine", side=16)
