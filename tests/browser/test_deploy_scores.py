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
    "lif": made_lif,
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
    assert wanted[:, -1].std(0).max() > 1e-2  # The scores depend on the numbers.
    torch.testing.assert_close(got, wanted, atol=2e-4, rtol=1e-3)


# Measured on 359 digits: S4D differs by at most 5e-5. The others differ by less, save one digit
# each, by 0.22 and 0.02: a spike, or a sign of Ter, lay at its threshold and fell the other way.
DIGITS = ["digits-s4d-small-0", "digits-binary-s4d-small-0", "digits-gsu-small-0"]


@pytest.mark.parametrize("name", DIGITS)
def test_a_shipped_network_answers_all_test_digits_as_python_does(opened, name):
    net, record = open_model(ASSETS / f"{name}.safetensors")
    x, y = load_task("digits").test
    with opened(net, record=record) as page:
        got = torch.tensor(page.evaluate(SCORES, x.flatten(1).tolist()))[:, -1]
    with torch.no_grad():
        wanted = net(x)
    gap = (got - wanted).abs().amax(-1)
    other = (gap > 3e-4).sum()
    assert (
        len(x) == 359 and gap.max() < 0.5 and other <= (0 if name.startswith("digits-s4d") else 4)
    )
    assert (got.argmax(-1) != wanted.argmax(-1)).sum() <= 1
    right = (got.argmax(-1) == y).float().mean().item()
    assert right == pytest.approx(record["accuracy"], abs=1.1 / 359)
