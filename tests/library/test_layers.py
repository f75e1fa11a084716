import copy
import math

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
    Norm,
    TiedDropout,
    make_linear,
    param_groups,
)
from sslearn.spikes import arctan, spike, stochastic_spike, straight_through, ternary


def seed(n=0):
    return torch.Generator().manual_seed(n)


def published_minimal_s4d(layer, u):
    """The formula of s4d.py in state-spaces/s4 for the same parameters; u (B, H, L)."""
    C, L = torch.view_as_complex(layer.C[0]), u.shape[-1]
    dt, A = layer.log_dt.exp(), -layer.log_A_real.exp() + 1j * layer.A_imag
    dtA = A * dt[:, None]
    K = dtA[..., None] * torch.arange(L)
    C = C * (torch.exp(dtA) - 1) / A
    K = 2 * torch.einsum("hn,hnl->hl", C, torch.exp(K)).real
    f = torch.fft.rfft(K, n=2 * L) * torch.fft.rfft(u, n=2 * L)
    return torch.fft.irfft(f, n=2 * L)[..., :L] + u * layer.D[:, None]


@pytest.mark.parametrize("L", [1, 2, 63, 784])
def test_s4d_is_the_published_formula(L):
    layer, u = S4D(5, 16, generator=seed()), torch.randn(2, L, 5, generator=seed(1))
    theirs = published_minimal_s4d(layer, u.mT).mT
    torch.testing.assert_close(layer(u), theirs, rtol=1e-5, atol=1e-5)
    g = torch.randn(2, L, 5, generator=seed(2))
    params = list(layer.parameters())
    for a, b in zip(torch.autograd.grad(layer(u), params, g),
                    torch.autograd.grad(theirs, params, g), strict=True):  # fmt: skip
        assert (a - b).abs().max() <= 1e-4 * b.abs().max() + 1e-5


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


def test_bidirectional_sees_both_ways_and_cannot_stream():
    layer = S4D(4, 8, bidirectional=True, generator=seed())
    u = torch.randn(1, 20, 4, generator=seed(1))
    past, future = layer.kernel(20)
    want = torch.stack([
        layer.D * u[0, t]
        + sum((past[j] * u[0, t - j] for j in range(t + 1)), torch.zeros(4))
        + sum((future[j] * u[0, t + 1 + j] for j in range(19 - t)), torch.zeros(4))
        for t in range(20)
    ])  # fmt: skip
    torch.testing.assert_close(layer(u)[0], want, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="streamed"):
        layer.initial_state(1)


def test_poles_stay_stable_whatever_the_parameters():
    layer = S4D(4, 8, generator=seed())
    with torch.no_grad():
        for p in layer.parameters():
            p.add_(torch.randn(p.shape, generator=seed(1)) * 5)
    A, dt = layer.poles()
    assert (A.real < 0).all() and (dt > 0).all()
    assert S4D(3, 4, dt_min=0.01, dt_max=0.02, generator=seed()).poles()[1].max() <= 0.02


def test_kernel_is_the_impulse_response():
    layer = S4D(4, 8, generator=seed())
    u = torch.zeros(1, 30, 4)
    u[:, 0] = 1
    want = layer.kernel(30).clone()
    want[0] += layer.D
    torch.testing.assert_close(layer(u)[0], want, rtol=1e-4, atol=1e-5)


def test_binary_is_s4d_then_spike():
    plain, binary = S4D(5, 8, generator=seed()), BinaryS4D(5, 8, theta=0.3, generator=seed())
    u = torch.randn(2, 40, 5, generator=seed(1))
    assert torch.equal(binary(u), (plain(u) > 0.3).float())
    for p, q in zip(plain.parameters(), binary.parameters(), strict=True):
        assert torch.equal(p, q)


def test_stochastic_spikes_have_the_mean_and_its_gradient():
    u = torch.linspace(-2, 2, 5).repeat(20000, 1).requires_grad_()
    s = stochastic_spike(u, 0.5, generator=seed())
    p = torch.sigmoid(u[0] / 0.5)
    assert set(s.unique().tolist()) == {0.0, 1.0}
    assert (s.mean(0) - p).abs().max() < 0.015  # four standard errors
    s.sum().backward()
    torch.testing.assert_close(u.grad[0], (p * (1 - p) / 0.5).detach())
    layer = BinaryS4D(4, 8, width=0.5, generator=seed())
    x = torch.randn(1, 50, 4, generator=seed(1))
    assert not torch.equal(layer(x), layer(x))
    with pytest.raises(ValueError, match="width"):
        stochastic_spike(u, 0.0, generator=seed())


