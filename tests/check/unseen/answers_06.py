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
from scipy.signal import cont2discrete

from sslearn import ssm

CHECK = {
    "discretize": "check_discretize",  # discretize -> check_discretize
    "dt_max": "check_dt_max",  # dt_max -> check_dt_max
    "effective_tau": "check_effective_tau",  # effective_tau -> check_effective_tau
    "to_scipy": "check_to_scipy",  # to_scipy -> check_to_scipy
}


def _disc(A, B, dt, method, *, zoh_exp=torch.linalg.matrix_exp, zoh_B=None, half=0.5, B_left=True, n=None):
    one = torch.eye(n or len(B), dtype=A.dtype)
    if method == "zoh":
        A_bar = zoh_exp(dt * A)
        return A_bar, torch.linalg.solve(A, (A_bar - one) @ B) if zoh_B is None else zoh_B(A, A_bar, B, dt)
    a = {"euler": 0.0, "bilinear": half, "backward_euler": 1.0}[method]
    left = one - a * dt * A
    A_bar = torch.linalg.solve(left, one + (1 - a) * dt * A)
    return A_bar, torch.linalg.solve(left, dt * B) if B_left else dt * B


W("discretize", "B_bar = dt B for all")(
    lambda A, B, dt, method: _disc(A, B, dt, method, B_left=False, zoh_B=lambda A, E, B, dt: dt * B))
W("discretize", "exponential entry by entry")(lambda A, B, dt, method: _disc(A, B, dt, method, zoh_exp=torch.exp))
W("discretize", "zoh: B_bar divided by A entry by entry of the diagonal")(
    lambda A, B, dt, method: _disc(A, B, dt, method, zoh_B=lambda A, E, B, dt: (E - torch.eye(len(B), dtype=A.dtype)) @ B / A.diagonal()))
W("discretize", "bilinear without the half")(lambda A, B, dt, method: _disc(A, B, dt, method, half=1.0))
W("discretize", "zoh: B_bar = dt A_bar B")(lambda A, B, dt, method: _disc(A, B, dt, method, zoh_B=lambda A, E, B, dt: dt * E @ B))
W("discretize", "transposed (right for a symmetric A)")(lambda A, B, dt, method: _disc(A.T, B, dt, method))
W("discretize", "float32 inside")(
    lambda A, B, dt, method: tuple(x.double() for x in _disc(A.float(), B.float(), dt, method)))
W("discretize", "B_bar a column")(lambda A, B, dt, method: (lambda a, b: (a, b[:, None]))(*_disc(A, B, dt, method)))
W("discretize", "backward Euler copied from Euler")(
    lambda A, B, dt, method: (lambda a, b: (a, b))(*(_disc(A, B, dt, method) if method != "backward_euler" else (torch.eye(len(B), dtype=A.dtype) + dt * A, dt * B))))


@W("discretize", "changes A in place")
def _(A, B, dt, method):
    out = _disc(A, B, dt, method)
    A *= dt
    return out


@W("discretize", "zoh through real eigenvalues only")
def _(A, B, dt, method):
    if method != "zoh":
        return _disc(A, B, dt, method)
    w, V = torch.linalg.eig(A)
    w, V = w.real, V.real
    E = V @ torch.diag((dt * w).exp()) @ torch.linalg.pinv(V)
    return E, torch.linalg.solve(A, (E - torch.eye(len(B), dtype=A.dtype)) @ B)


@W("discretize", "SciPy does it")
def _(A, B, dt, method):
    name = {"backward_euler": "backward_diff"}.get(method, method)
    a, b, *_ = cont2discrete((A.numpy(), B.numpy()[:, None], np.eye(len(B)), np.zeros((len(B), 1))), dt, method=name)
    return torch.from_numpy(a), torch.from_numpy(b[:, 0])


@W("discretize", "the library does it")
def _(A, B, dt, method):
    return ssm.discretize(A, B, dt, method)


