import math

import numpy as np
import pytest
import torch
from snntorch import spikegen

from sslearn import codes
from sslearn.data import digits
from sslearn.trains import fano


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


X = torch.cat([torch.rand(6, 40, generator=rng()), torch.linspace(0, 1, 40)[None]])  # (7, 40)


def time_second(s):
    return s.movedim(0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_rate_code_equals_spikegen_for_the_same_generator(seed):
    ours = codes.rate_code(X, 50, generator=rng(seed))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        theirs = spikegen.rate(X, num_steps=50)
    assert torch.equal(ours, time_second(theirs)) and 0 < ours.mean() < 1


def test_rate_code_counts_are_binomial():
    L = 40
    x = torch.tensor([[0.0, 0.1, 0.5, 0.9, 1.0]]).expand(20_000, 5)
    counts = codes.rate_code(x, L, generator=rng()).sum(1)
    torch.testing.assert_close(counts.mean(0), L * x[0], rtol=0, atol=0.1)
    torch.testing.assert_close(counts.var(0), L * x[0] * (1 - x[0]), rtol=0.04, atol=1e-6)


@pytest.mark.parametrize(("tau", "theta"), [(1.0, 0.01), (5.0, 0.2), (12.0, 0.5)])
def test_latency_code_equals_spikegen(tau, theta):
    L = 40
    with_theta = torch.cat([X, torch.full((1, 40), theta)])
    ours = codes.latency_code(with_theta, L, tau=tau, theta=theta)
    options = {"threshold": theta, "tau": tau, "clip": True, "bypass": True}
    theirs = time_second(spikegen.latency(with_theta, num_steps=L, **options))
    theirs[-1] = 0  # x = theta is held at theta + 1e-7 there; here it is silent
    assert torch.equal(ours, theirs) and ours.sum() > 50 and (ours.sum(1) <= 1).all()


def test_latency_is_the_time_to_threshold_of_a_leaky_neuron():
    from sslearn.fast import lif
    from sslearn.lif import decay

    tau, theta, x = 40.0, 0.3, torch.tensor([[0.35, 0.5, 0.8, 1.0]])
    beta = decay(tau, 1.0)
    v, s = lif(((1 - beta) * x)[:, None].expand(1, 200, 4), beta=beta, theta=theta)
    fires = codes.first_spike(s) + 1  # because v[0] is the membrane at t = 1
    coded = codes.first_spike(codes.latency_code(x, 200, tau=tau, theta=theta))
    assert ((fires - coded).abs() <= 1).all()


@pytest.mark.parametrize("L", [1, 2, 9, 17, 50])
def test_linear_latency_code_equals_spikegen(L):
    x = torch.cat([X.flatten(), digits().x[:5].flatten()])[None]
    for theta in (0.01, 0.3):
        ours = codes.linear_latency_code(x, L, theta=theta)
        if L > 1:  # theirs needs a positive tau = L - 1
            options = {"threshold": theta, "clip": True, "normalize": True, "linear": True}
            assert torch.equal(ours, time_second(spikegen.latency(x, num_steps=L, **options)))
        assert torch.equal(ours.sum(1) > 0, x >= theta)


@pytest.mark.parametrize("off", [False, True])
def test_delta_code_equals_spikegen(off):
    x = torch.randn(3, 60, 5, generator=rng()).cumsum(1)
    x = torch.cat([x, digits().x[:3].flatten(1)[:, :60, None].expand(3, 60, 5)])
    for theta in (0.0625, 0.25, 1.0):
        ours = codes.delta_code(x, theta=theta, off_spikes=off)
        theirs = spikegen.delta(time_second(x), threshold=theta, off_spike=off)
        assert torch.equal(ours, time_second(theirs)) and ours.any()


def test_first_spike_by_hand():
    s = torch.tensor([[[0.0, 1, 0], [1, 0, 0], [1, 1, 0]]])
    assert codes.first_spike(s).tolist() == [[1, 0, 3]]


@pytest.mark.parametrize("corr", [0.0, 0.05, 0.4, 1.0])
def test_population_has_its_rate_correlation_and_fano(corr):
    H, L = 40, 50_000
    p = torch.full((1, L), 0.1, dtype=torch.float64)
    s = codes.population(p, H, corr=corr, generator=rng(1))[0]
    assert s.mean().item() == pytest.approx(0.1, rel=0.05)
    pairs = torch.corrcoef(s.T)[torch.triu_indices(H, H, 1).unbind()]
    assert pairs.mean().item() == pytest.approx(corr, abs=0.02)
    assert pairs.std() < 0.02  # because every pair has the same correlation
    assert fano(s.sum(1)) == pytest.approx(0.9 * (1 + (H - 1) * corr), rel=0.06)
    assert torch.corrcoef(torch.stack([s[1:, 0], s[:-1, 0]]))[0, 1].abs() < 0.02


def test_population_follows_p():
    p = torch.tensor([[0.0, 0.02, 0.5, 1.0]]).repeat(4000, 1)
    for corr in (0.0, 0.3):
        s = codes.population(p, 25, corr=corr, generator=rng())
        torch.testing.assert_close(s.mean((0, 2)), p[0], rtol=0, atol=0.02)
        assert not s[:, 0].any() and s[:, 3].all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_code_keeps_the_dtype(dtype):
    x, L = torch.rand(2, 3, generator=rng()).to(dtype), np.int64(5)
    for s in (
        codes.rate_code(x, L, generator=rng()),
        codes.latency_code(x, L, tau=2.0, theta=0.1),
        codes.linear_latency_code(x, L, theta=0.1),
        codes.delta_code(x[..., None], theta=0.1),
        codes.population(x, np.int64(4), generator=rng()),
    ):
        assert s.dtype == dtype and set(s.unique().tolist()) == {0, 1}


def test_one_spike_stays_on_its_device():
    k = torch.zeros(2, 3, device="meta")
    assert codes._one_spike(k, 5, k > 0).device.type == "meta"


def test_bad_input_is_named():
    half = torch.full((1, 2), 0.5)
    for call, name in (
        (lambda: codes.rate_code(X + 2, 5, generator=rng()), r"x must .* got 2\.\d"),
        (lambda: codes.rate_code(X.long(), 5, generator=rng()), "x must .* got torch.int64"),
        (lambda: codes.rate_code(X, 0, generator=rng()), "L must"),
        (lambda: codes.latency_code(X, 5, tau=0.0, theta=0.1), "tau"),
        (lambda: codes.latency_code(X, 5, tau=1.0, theta=0.0), "theta"),
        (lambda: codes.linear_latency_code(X, 5, theta=1.0), "theta"),
        (lambda: codes.delta_code(X[None], theta=0.0), "theta"),
        (lambda: codes.delta_code(X[None] * math.nan, theta=0.1), "x must be .* NaN"),
        (lambda: codes.first_spike(torch.tensor([[[0.0], [math.nan], [1.0]]])), "s must be"),
        (lambda: codes.first_spike(torch.zeros(1, 3, 1) + 0j), "s must be real .*complex64"),
        (lambda: codes.first_spike(torch.zeros(1, 0, 1)), "s must be"),
        (lambda: codes.latency_code(X[0], 5, tau=1.0, theta=0.1), r"\(B, H\), got \(40,\)"),
        (lambda: codes.linear_latency_code(X[0], 5, theta=0.1), r"\(B, H\), got \(40,\)"),
        (lambda: codes.population(half * 3, 2, generator=rng()), "p must"),
        (lambda: codes.population(half, 0, generator=rng()), "H must"),
        (lambda: codes.population(half, 2, corr=-0.1, generator=rng()), "corr"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
