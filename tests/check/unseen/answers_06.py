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
    "longer_step": "check_longer_step",  # longer_step -> check_longer_step
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


# --- longer_step -> check_longer_step
def _longer(A, B, p, power=torch.linalg.matrix_power, ks=range):
    return power(A, p), sum(power(A, k) @ B for k in ks(p))


W("longer_step", "p times both")(lambda A, B, p: (p * A, p * B))
W("longer_step", "A_bar to the p, B_bar too")(lambda A, B, p: (torch.linalg.matrix_power(A, p), B**p))
W("longer_step", "powers of the entries")(lambda A, B, p: (A**p, sum((A**k) @ B for k in range(p))))
W("longer_step", "p B_bar")(lambda A, B, p: (torch.linalg.matrix_power(A, p), p * B))
W("longer_step", "B_bar as it was")(lambda A, B, p: (torch.linalg.matrix_power(A, p), B))
W("longer_step", "powers 1 ... p")(lambda A, B, p: _longer(A, B, p, ks=lambda p: range(1, p + 1)))
W("longer_step", "powers 0 ... p")(lambda A, B, p: _longer(A, B, p, ks=lambda p: range(p + 1)))
W("longer_step", "powers 0 ... p - 2")(lambda A, B, p: _longer(A, B, p, ks=lambda p: range(max(p - 1, 1))))
W("longer_step", "geometric sum without the pole at 0")(lambda A, B, p: (
    lambda P, one: (P, torch.linalg.solve(one - A, (one - P) @ B)))(torch.linalg.matrix_power(A, p), torch.eye(len(B), dtype=A.dtype)))
W("longer_step", "float32")(lambda A, B, p: tuple(x.float() for x in _longer(A, B, p)))
W("longer_step", "float32 inside")(lambda A, B, p: tuple(x.double() for x in _longer(A.float(), B.float(), p)))
W("longer_step", "p = 2 only")(lambda A, B, p: (A @ A, A @ B + B))
W("longer_step", "one power short")(lambda A, B, p: (torch.linalg.matrix_power(A, p - 1), _longer(A, B, p)[1]))


@R("longer_step", "Horner")
def _(A, B, p):
    x = torch.zeros_like(B)
    for _ in range(p):
        x = A @ x + B
    return torch.linalg.matrix_power(A, p), x


@R("longer_step", "one power of the block matrix, NumPy and back")
def _(A, B, p):
    n = len(B)
    block = np.eye(n + 1)
    block[:n, :n], block[:n, n] = A.numpy(), B.numpy()
    block = np.linalg.matrix_power(block, p)
    return torch.from_numpy(block[:n, :n].copy()), torch.from_numpy(block[:n, n].copy())


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
