import math

import pytest
import torch
from scipy.signal import cont2discrete

from sslearn.fast import fft_conv, scan, vandermonde
from sslearn.ssm import (
    METHODS,
    causal_conv,
    convolve,
    discretize,
    initial_state,
    kernel,
    memory_horizon,
    recur,
    step,
)
from tests.library.diagonal_model import model, seed

# --- from clocks to steps


@pytest.mark.parametrize(
    ("method", "name"),
    [("euler", "euler"), ("backward_euler", "backward_diff"), ("bilinear", "bilinear"),
     ("zoh", "zoh")],
)  # fmt: skip
@pytest.mark.parametrize("dt", [0.01, 0.3, 1.0])
def test_discretize_equals_scipy(method, name, dt):
    A = torch.randn(5, 5, generator=seed(1), dtype=torch.float64) - 2 * torch.eye(5)
    B = torch.randn(5, generator=seed(2), dtype=torch.float64)
    A_bar, B_bar = discretize(A, B, dt, method)
    theirs = cont2discrete((A.numpy(), B.numpy()[:, None], A.numpy()[:1], [[0.0]]), dt, name)
    tight = {"rtol": 1e-12, "atol": 1e-12}
    torch.testing.assert_close(A_bar, torch.tensor(theirs[0]), **tight)
    torch.testing.assert_close(B_bar, torch.tensor(theirs[1])[:, 0], **tight)


@pytest.mark.parametrize("method", METHODS)
def test_diagonal_form_equals_dense_form(method):
    A, B, _, _ = model()
    A_bar, B_bar = discretize(A[0], B[0], 0.2, method)
    A_full, B_full = discretize(torch.diag(A[0]), B[0], 0.2, method)
    torch.testing.assert_close(torch.diag(A_bar), A_full, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(B_bar, B_full, rtol=1e-12, atol=1e-12)


def test_zoh_holds_the_input_exactly():
    tau, dt = 20.0, 3.0
    A_bar, B_bar = discretize(torch.tensor([-1 / tau]), torch.tensor([1 / tau]), dt)
    assert A_bar.item() == pytest.approx(math.exp(-dt / tau), rel=1e-6)
    assert B_bar.item() == pytest.approx(1 - math.exp(-dt / tau), rel=1e-6)  # the LIF's 1 - beta


def test_zoh_of_an_integrator_is_dt():
    assert discretize(torch.zeros(1), torch.ones(1), 0.25).B.item() == 0.25


def test_zoh_keeps_its_digits_for_small_steps():
    A = torch.tensor([-1 + 1j, 1j, -1], dtype=torch.complex64)
    dt, one = 1e-7, torch.ones_like(A)
    torch.testing.assert_close(discretize(A, one, dt).B, dt * one, rtol=3e-7, atol=0)
    assert ((torch.exp(dt * A) - 1) / A / dt - 1).abs().max() > 0.05  # the plain e^z - 1 fails


def test_memory_horizon_by_hand():
    assert memory_horizon(torch.tensor(0.9)).item() == pytest.approx(28.43, abs=0.01)
    assert memory_horizon(torch.tensor(1.0)).item() == math.inf


# --- convolution


def naive(u, K):
    y = torch.zeros_like(u)
    for t in range(u.shape[1]):
        for j in range(t + 1):
            y[:, t] += K[j] * u[:, t - j]
    return y


@pytest.mark.parametrize("L", [1, 2, 7, 16])
def test_fft_equals_the_sum(L):
    u = torch.randn(2, L, 3, dtype=torch.float64, generator=seed(0))
    K = torch.randn(L, 3, dtype=torch.float64, generator=seed(1))
    torch.testing.assert_close(causal_conv(u, K), naive(u, K), rtol=1e-12, atol=1e-12)


def test_the_future_has_no_say():
    u = torch.randn(1, 9, 1, generator=seed(0))
    later = u.clone()
    later[:, 5:] = 7
    K = torch.rand(9, 1, generator=seed(1)) + 0.1
    assert torch.allclose(causal_conv(u, K)[:, :5], causal_conv(later, K)[:, :5], atol=1e-6)
    assert not torch.allclose(causal_conv(u, K)[:, 5:], causal_conv(later, K)[:, 5:])


# --- four evaluations of one model


def by_scan(u, A_bar, B_bar, C):
    x = scan(A_bar[None, None], B_bar * u[..., None])
    return 2 * (C * x).sum(-1).real


def by_stream(u, A_bar, B_bar, C):
    x, ys = initial_state(u, A_bar), []
    for part in u.split(5, 1):
        y, x = convolve(part, A_bar, B_bar, C, x)
        ys.append(y)
    return torch.cat(ys, 1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("L", [1, 2, 13, 64])
def test_four_evaluations_agree(L, method):
    A, B, C, dt = model()
    p = (*discretize(A, B, dt, method), C)
    u = torch.randn(2, L, 3, dtype=torch.float64, generator=seed(5))
    y, x = recur(u, *p)
    for other in (convolve(u, *p)[0], by_scan(u, *p), by_stream(u, *p)):
        torch.testing.assert_close(other, y, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(convolve(u, *p)[1], x, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_they_agree_for_long_sequences(dtype, tolerance):
    A, B, C, dt = model(H=2, N=32, dtype=dtype)
    p = (*discretize(A, B, dt), C)
    u = torch.randn(1, 16384, 2, dtype=dtype, generator=seed(5))
    y = recur(u, *p)[0]
    fast = fft_conv(u, vandermonde(dt * A, C * p[1], 16384))
    for other in (fast, by_scan(u, *p)):
        assert (other - y).abs().max() / y.abs().max() < tolerance


def test_a_chunk_goes_on_where_the_last_one_stopped():
    A, B, C, dt = model()
    p = (*discretize(A, B, dt), C)
    u = torch.randn(2, 40, 3, dtype=torch.float64, generator=seed(5))
    whole, end = recur(u, *p)
    first, x = recur(u[:, :17], *p)
    second, x = convolve(u[:, 17:], *p, x)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(x, end, rtol=1e-10, atol=1e-10)


def test_one_step_by_hand():
    one = torch.ones(1, 1, dtype=torch.complex128)
    u = torch.tensor([[3.0]], dtype=torch.float64)
    y, x = step(u, 2j * one[None], 0.5 * one, one, 1j * one)
    assert x.item() == 3 + 1j and y.item() == -2.0  # this is 2 Re i (3 + i)


def test_bad_input_is_named():
    A, B, C, _ = model()
    with pytest.raises(ValueError, match="method"):
        discretize(A, B, 0.1, "tustin")
    with pytest.raises(ValueError, match="dt"):
        discretize(A, B, 0.0)
    with pytest.raises(ValueError, match="A and B"):
        discretize(A, B[:2], 0.1)
    with pytest.raises(ValueError, match="L must"):
        kernel(A, B, C, 0)
    with pytest.raises(ValueError, match="share"):
        memory_horizon(A, 1.0)
    with pytest.raises(ValueError, match="K must"):
        causal_conv(torch.ones(1, 5, 2), torch.ones(4, 2))
