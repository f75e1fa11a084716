import math

import pytest
import snntorch
import torch
from snntorch import surrogate as snn_surrogate

from sslearn.fast import lif
from sslearn.lif import RESETS, decay, fi_curve, lif_by_steps, lif_step
from sslearn.spikes import arctan, fast_sigmoid
from sslearn.trains import isi


def current(*shape, seed=0, dtype=torch.float32):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("reset", RESETS)
def test_equals_snntorch_bit_for_bit(reset):
    i = current(3, 200, 5)
    oracle = snntorch.Leaky(beta=0.9, threshold=0.7, reset_mechanism=reset)
    mem, ours = oracle.init_leaky(), lif(i, beta=0.9, theta=0.7, reset=reset)
    assert ours.s.sum() > 100
    for t in range(200):
        spk, mem = oracle(i[:, t], mem)
        assert torch.equal(ours.s[:, t], spk) and torch.equal(ours.v[:, t], mem)


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("refractory", [0, 3])
@pytest.mark.parametrize("L", [1, 2, 97])
@pytest.mark.parametrize("surrogate", [arctan, fast_sigmoid])
def test_fast_form_equals_steps_with_gradients(reset, refractory, L, surrogate):
    both = []
    for form in (lif, lif_by_steps):
        i = current(2, L, 4, dtype=torch.float64).mul(0.5).requires_grad_()
        beta = torch.linspace(0.5, 0.95, 4, dtype=torch.float64).requires_grad_()
        out = form(i, beta=beta, reset=reset, refractory=refractory, surrogate=surrogate)
        weights = current(2, L, 4, seed=1, dtype=torch.float64)
        (out.v * weights + out.s * weights.flip(1)).sum().backward()
        both.append((out.v, out.s, i.grad, beta.grad))
    for fast, slow in zip(*both, strict=True):
        torch.testing.assert_close(fast, slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reset", RESETS)
def test_fresh_memory_may_hold_anything(reset, monkeypatch):
    monkeypatch.setattr(torch, "empty_like", lambda x: torch.full_like(x, math.nan))
    i = current(2, 9, 3)
    ours, slow = lif(i, beta=0.9, reset=reset), lif_by_steps(i, beta=0.9, reset=reset)
    assert torch.equal(ours.s, slow.s) and torch.equal(ours.v, slow.v)


def test_gradient_equals_snntorch():
    grads = []
    for ours in (True, False):
        i = current(2, 50, 3).requires_grad_()
        if ours:
            s = lif(i, beta=0.9).s
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
    assert v.item() == 0.5 and s.item() == 0  # 0.5 * 2 + 0.5 - 1
    v, s = lif_step(torch.tensor([1.0]), torch.tensor([0.5]), torch.tensor([0.0]), beta=0.5)
    assert v.item() == 1.0 and s.item() == 0  # exactly at the threshold: no spike


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


def test_decay_refuses_what_is_not_a_time():
    for tau in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="tau"):
            decay(tau, 1.0)
    assert decay(10.0, 10.0) == pytest.approx(1 / math.e)
