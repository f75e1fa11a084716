import math

import pytest
import torch

from sslearn.lif import lif_by_steps
from sslearn.models import LIFNetwork
from sslearn.spikes import arctan, fast_sigmoid


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("surrogate", [arctan, fast_sigmoid])
def test_lif_network_is_linear_lif_by_steps_layer_by_layer_and_a_mean(layers, surrogate):
    net = LIFNetwork(
        5, 8, 3, layers=layers, beta=0.8, surrogate=surrogate, generator=seed()
    ).double()
    results = []
    for readable in (False, True):
        x = (6 * torch.rand(4, 20, 5, generator=seed(1))).double().requires_grad_()
        if readable:
            s, trains = x, []
            for layer in net.hidden:
                i = s @ layer.weight.T + layer.bias
                s = lif_by_steps(i, beta=0.8, surrogate=surrogate).s
                trains.append(s)
            scores = s.mean(1) @ net.readout.weight.T + net.readout.bias
        else:
            trains, scores = net.spikes(x), net(x)
        net.zero_grad()
        scores.square().sum().backward()
        assert all(train.sum() > 0 for train in trains)
        results.append([*trains, scores, x.grad, *(p.grad.clone() for p in net.parameters())])
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9)


def test_start_is_uniform_by_fan_in_and_from_the_generator():
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    one, two, other = (LIFNetwork(64, 400, 10, generator=seed(n)) for n in (0, 0, 1))
    assert torch.equal(torch.rand(3), want)  # torch's own seed is left alone
    for a, b, c in zip(one.parameters(), two.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)
    for layer, fan in ((one.hidden[0], 64), (one.readout, 400)):
        w = layer.weight.detach()
        assert w.abs().max() <= fan**-0.5
        assert w.std().item() == pytest.approx(fan**-0.5 / math.sqrt(3), rel=0.05)
        assert layer.bias.abs().max() <= fan**-0.5


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"inputs": 0}, "inputs"), ({"H": 0}, "H must"), ({"H": 2.0}, "H must"),
        ({"classes": -1}, "classes"), ({"layers": 0}, "layers"), ({"beta": 1.1}, "beta"),
        ({"beta": math.nan}, "beta"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(bad, name):
    how = {"inputs": 2, "H": 3, "classes": 4} | bad
    sizes = [how.pop(n) for n in ("inputs", "H", "classes")]
    with pytest.raises(ValueError, match=name):
        LIFNetwork(*sizes, generator=seed(), **how)
