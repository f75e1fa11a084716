# Answers of an unseen student. W registers a wrong answer, R a right one.
import copy, functools, itertools, math, statistics
import numpy as np
import torch

WRONG, RIGHT = {}, {}


def _into(table):
    def name(exercise, what):
        def put(f):
            table.setdefault(exercise, {})[what] = f
            return f
        return put
    return name


W, R = _into(WRONG), _into(RIGHT)
from scipy.linalg import expm
from scipy.special import eval_legendre

from sslearn import hippo
from sslearn.hippo import legendre_basis

f64 = torch.float64
CHECK = {
    "legs_matrices": "check_legs_matrices",  # legs_matrices -> check_legs_matrices
    "legt_matrices": "check_legt_matrices",  # legt_matrices -> check_legt_matrices
    "warped_legendre": "check_warped_legendre",  # warped_legendre -> check_warped_legendre
    "smallest_N": "check_smallest_N",  # smallest_N -> check_smallest_N
}


def _legs(N, sign=-1, diag=lambda n: n + 1, dtype=f64):
    n = torch.arange(N, dtype=dtype)
    R_ = (2 * n + 1) ** 0.5
    return sign * (torch.tril(torch.outer(R_, R_), -1) + torch.diag(diag(n))), R_


W("legs_matrices", "sign not turned")(lambda N: _legs(N, sign=1))
W("legs_matrices", "float32")(lambda N: _legs(N, dtype=torch.float32))
W("legs_matrices", "float32 inside, cast at the end")(lambda N: tuple(x.double() for x in _legs(N, dtype=torch.float32)))
W("legs_matrices", "upper triangle")(lambda N: (_legs(N)[0].T, _legs(N)[1]))
W("legs_matrices", "diagonal n")(lambda N: _legs(N, diag=lambda n: n))
W("legs_matrices", "diagonal 2n + 1, the outer product's own")(lambda N: _legs(N, diag=lambda n: 2 * n + 1))
W("legs_matrices", "B a column (N, 1)")(lambda N: (_legs(N)[0], _legs(N)[1][:, None]))
W("legs_matrices", "B negative too")(lambda N: (_legs(N)[0], -_legs(N)[1]))
W("legs_matrices", "B without the root")(lambda N: (_legs(N)[0], _legs(N)[1] ** 2))
W("legs_matrices", "full matrix: no triangle")(
    lambda N: (lambda A, R_: (A + torch.triu(-torch.outer(R_, R_), 1), R_))(*_legs(N)))
W("legs_matrices", "only the first subdiagonal (right for N = 2)")(
    lambda N: (torch.triu(_legs(N)[0], -1), _legs(N)[1]))


@R("legs_matrices", "loops in NumPy")
def _(N):
    A = np.zeros((N, N))
    for n in range(N):
        for k in range(n):
            A[n, k] = -math.sqrt((2 * n + 1) * (2 * k + 1))
        A[n, n] = -(n + 1)
    return [torch.from_numpy(A), torch.tensor([math.sqrt(2 * n + 1) for n in range(N)], dtype=f64)]


@R("legs_matrices", "where over a grid")
def _(N):
    n = torch.arange(N, dtype=f64)
    row, col = n[:, None], n[None]
    low = -((2 * row + 1) * (2 * col + 1)).sqrt()
    return torch.where(row > col, low, torch.where(row == col, -(n + 1)[:, None], 0.0)), (2 * n + 1).sqrt()


# --- legt_matrices -> check_legt_matrices
def _legt(N, theta, sign=None, dtype=f64):
    n = torch.arange(N, dtype=dtype)
    R_, row, col = (2 * n + 1) ** 0.5, n[:, None], n[None]
    g = torch.where(col <= row, 1.0, (-1.0) ** (row - col)) if sign is None else sign(row, col)
    return -torch.outer(R_, R_) * g / theta, R_ / theta


W("legt_matrices", "-1 above the diagonal (right for N = 2)")(
    lambda N, theta: _legt(N, theta, lambda r, c: torch.where(c <= r, 1.0, -1.0).double()))
W("legt_matrices", "alternates below, not above")(
    lambda N, theta: _legt(N, theta, lambda r, c: torch.where(c >= r, 1.0, (-1.0) ** (r - c)).double()))
