import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.special import eval_legendre

from sslearn import hippo
from sslearn.hippo import (
    fourier_basis,
    fout,
    legendre_basis,
    legs,
    legs_online,
    legt,
    nplr,
    past_basis,
    reconstruct,
    s4d_inv,
    s4d_legs,
    s4d_lin,
    s4d_real,
)

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def u(t):
    """A smooth input that is zero at and before t = 0."""
    t = np.asarray(t)
    return np.where(t > 0, np.sin(3 * t) * (1 - np.exp(-t)), 0.0)


def integrate(low, high, f):
    t = (high - low) / 2 * NODES + (high + low) / 2
    return (high - low) / 2 * (f(t) * WEIGHTS).sum(-1)


def run(right, t, N, start=0.0):
    tight = {"rtol": 1e-10, "atol": 1e-12, "method": "LSODA"}
    return solve_ivp(right, (start, t), np.zeros(N), **tight).y[:, -1]


def test_matrices_by_hand():
    A, B = legs(3)
    r3, r5, r15 = math.sqrt(3), math.sqrt(5), math.sqrt(15)
    assert A.ravel().tolist() == pytest.approx([-1, 0, 0, -r3, -2, 0, -r5, -r15, -3])
    assert B.tolist() == pytest.approx([1, r3, r5])
    A, B = legt(3, 2.0)
    assert (2 * A).ravel().tolist() == pytest.approx([-1, r3, -r5, -r3, -3, r15, -r5, -r15, -5])
    assert (2 * B).tolist() == pytest.approx([1, r3, r5])


@pytest.mark.parametrize("N", [1, 2, 5, 64, 256])
def test_legs_eigenvalues(N):
    eigenvalues = np.sort(np.linalg.eigvals(legs(N).A.numpy()).real)
    assert np.abs(eigenvalues + np.arange(N, 0, -1)).max() < 1e-8


@pytest.mark.parametrize("N", [1, 2, 7, 64, 256])
def test_basis_equals_scipy(N):
    x = np.linspace(-1, 1, 101)
    want = [math.sqrt(2 * n + 1) * eval_legendre(n, x) for n in range(N)]
    np.testing.assert_allclose(legendre_basis(N, torch.tensor(x)), want, rtol=1e-9, atol=1e-9)


def test_both_bases_are_orthonormal():
    x, w = torch.tensor(NODES), torch.tensor(WEIGHTS)
    P, F = legendre_basis(20, x), fourier_basis(9, (x + 1) / 2)
    for Q in (P, F):
        torch.testing.assert_close((Q * w / 2) @ Q.T, torch.eye(len(Q), dtype=torch.float64))


def test_scaled_legs_is_the_projection_on_the_whole_past():
    N, t = 12, 4.0
    A, B = (x.numpy() for x in legs(N))
    c = run(lambda s, c: (A @ c + B * u(s)) / s, t, N, start=1e-3)
    basis = lambda s: legendre_basis(N, torch.tensor(2 * s / t - 1)).numpy()  # noqa: E731
    want = integrate(0, t, lambda s: u(s) * basis(s)) / t
    np.testing.assert_allclose(c, want, atol=1e-5)


def test_invariant_legs_is_the_projection_under_an_exponential_measure():
    N, t = 8, 5.0
    A, B = (x.numpy() for x in legs(N))
    c = run(lambda s, c: A @ c + B * u(s), t, N)
    kernel = lambda s: np.exp(-(t - s)) * past_basis(  # noqa: E731
        N, torch.tensor(t - s), "legs_invariant").numpy()  # fmt: skip
    np.testing.assert_allclose(c, integrate(0, t, lambda s: u(s) * kernel(s)), atol=1e-7)


def test_legs_online_is_the_projection_at_every_step():
    N, dt = 16, 0.01
    t = (torch.arange(800, dtype=torch.float64) + 0.5) * dt
    c = legs_online(torch.stack([torch.tensor(u(t.numpy())), torch.ones_like(t)]), N)

    def projection(T):
        basis = lambda s: legendre_basis(N, torch.tensor(2 * s / T - 1)).numpy()  # noqa: E731
        return integrate(0, T, lambda s: u(s) * basis(s)) / T

    for k in (200, 800):
        np.testing.assert_allclose(c[0, k - 1], projection(k * dt), atol=1e-3)
    only_c_0 = np.eye(N)[:1].repeat(800, 0)  # a constant needs no other coefficient
    np.testing.assert_allclose(c[1], only_c_0, atol=1e-12)
    torch.testing.assert_close(legs_online(torch.ones(1, 50) * 2, 4), 2 * c[1:, :50, :4])


def test_legs_online_nests_and_knows_no_clock():
    g = torch.Generator().manual_seed(0)
    x = torch.randn(1, 60, dtype=torch.float64, generator=g)
    torch.testing.assert_close(legs_online(x, 9)[..., :4], legs_online(x, 4))
    slow = torch.sin(torch.arange(0.5, 2000) / 100)[None]  # this is `fast` in twice the steps
    fast = torch.sin(torch.arange(0.5, 1000) / 50)[None]
    one, two = (legs_online(x, 16)[0, -1] for x in (fast, slow))
    assert (one - two).norm() < 1e-3 * one.norm()


@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 3.0])
def test_legs_kernel_is_a_warped_legendre_polynomial(t):
    A, B = (x.numpy() for x in legs(16))
    want = math.exp(-t) * past_basis(16, torch.tensor([t]), "legs_invariant")[:, 0]
    np.testing.assert_allclose(expm(t * A) @ B, want, atol=1e-6)


