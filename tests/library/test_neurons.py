"""The neurons after the paper: parallel forms equal their steps, and steps by other routes."""

import math

import pytest
import torch

from sslearn.fast import scan
from sslearn.lif import lif_by_steps
from sslearn.neurons.adaptive import adaptive_by_steps
from sslearn.neurons.dendrites import adaptive_threshold, drf, drf_by_steps
from sslearn.neurons.fixed_point import lif_by_fixed_point
from sslearn.neurons.resonator import prf, rf_by_steps, rf_step
from sslearn.neurons.selective import Selection, selective, selective_step

H, L = 5, 60


def seed(n=0):
    return torch.Generator().manual_seed(n)


def noise(*shape, n=1):
    return torch.randn(*shape, dtype=torch.float64, generator=seed(n))


def poles(*shape, dt=0.3):
    """A_bar of resonators that lose a tenth to a half in a step, at any pace."""
    decay = 0.3 + torch.rand(*shape, dtype=torch.float64, generator=seed(2))
    pace = 6 * torch.rand(*shape, dtype=torch.float64, generator=seed(3))
    return (dt * torch.complex(-decay, pace)).exp().requires_grad_()


def alike(first, second, of):
    """Two outputs, and the gradients that some direction of them gives, agree in float64."""
    g = noise(*first.shape, n=9)
    torch.testing.assert_close(first, second, rtol=1e-10, atol=1e-10)
    a = torch.autograd.grad(first, of, g, retain_graph=True)
    b = torch.autograd.grad(second, of, g, retain_graph=True)
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-8, atol=1e-8)


def test_prf_in_parallel_is_the_resonator_without_reset():
    i, A_bar = (3 * noise(2, L, H)).requires_grad_(), poles(H)
    steps = rf_by_steps(i, A_bar=A_bar, dt=0.3, reset="none")
    v, s = prf(i, A_bar=A_bar, dt=0.3)
    alike(v, steps.z.real, (i, A_bar))
    alike(s, steps.s, (i, A_bar))
    assert 0.05 < s.mean() < 0.95


def test_a_resonator_answers_its_own_pace_most():
    dt, omega, t = 0.1, 3.0, torch.arange(600, dtype=torch.float64)
    A_bar = torch.tensor([dt * complex(-0.2, omega)], dtype=torch.complex128).exp()

    def size(pace):
        i = torch.cos(pace * dt * t)[None, :, None]
        return prf(i, A_bar=A_bar, dt=dt)[0][:, 300:].abs().max().item()

    assert size(omega) > 4 * max(size(omega / 2), size(omega * 2))
    # At its own pace the sum of the kernel's turns is dt / (1 - |A_bar|), and half of it is real.
    assert size(omega) == pytest.approx(dt / (1 - math.exp(-0.2 * dt)) / 2, rel=0.05)


def test_a_resonator_that_does_not_swing_is_a_lif_neuron():
    i = noise(2, L, H)
    beta = torch.full((H,), 0.8, dtype=torch.complex128)
    for reset in ("subtract", "none"):
        z, s = rf_by_steps(i, A_bar=beta, dt=1, reset=reset)
        want = lif_by_steps(i, beta=0.8, reset=reset)
        torch.testing.assert_close(z.real, want.v)
        assert torch.equal(s, want.s) and s.any()


def test_drf_in_parallel_is_its_steps():
    i, A_bar = noise(2, L, H).requires_grad_(), poles(H, 3)
    gamma, C = (noise(H, 3, n=n).requires_grad_() for n in (4, 5))
    alpha = torch.tensor([0.9, 0.5, 0.2], dtype=torch.float64, requires_grad=True)
    how = {"A_bar": A_bar, "gamma": gamma, "C": C, "alpha": alpha, "theta": 0.5}
    (v, s), (v_steps, s_steps) = drf(i, **how), drf_by_steps(i, **how)
    alike(v, v_steps, (i, A_bar, gamma, C))
    alike(s, s_steps, (i, A_bar, gamma, C, alpha))
    still = drf(i, **how | {"alpha": 0 * alpha})[1]
    assert 0.02 < s.mean() < still.mean()  # The threshold rises, so that fewer spikes are left.


def test_one_dendrite_with_a_still_threshold_is_prf():
    i, A_bar, zero = noise(2, L, H), poles(H), torch.zeros(2, dtype=torch.float64)
    one = torch.ones(H, 1, dtype=torch.float64)
    v, s = drf(i, A_bar=A_bar[:, None], gamma=0.3 * one, C=one, alpha=zero)
    torch.testing.assert_close(v, prf(i, A_bar=A_bar, dt=0.3)[0])
    assert torch.equal(s, prf(i, A_bar=A_bar, dt=0.3)[1])


def test_the_threshold_counts_the_loud_steps_before():
    v, alpha = noise(2, 20, H), torch.tensor([0.5, 0.25], dtype=torch.float64)
    theta = adaptive_threshold(v, alpha, 0.3)
    for t in range(20):
        want = 0.3 + sum(alpha[k] * (v[:, t - k - 1] > 0.3) for k in range(2) if t - k >= 1)
        torch.testing.assert_close(theta[:, t], want * torch.ones(2, H, dtype=torch.float64))


