"""Answers to the exercises of notebook 05, right and wrong. The wrong ones: {message part: f}."""

import math

import numpy as np
import torch
from numpy.polynomial import Legendre
from scipy.linalg import expm

from sslearn.course import n05_hippo as memory
from sslearn.hippo import legendre_basis, legs, legt, reconstruct
from sslearn.ssm import discretize

CHECKS = {
    "legs_matrices": memory.check_legs_matrices,
    "lmu_matrices": memory.check_lmu_matrices,
    "recall": memory.check_recall,
    "smallest_N": memory.check_smallest_N,
}


def counts(N):
    return torch.arange(N, dtype=torch.float64)


def by_loops(N):
    A = np.zeros((N, N))
    for n in range(N):
        for k in range(n):
            A[n, k] = -math.sqrt((2 * n + 1) * (2 * k + 1))
        A[n, n] = -(n + 1)
    return A, np.sqrt(2 * np.arange(N) + 1)


def legs_like(change_A=lambda A, n: A, change_B=lambda B: B):
    def f(N):
        A, B = legs(N)
        return change_A(A, counts(N)), change_B(B)

    return f


def lmu_like(scale=lambda n: (-1.0) ** n * (2 * n + 1).sqrt(), back=None, forth=None):
    """S A S^-1 and S B of LegT, S = scale(n); back replaces S^-1, and forth the S of B."""

    def f(N, theta):
        A, B = legt(N, theta)
        S = scale(counts(N)) * torch.ones(N)
        right = 1 / S if back is None else back(counts(N)) * torch.ones(N)
        return S[:, None] * A * right, B * (S if forth is None else forth(counts(N)))

    return f


def lmu_by_loops(N, theta):
    A = [[(2 * n + 1) / theta * (-1 if n < k else (-1) ** (n - k + 1)) for k in range(N)]
         for n in range(N)]  # fmt: skip
    return np.array(A), np.array([(2 * n + 1) * (-1) ** n / theta for n in range(N)])


def lmu_but(change_A=lambda A, theta: A, change_B=lambda B, theta: B):
    def f(N, theta):
        A, B = lmu_like()(N, theta)
        return change_A(A, theta), change_B(B, theta)

    return f


def signs(n):
    return (-1.0) ** n


def roots(n):
    return (2 * n + 1).sqrt()


def memory_of(turned=False, twice=False, newest_first=False, ends=0.5, N=None):
    def f(u, N_, theta, dt):
        size = N or N_
        A_bar, B_bar = discretize(*legt(size, theta), dt / theta if twice else dt)
        c = torch.zeros(size, dtype=torch.float64)
        for u_k in u:
            c = (c @ A_bar if turned else A_bar @ c) + B_bar * u_k
        age = (torch.arange(round(theta / dt), dtype=torch.float64) + ends) * dt
        past = reconstruct(c, age, "legt", theta)
        return past if newest_first else past.flip(0)

    return f


def memory_by_powers(u, N, theta, dt):
    """The state as a sum over the past, and NumPy's Legendre series."""
    A, B = (x.numpy() for x in legt(N, theta))
    grow = expm(A * dt)
    drive = np.linalg.solve(A, (grow - np.eye(N)) @ B)
    c = sum(np.linalg.matrix_power(grow, k) @ drive * v for k, v in enumerate(u.numpy()[::-1]))
    x = (np.arange(round(theta / dt)) + 0.5) * 2 * dt / theta - 1
    return Legendre(c * np.sqrt(2 * np.arange(N) + 1))(x)


def by_outer(N):
    n = counts(N)
    R = (2 * n + 1).sqrt()
    return -torch.outer(R, R).tril(-1) - (n + 1).diag(), R


def search(miss, offset=0, start=1, step=1):
    def f(u, tol):
        x = (torch.arange(len(u), dtype=torch.float64) + 0.5) * 2 / len(u) - 1
        N = start
        while N < 200:
            P = legendre_basis(N, x)
            back = (P @ u / len(u)) @ P
            if miss(u, back) <= tol:
                break
            N += step
        return N + offset

    return f


def relative(u, back):
    return (u - back).norm() / u.norm()


def at_edges(u, tol):
    """The samples at equal steps from -1 to 1, both ends included."""
    x = torch.linspace(-1, 1, len(u), dtype=torch.float64)
    bases = (legendre_basis(N, x) for N in range(1, 100))
    return next((len(P) for P in bases if relative(u, (P @ u / len(u)) @ P) <= tol), 100)


def by_remainder(u, tol):
    """Parseval: what a coefficient holds is gone from the error."""
    x = (torch.arange(len(u), dtype=torch.float64) + 0.5) * 2 / len(u) - 1
    left, N = u.clone(), 0
    P = legendre_basis(200, x)
    while left.pow(2).mean().sqrt() > tol * u.pow(2).mean().sqrt():
        left = left - (P[N] * u).mean() * P[N]
        N += 1
    return np.int64(N)


def in_place(u, tol):
    u /= u.pow(2).mean().sqrt()
    return by_remainder(u, tol)


RIGHT = {
    "legs_matrices": [by_loops, by_outer],
    "lmu_matrices": [lmu_like(), lmu_by_loops],
    "recall": [memory_of(), memory_by_powers],
    "smallest_N": [search(relative), by_remainder],
}

