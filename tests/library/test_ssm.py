import math

import pytest
import torch
from scipy.fft import next_fast_len
from scipy.signal import cont2discrete

from sslearn.fast import conv, fft_conv, scan, vandermonde
from sslearn.scan import combine, scan_by_doubling
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

EDGES = [1, 2, 3, 7, 31, 64, 65, 127, 128, 129, 784]


def seed(n):
    return torch.Generator().manual_seed(n)


def model(H=3, N=8, dtype=torch.float64, n=0, dt_min=1e-3, dt_max=1e-1):
    """Stable poles, B = 1, random C, dt from 1e-3 to 1e-1. All (H, N/2), complex."""
    g = seed(n)
    A = torch.complex(-0.5 * torch.ones(H, N // 2, dtype=dtype),
                      math.pi * torch.arange(N // 2, dtype=dtype).expand(H, -1))  # fmt: skip
    C = torch.randn(H, N // 2, 2, generator=g, dtype=dtype)
    low, high = math.log(dt_min), math.log(dt_max)
    dt = (low + (high - low) * torch.rand(H, 1, generator=g, dtype=dtype)).exp()
    return A, torch.ones_like(A), torch.view_as_complex(C), dt


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
    assert ((torch.exp(dt * A) - 1) / A / dt - 1).abs().max() > 0.05  # without expm1


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
    with pytest.raises(ValueError, match="L must"):
        vandermonde(A, B, 0)
    with pytest.raises(ValueError, match="share"):
        memory_horizon(A, 1.0)
    with pytest.raises(ValueError, match="broadcast"):
        scan(torch.ones(2, 3, 4), torch.ones(2, 3, 5))
    with pytest.raises(ValueError, match="K must"):
        fft_conv(torch.ones(1, 5, 2), torch.ones(5, 2))


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
    torch.testing.assert_close(fft_conv(u, K.T), naive(u, K), rtol=1e-12, atol=1e-12)


def test_the_future_has_no_say():
    u = torch.randn(1, 9, 1, generator=seed(0))
    later = u.clone()
    later[:, 5:] = 7
    K = torch.rand(9, 1, generator=seed(1)) + 0.1
    assert torch.allclose(causal_conv(u, K)[:, :5], causal_conv(later, K)[:, :5], atol=1e-6)
    assert not torch.allclose(causal_conv(u, K)[:, 5:], causal_conv(later, K)[:, 5:])


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="K must"):
        causal_conv(torch.ones(1, 5, 2), torch.ones(4, 2))


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("at_once", [(1, 1), (1, 9), (2, 2), (3, 9)])  # on a GPU, all
def test_fast_convolution_equals_the_definition_both_ways(L, at_once, monkeypatch):
    monkeypatch.setattr(conv, "_at_once", lambda u, n: at_once)
    u, K, back = (torch.randn(*s, dtype=torch.float64, generator=seed(n), requires_grad=True)
                  for n, s in enumerate([(5, L, 3), (3, L), (3, L)]))  # fmt: skip
    g = torch.randn(5, L, 3, dtype=torch.float64, generator=seed(9))
    pasts = causal_conv(u, K.T)
    coming = causal_conv(u.flip(1), back.T).flip(1)[:, 1:]  # sum_j back_j u_(t+j), from t = 1 on
    coming = torch.cat([coming, torch.zeros_like(u[:, :1])], 1)
    for mine, theirs in ((fft_conv(u, K), pasts), (fft_conv(u, K, back), pasts + coming)):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)
        inputs = (u, K)
        for a, b in zip(
            torch.autograd.grad(mine, inputs, g, retain_graph=True),
            torch.autograd.grad(theirs, inputs, g, retain_graph=True),
            strict=True,
        ):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)  # fmt: skip
    mine = torch.autograd.grad(fft_conv(u, K, back), back, g)[0]
    theirs = torch.autograd.grad(pasts + coming, back, g)[0]
    torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)


def test_fast_convolution_with_one_of_the_two_frozen():
    u, K = torch.randn(3, 40, 5, generator=seed(1)), torch.randn(5, 40, generator=seed(2))
    both = [x.clone().requires_grad_() for x in (u, K)]
    y = fft_conv(*both)
    wanted = torch.autograd.grad(y.sum(), both)  # an expanded gradient, without strides
    for frozen, mine in ((1, (both[0], K)), (0, (u, both[1]))):
        found = torch.autograd.grad(fft_conv(*mine).sum(), both[1 - frozen])[0]
        torch.testing.assert_close(found, wanted[1 - frozen])
    with torch.no_grad():
        alone = fft_conv(*both)
    assert alone.grad_fn is None
    torch.testing.assert_close(alone, y.detach())


