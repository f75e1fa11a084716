import functools
import math

import pytest
import snntorch.surrogate as oracle
import torch

from sslearn import spikes, trains
from sslearn.data.made.signals import poisson

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


def test_statistics_by_hand():
    s = torch.tensor([0.0, 1, 0, 0, 1, 0, 1, 0])
    assert trains.rate(s, 0.5).item() == pytest.approx(750)
    assert trains.isi(s, 0.5).tolist() == [1.5, 1.0]
    assert trains.cv(torch.tensor([1.0, 3.0])) == pytest.approx(math.sqrt(2) / 2)
    assert trains.fano(torch.tensor([1.0, 3.0])) == pytest.approx(1.0)
    two = torch.stack([s, 1 - s])
    assert trains.psth(two, 0.5, 1.0).tolist() == [1000.0] * 4
    assert math.isnan(trains.cv(torch.tensor([1.0]))) and math.isnan(trains.fano(torch.zeros(3)))


def test_poisson_has_cv_and_fano_of_one():
    s = poisson(200_000, 1.0, rate=20, generator=torch.Generator().manual_seed(0))
    assert trains.rate(s, 1.0).item() == pytest.approx(20, rel=0.05)
    assert trains.cv(trains.isi(s, 1.0)) == pytest.approx(1, abs=0.05)
    assert trains.fano(s.reshape(-1, 1000).sum(1)) == pytest.approx(1, abs=0.2)


def test_bad_input_is_named():
    for call, name in (
        (lambda: spikes.spike(torch.ones(2, dtype=torch.int64)), "u must"),
        (lambda: spikes.spike(torch.ones(2), "arctan"), "surrogate"),
        (lambda: trains.rate(torch.tensor([0.5]), 1.0), "s must"),
        (lambda: trains.rate(torch.ones(3), 0.0), "dt must"),
        (lambda: trains.isi(torch.ones(2, 3), 1.0), r"\(L,\)"),
        (lambda: trains.psth(torch.ones(2, 3), 1.0, 9.0), "width"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
