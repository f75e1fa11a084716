"""Blocks: their parts in order, streaming, causality, dropout, and what learns slowly."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import gelu

from sslearn.layers import (
    GLU,
    S4D,
    BinaryS4D,
    Block,
    GatedSpikingUnit,
    TiedDropout,
    param_groups,
)


def seed(n=0):
    return torch.Generator().manual_seed(n)


def streamed(layer, u):
    state, ys = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y, state = layer.step(u_t, state)
        ys.append(y)
    return torch.stack(ys, 1)


def block(ssm, act, mix, **options):
    return Block(ssm, act, mix, H=6, **options)


LAYERS = {
    "S4D": lambda g: S4D(6, 8, generator=g),
    "S4D + GELU + GLU": lambda g: block(S4D(6, 8, generator=g), gelu, GLU(6, generator=g)),
    "Binary + GLU, prenorm": lambda g: block(
        BinaryS4D(6, 8, generator=g), nn.Identity(), GLU(6, generator=g), prenorm=True, dropout=0.5
    ),
    "GSU, batch norm": lambda g: block(
        S4D(6, 8, generator=g), nn.Identity(), GatedSpikingUnit(6, generator=g), norm="batch"
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_streaming_equals_the_sequence(name):
    layer = LAYERS[name](seed()).double().eval()
    u = torch.randn(2, 50, 6, dtype=torch.float64, generator=seed(1))
    with torch.no_grad():
        torch.testing.assert_close(streamed(layer, u), layer(u), rtol=1e-9, atol=1e-9)
        assert layer(u).shape == u.shape


@pytest.mark.parametrize("name", LAYERS)
def test_the_future_has_no_say(name):
    layer = LAYERS[name](seed()).double().eval()
    u = torch.randn(1, 30, 6, dtype=torch.float64, generator=seed(1))
    later = u.clone()
    later[:, 20:] += 1
    same = torch.isclose(layer(u), layer(later), atol=1e-9)
    assert same[:, :20].all() and not same[:, 20:].all()


@pytest.mark.parametrize("name", LAYERS)
def test_every_parameter_gets_a_gradient(name):
    layer = LAYERS[name](seed())
    layer(torch.randn(3, 20, 6, generator=seed(1))).square().sum().backward()
    for key, p in layer.named_parameters():
        assert p.grad is not None and p.grad.abs().sum() > 0, key


@pytest.mark.parametrize("prenorm", [False, True])
def test_a_block_is_its_parts_in_order(prenorm):
    g = seed()
    net = block(S4D(6, 8, generator=g), gelu, GLU(6, generator=g), prenorm=prenorm).double()
    x = 3 + torch.randn(2, 9, 6, dtype=torch.float64, generator=seed(1))
    read = nn.functional.layer_norm(x, (6,)) if prenorm else x
    summed = x + net.mix(gelu(net.ssm(read)))
    want = summed if prenorm else nn.functional.layer_norm(summed, (6,))
    torch.testing.assert_close(net.before(x), read)
    torch.testing.assert_close(net(x), want)
    torch.testing.assert_close(net.after(x, net.ssm(net.before(x))), net(x))


class Marked(nn.Module):
    """A dropout that adds 10 at its first call and 100 at its second."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, z):
        self.calls += 1
        return z + 10**self.calls


def test_dropout_stands_before_and_behind_the_mixing():
    double = lambda z: 2 * z  # noqa: E731
    net = block(nn.Identity(), nn.Identity(), double, prenorm=True)
    net.norm, net.drop = nn.Identity(), Marked()
    assert net(torch.ones(1, 1, 6)).unique().item() == 1 + (2 * (1 + 10) + 100)


@pytest.mark.parametrize("dead", ["act", "mix"])
def test_each_dropout_drops_for_itself(dead):
    """Where activation or mixing is constant, the block's spread is the other dropout's alone."""
    ones = torch.ones_like
    parts = {"act": nn.Identity(), "mix": nn.Identity()} | {dead: ones}
    net = block(nn.Identity(), parts["act"], parts["mix"], dropout=0.5, prenorm=True).train()
    net.norm = nn.Identity()
    torch.manual_seed(0)
    added = net(torch.ones(64, 3, 6)) - 1
    assert torch.equal(added, added[:, :1].expand_as(added))
    levels = {"act": {0.0, 4.0}, "mix": {0.0, 2.0}}[dead]  # both dropouts, or the outer one alone
    assert set(added.unique().tolist()) == levels
    kept = (added > 0).float().mean().item()
    assert abs(kept - {"act": 0.25, "mix": 0.5}[dead]) < 0.09  # four standard errors


def test_dropout_is_tied_over_time_and_off_in_eval():
    drop = TiedDropout(0.5)
    y = drop(torch.ones(4, 30, 50))
    assert torch.equal(y, y[:, :1].expand_as(y)) and set(y.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(drop.eval()(torch.ones(2, 3, 4)), torch.ones(2, 3, 4))


def test_two_learning_rates():
    model = LAYERS["GSU, batch norm"](seed())
    fast, slow = param_groups(model, lr=0.01, weight_decay=0.05)
    assert {id(p) for p in slow["params"]} == {
        id(p) for p in (model.ssm.log_dt, model.ssm.log_A_real, model.ssm.A_imag)
    }
    assert (slow["lr"], slow["weight_decay"]) == (1e-3, 0.0)
    assert (fast["lr"], fast["weight_decay"]) == (0.01, 0.05)
    assert len(fast["params"]) + 3 == len(list(model.parameters()))
    assert param_groups(model, lr=1e-4, weight_decay=0.0)[1]["lr"] == 1e-4
    assert len(param_groups(nn.Linear(2, 2), lr=0.1, weight_decay=0.0)) == 1


class Slower(nn.Module):
    """A layer whose slow parameter has its own name; the one that is called log_dt is not slow."""

    slow = ("pace",)

    def __init__(self):
        super().__init__()
        self.pace, self.log_dt = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))


def test_a_layer_says_itself_what_learns_slowly():
    net = nn.Sequential(Slower(), nn.Linear(2, 2), S4D(2, 4, generator=seed()))
    fast, slow = param_groups(net, lr=0.01, weight_decay=0.05)
    want = [net[0].pace, net[2].log_dt, net[2].log_A_real, net[2].A_imag]
    assert [id(p) for p in slow["params"]] == [id(p) for p in want]
    assert any(p is net[0].log_dt for p in fast["params"])


def test_state_dict_round_trip():
    layer = LAYERS["GSU, batch norm"](seed())
    other = LAYERS["GSU, batch norm"](seed(7))
    other.load_state_dict(copy.deepcopy(layer.state_dict()))
    x = torch.randn(2, 10, 6, generator=seed(1))
    assert torch.equal(layer.eval()(x), other.eval()(x))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_layers_run_on_a_gpu():
    for make in LAYERS.values():
        layer, x = make(seed()).eval(), torch.randn(2, 40, 6, generator=seed(1))
        with torch.no_grad():
            here, there = layer(x), layer.cuda()(x.cuda()).cpu()
        assert (here != there).float().mean() < 0.05 or (here - there).abs().max() < 1e-3


@pytest.mark.parametrize("p", [1.0, -0.1])
def test_bad_dropout_is_named(p):
    with pytest.raises(ValueError, match="dropout"):
        TiedDropout(p)
