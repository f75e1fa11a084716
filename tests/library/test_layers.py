"""S4D against the published formula, its start and its time; Binary S4D is S4D and a spike."""

import math

import pytest
import torch
from scipy.stats import kstest

from sslearn.layers import S4D, BinaryS4D, both_forms
from sslearn.ssm import discretize, memory_horizon, recur


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


def test_dt_starts_uniform_in_the_logarithm():
    layer = S4D(4000, 2, dt_min=1e-3, dt_max=1e-1, generator=seed())
    share = (layer.log_dt.detach() - math.log(1e-3)) / math.log(1e-1 / 1e-3)
    assert kstest(share.numpy(), "uniform").pvalue > 0.01
    assert kstest(layer.poles()[1].detach()[:, 0].numpy() / 0.1, "uniform").pvalue < 1e-9


def test_states_are_those_of_the_recurrence_and_the_horizon_is_the_slowest_one_s():
    layer = S4D(3, 8, generator=seed()).double()
    u = torch.randn(2, 30, 3, dtype=torch.float64, generator=seed(1))
    A, dt = layer.poles()
    A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
    C = torch.view_as_complex(layer.C[0])
    for t in (1, 30):
        y, x = recur(u[:, :t], A_bar, B_bar, C)
        torch.testing.assert_close(layer.states(u)[:, t - 1], x)
    torch.testing.assert_close(layer.membrane(u), y + layer.D * u)
    torch.testing.assert_close(layer.horizon(), memory_horizon(A_bar).max(-1).values)


@pytest.mark.parametrize("p", [2, 5])
@pytest.mark.parametrize("kind", [S4D, BinaryS4D])
def test_rescaled_time_reads_held_inputs_p_steps_at_once(kind, p):
    old, new = (kind(3, 8, generator=seed()).double() for _ in range(2))
    new.rescale_time(p)
    u = torch.randn(2, 20, 3, dtype=torch.float64, generator=seed(1))
    held = old(u.repeat_interleave(p, 1))[:, p - 1 :: p]
    torch.testing.assert_close(new(u), held, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(old(u), held)
    assert torch.equal(new.log_A_real, old.log_A_real) and new.log_dt.requires_grad


def test_binary_is_s4d_then_spike():
    plain, binary = S4D(5, 8, generator=seed()), BinaryS4D(5, 8, theta=0.3, generator=seed())
    u = torch.randn(2, 40, 5, generator=seed(1))
    assert torch.equal(binary(u), (plain(u) > 0.3).float())
    assert torch.equal(binary.membrane(u), plain(u))
    assert torch.equal(binary.fire(binary.membrane(u)), binary(u))
    for p, q in zip(plain.parameters(), binary.parameters(), strict=True):
        assert torch.equal(p, q)


def test_nan_is_not_silence():
    u = torch.ones(2, 9, 3)
    u[0, 4] = math.nan
    s = BinaryS4D(3, N=4, generator=torch.Generator().manual_seed(0))(u)
    assert s[0, 4:].isnan().all() and not s[1].isnan().any()


def test_both_forms_are_the_membrane_at_once_and_step_by_step():
    layer = BinaryS4D(5, 8, theta=0.3, generator=seed()).double()
    u = torch.randn(2, 40, 5, dtype=torch.float64, generator=seed(1))
    whole, steps = both_forms(layer, u)
    assert torch.equal(whole, layer.membrane(u)) and not torch.equal(whole, steps)
    torch.testing.assert_close(whole, steps, rtol=1e-9, atol=1e-9)


def test_a_spike_of_some_width_is_drawn_anew_in_every_call():
    layer = BinaryS4D(4, 8, width=0.5, generator=seed())
    x = torch.randn(1, 50, 4, generator=seed(1))
    assert not torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("H must", lambda: S4D(0, 4, generator=seed())),
        ("N must be even", lambda: S4D(4, 3, generator=seed())),
        ("dt_min", lambda: S4D(4, 4, dt_min=1.0, dt_max=0.1, generator=seed())),
    ],
)
def test_bad_input_is_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()


def test_the_start_is_finite():
    assert all(math.isfinite(p.sum().item()) for p in S4D(4, 64, generator=seed()).parameters())