W("legt_matrices", "alternates on both sides")(lambda N, theta: _legt(N, theta, lambda r, c: (-1.0) ** (r - c)))
W("legt_matrices", "B without theta")(lambda N, theta: (_legt(N, theta)[0], _legt(N, 1.0)[1]))
W("legt_matrices", "theta ignored")(lambda N, theta: _legt(N, 1.0))
W("legt_matrices", "theta fixed at 2")(lambda N, theta: _legt(N, 2.0))
W("legt_matrices", "sign of A")(lambda N, theta: (-_legt(N, theta)[0], _legt(N, theta)[1]))
W("legt_matrices", "times theta")(lambda N, theta: _legt(N, 1 / theta))
W("legt_matrices", "float32")(lambda N, theta: _legt(N, theta, dtype=torch.float32))
W("legt_matrices", "B alternates")(
    lambda N, theta: (_legt(N, theta)[0], _legt(N, theta)[1] * (-1.0) ** torch.arange(N)))
W("legt_matrices", "roots forgotten")(
    lambda N, theta: (_legt(N, theta)[0].sign() / theta, torch.ones(N, dtype=f64) / theta))


@R("legt_matrices", "Python loops")
def _(N, theta):
    r = [math.sqrt(2 * n + 1) for n in range(N)]
    A = [[-r[n] * r[k] / theta * (1 if k <= n or (n - k) % 2 == 0 else -1) for k in range(N)] for n in range(N)]
    return torch.tensor(A, dtype=f64), torch.tensor(r, dtype=f64) / theta


@R("legt_matrices", "lower and alternating upper triangle")
def _(N, theta):
    r = torch.sqrt(2 * torch.arange(N, dtype=f64) + 1) / theta**0.5
    flip = 1 - 2 * (torch.arange(N) % 2).double()
    full = torch.outer(r, r)
    return -(full.tril() + (full * torch.outer(flip, flip)).triu(1)), r / theta**0.5


# --- warped_legendre -> check_warped_legendre
def _z(t):
    return np.exp(-t)


W("warped_legendre", "without the fading weight (right at t = 0)")(
    lambda n, t: (2 * n + 1) ** 0.5 * eval_legendre(n, 2 * _z(t) - 1))
W("warped_legendre", "without the root")(lambda n, t: _z(t) * eval_legendre(n, 2 * _z(t) - 1))
W("warped_legendre", "x = 1 - 2 e^(-t): odd n turned round")(
    lambda n, t: (2 * n + 1) ** 0.5 * _z(t) * eval_legendre(n, 1 - 2 * _z(t)))
W("warped_legendre", "x = e^(-t), not warped to -1 ... 1")(
    lambda n, t: (2 * n + 1) ** 0.5 * _z(t) * eval_legendre(n, _z(t)))
W("warped_legendre", "root of n + 1/2")(lambda n, t: (n + 0.5) ** 0.5 * _z(t) * eval_legendre(n, 2 * _z(t) - 1))
W("warped_legendre", "e^(-(n+1) t) for the weight (right for n = 0)")(
    lambda n, t: (2 * n + 1) ** 0.5 * np.exp(-(n + 1) * t) * eval_legendre(n, 2 * _z(t) - 1))
W("warped_legendre", "window 1 of LegT: x = 1 - 2 t")(
    lambda n, t: (2 * n + 1) ** 0.5 * _z(t) * eval_legendre(n, 1 - 2 * t))
W("warped_legendre", "n cut at 3: P_0 ... P_3 by hand")(
    lambda n, t: (lambda x: (2 * n + 1) ** 0.5 * _z(t) * [x**0, x, (3 * x**2 - 1) / 2, (5 * x**3 - 3 * x) / 2][min(n, 3)])(2 * _z(t) - 1))
W("warped_legendre", "base 2: 2^(-t)")(
    lambda n, t: (2 * n + 1) ** 0.5 * 2.0 ** (-t) * eval_legendre(n, 2 * 2.0 ** (-t) - 1))


@W("warped_legendre", "by matrix exponential, which was not allowed")
def _(n, t):
    A, B = (x.numpy() for x in hippo.legs(n + 1))
    return np.array([(expm(x * A) @ B)[n] for x in t])


