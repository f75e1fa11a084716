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
from scipy.special import eval_legendre

from sslearn import hippo, ssm
from sslearn.hippo import legendre_basis

f64 = torch.float64
CHECK = {
    "legs_matrices": "check_legs_matrices",  # legs_matrices -> check_legs_matrices
    "lmu_matrices": "check_lmu_matrices",  # lmu_matrices -> check_lmu_matrices
    "recall": "check_recall",  # recall -> check_recall
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


# --- lmu_matrices -> check_lmu_matrices
def _lmu(N, theta, dtype=f64):
    n = torch.arange(N, dtype=dtype)
    row, col = n[:, None], n[None]
    A = (2 * row + 1) * torch.where(row < col, -torch.ones_like(row), (-1.0) ** (row - col + 1))
    return A / theta, (2 * n + 1) * (-1.0) ** n / theta


W("lmu_matrices", "LegT as it is")(lambda N, theta: tuple(hippo.legt(N, theta)))
W("lmu_matrices", "LegT transposed")(lambda N, theta: (hippo.legt(N, theta).A.T, _lmu(N, theta)[1]))
W("lmu_matrices", "signs taken for rows and columns exchanged")(lambda N, theta: (
    (2 * torch.arange(N, dtype=f64)[:, None] + 1) / theta
    * torch.where(torch.arange(N)[:, None] > torch.arange(N), -1.0, (-1.0) ** (torch.arange(N) - torch.arange(N)[:, None] + 1)),
    _lmu(N, theta)[1]))
W("lmu_matrices", "2k + 1 in place of 2n + 1")(lambda N, theta: (_lmu(N, theta)[0].T, _lmu(N, theta)[1]))
W("lmu_matrices", "only B moved")(lambda N, theta: (hippo.legt(N, theta).A, _lmu(N, theta)[1]))
W("lmu_matrices", "only A moved")(lambda N, theta: (_lmu(N, theta)[0], hippo.legt(N, theta).B))
W("lmu_matrices", "S^-1 A S and S^-1 B")(lambda N, theta: (lambda A, B, S: (A * S / S[:, None], B / S))(
    *hippo.legt(N, theta), (-1.0) ** torch.arange(N) * (2 * torch.arange(N, dtype=f64) + 1).sqrt()))
W("lmu_matrices", "theta ignored")(lambda N, theta: _lmu(N, 1.0))
W("lmu_matrices", "theta on the left of m', as the paper prints it")(lambda N, theta: tuple(theta * x for x in _lmu(N, theta)))
W("lmu_matrices", "theta fixed at 2, the example's")(lambda N, theta: _lmu(N, 2.0))
W("lmu_matrices", "float32")(lambda N, theta: _lmu(N, theta, torch.float32))
W("lmu_matrices", "float32 inside, cast at the end")(lambda N, theta: tuple(x.double() for x in _lmu(N, theta, torch.float32)))
W("lmu_matrices", "B without signs")(lambda N, theta: (_lmu(N, theta)[0], _lmu(N, theta)[1].abs()))
W("lmu_matrices", "B a column")(lambda N, theta: (_lmu(N, theta)[0], _lmu(N, theta)[1][:, None]))


@R("lmu_matrices", "by a diagonal matrix and its inverse")
def _(N, theta):
    n = torch.arange(N, dtype=f64)
    S = torch.diag((-1.0) ** n * (2 * n + 1).sqrt())
    A, B = hippo.legt(N, theta)
    return S @ A @ torch.linalg.inv(S), S @ B


@R("lmu_matrices", "Python lists, the paper's formula")
def _(N, theta):
    A = [[(2 * i + 1) * (-1 if i < j else (-1) ** (i - j + 1)) / theta for j in range(N)] for i in range(N)]
    return torch.tensor(A, dtype=f64), torch.tensor([(2 * i + 1) * (-1) ** i / theta for i in range(N)], dtype=f64)


# --- recall -> check_recall
def _recall(u, N, theta, dt, *, step=None, state=None, ages=None, turn=True, basis="legt"):
    A, B = hippo.legt(N, theta)
    A_bar, B_bar = ssm.discretize(A, B, dt if step is None else step(theta, dt))
    c = torch.zeros(N, dtype=f64) if state is None else state(N, u)
    for v in u:
        c = A_bar @ c + B_bar * v
    n = round(theta / dt)
    age = (torch.arange(n, dtype=f64) + 0.5) * dt if ages is None else ages(n, theta, dt)
    back = hippo.reconstruct(c, age, basis, theta)
    return back.flip(0) if turn else back


def _planted(u, N, theta, dt):
    A_bar, B_bar = ssm.discretize(*hippo.legt(N, theta), dt / theta)
    c = torch.zeros(N, dtype=f64)
    for v in u:
        c = c @ A_bar + B_bar * v
    return hippo.reconstruct(c, (torch.arange(round(theta / dt)) + 0.5) * dt, "legt", theta)


W("recall", "as it was given")(_planted)
W("recall", "only flipped")(lambda u, N, theta, dt: _planted(u, N, theta, dt).flip(0))
W("recall", "step / theta left in")(lambda u, N, theta, dt: _recall(u, N, theta, dt, step=lambda theta, dt: dt / theta))
W("recall", "step * theta")(lambda u, N, theta, dt: _recall(u, N, theta, dt, step=lambda theta, dt: dt * theta))
W("recall", "newest first")(lambda u, N, theta, dt: _recall(u, N, theta, dt, turn=False))
W("recall", "input turned in place of the past")(lambda u, N, theta, dt: _recall(u.flip(0), N, theta, dt, turn=False))
W("recall", "ages from linspace")(lambda u, N, theta, dt: _recall(
    u, N, theta, dt, ages=lambda n, theta, dt: torch.linspace(0, theta, n, dtype=f64)))
W("recall", "ages of the edges")(lambda u, N, theta, dt: _recall(
    u, N, theta, dt, ages=lambda n, theta, dt: torch.arange(n, dtype=f64) * dt))
W("recall", "state starts at ones")(lambda u, N, theta, dt: _recall(u, N, theta, dt, state=lambda N, u: torch.ones(N, dtype=f64)))
W("recall", "basis of LegS as in S4")(lambda u, N, theta, dt: _recall(u, N, theta, dt, basis="legs_invariant"))
W("recall", "the last samples themselves")(lambda u, N, theta, dt: u[-round(theta / dt):])
W("recall", "all of the past as one window")(lambda u, N, theta, dt: _recall(u, N, len(u) * dt, dt))


@R("recall", "a row vector times the transpose")
def _(u, N, theta, dt):
    A_bar, B_bar = ssm.discretize(*hippo.legt(N, theta), dt)
    c = torch.zeros(N, dtype=f64)
    for v in u:
        c = c @ A_bar.T + B_bar * v
    age = theta - (torch.arange(round(theta / dt), dtype=f64) + 0.5) * dt
    return hippo.reconstruct(c, age, "legt", theta)


@R("recall", "window of 1: legt(N), step dt / theta, ages / theta")
def _(u, N, theta, dt):
    A_bar, B_bar = ssm.discretize(*hippo.legt(N), dt / theta)
    c = torch.zeros(N, dtype=f64)
    for v in u:
        c = A_bar @ c + B_bar * v
    age = (torch.arange(round(theta / dt), dtype=f64) + 0.5) * dt / theta
    return list(hippo.reconstruct(c, age, "legt").flip(0).tolist())


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
