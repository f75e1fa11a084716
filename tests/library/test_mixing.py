"""GLU, the Gated Spiking Unit and its Ter, norms, and the weights' start."""

import pytest
import torch

from sslearn.layers import GLU, S4D, Gain, GatedSpikingUnit, Norm, make_linear
from sslearn.models import recipe
from sslearn.spikes import arctan, straight_through


def seed(n=0):
    return torch.Generator().manual_seed(n)


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


@pytest.mark.parametrize("shared", [True, False])
def test_gsu_sends_gradient_through_both_factors(shared):
    gsu = GatedSpikingUnit(8, alpha=0.3, shared=shared, generator=seed())
    x = torch.randn(4, 8, generator=seed(1)).requires_grad_()
    s, T = gsu.ternary_inputs(x)
    left, right = s @ gsu.W.T + gsu.b, x @ T.T + gsu.c
    for mine, theirs in zip(gsu.factors(x), (left, right), strict=True):
        torch.testing.assert_close(mine, theirs)
    last = gsu.W if shared else gsu.W2
    for factor, W in ((left * right.detach(), gsu.W), (left.detach() * right, last)):
        for z in (x, W):
            assert torch.autograd.grad(factor.sum(), z, retain_graph=True)[0].abs().sum() > 0
    torch.testing.assert_close(gsu(x), left * right)


def gradient(unit, x):
    at = x.clone().requires_grad_()
    return torch.autograd.grad(unit(at).sum(), at)[0]


def test_a_relative_gradient_does_not_know_how_loud_the_token_is():
    """GSU(k x) = k GSU(x) without biases, so that its derivative at k x is that at x."""
    x = 2 * torch.randn(5, 8, generator=seed(1), dtype=torch.float64)
    assert (x.abs().amax(-1) > 1).all()
    for surrogate in (straight_through, arctan):
        plain, relative = (
            GatedSpikingUnit(8, surrogate=surrogate, relative=r, generator=seed()).double()
            for r in (False, True)
        )
        with torch.no_grad():
            for unit in (plain, relative):
                unit.b.zero_()
        torch.testing.assert_close(relative(x), plain(x))
        torch.testing.assert_close(gradient(relative, 100 * x), gradient(relative, x))
        assert not torch.allclose(gradient(plain, 100 * x), gradient(plain, x))


def test_a_relative_gradient_of_a_silent_token_is_the_plain_one():
    x = torch.tensor([[0.0] * 8, [1e-30] * 8, [0.5] * 8])
    units = [GatedSpikingUnit(8, relative=r, generator=seed()) for r in (False, True)]
    for unit in units:
        torch.nn.init.ones_(unit.c)
    torch.testing.assert_close(*(gradient(unit, x) for unit in units))


def test_the_scale_of_the_recipe_can_be_folded_into_the_weights():
    """GELU(GSU(x) / sqrt H) is an unscaled GSU whose W and b are divided: Ter(W) stays."""
    H, x = 16, 2 * torch.randn(5, 16, generator=seed(1), dtype=torch.float64)
    scaled, plain = (
        recipe("gsu", scaled=s)["mix"](H, generator=seed(2)).double() for s in (True, False)
    )
    with torch.no_grad():
        torch.nn.init.normal_(scaled[0].c, generator=seed(3))
        plain[0].c.copy_(scaled[0].c)
        assert not torch.allclose(scaled(x), plain(x))
        plain[0].W.copy_(scaled[0].W / H**0.5)
        plain[0].b.copy_(scaled[0].b / H**0.5)
        torch.testing.assert_close(scaled(x), plain(x))


@torch.no_grad()
def test_the_scaled_recipe_starts_as_loud_as_its_input_at_any_width():
    for H in (16, 64, 256):
        x = torch.randn(200, H, generator=seed(1))
        loud, even = (
            recipe("gsu", scaled=s)["mix"](H, generator=seed(2))[:-1](x).std()
            for s in (False, True)
        )
        assert 0.3 < even < 1 and loud / even == pytest.approx(H**0.5, rel=1e-4)


def test_gain_multiplies():
    x = torch.randn(3, 4, generator=seed())
    assert torch.equal(Gain(0.25)(x), x / 4)


def test_glu_is_value_times_gate():
    unit, x = GLU(8, generator=seed()).double(), torch.randn(4, 8, generator=seed(1)).double()
    W, b = unit.both.weight, unit.both.bias
    value, gate = x @ W[:8].T + b[:8], torch.sigmoid(x @ W[8:].T + b[8:])
    for mine, theirs in zip(unit.factors(x), (value, gate), strict=True):
        torch.testing.assert_close(mine, theirs)
    torch.testing.assert_close(unit(x), value * gate)


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts():
    H = 16
    assert count(GatedSpikingUnit(H, generator=seed())) == H**2 + 2 * H
    assert count(GatedSpikingUnit(H, shared=False, generator=seed())) == 2 * H**2 + 2 * H
    assert count(GLU(H, generator=seed())) == 2 * H**2 + 2 * H
    assert count(S4D(H, 64, generator=seed())) == H * (1 + 32 + 32 + 64 + 1)


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


def test_straight_through_is_the_default():
    unit = GatedSpikingUnit(4, generator=seed())
    assert unit.surrogate is straight_through and not unit.relative
    assert recipe("gsu")["mix"](4, generator=seed())[0].relative


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("alpha", lambda: GatedSpikingUnit(4, alpha=2.0, generator=seed())),
        ("norm", lambda: Norm(4, "group")),
    ],
)
def test_bad_input_is_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()