@W("warped_legendre", "changes t in place")
def _(n, t):
    np.exp(np.negative(t, out=t), out=t)
    return (2 * n + 1) ** 0.5 * t * eval_legendre(n, 2 * t - 1)


@R("warped_legendre", "recurrence of the polynomials")
def _(n, t):
    z = np.exp(-np.asarray(t))
    x, p, q = 2 * z - 1, np.ones_like(z), np.zeros_like(z)
    for k in range(n):
        p, q = ((2 * k + 1) * x * p - k * q) / (k + 1), p
    return np.sqrt(2 * n + 1) * z * p


R("warped_legendre", "numpy's Legendre.basis")(
    lambda n, t: math.sqrt(2 * n + 1) * np.exp(-t) * np.polynomial.Legendre.basis(n)(2 * np.exp(-t) - 1))
R("warped_legendre", "legendre_basis of the library on the warped axis")(
    lambda n, t: (legendre_basis(n + 1, torch.from_numpy(2 * np.exp(-t) - 1))[n]).numpy() * np.exp(-t))


# --- smallest_N -> check_smallest_N
def _mid(L):
    return (torch.arange(L, dtype=f64) + 0.5) * 2 / L - 1


def _search(u, good, x=None, N=1, step=1, top=100):
    x = _mid(len(u)) if x is None else x
    while N < top:
        P = legendre_basis(N, x)
        if good(u - (P @ u / len(u)) @ P):
            return N
        N += step
    return N


W("smallest_N", "linspace with its ends")(
    lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm(), torch.linspace(-1, 1, len(u), dtype=f64)))
W("smallest_N", "absolute error")(lambda u, tol: _search(u, lambda e: e.square().mean().sqrt() <= tol))
W("smallest_N", "largest error, not rms")(lambda u, tol: _search(u, lambda e: e.abs().max() <= tol * u.abs().max()))
W("smallest_N", "square, no root: tol too lenient")(
    lambda u, tol: _search(u, lambda e: e.square().sum() <= tol * u.square().sum()))
W("smallest_N", "degree, not the number of polynomials")(
    lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm()) - 1)
W("smallest_N", "starts at 2")(lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm(), N=2))
W("smallest_N", "even N only (right for P3)")(lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm(), N=2, step=2))
W("smallest_N", "gives up at 16")(lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm(), top=16))
W("smallest_N", "mean taken off first")(
    lambda u, tol: _search(u, lambda e: (e - e.mean()).norm() <= tol * (u - u.mean()).norm()))
W("smallest_N", "one too many: stops after the improvement")(
    lambda u, tol: _search(u, lambda e: e.norm() <= tol * u.norm()) + 1)
W("smallest_N", "silent input: 0 / 0 is never below tol")(
    lambda u, tol: _search(u, lambda e: e.norm() / u.norm() <= tol))


@W("smallest_N", "normalises u in place")
def _(u, tol):
    u /= u.norm()
    return _search(u, lambda e: e.norm() <= tol)


@W("smallest_N", "first jump below tol of a coefficient")
def _(u, tol):
    c = legendre_basis(60, _mid(len(u))) @ u / len(u)
    return int((c.abs() > tol * u.square().mean().sqrt()).nonzero().max()) + 1


@R("smallest_N", "NumPy with eval_legendre, np.int64")
def _(u, tol):
    a = u.numpy()
    x = (np.arange(len(a)) + 0.5) * 2 / len(a) - 1
    P = np.zeros((0, len(a)))
    while True:
        n = len(P)
        P = np.vstack([P, math.sqrt(2 * n + 1) * eval_legendre(n, x)])
        e = a - (P @ a / len(a)) @ P
        if math.sqrt((e * e).mean()) <= tol * math.sqrt((a * a).mean()):
            return np.int64(len(P))


@R("smallest_N", "one term taken off at a time")
def _(u, tol):
    left, big = u.clone(), legendre_basis(len(u) + 1, _mid(len(u)))
    for n, p in enumerate(big):
        left = left - (p @ u / len(u)) * p
        if left.norm() <= tol * u.norm():
            return n + 1
