"""Checks of notebook 05: the matrices of LegS and LegT, what they keep, and how many states."""

import math

import numpy as np
import scipy
import torch
from scipy.special import eval_legendre

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    check,
    is_whole,
    near,
    own_work,
    unlike,
)
from sslearn.hippo import legendre_basis, legs, legt, nplr


def _matrices(f, N, *rest):
    """A and B of the learner's answer for N, as tensors."""
    A, B = f(N, *rest)
    return torch.as_tensor(A), torch.as_tensor(B)


def _shapes(*rest):
    """The property that an answer is the pair A and B, for N = 4 and the rest."""

    def right(f):
        out = f(4, *rest)
        return len(out) == 2 and [tuple(x.shape) for x in out] == [(4, 4), (4,)]

    return Property(right, "return the pair A of shape (N, N) and B of shape (N,)", "return A, B")


def check_legs_matrices(legs_matrices) -> CheckResult:
    """The learner gives LegS: A_nk = -sqrt((2n+1)(2k+1)) below the diagonal; B_n = sqrt(2n+1).

    On the diagonal A is -(n+1), and 0 above it.
    """
    A, B = legs(4)
    n = torch.arange(4, dtype=torch.float64)
    below, diagonal = torch.tril(A, -1), torch.diag(n + 1)

    def not_A(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4)[0])

    def not_B(wrong):
        return unlike(wrong, run=lambda f: _matrices(f, 4)[1])

    sizes = agrees(legs, [(1,), (2,), (3,), (9,), (16,), (33,)])
    return check("legs_matrices", legs_matrices, [
        _shapes(),
        Property(not_A(-A, diagonal - below + 0 * A),
                 "A has the wrong sign: the eigenvalues 1 ... N make the memory explode",
                 "every entry of A is negative or 0"),
        Property(not_A(A.T, -A.T), "A is transposed: n counts the rows, k the columns",
                 "A is a lower triangle: a coefficient never needs a higher one"),
        Property(not_A(-torch.outer(B, B)), "the entries above the diagonal must be 0",
                 "torch.tril keeps the lower triangle"),
        Property(not_A(below - torch.diag(2 * n + 1)),
                 "the diagonal is -(n+1); you let the root formula reach it: -(2n+1)",
                 "torch.tril(..., -1) is the part below the diagonal"),
        Property(not_A(below), "the diagonal is missing: nothing would fade",
                 "subtract n + 1 there"),
        Property(not_A(below + diagonal),
                 "the diagonal has the wrong sign: +(n+1) makes the memory explode", "-(n+1)"),
        Property(not_A(below - torch.diag(n)), "the diagonal starts at -1, not at 0", "-(n+1)"),
        Property(not_A(-diagonal - below), "below the diagonal the sign is wrong",
                 "minus the root"),
        Property(not_A(-torch.tril(torch.outer(B**2, B**2), -1) - diagonal),
                 "the square root of (2n+1)(2k+1) is missing",
                 "torch.outer(R, R) with R_n = sqrt(2n+1)"),
        Property(lambda f: near(_matrices(f, 4)[0], A), "A differs from the formula",
                 f"A[1, 0] is -sqrt(3) = {-math.sqrt(3):.3f}, A[1, 1] is -2"),
        Property(not_B(B**2), "B_n is the root of 2n+1", "(2n+1) ** 0.5"),
        Property(not_B(-B), "B has the wrong sign: a constant input must be kept as c_0 = u",
                 "for u = 1, c = (1, 0, ...) gives A c + B u = 0"),
        Property(not_B(torch.ones(4)), "B is not all ones: it is the basis at age 0", "sqrt(2n+1)"),
        Property(lambda f: near(_matrices(f, 4)[1], B), "B differs from sqrt(2n+1)",
                 "B = 1, sqrt 3, sqrt 5, ..."),
        Property(lambda f: all(x.dtype == torch.float64 for x in _matrices(f, 4)),
                 "A and B must be float64: the memory's errors add up over many steps",
                 "torch.arange(N, dtype=torch.float64)"),
        Property(lambda f: sizes(lambda N: _matrices(f, N)), "right for one N only",
                 "use the argument N"),
        own_work(4, without=[legs, nplr], hint="torch.tril and torch.diag"),
    ])  # fmt: skip