def test_an_adaptive_neuron_without_adaptation_is_lif():
    i = 10 * noise(2, L, H)
    v, w, s = adaptive_by_steps(i, alpha=0.8, beta=0.9, a=0.0, b=0.0)
    assert not w.any() and s.any()
    # alpha (v - theta s) + (1 - alpha) i: the reset is alpha theta, and LIF's is theta itself.
    want_v, want_s, v_t = [], [], torch.zeros(2, H, dtype=torch.float64)
    s_t = v_t
    for i_t in i.unbind(1):
        v_t = 0.8 * v_t + 0.2 * i_t - 0.8 * s_t
        s_t = (v_t > 1).double()
        want_v.append(v_t), want_s.append(s_t)
    torch.testing.assert_close(v, torch.stack(want_v, 1))
    assert torch.equal(s, torch.stack(want_s, 1))


def test_adaptation_by_hand_and_its_brake_on_a_constant_input():
    i = torch.full((1, 3, 1), 4.0, dtype=torch.float64)
    v, w, s = adaptive_by_steps(i, alpha=0.5, beta=0.5, a=0.25, b=1.0)
    # v_1 = 2, fires; w_2 = 0.5 + 1 = 1.5, v_2 = 0.5 (2 - 1) + 0.5 (4 - 1.5) = 1.75, fires;
    # w_3 = 0.75 + 0.4375 + 1 = 2.1875, v_3 = 0.5 * 0.75 + 0.5 (4 - 2.1875) = 1.28125.
    assert v.flatten().tolist() == [2.0, 1.75, 1.28125]
    assert w.flatten().tolist() == [0.0, 1.5, 2.1875] and s.all()
    long = torch.full((1, 400, 1), 4.0, dtype=torch.float64)
    free, braked = (adaptive_by_steps(long, alpha=0.9, beta=0.98, a=0.0, b=b).s for b in (0, 0.1))
    assert braked[:, 200:].mean() < 0.8 * free[:, 200:].mean()


@pytest.mark.parametrize("reset", ["subtract", "zero", "none"])
@pytest.mark.parametrize("beta", [0.5, 0.95])
def test_the_fixed_point_is_the_sequential_reset(reset, beta):
    i = noise(2, 200, 4).requires_grad_()
    want = lif_by_steps(i, beta=beta, reset=reset)
    v, s, sweeps = lif_by_fixed_point(i, beta=beta, reset=reset, scan=scan)
    assert torch.equal(s, want.s) and s.any()
    alike(v, want.v, (i,))
    alike(s, want.s, (i,))
    # On white noise it took 5 to 9 sweeps for beta = 0.5, and 7 to 43 for 0.95, over three seeds.
    assert sweeps == 2 if reset == "none" else 3 <= sweeps <= 60


def test_the_selective_state_by_one_scan_is_its_steps():
    N, u = 3, noise(2, L, H).requires_grad_()
    A, D = -noise(H, N, n=2).exp().requires_grad_(), noise(H, n=3).requires_grad_()
    dt, B, C = noise(2, L, H, n=4).sigmoid(), noise(2, L, N, n=5), noise(2, L, N, n=6)
    chosen = Selection(*(x.requires_grad_() for x in (dt, B, C)))
    v, s = selective(u, A=A, D=D, chosen=chosen, theta=0.5, scan=scan)
    x, steps, by_hand = torch.zeros(2, H, N, dtype=torch.float64), [], []
    z = x
    for t in range(L):
        now = Selection(dt[:, t], B[:, t], C[:, t])
        x, s_t = selective_step(x, u[:, t], A=A, D=D, chosen=now, theta=0.5)
        steps.append(s_t)
        grown = torch.einsum("bh,bn,bh->bhn", dt[:, t], B[:, t], u[:, t])
        z = torch.einsum("bhn,bhn->bhn", (dt[:, t, :, None] * A).exp(), z) + grown
        by_hand.append(torch.einsum("bhn,bn->bh", z, C[:, t]) + D * u[:, t])
    alike(s, torch.stack(steps, 1), (u, A, D, dt, B, C))
    alike(v, torch.stack(by_hand, 1), (u, A, D, dt, B, C))
    assert 0.05 < s.mean() < 0.95


def test_each_sweep_mends_at_least_one_step_and_the_error_falls():
    i = noise(4, 100, 8)
    want, errors = lif_by_steps(i, beta=0.9).s, []
    for n in (1, 2, 4, 8, 16, 100):
        s = lif_by_fixed_point(i, beta=0.9, sweeps=n).s
        assert torch.equal(s[:, :n], want[:, :n])
        errors.append((s != want).double().mean().item())
    assert errors == sorted(errors, reverse=True) and errors[0] > 0.05 and errors[-1] == 0


@pytest.mark.parametrize(
    ("sentence", "make"),
    [
        ("reset must be one of .* 'zero'", lambda: rf_step(1, 1, 1, A_bar=1, dt=1, reset="zero")),
        (r"i must be floating, of shape \(B, L, H\)", lambda: rf_by_steps(
            torch.ones(3, 4), A_bar=poles(4), dt=1)),
        (r"i must be floating", lambda: prf(torch.ones(1, 0, 4), A_bar=poles(4), dt=1)),
        ("sweeps must be a whole number >= 1 or None, got 0", lambda: lif_by_fixed_point(
            noise(1, 4, 1), beta=0.5, sweeps=0)),
        ("beta must be", lambda: lif_by_fixed_point(noise(1, 4, 1), beta=1.5)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(sentence, make):
    with pytest.raises(ValueError, match=sentence):
        make()