# --- the fast kernel


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_two_tables_equal_the_vandermonde_product(L, dtype):
    A, B, C, dt = model(H=4, N=16, dtype=dtype)
    A_bar, B_bar = discretize(A, B, dt)
    mine = vandermonde(dt * A, C * B_bar, L)
    near = {"rtol": 1e-10, "atol": 1e-12} if dtype == torch.float64 else {"rtol": 0, "atol": 2e-4}
    torch.testing.assert_close(mine.T, kernel(A_bar, B_bar, C, L), **near)


def test_fast_kernel_is_no_less_exact_than_exponentials():
    A, B, C, dt = model(H=8, N=64, dtype=torch.float32)
    W, a = C * discretize(A, B, dt).B, dt * A
    exact = torch.exp(a.to(torch.complex128)[..., None] * torch.arange(4096))
    exact = 2 * torch.einsum("hn,hnl->hl", W.to(torch.complex128), exact).real
    plain = torch.exp(a[..., None] * torch.arange(4096))
    plain = 2 * torch.einsum("hn,hnl->hl", W, plain).real
    assert (vandermonde(a, W, 4096) - exact).abs().max() <= (plain - exact).abs().max()


@pytest.mark.parametrize("L", [1, 2, 5, 31, 64, 65])
def test_gradients_of_the_fast_kernel(L):
    A, _, C, dt = model(H=2, N=6)
    a, W = (dt * A).requires_grad_(), C.clone().requires_grad_()
    g = torch.randn(2, L, dtype=torch.float64, generator=seed(3))
    slow = 2 * torch.einsum("hn,hnl->hl", W, torch.exp(a[..., None] * torch.arange(L))).real
    for mine, theirs in zip(torch.autograd.grad(vandermonde(a, W, L), (a, W), g),
                            torch.autograd.grad(slow, (a, W), g), strict=True):  # fmt: skip
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


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


@pytest.mark.parametrize(("dtype", "near"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_they_agree_for_long_sequences(dtype, near):
    A, B, C, dt = model(H=2, N=32, dtype=dtype)
    p = (*discretize(A, B, dt), C)
    u = torch.randn(1, 16384, 2, dtype=dtype, generator=seed(5))
    y = recur(u, *p)[0]
    fast = fft_conv(u, vandermonde(dt * A, C * p[1], 16384))
    for other in (fast, by_scan(u, *p)):
        assert (other - y).abs().max() / y.abs().max() < near


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
    assert x.item() == 3 + 1j and y.item() == -2.0  # 2 Re i (3 + i)


# --- scan


def test_combine_is_associative_and_ordered():
    p, q, r = ((torch.tensor(a), torch.tensor(b)) for a, b in ((2.0, 1.0), (3.0, 5.0), (0.5, -1.0)))
    assert combine(combine(p, q), r) == combine(p, combine(q, r))
    assert combine(p, q) == (6.0, 8.0) and combine(q, p) == (6.0, 11.0)


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("kind", ["varying", "fixed"])
def test_scan_equals_the_loop_and_its_gradient(L, kind):
    shape = (2, L, 3) if kind == "varying" else (1, 1, 3)
    a = torch.rand(*shape, dtype=torch.float64, generator=seed(0))
    a = torch.polar(a, 6 * a).requires_grad_()
    b = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(1)).requires_grad_()
    x0 = torch.randn(2, 3, dtype=torch.complex128, generator=seed(2)).requires_grad_()
    x, xs = x0, []
    for t in range(L):
        x = a.expand(2, L, 3)[:, t] * x + b[:, t]
        xs.append(x)
    loop, mine = torch.stack(xs, 1), scan(a, b, x0)
    torch.testing.assert_close(mine, loop, rtol=1e-12, atol=1e-12)
    g = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(3))
    for ours, theirs in zip(torch.autograd.grad(mine, (a, b, x0), g),
                            torch.autograd.grad(loop, (a, b, x0), g), strict=True):  # fmt: skip
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    doubled = scan_by_doubling(a.expand(2, L, 3), b)
    torch.testing.assert_close(doubled, scan(a, b), rtol=1e-12, atol=1e-12)


def test_fast_lengths_are_scipy_s():
    for n in (*range(1, 200), 1568, 8191, 8193, 32768, 99991):
        assert conv._fast_length(n) == next_fast_len(n, real=True)
