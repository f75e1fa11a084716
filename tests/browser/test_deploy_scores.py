"""The scores that the page of a network gives are Python's, at every step."""

from functools import partial

import pytest
import torch

from sslearn.layers import BinaryS4D, GatedSpikingUnit
from sslearn.models import LIFNetwork
from sslearn.runs import ASSETS, load_task, open_model
from tests.browser.one_page import made, running

SCORES = "all => all.map(u => sslearn.scores(u))"


def made_lif(**more):
    g = torch.Generator().manual_seed(2)
    net = LIFNetwork(3, 5, H=11, depth=3, generator=g, **more)
    with torch.no_grad():
        for layer in net.hidden:
            layer.weight *= 3  # so that the deepest layer fires
        net(torch.randn(20, 30, 3, generator=g))
    return net.eval()


def twice(H, generator):
    """Two units in a row, the second with a matrix of its own for Ter(W)."""
    units = [GatedSpikingUnit(H, shared=k == 0, generator=generator) for k in range(2)]
    return torch.nn.Sequential(units[0], torch.nn.Tanh(), units[1])


MADE = {
    "gsu": made,
    "gsu, prenorm, last, two W": partial(made, mix=twice, prenorm=True, pool="last"),
    "s4d, batch norm": partial(made, "s4d", norm="batch"),
    "s4d, relu, one number": partial(made, "s4d", d_input=1, act=torch.relu),
    "binary s4d": partial(made, "binary-s4d", layer=partial(BinaryS4D, N=8, theta=0.3)),
    "gsu, each": partial(made, pool="each"),
    "lif": made_lif,
    "lif, zero": partial(made_lif, reset="zero"),
    "lif, taus, batch norm, last": partial(made_lif, taus=(2.0, 20.0), norm=True, pool="last"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_made_network_is_pythons_at_every_step(opened, name):
    net = MADE[name]()
    d = 1 if "one number" in name else 3
    x = torch.randn(10, 200, d, generator=torch.Generator().manual_seed(3))
    with opened(net) as page:
        got = torch.tensor(page.evaluate(SCORES, x.flatten(1).tolist()))
    wanted = running(net, x)
    assert wanted.std(0).max() > 1e-2  # The scores depend on the numbers.
    torch.testing.assert_close(got, wanted, atol=2e-4, rtol=1e-3)


# How many of 359 digits may differ by over 3e-4, because a spike, or a sign of Ter, that lies at
# its threshold falls the other way. Measured: S4D differs by at most 5e-5, and one digit of Binary
# S4D by 0.22, one of GSU by 0.02.
DIGITS = {"s4d": 0, "binary-s4d": 4, "gsu": 4, "lif": 4}


@pytest.mark.parametrize("name", DIGITS)
def test_a_shipped_network_answers_all_test_digits_as_python_does(opened, name):
    net, record = open_model(ASSETS / f"digits-{name}-small-0.safetensors")
    x, y = load_task("digits").test
    with opened(net, record=record) as page:
        got = torch.tensor(page.evaluate(SCORES, x.flatten(1).tolist()))[:, -1]
    with torch.no_grad():
        wanted = net(x)
    gap = (got - wanted).abs().amax(-1)
    assert len(x) == 359 and gap.max() < 0.5 and (gap > 3e-4).sum() <= DIGITS[name]
    assert (got.argmax(-1) != wanted.argmax(-1)).sum() <= 1
    right = (got.argmax(-1) == y).float().mean().item()
    assert right == pytest.approx(record["accuracy"], abs=1.1 / 359)