@pytest.mark.parametrize(
    ("measure", "make", "signal"),
    [("legt", legt, u), ("fout", fout, lambda t: np.sin(math.pi * t) + np.cos(3 * math.pi * t))],
)
def test_sliding_windows_bring_the_past_back(measure, make, signal):
    """The Fourier window is exact only for a signal that repeats itself in the window."""
    N, theta, t = 24, 2.0, 31.0
    A, B = (x.numpy() for x in make(N, theta))
    c = run(lambda s, c: A @ c + B * signal(s), t, N)
    age = torch.linspace(0.1, 1.9, 30)
    back = reconstruct(torch.tensor(c), age, measure, theta)
    assert np.abs(back.numpy() - signal(t - age.numpy())).max() < 2e-3
    basis = lambda s: past_basis(N, torch.tensor(t - s), measure, theta).numpy()  # noqa: E731
    want = integrate(t - theta, t, lambda s: signal(s) * basis(s)) / theta
    assert np.abs(c - want).max() < 1e-3


@pytest.mark.parametrize("N", [1, 2, 3, 24, 25])
def test_a_constant_past_comes_back_as_a_constant(N):
    """Also for even N, whose last cosine has no sine to turn it."""
    for measure, make in (("legt", legt), ("fout", fout)):
        A, B = (x.numpy() for x in make(N, 2.0))
        c = run(lambda s, c, A=A, B=B: A @ c + B, 40.0, N)
        back = reconstruct(torch.tensor(c), torch.linspace(0.1, 1.9, 9), measure, 2.0)
        assert np.abs(back.numpy() - 1).max() < 1e-3
        assert np.linalg.eigvals(A).real.max() < 1e-9


def test_fourier_matrix_by_hand():
    A, B = fout(3)
    r = math.sqrt(2)
    assert A.ravel().tolist() == pytest.approx(
        [-2, -2 * r, 0, -2 * r, -4, -2 * math.pi, 0, 2 * math.pi, 0]
    )
    assert B.tolist() == pytest.approx([2, 2 * r, 0])


@pytest.mark.parametrize("N", [1, 2, 5, 64, 256])
def test_normal_plus_low_rank(N):
    Lambda, p, V = nplr(N)
    one = torch.eye(N, dtype=V.dtype)
    torch.testing.assert_close(V @ V.mH, one, atol=1e-11, rtol=0)
    A = V @ (torch.diag(Lambda) - torch.outer(p, p.conj())) @ V.mH
    true = legs(N).A.to(A.dtype)
    torch.testing.assert_close(A, true, rtol=0, atol=1e-12 * N * true.abs().max().item())
    assert (Lambda.real == -0.5).all()


def test_poles_of_64_states_against_published_numbers():
    top = s4d_legs(64).imag.flip(0)[:3].tolist()
    assert top == pytest.approx([1303.3, 433.0, 258.2], abs=0.06)
    assert s4d_inv(64).imag[:3].tolist() == pytest.approx([1283.4, 414.2, 240.4], abs=0.06)
    assert s4d_lin(64).imag[:3].tolist() == pytest.approx([0, math.pi, 2 * math.pi])
    assert s4d_real(8).tolist() == [-1, -2, -3, -4]


@pytest.mark.parametrize("init", [s4d_lin, s4d_inv, s4d_legs, s4d_real])
@pytest.mark.parametrize("N", [2, 64, 256])
def test_poles_come_in_halves_and_are_stable(init, N):
    A = init(N)
    assert A.shape == (N // 2,) and A.dtype == torch.complex128
    assert (A.real < 0).all() and (A.imag >= 0).all()


@pytest.mark.parametrize(
    ("name", "make"),
    [("N must", lambda: legs(0)), ("N must", lambda: s4d_lin(3)), ("N must", lambda: nplr(2.0)),
     ("theta", lambda: legt(2, 0.0)), ("theta", lambda: fout(2, -1.0)),
     ("measure", lambda: past_basis(2, torch.ones(1), "laguerre"))],
)  # fmt: skip
def test_bad_input_is_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()
    assert set(hippo.MEASURES) == {"legt", "legs", "legs_invariant", "fout"}


COMPLEX = torch.ones(2, 3) + 1j


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("u must be real", lambda: hippo.legs_online(COMPLEX, 3)),
        ("u must be real", lambda: hippo.legs_online(torch.ones(3), 3)),
        ("u must be real", lambda: hippo.legs_online(torch.ones(2, 0), 3)),
        ("x must be real", lambda: hippo.legendre_basis(3, COMPLEX[0])),
        ("z must be real", lambda: hippo.fourier_basis(3, COMPLEX[0])),
        ("age must be real", lambda: hippo.past_basis(3, COMPLEX[0], "legt")),
        ("c must be real", lambda: hippo.reconstruct(COMPLEX, torch.ones(1), "legt")),
        ("window must .* got 0", lambda: hippo.past_basis(3, torch.ones(1), "legt", 0.0)),
        ("window must .* got -1", lambda: hippo.past_basis(3, torch.ones(1), "fout", -1.0)),
        ("window must .* nan", lambda: hippo.reconstruct(torch.ones(3), 1.0, "legs", math.nan)),
    ],
)  # fmt: skip
def test_complex_and_empty_input_is_named(name, call):
    with pytest.raises(ValueError, match=name):
        call()


@pytest.mark.parametrize("measure", hippo.MEASURES)
def test_the_past_comes_back_on_the_device_of_the_coefficients(measure):
    c = torch.ones(2, 3, device="meta")
    assert hippo.reconstruct(c, torch.ones(4), measure).device.type == "meta"


def test_a_count_may_come_from_numpy():
    for made, wanted in zip(hippo.legs(np.int64(4)), hippo.legs(4), strict=True):
        assert torch.equal(made, wanted)