def check_legt_matrices(legt_matrices) -> CheckResult:
    """The learner gives LegT: A_nk = -(1/theta) R_n R_k {1 or (-1)^(n-k)}, B_n = R_n / theta.

    The sign alternates for k > n; R_n is sqrt(2n+1).
    """
    A, B = legt(4, 2.0)
    n = torch.arange(4, dtype=torch.float64)
    flip = (-1.0) ** (n[:, None] - n)

    def not_A(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4, 2.0)[0])

    def not_B(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4, 2.0)[1])

    def everywhere(f):
        cases = [(1, 1.0), (2, 7.0), (5, 0.5), (8, 3.0), (17, 1.5)]
        return agrees(legt, cases)(lambda *c: _matrices(f, *c))

    plain = -2 * torch.outer(B, B)
    return check("legt_matrices", legt_matrices, [
        _shapes(2.0),
        Property(not_A(-A, -A.T, -A * 2), "A has the wrong sign: the memory would explode",
                 "A[0, 0] = -1/theta: the mean leaks"),
        Property(not_A(2 * A, 4 * A), "A is not divided by theta",
                 "a window twice as long moves half as fast"),
        Property(not_A(plain), "above the diagonal the sign alternates",
                 "(-1) ** (n - k) for k > n"),
        Property(not_A(plain * flip), "at and below the diagonal the sign does not alternate",
                 "torch.where(k <= n, 1, (-1) ** (n - k))"),
        Property(not_A(A.T), "the alternating sign belongs above the diagonal, where k > n",
                 "n counts the rows, k the columns"),
        Property(not_A(A / torch.outer(B, B) / 4), "the factor R_n R_k is missing",
                 "torch.outer(R, R) with R_n = sqrt(2n+1)"),
        Property(lambda f: near(_matrices(f, 4, 2.0)[0], A), "A differs from the formula",
                 f"theta = 2: A[0, 1] is +sqrt(3)/2 = {math.sqrt(3) / 2:.3f}"),
        Property(not_B(2 * B), "B is not divided by theta", "B_n = R_n / theta"),
        Property(not_B(-B), "B has the wrong sign", "B_n = +R_n / theta"),
        Property(lambda f: near(_matrices(f, 4, 2.0)[1], B), "B differs from R_n / theta",
                 "R_n = sqrt(2n+1)"),
        Property(everywhere, "right for one N or theta only", "use both arguments"),
        Property(lambda f: all(x.dtype == torch.float64 for x in _matrices(f, 4, 2.0)),
                 "A and B must be float64", "torch.arange(N, dtype=torch.float64)"),
        own_work(4, 2.0, without=[legt], hint="torch.outer(R, R) and torch.where(k <= n, ...)"),
    ])  # fmt: skip


def check_warped_legendre(warped_legendre) -> CheckResult:
    """The learner gives (e^(tA) B)_n = sqrt(2n+1) e^-t P_n(2 e^-t - 1) of LegS.

    t is a NumPy array (L,).
    """
    t, ages = np.array([0.0, 0.3, 1.0, 2.5]), np.random.default_rng(0).exponential(3.0, 41)

    def truth(n, t):
        return math.sqrt(2 * n + 1) * np.exp(-t) * eval_legendre(n, 2 * np.exp(-t) - 1)

    def not_like(wrong, n=3):
        return unlike(wrong(n, t), run=lambda f: f(n, t))

    R = lambda n: math.sqrt(2 * n + 1)  # noqa: E731

    def shape(f):
        return np.shape(f(3, t)) == t.shape

    return check("warped_legendre", warped_legendre, [
        Property(shape, "return an array of t's shape",
                 "scipy.special.eval_legendre(n, x) takes x (L,)"),
        Property(not_like(lambda n, t: truth(n, t) * np.exp(t)),
                 "the factor e^-t is missing: the weight of an input must fade with its age",
                 "sqrt(2n+1) e^-t P_n(...)"),
        Property(not_like(lambda n, t: R(n) * np.exp(t) * eval_legendre(n, 2 * np.exp(t) - 1)),
                 "the time runs backwards: an exponent has the wrong sign",
                 "e^-t fades, e^t grows"),
        Property(not_like(lambda n, t: R(n) * np.exp(-t) * eval_legendre(n, 1 - 2 * np.exp(-t))),
                 "the argument runs the wrong way: the present, t = 0, must be at x = 1",
                 "2 e^-t - 1"),
        Property(not_like(lambda n, t: R(n) * np.exp(-t) * eval_legendre(n, np.exp(-t))),
                 "e^-t runs from 1 to 0, and Legendre polynomials live on 1 to -1",
                 "stretch it: 2 e^-t - 1"),
        Property(not_like(lambda n, t: R(n) * np.exp(-t) * eval_legendre(n, 1 - 2 * t)),
                 "this is LegT's straight window: warp the age first",
                 "put e^-t in place of 1 - t"),
        Property(not_like(lambda n, t: truth(n, t) / R(n)),
                 "the factor sqrt(2n+1) is missing", "at t = 0 the answer is B_n = sqrt(2n+1)"),
        Property(not_like(lambda n, t: truth(n, t) * R(n)), "the root of 2n+1 is missing",
                 "at t = 0 the answer is B_n = sqrt(2n+1)"),
        Property(not_like(lambda n, t: truth(n - 1, t)), "n counts from 0: P_0 = 1 comes first",
                 "P_n, not P_(n-1)"),
        Property(lambda f: near(f(3, t), truth(3, t)), "the third component differs",
                 "sqrt(2n+1) e^-t P_n(2 e^-t - 1)"),
        Property(agrees(truth, [(0, t / 2), (1, t / 2), (8, t / 2), (12, ages), (2, ages[:1])],
                        tolerance=1e-7),
                 "right for one n or one t only", "use both arguments"),
        own_work(3, t, without=[scipy.linalg.expm, torch.linalg.matrix_exp, torch.matrix_exp],
                 hint="the closed form has no matrix: sqrt(2n+1) e^-t P_n(2 e^-t - 1)"),
    ])  # fmt: skip