@R("discretize", "inverses, block exponential")
def _(A, B, dt, method):
    N, one = len(B), torch.eye(len(B), dtype=A.dtype)
    if method == "zoh":
        M = torch.zeros(N + 1, N + 1, dtype=A.dtype)
        M[:N, :N], M[:N, N] = dt * A, dt * B
        M = torch.linalg.matrix_exp(M)
        return [M[:N, :N], M[:N, N]]
    if method == "euler":
        return [one + dt * A, dt * B]
    if method == "backward_euler":
        inv = torch.linalg.inv(one - dt * A)
        return [inv, inv @ (dt * B)]
    inv = torch.linalg.inv(one - dt / 2 * A)
    return [inv @ (one + dt / 2 * A), dt * inv @ B]


@R("discretize", "NumPy")
def _(A, B, dt, method):
    from scipy.linalg import expm
    a, b = A.numpy(), B.numpy()
    one = np.eye(len(b))
    if method == "zoh":
        E = expm(a * dt)
        out = E, np.linalg.inv(a) @ (E - one) @ b
    else:
        g = ["euler", "bilinear", "backward_euler"].index(method) / 2
        left = np.linalg.inv(one - g * dt * a)
        out = left @ (one + (1 - g) * dt * a), left @ b * dt
    return tuple(torch.from_numpy(np.ascontiguousarray(x)) for x in out)


# --- dt_max -> check_dt_max
W("dt_max", "largest limit, not the smallest")(lambda poles: (2 * poles.real.abs() / poles.abs() ** 2).max().item())
W("dt_max", "2 / |pole| (right for real poles)")(lambda poles: (2 / poles.abs()).min().item())
W("dt_max", "2 / |Re|")(lambda poles: (2 / poles.real.abs()).min().item())
W("dt_max", "first pole decides")(lambda poles: (2 * poles.real.abs() / poles.abs() ** 2)[0].item())
W("dt_max", "fastest pole decides")(
    lambda poles: (2 * poles.real.abs() / poles.abs() ** 2)[poles.abs().argmax()].item())
W("dt_max", "slowest real part over largest modulus: mixes two poles")(
    lambda poles: (2 * poles.real.abs().min() / poles.abs().max() ** 2).item())
W("dt_max", "one limit each")(lambda poles: 2 * poles.real.abs() / poles.abs() ** 2)
W("dt_max", "negative")(lambda poles: (2 * poles.real / poles.abs() ** 2).max().item())
W("dt_max", "without the 2")(lambda poles: (poles.real.abs() / poles.abs() ** 2).min().item())
W("dt_max", "square forgotten")(lambda poles: (2 * poles.real.abs() / poles.abs()).min().item())
W("dt_max", "rounded down to 0.01")(
    lambda poles: math.floor(100 * (2 * poles.real.abs() / poles.abs() ** 2).min().item()) / 100)
R("dt_max", "Python loop, 0-d free")(lambda poles: min(-2 * p.real / (p.real**2 + p.imag**2) for p in poles.tolist()))
R("dt_max", "Re of 1 / pole, np.float64")(lambda poles: np.min(-2 * np.real(1 / poles.numpy())))


@R("dt_max", "bisection on the unit circle")
def _(poles):
    p = poles.to(torch.complex128)
    low, high = 0.0, 1.0
    while ((1 + high * p).abs() <= 1).all():
        high *= 2
    for _ in range(100):
        mid = (low + high) / 2
        low, high = (mid, high) if ((1 + mid * p).abs() <= 1).all() else (low, mid)
    return low


# --- effective_tau -> check_effective_tau
W("effective_tau", "sign")(lambda tau, dt: dt / torch.log(1 - dt / tau))
W("effective_tau", "log2")(lambda tau, dt: -dt / torch.log2(1 - dt / tau))
W("effective_tau", "log10")(lambda tau, dt: -dt / torch.log10(1 - dt / tau))
W("effective_tau", "first order: tau - dt / 2 (17.5 for 17.38)")(lambda tau, dt: tau - dt / 2)
W("effective_tau", "backward Euler: longer, not shorter")(lambda tau, dt: dt / torch.log(1 + dt / tau))
W("effective_tau", "tau in the numerator")(lambda tau, dt: -tau / torch.log(1 - dt / tau))
W("effective_tau", "one step only: item()")(lambda tau, dt: torch.full_like(dt, -dt[0].item() / math.log(1 - dt[0].item() / tau)))
W("effective_tau", "tau fixed at 20")(lambda tau, dt: -dt / torch.log(1 - dt / 20.0))
W("effective_tau", "in seconds")(lambda tau, dt: -dt / torch.log(1 - dt / tau) / 1000)
W("effective_tau", "three terms of the series only")(lambda tau, dt: tau - dt / 2 - dt**2 / (12 * tau))


