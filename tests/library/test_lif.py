import math

import numpy as np
import pytest
import snntorch
import torch
from snntorch import surrogate as snn_surrogate

from sslearn.fast import lif
from sslearn.lif import RESETS, best_tau, decay, fi_curve, lif_by_steps, lif_step, recall
from sslearn.trains import isi


def current(*shape, seed=0, dtype=torch.float32):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("form", [lif_by_steps, lif])
@pytest.mark.parametrize("reset", RESETS)
def test_equals_snntorch_bit_for_bit(reset, form):
    i = current(3, 200, 5)
    oracle = snntorch.Leaky(beta=0.9, threshold=0.7, reset_mechanism=reset)
    mem, ours = oracle.init_leaky(), form(i, beta=0.9, theta=0.7, reset=reset)
    assert ours.s.sum() > 100
    for t in range(200):
        spk, mem = oracle(i[:, t], mem)
        assert torch.equal(ours.s[:, t], spk) and torch.equal(ours.v[:, t], mem)


@pytest.mark.parametrize("form", [lif_by_steps, lif])
def test_gradient_equals_snntorch(form):
    grads = []
    for ours in (True, False):
        i = current(2, 50, 3).requires_grad_()
        if ours:
            s = form(i, beta=0.9).s
        else:
            oracle = snntorch.Leaky(beta=0.9, spike_grad=snn_surrogate.atan(alpha=2.0))
            mem, out = oracle.init_leaky(), []
            for i_t in i.unbind(1):
                spk, mem = oracle(i_t, mem)
                out.append(spk)
            s = torch.stack(out, 1)
        (s * torch.arange(50)[:, None]).sum().backward()
        grads.append(i.grad)
    torch.testing.assert_close(*grads, rtol=1e-5, atol=1e-5)


def test_one_step_by_hand():
    v, s = lif_step(torch.tensor([2.0]), torch.tensor([0.5]), torch.tensor([1.0]), beta=0.5)
    assert v.item() == 0.5 and s.item() == 0  # this is 0.5 * 2 + 0.5 - 1
    v, s = lif_step(torch.tensor([1.0]), torch.tensor([0.5]), torch.tensor([0.0]), beta=0.5)
    assert v.item() == 1.0 and s.item() == 0  # v at the threshold is no spike


def test_rate_equals_closed_form_within_one_step():
    tau, theta, R, dt, t_ref = 20.0, 15.0, 10.0, 0.1, 2.0
    beta = decay(tau, dt)
    for I in (1.51, 2.0, 3.0, 4.0):
        i = torch.full((1, 6000, 1), (1 - beta) * R * I, dtype=torch.float64)
        s = lif(i, beta=beta, theta=theta, reset="zero", refractory=20).s[0, :, 0]
        T = 1000 / fi_curve(torch.tensor(I), tau=tau, theta=theta, R=R, t_ref=t_ref).item()
        gap = isi(s, dt).double().mean().item()
        assert T - 1e-4 <= gap <= T + dt + 1e-4  # a spike waits for the end of its step


def test_fi_curve_is_zero_and_finite_below_rheobase():
    f = fi_curve(torch.tensor([0.0, 1.5, 1.6]), tau=20, theta=15, R=10)
    assert f[0] == 0 and f[1] == 0 and f[2] > 0
    assert f[2].item() == pytest.approx(1000 / (20 * math.log(16 / (16 - 15))))


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"beta": 1.5}, "beta"), ({"beta": torch.ones(7) * 0.5}, "beta"), ({"theta": 0.0}, "theta"),
        ({"reset": "hard"}, "reset"), ({"refractory": -1}, "refractory"),
        ({"i": torch.ones(2, 3)}, "i must"), ({"i": torch.full((1, 2, 1), math.nan)}, "finite"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [lif, lif_by_steps])
def test_bad_input_is_named(form, bad, name):
    with pytest.raises(ValueError, match=name):
        form(**{"i": torch.ones(1, 4, 2), "beta": 0.9} | bad)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"reset": "hard"}, "reset must be one of .* got 'hard'"), ({"beta": -1}, "beta .* got -1"),
        ({"beta": math.nan}, "beta .* nan"), ({"beta": torch.tensor([0.5, 2.0])}, "beta"),
        ({"beta": torch.ones(3)}, "beta"), ({"theta": 0.0}, "theta .* positive, got 0.0"),
        ({"theta": torch.tensor(math.inf)}, "theta"), ({"theta": math.inf}, "theta .* inf"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [lif, lif_by_steps, lif_step])
def test_one_step_refuses_what_a_sequence_refuses(form, bad, says):
    x = torch.ones(1, 2)
    args = (x, x, x) if form is lif_step else (x[None],)
    with pytest.raises(ValueError, match=says):
        form(*args, **{"beta": 0.9} | bad)


@pytest.mark.parametrize("bad", [{"tau": 0.0}, {"theta": -1.0}, {"t_ref": -0.1}, {"tau": math.nan}])
def test_fi_curve_refuses_what_is_no_neuron(bad):
    with pytest.raises(ValueError, match="t_ref >= 0 are needed"):
        fi_curve(torch.ones(2), **{"tau": 20.0, "theta": 15.0, "R": 10.0} | bad)


def test_recall_is_the_share_of_signs_that_are_right():
    tau, delay, noise, runs = 10.0, 7, 0.3, 40_000
    beta, g = math.exp(-1 / tau), torch.Generator().manual_seed(0)
    i = noise * torch.randn(1, 100 + delay, runs, generator=g)
    i[:, 99] += 1.0  # the pulse comes when the noise is stationary
    v = lif(i, beta=beta, reset="none").v[0, 99 + delay]
    right = (v > 0).double().mean().item()
    assert right == pytest.approx(float(recall(tau, delay, noise)), abs=0.01)
    assert recall(tau, [0, 500], 0.0).tolist() == [1, 1]  # without noise nothing is lost


def test_recall_above_chance_falls_as_beta_to_the_delay():
    far = recall(20.0, np.arange(100, 200, 10), 0.05) - 0.5
    np.testing.assert_allclose(far[1:] / far[:-1], np.exp(-10 / 20), rtol=1e-3)


@pytest.mark.parametrize("delay", [1, 5, 50, 200])
def test_best_tau_is_the_highest_point_of_recall(delay):
    taus = np.linspace(0.3, 500, 200_000)
    highest = taus[recall(taus, delay, 0.3).argmax()]
    assert highest == pytest.approx(best_tau(delay), rel=0.01)
    assert 2 * delay < best_tau(delay) < 2 * delay + 1.01


def test_memory_of_no_time_is_refused():
    for tau, delay, noise in ((0.0, 1, 0.1), (1.0, -1, 0.1), (1.0, 1, -0.1), (1.0, 1, math.nan)):
        with pytest.raises(ValueError, match="delay and noise >= 0 are needed"):
            recall(tau, delay, noise)
    with pytest.raises(ValueError, match="delay must"):
        best_tau(0)


def test_decay_refuses_what_is_not_a_time():
    for tau in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="tau"):
            decay(tau, 1.0)
    assert decay(10.0, 10.0) == pytest.approx(1 / math.e)