def check_smallest_N(smallest_N) -> CheckResult:
    """The learner finds the smallest N with rms(u - sum_n c_n P_n) <= tol rms(u).

    c_n is mean(u P_n), with orthonormal P_n.
    """
    x = (torch.arange(1000, dtype=torch.float64) + 0.5) / 500 - 1
    cubic = legendre_basis(4, x)[3]
    wave = torch.sin(4 * math.pi * x)  # The window holds four cycles.
    hill = torch.exp(-20 * x**2)

    def truth(u, tol):
        return next(N for N in range(1, 500) if _miss(u, N) <= tol)

    def everywhere(f):
        """Signals of other lengths and offsets, and errors that N does not meet by a hair."""
        g, k = torch.Generator().manual_seed(0), torch.arange(301, dtype=torch.float64)
        noise = torch.randn(37, generator=g, dtype=torch.float64)
        signals = (hill, 3 + 0 * k, torch.sin(k**2 / 2000) - 0.4, noise.cumsum(0), cubic[::4] * 2)
        for u in signals:
            misses = [_miss(u, N) for N in range(1, 30)]
            for tol in (0.9, 0.3, 0.1, 0.02, 1e-4):
                N = next((N for N, miss in enumerate(misses, 1) if miss <= tol), None)
                clear = all(abs(miss / tol - 1) > 0.02 for miss in misses)
                if N and clear and int(f(u, tol)) != N:
                    return False
        return True

    right = truth(wave, 0.05)
    by_power = next(N for N in range(1, 500) if _miss(wave, N) ** 2 <= 0.05)
    return check("smallest_N", smallest_N, [
        Property(lambda f: is_whole(f(cubic, 0.05)), "return one whole number, N",
                 "return N as soon as the error is small"),
        Property(unlike(3, run=lambda f: f(cubic, 0.05)),
                 "this is the degree: a cubic needs four coefficients, n = 0 ... 3",
                 "N counts the coefficients"),
        Property(lambda f: int(f(cubic, 0.05)) == 4, "a cubic needs exactly N = 4",
                 "c = P @ u / L, back = c @ P with P = legendre_basis(N, x)"),
        Property(unlike(by_power, run=lambda f: f(wave, 0.05)),
                 "you compare the squared error with tol", "take the root before you compare"),
        Property(unlike(right + 1, run=lambda f: f(wave, 0.05)), "one coefficient too many",
                 "N from 1 upward; stop at the first that is good enough"),
        Property(lambda f: int(f(wave, 0.05)) == right,
                 f"four cycles must need N = {right} for 5 %", "relative rms error <= tol"),
        Property(lambda f: all(int(f(k * wave, 0.05)) == right for k in (0.001, 100)),
                 "the error must be relative: a louder signal needs no more states",
                 "divide by the rms of u"),
        Property(lambda f: all(int(f(hill, e)) == truth(hill, e) for e in (0.3, 1e-4)),
                 "right for 5 % only: use the argument tol", "the hill needs more for 0.01 %"),
        Property(everywhere, "right for some signals only",
                 "L = len(u), and N from 1 upward, also where u is not even around 0"),
    ])  # fmt: skip


def _miss(u, N) -> float:
    """The relative rms error of u by its N Legendre coefficients."""
    L = len(u)
    P = legendre_basis(N, (torch.arange(L, dtype=torch.float64) + 0.5) * 2 / L - 1)
    return float((u - (P @ u / L) @ P).norm() / u.norm())
