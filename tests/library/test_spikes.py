import functools
import math

import pytest
import snntorch.surrogate as oracle
import torch

from sslearn import spikes

U = torch.linspace(-2, 2, 401, dtype=torch.float64)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (spikes.arctan, oracle.atan(alpha=2.0)),
        (functools.partial(spikes.arctan, alpha=5.0), oracle.atan(alpha=5.0)),
        (spikes.fast_sigmoid, oracle.fast_sigmoid(slope=25)),
        (spikes.sigmoid, oracle.sigmoid(slope=25)),
        (spikes.straight_through, oracle.straight_through_estimator()),
    ],
)
def test_surrogate_equals_snntorch(ours, theirs):
    grads = []
    for f in (lambda u: spikes.spike(u, ours), theirs):
        u = U.clone().requires_grad_()
        out = f(u)
        out.sum().backward()
        grads.append(u.grad)
        assert set(out.tolist()) == {0.0, 1.0} and out[200] == 0  # u = 0 is no spike
    torch.testing.assert_close(*grads, rtol=1e-6, atol=1e-9)  # their pi passes through float32


@pytest.mark.parametrize(
    ("surrogate", "area"),
    [(spikes.arctan, 1), (spikes.fast_sigmoid, 0.08), (spikes.triangle, 1), (spikes.sigmoid, 1)],
)
def test_surrogate_area(surrogate, area):
    u = torch.linspace(-2000, 2000, 4_000_001, dtype=torch.float64)
    assert torch.trapezoid(surrogate(u), u).item() == pytest.approx(area, rel=5e-3)


def test_arctan_is_the_derivative_of_its_twin():
    twin = lambda u: 0.5 + torch.atan(math.pi * u) / math.pi  # noqa: E731  alpha = 2
    slope = (twin(U + 1e-6) - twin(U - 1e-6)) / 2e-6
    torch.testing.assert_close(spikes.arctan(U), slope, rtol=1e-6, atol=1e-6)


def test_gaussian_is_the_normal_density():
    density = torch.distributions.Normal(0.0, torch.tensor(0.3, dtype=U.dtype)).log_prob(U).exp()
    torch.testing.assert_close(spikes.gaussian(U, sd=0.3), density, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("family", spikes.FAMILIES)
@pytest.mark.parametrize("alpha", [0.1, 2.0, 60.0])
def test_families_of_one_width_fall_to_half_at_the_same_place(family, alpha):
    f = spikes.surrogate_of_width(family, alpha)
    w = torch.tensor(spikes.arctan_half_width(alpha), dtype=torch.float64)
    assert f(w).item() == pytest.approx(0.5 * f(torch.zeros_like(w)).item())
    assert f(-w).item() == pytest.approx(f(w).item())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_extreme_values_and_nan(dtype):
    least = torch.finfo(dtype).smallest_normal / 4  # below the normal numbers
    u = torch.tensor([math.inf, 3.0, least, 0.0, -0.0, -least, -3.0, -math.inf], dtype=dtype)
    for x in (u, u.clone().requires_grad_(), u.repeat(9)):  # a long tensor takes vector code
        s = spikes.spike(x)
        assert s.dtype == dtype and s[:8].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
        assert not s.signbit().any() and torch.equal(s[-8:], s[:8])
        assert spikes.ternary(x, 0.0)[:8].tolist() == [1, 1, 1, 0, 0, -1, -1, -1]
        assert spikes.ternary(x, 2.0)[:8].tolist() == [1, 1, 0, 0, 0, 0, -1, -1]
    nan = torch.tensor([math.nan, 1.0], dtype=dtype)
    for f in (spikes.spike, lambda z: spikes.ternary(z, 0.5)):
        for x in (nan, nan.clone().requires_grad_()):
            assert f(x).isnan().tolist() == [True, False]


def test_a_slope_that_learns_gets_no_gradient_and_stops_none():
    slope = torch.ones((), requires_grad=True)
    u = torch.zeros(3, requires_grad=True)
    spikes.spike(u, lambda x: spikes.fast_sigmoid(x, slope)).sum().backward()
    assert slope.grad is None and u.grad.tolist() == [1, 1, 1]


def test_ternary_values_by_hand():
    z = torch.tensor([-2.0, -0.5, -0.4, 0.0, 0.4, 0.5, 2.0])
    assert spikes.ternary(z, 0.5).tolist() == [-1, -1, 0, 0, 0, 1, 1]
    assert spikes.ternary(torch.zeros(3), 0.0).tolist() == [0, 0, 0]


def test_ternary_gradients():
    z = torch.linspace(-2, 2, 9).requires_grad_()
    assert torch.autograd.grad(spikes.ternary(z, 0.5).sum(), z)[0].tolist() == [1.0] * 9
    bumps = torch.autograd.grad(spikes.ternary(z, 0.5, spikes.arctan).sum(), z)[0]
    two = spikes.spike(z - 0.5, spikes.arctan) - spikes.spike(-z - 0.5, spikes.arctan)
    torch.testing.assert_close(bumps, torch.autograd.grad(two.sum(), z)[0])


def test_stochastic_spikes_have_the_mean_and_its_gradient():
    u = torch.linspace(-2, 2, 5).repeat(20000, 1).requires_grad_()
    s = spikes.stochastic_spike(u, 0.5, generator=torch.Generator().manual_seed(0))
    p = torch.sigmoid(u[0] / 0.5)
    assert set(s.unique().tolist()) == {0.0, 1.0}
    assert (s.mean(0) - p).abs().max() < 0.015  # this is four standard errors
    s.sum().backward()
    torch.testing.assert_close(u.grad[0], (p * (1 - p) / 0.5).detach())


def test_bad_input_is_named():
    for call, name in (
        (lambda: spikes.spike(torch.ones(2, dtype=torch.int64)), "u must"),
        (lambda: spikes.spike(torch.ones(2), "arctan"), "surrogate"),
        (lambda: spikes.ternary(torch.ones(2), -0.1), "delta"),
        (lambda: spikes.surrogate_of_width("cosine", 2.0), "family"),
        (lambda: spikes.arctan_half_width(math.nan), "alpha"),
        (lambda: spikes.surrogate_of_width("arctan", 0.0), "alpha"),
        (lambda: spikes.stochastic_spike(torch.ones(2), 0.0, generator=None), "width"),
    ):
        with pytest.raises(ValueError, match=name):
            call()


@pytest.mark.parametrize("surrogate", [spikes.straight_through, spikes.arctan])
def test_a_unit_changes_the_slope_of_ternary_and_no_value(surrogate):
    """Two routes: the unit as an argument, and z and delta divided by it beforehand."""
    z = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    delta, unit = torch.tensor([[0.1], [0.4], [0.0], [2.0]]), torch.tensor([[3.0], [0.5], [1], [2]])
    weight, grads = torch.arange(24.0, dtype=torch.float64).view(4, 6), []
    for f in (
        lambda z: spikes.ternary(z, delta, surrogate, unit=unit),
        lambda z: spikes.ternary(z / unit, delta / unit, surrogate),
    ):
        at = z.clone().requires_grad_()
        s = f(at)
        assert torch.equal(s, spikes.ternary(z, delta))
        grads += torch.autograd.grad((weight * s).sum(), at)
    torch.testing.assert_close(*grads)
    with pytest.raises(ValueError, match="unit must be positive everywhere, got 0"):
        spikes.ternary(z, delta, unit=0 * unit)