@W("effective_tau", "changes dt in place")
def _(tau, dt):
    old = dt.clone()
    dt.div_(tau).neg_().add_(1).log_()
    return -old / dt


R("effective_tau", "log1p")(lambda tau, dt: dt / -torch.log1p(-dt / tau))
R("effective_tau", "ratio of logs: Python loop, dtype kept")(
    lambda tau, dt: torch.tensor([-x / math.log((tau - x) / tau) for x in dt.tolist()], dtype=dt.dtype))


@R("effective_tau", "NumPy and back")
def _(tau, dt):
    x = dt.numpy().astype(np.float64)
    return torch.from_numpy(x / (np.log(tau) - np.log(tau - x))).to(dt.dtype)


# --- to_scipy -> check_to_scipy
W("to_scipy", "only reshaped: one step late")(
    lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], C[None, :], np.zeros((1, 1))))
W("to_scipy", "D but not C")(lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], C[None, :], np.array([[C @ B_bar]])))
W("to_scipy", "C but not D")(lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], (C @ A_bar)[None, :], np.zeros((1, 1))))
W("to_scipy", "A C for C A (right for a symmetric A)")(
    lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], (A_bar @ C)[None, :], np.array([[C @ B_bar]])))
W("to_scipy", "one A too many: B and C")(
    lambda A_bar, B_bar, C: (A_bar, (A_bar @ B_bar)[:, None], (C @ A_bar)[None, :], np.array([[C @ B_bar]])))
W("to_scipy", "vectors stay vectors")(lambda A_bar, B_bar, C: (A_bar, B_bar, C @ A_bar, C @ B_bar))
W("to_scipy", "D is the sum: C B summed over an outer product")(
    lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], (C @ A_bar)[None, :], np.array([[np.outer(C, B_bar).sum()]])))
W("to_scipy", "solved backwards: C A^-1")(
    lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], (C @ np.linalg.inv(A_bar))[None, :], np.array([[C @ B_bar]])))
W("to_scipy", "N = 2 only")(
    lambda A_bar, B_bar, C: (A_bar[:2, :2], B_bar[:2].reshape(-1, 1), (C @ A_bar)[:2][None, :], np.array([[C @ B_bar]])))
W("to_scipy", "diagonal of A only")(
    lambda A_bar, B_bar, C: (A_bar, B_bar[:, None], (C * np.diag(A_bar))[None, :], np.array([[C @ B_bar]])))


@W("to_scipy", "changes C in place")
def _(A_bar, B_bar, C):
    D = np.array([[C @ B_bar]])
    C[:] = C @ A_bar
    return A_bar, B_bar[:, None], C[None, :], D


W("to_scipy", "float32")(
    lambda A_bar, B_bar, C: tuple(x.astype(np.float32) for x in (A_bar, B_bar[:, None], (C @ A_bar)[None], np.array([[C @ B_bar]]))))


R("to_scipy", "the other realisation: x'_k = A x_(k-1), B' = A B, C' = C")(
    lambda A_bar, B_bar, C: (A_bar, (A_bar @ B_bar)[:, None], C[None, :], np.array([[C @ B_bar]])))
R("to_scipy", "reshape, einsum, a list")(
    lambda A_bar, B_bar, C: [A_bar.copy(), B_bar.reshape(-1, 1), np.einsum("n,nm->m", C, A_bar).reshape(1, -1),
                             np.full((1, 1), np.dot(C, B_bar))])