WRONG = {
    "legs_matrices": {
        "pair A of shape": lambda N: legs(N).A,
        "A has the wrong sign": legs_like(lambda A, n: -A),
        "transposed": legs_like(lambda A, n: A.T),
        "above the diagonal must be 0": legs_like(
            lambda A, n: -torch.outer((2 * n + 1).sqrt(), (2 * n + 1).sqrt())),
        "-(2n+1)": legs_like(lambda A, n: A - torch.diag(n)),
        "diagonal is missing": legs_like(lambda A, n: torch.tril(A, -1)),
        "diagonal has the wrong sign": legs_like(lambda A, n: A + 2 * torch.diag(n + 1)),
        "starts at -1": legs_like(lambda A, n: torch.tril(A, -1) - torch.diag(n)),
        "below the diagonal the sign": legs_like(
            lambda A, n: -torch.tril(A, -1) - torch.diag(n + 1)),
        "square root": legs_like(
            lambda A, n: -torch.tril(torch.outer(2 * n + 1, 2 * n + 1), -1) - torch.diag(n + 1)),
        "A differs": legs_like(lambda A, n: 2 * A),
        "root of 2n+1": legs_like(change_B=lambda B: B**2),
        "B has the wrong sign": legs_like(change_B=lambda B: -B),
        "not all ones": legs_like(change_B=torch.ones_like),
        "B differs": legs_like(change_B=lambda B: B + 1),
        "double precision": lambda N: tuple(x.float() for x in legs(N)),
        "one N only": [
            lambda N: tuple(x[..., :N] for x in legs(4)) if N <= 4 else legs(N),
            lambda N: tuple(x.float().double() if N > 4 else x for x in by_outer(N)),
        ],
        "seven digits": lambda N: tuple(x.float().double() for x in by_outer(N)),
        "finished function": lambda N: legs(N),
    },
    "lmu_matrices": {
        "pair A of shape": lambda N, theta: lmu_like()(N, theta)[1],
        "A is still LegT's": lambda N, theta: legt(N, theta),
        "A has the wrong sign": lmu_but(lambda A, theta: -A),
        "the other way": lmu_like(roots),
        "factor R_n between": lmu_like(signs),
        "exchanged": lmu_like(lambda n: signs(n) / roots(n)),
        "S on the left": [
            lmu_like(back=torch.ones_like),
            lmu_like(back=lambda n: signs(n) * roots(n)),
        ],
        "theta enters A once": [
            lmu_but(lambda A, theta: A / theta), lmu_but(lambda A, theta: A * theta)],
        "A differs": lmu_but(lambda A, theta: A - torch.eye(len(A))),
        "B is still LegT's": lmu_like(forth=torch.ones_like),
        "signs of B": lmu_like(forth=roots),
        "a root is missing": lmu_like(forth=signs),
        "B differs": lmu_but(change_B=lambda B, theta: B * theta),
        "double precision": lambda N, theta: tuple(x.float() for x in lmu_like()(N, theta)),
        "seven digits": lambda N, theta: tuple(x.float().double() for x in lmu_like()(N, theta)),
        "one N or theta": [
            lambda N, theta: lmu_like()(N, 3.0),
            lambda N, theta: tuple(x.float().double() if N > 4 else x
                                   for x in lmu_like()(N, theta)),
        ],
    },
    "recall": {
        "argument u in place": lambda u, N, theta, dt: memory_of()(u.mul_(2) / 2, N, theta, dt),
        "one a step": lambda u, N, theta, dt: memory_of()(u, N, theta, dt)[:-1],
        "the wrong side": [
            memory_of(turned=True, twice=True, newest_first=True), memory_of(turned=True)],
        "enters twice": [memory_of(twice=True, newest_first=True), memory_of(twice=True)],
        "newest first": memory_of(newest_first=True),
        "half a step off": [memory_of(ends=0), memory_of(ends=1)],
        "past differs": lambda u, N, theta, dt: memory_of()(u.flip(0), N, theta, dt),
        "dt only": [memory_of(N=9), lambda u, N, theta, dt: memory_of()(u, N, 2.0, 0.05)],
    },
    "smallest_N": {
        "argument u in place": in_place,
        "one whole number": lambda u, tol: [search(relative)(u, tol)],
        "degree": search(relative, offset=-1),
        "exactly N = 4": search(lambda u, back: 1.0),
        "squared error": search(lambda u, back: relative(u, back) ** 2),
        "one coefficient too many": lambda u, tol: (
            4 if relative(u, torch.zeros_like(u)) and by_remainder(u, tol) == 4
            else by_remainder(u, tol) + 1),
        "largest errors": search(lambda u, back: (u - back).abs().max() / u.abs().max()),
        "four cycles": lambda u, tol: min(search(relative)(u, tol), 10),
        "mean off first": search(lambda u, back: relative(u - u.mean(), back - back.mean())),
        "not always the smallest": [
            search(relative, start=2, step=2), lambda u, tol: min(search(relative)(u, tol), 16)],
        "relative": search(lambda u, back: (u - back).pow(2).mean().sqrt() * 2**0.5),
        "linspace": at_edges,
        "use the argument tol": lambda u, tol: search(relative)(u, 0.05),
        "some signals only": [
            search(relative, start=2),
            lambda u, tol: search(relative)(u - u.mean() if len(u) == 301 else u, tol),
        ],
    },
}  # fmt: skip