def test_ternary_values_by_hand():
    z = torch.tensor([-2.0, -0.5, -0.4, 0.0, 0.4, 0.5, 2.0])
    assert ternary(z, 0.5).tolist() == [-1, -1, 0, 0, 0, 1, 1]
    assert ternary(torch.zeros(3), 0.0).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="delta"):
        ternary(z, -1.0)


def test_ternary_gradients():
    z = torch.linspace(-2, 2, 9).requires_grad_()
    assert torch.autograd.grad(ternary(z, 0.5).sum(), z)[0].tolist() == [1.0] * 9
    bumps = torch.autograd.grad(ternary(z, 0.5, arctan).sum(), z)[0]
    two = spike(z - 0.5, arctan) - spike(-z - 0.5, arctan)
    torch.testing.assert_close(bumps, torch.autograd.grad(two.sum(), z)[0])


def test_gsu_products_are_sums_of_signed_entries():
    """Both products again, by adding and subtracting rows alone, in exact numbers."""
    gsu = GatedSpikingUnit(8, generator=seed()).double()
    x = torch.randint(-8, 9, (3, 8), generator=seed(1)).double()
    with torch.no_grad():
        gsu.W.copy_(torch.randint(-8, 9, (8, 8), generator=seed(2)))
        s, T = gsu.ternary_inputs(x)
        left = torch.stack([
            gsu.W[:, row == 1].sum(1) - gsu.W[:, row == -1].sum(1) for row in s])  # fmt: skip
        right = torch.stack(
            [torch.stack([x_b[t == 1].sum() - x_b[t == -1].sum() for t in T]) for x_b in x]
        )
        want = (left + gsu.b) * (right + gsu.c)
        torch.testing.assert_close(gsu(x), want, rtol=1e-12, atol=1e-12)
    assert set(s.unique().tolist()) <= {-1.0, 0.0, 1.0} and len(T.unique()) == 3


def test_gsu_sends_gradient_through_both_factors():
    gsu = GatedSpikingUnit(8, alpha=0.3, generator=seed())
    x = torch.randn(4, 8, generator=seed(1)).requires_grad_()
    s, T = gsu.ternary_inputs(x)
    left, right = s @ gsu.W.T + gsu.b, x @ T.T + gsu.c
    for factor in (left * right.detach(), left.detach() * right):
        assert torch.autograd.grad(factor.sum(), x, retain_graph=True)[0].abs().sum() > 0
        assert torch.autograd.grad(factor.sum(), gsu.W, retain_graph=True)[0].abs().sum() > 0
    torch.testing.assert_close(gsu(x), left * right)


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts():
    H = 16
    assert count(GatedSpikingUnit(H, generator=seed())) == H**2 + 2 * H
    assert count(GatedSpikingUnit(H, shared=False, generator=seed())) == 2 * H**2 + 2 * H
    assert count(GLU(H, generator=seed())) == 2 * H**2 + 2 * H
    assert count(S4D(H, 64, generator=seed())) == H * (1 + 32 + 32 + 64 + 1)


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


def test_dropout_is_tied_over_time_and_off_in_eval():
    drop = TiedDropout(0.5)
    y = drop(torch.ones(4, 30, 50))
    assert torch.equal(y, y[:, :1].expand_as(y)) and set(y.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(drop.eval()(torch.ones(2, 3, 4)), torch.ones(2, 3, 4))


def test_norms():
    x = torch.randn(4, 30, 5, generator=seed()) * 3 + 1
    layer, batch = Norm(5)(x), Norm(5, "batch")(x)
    assert layer.mean(-1).abs().max() < 1e-5
    assert batch.mean((0, 1)).abs().max() < 1e-5


def test_linear_depends_on_its_generator_alone():
    torch.manual_seed(1)
    a = make_linear(4, 3, seed(5))
    torch.manual_seed(2)
    b = make_linear(4, 3, seed(5))
    assert torch.equal(a.weight, b.weight) and a.weight.abs().max() <= 0.5


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


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("H must", lambda: S4D(0, 4, generator=seed())),
        ("N even", lambda: S4D(4, 3, generator=seed())),
        ("dt_min", lambda: S4D(4, 4, dt_min=1.0, dt_max=0.1, generator=seed())),
        ("alpha", lambda: GatedSpikingUnit(4, alpha=2.0, generator=seed())),
        ("norm", lambda: Norm(4, "group")),
        ("dropout", lambda: TiedDropout(1.0)),
    ],
)
def test_bad_input_is_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()


def test_straight_through_is_the_default_and_math_is_finite():
    assert GatedSpikingUnit(4, generator=seed()).surrogate is straight_through
    assert all(math.isfinite(p.sum().item()) for p in S4D(4, 64, generator=seed()).parameters())
