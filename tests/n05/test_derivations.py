"""The steps of notebook 05's derivations: identities of Legendre polynomials, by NumPy's series."""

import numpy as np
import pytest
from numpy.polynomial import Legendre, Polynomial
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.special import eval_legendre

from sslearn.hippo import legs, legt

X = np.linspace(-1, 1, 41)


def P(n):
    return Legendre.basis(n)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_the_slope_is_a_sum_of_lower_polynomials(n):
    parts = sum(((1 - (-1) ** (n - k)) / 2 * (2 * k + 1) * P(k) for k in range(n)), 0 * P(0))
    np.testing.assert_allclose(P(n).deriv()(X), parts(X), atol=1e-10)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_the_slope_times_x_plus_1_is_one_too(n):
    parts = n * P(n) + sum(((2 * k + 1) * P(k) for k in range(n)), 0 * P(0))
    np.testing.assert_allclose((X + 1) * P(n).deriv()(X), parts(X), atol=1e-10)


def coefficients(u, N, start, t):
    """c_n of u on start ... t, by quadrature on a polynomial u, which 30 nodes make exact."""
    x, w = np.polynomial.legendre.leggauss(30)
    R = np.sqrt(2 * np.arange(N) + 1)
    P_n = R[:, None] * eval_legendre(np.arange(N)[:, None], x)
    return P_n @ (w / 2 * u(start + (x + 1) * (t - start) / 2))


U = Polynomial([0.3, -1.0, 0.5, 0.2])  # It has degree 3, so four coefficients hold it.


@pytest.mark.parametrize("t", [1.0, 2.5])
def test_coefficients_of_both_windows_obey_their_equations(t):
    """c' by central differences of the integral against A c + B u."""
    theta, e = 1.7, 1e-5
    A, B = (x.numpy() for x in legt(6, theta))
    slope = np.subtract(*(coefficients(U, 6, s - theta, s) for s in (t + e, t - e))) / (2 * e)
    np.testing.assert_allclose(slope, A @ coefficients(U, 6, t - theta, t) + B * U(t), atol=1e-8)
    A, B = (x.numpy() for x in legs(6))
    slope = np.subtract(*(coefficients(U, 6, 0, s) for s in (t + e, t - e))) / (2 * e)
    np.testing.assert_allclose(slope, (A @ coefficients(U, 6, 0, t) + B * U(t)) / t, atol=1e-8)


def test_with_one_state_both_are_leaky_neurons():
    assert [x.item() for x in legt(1, 0.4)] == [-2.5, 2.5]
    assert [x.item() for x in legs(1)] == [-1.0, 1.0]


@pytest.mark.parametrize("n", [0, 3])
def test_in_log_time_legs_has_the_warped_kernel(n):
    """The integral over e^(aA) B equals the one over the window 0 ... t, for t = 1."""
    A, B = (x.numpy() for x in legs(4))
    by_kernel = quad(lambda a: (expm(a * A) @ B)[n] * U(np.exp(-a)), 0, 40, limit=200)[0]
    assert by_kernel == pytest.approx(coefficients(U, 4, 0, 1.0)[n], abs=1e-8)
