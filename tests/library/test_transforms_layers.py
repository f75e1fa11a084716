"""Each layer and each recipe under the transforms of torch, and in float64.

Autocast, torch.func with and without a carried state, export and no sequences. test_models.py
compiles the networks, which hold every one of these layers. It stops before torch's inductor, which
needs a C++ compiler and a minute, because that part is torch's own.
"""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad

from sslearn.layers import GLU, S4D, BinaryS4D, Block, GatedSpikingUnit
from sslearn.models.sequence import RECIPES, SequenceClassifier, recipe
from tests.library.diagonal_model import seed

H, L = 4, 9


def network(name):
    how = recipe(name, N=4)
    return SequenceClassifier(H, 3, **how, depth=2, H=H, generator=seed(1)).eval()


MODULES = {
    "S4D": lambda: S4D(H, N=4, generator=seed(1)),
    "S4D both ways": lambda: S4D(H, N=4, bidirectional=True, generator=seed(1)),
    "BinaryS4D": lambda: BinaryS4D(H, N=4, generator=seed(1)),
    "GLU": lambda: GLU(H, generator=seed(1)),
    "GatedSpikingUnit": lambda: GatedSpikingUnit(H, generator=seed(1)),
    "Block": lambda: Block(
        S4D(H, N=4, generator=seed(1)), torch.relu, GLU(H, generator=seed(2)), H=H
    ),
} | {name: (lambda name=name: network(name)) for name in RECIPES}
every = pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)


def signal(b=3):
    return torch.randn(b, L, H, generator=seed(0))


@every
def test_torch_func_gives_the_gradients_of_autograd(make):
    net, u = make(), signal()
    net(u).square().sum().backward()
    weights = {name: p.detach() for name, p in net.named_parameters()}
    mine = grad(lambda w: functional_call(net, w, (u,)).square().sum())(weights)
    for name, p in net.named_parameters():
        torch.testing.assert_close(mine[name], p.grad, rtol=1e-4, atol=1e-4)


@every
def test_autocast_trains_near_the_full_precision(make):
    net, u = make(), signal()
    with torch.autocast("cpu", torch.bfloat16):
        y = net(u)
        y.float().square().sum().backward()
    grads = [p.grad for p in net.parameters()]
    assert all(g is not None and g.isfinite().all() and g.dtype == torch.float32 for g in grads)
    off = (y.float() - net(u)).abs()
    assert off.median() < 0.05  # a spike near the threshold may fall the other way


@every
def test_an_empty_batch_gives_an_empty_batch_and_no_gradient(make):
    net = make()
    y = net(signal(0))
    assert y.shape == (0, *net(signal()).shape[1:])
    y.sum().backward()
    assert all(p.grad is None or not p.grad.any() for p in net.parameters())


@pytest.mark.parametrize(
    "name", [name for name in MODULES if name not in RECIPES]
)  # test_export.py has those
def test_export_of_a_layer_with_any_number_of_sequences(name):
    net = MODULES[name]()
    batch = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(net, (signal(),), dynamic_shapes=batch).module()
    torch.testing.assert_close(program(signal(5)), net(signal(5)))


@every
def test_float64_is_float32_with_more_digits(make):
    net = make()
    single = net(signal())
    double = net.double()(signal().double())
    assert single.dtype == torch.float32 and double.dtype == torch.float64
    assert (double - single).abs().median() < 1e-5  # A spike near the threshold may fall otherwise.
    double.square().sum().backward()
    assert all(p.grad.dtype == torch.float64 and p.grad.isfinite().all() for p in net.parameters())


class Stream(nn.Module):
    """The outputs of net.step, (B, L, ...) of u (B, L, H), step by step from the initial state."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, u):
        state, out = self.net.initial_state(len(u)), []
        for u_t in u.unbind(1):
            y, state = self.net.step(u_t, state)
            out.append(y)
        return torch.stack(out, 1)


@pytest.mark.parametrize("name", ["S4D", "BinaryS4D", "Block", *RECIPES])
def test_a_carried_state_follows_the_weights_of_functional_call(name):
    """Its own weights stay those of the module, although step keeps what it computes of them."""
    net, u = MODULES[name]().double(), signal().double()
    stream, other = Stream(net), Stream(copy.deepcopy(net))
    with torch.no_grad():
        for p in other.parameters():
            p += 0.1 * torch.randn(p.shape, generator=seed(4), dtype=p.dtype)
    weights = {name: p.detach().clone() for name, p in other.named_parameters()}
    with torch.no_grad():
        mine, wanted = stream(u), other(u)
        assert not torch.allclose(mine, wanted)
        torch.testing.assert_close(functional_call(stream, weights, (u,)), wanted)
        torch.testing.assert_close(stream(u), mine)
    given = grad(lambda w: functional_call(stream, w, (u,)).square().sum())(weights)
    other(u).square().sum().backward()
    for name, p in other.named_parameters():
        torch.testing.assert_close(given[name], p.grad, rtol=1e-6, atol=1e-9)
