"""Each layer and each recipe under the transforms of torch: autocast, torch.func, no sequences."""

import pytest
import torch
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
