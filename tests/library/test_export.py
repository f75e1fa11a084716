"""A classifier's sequence form and its step by torch.export, for any batch."""

import pytest
import torch
from torch import nn
from torch.utils import _pytree

from sslearn.layers import S4D, BinaryS4D
from sslearn.models import RECIPES, SequenceClassifier, recipe


def seed(n=0):
    return torch.Generator().manual_seed(n)


class Step(nn.Module):
    """The step of a classifier as a module, because that is what torch.export takes."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x, state):
        """x (B, d_input)."""
        return self.net.step(x, state)


def network(name):
    how = {"depth": 2, "norm": "batch", "generator": seed()}
    return SequenceClassifier(3, 4, **recipe(name, N=4), H=8, **how).eval()


@pytest.mark.parametrize("name", RECIPES)
def test_an_exported_step_streams_any_batch(name):
    net, B = network(name), torch.export.Dim("B", min=1)
    state = net.initial_state(2)
    shapes = {"x": {0: B}, "state": _pytree.tree_map(lambda t: {0: B} if t.ndim else None, state)}
    program = torch.export.export(Step(net), (torch.ones(2, 3), state), dynamic_shapes=shapes)
    x = torch.randn(5, 7, 3, generator=seed(1))
    mine, state = net.initial_state(5), net.initial_state(5)
    with torch.no_grad():
        for x_t in x.unbind(1):
            want, mine = net.step(x_t, mine)
            scores, state = program.module()(x_t, state)
            torch.testing.assert_close(scores, want)
        torch.testing.assert_close(scores, net(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", RECIPES)
def test_an_exported_sequence_form_takes_any_batch(name):
    net, shapes = network(name), {"x": {0: torch.export.Dim("B", min=1)}}
    program = torch.export.export(net, (torch.ones(2, 9, 3),), dynamic_shapes=shapes)
    x = torch.randn(5, 9, 3, generator=seed(1))
    torch.testing.assert_close(program.module()(x), net(x))


class LayerStep(nn.Module):
    """The step of a layer as a module."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, u, state):
        """u (B, H)."""
        return self.layer.step(u, state)


@pytest.mark.parametrize("layer", [S4D, BinaryS4D])
def test_an_exported_step_of_a_layer_streams_any_batch(layer):
    own, B = layer(6, N=4, generator=seed()).eval(), torch.export.Dim("B", min=1)
    state = own.initial_state(2)
    shapes = {
        "u": {0: B},
        "state": _pytree.tree_map(lambda t: {0: B} if t.ndim == 3 else None, state),
    }
    program = torch.export.export(
        LayerStep(own), (torch.ones(2, 6), state), dynamic_shapes=shapes
    ).module()
    u, mine, theirs = torch.randn(7, 5, 6, generator=seed(1)), *(own.initial_state(5),) * 2
    with torch.no_grad():
        for u_t in u:
            y, mine = own.step(u_t, mine)
            z, theirs = program(u_t, theirs)
            torch.testing.assert_close(y, z)
