"""Answers to the exercises of notebook 05, right and wrong. The wrong ones: {message part: f}."""

import math

import numpy as np
import torch
from scipy.linalg import expm
from scipy.special import eval_legendre

from sslearn.course.n05_hippo import checks as memory
from sslearn.hippo import legendre_basis, legs, legt

CHECKS = {
    "legs_matrices": memory.check_legs_matrices,
    "legt_matrices": memory.check_legt_matrices,
    "warped_legendre": memory.check_warped_legendre,
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


def legt_by_loops(N, theta):
    A = np.zeros((N, N))
    for n in range(N):
        for k in range(N):
            sign = 1 if k <= n else (-1) ** (n - k)
            A[n, k] = -math.sqrt((2 * n + 1) * (2 * k + 1)) * sign / theta
    return A, np.sqrt(2 * np.arange(N) + 1) / theta


def legt_like(change_A=lambda A, n, theta: A, change_B=lambda B, theta: B):
    def f(N, theta):
        A, B = legt(N, theta)
        return change_A(A, counts(N), theta), change_B(B, theta)

    return f


def plain(A, n, theta):
    R = (2 * n + 1).sqrt()
    return -torch.outer(R, R) / theta


def legt_by_outer(N, theta):
    n = counts(N)
    R = (2 * n + 1).sqrt()
    sign = torch.where(n <= n[:, None], 1.0, (-1.0) ** (n[:, None] - n))
    return -torch.outer(R, R) * sign / theta, R / theta


def by_outer(N):
    n = counts(N)
    R = (2 * n + 1).sqrt()
    return -torch.outer(R, R).tril(-1) - (n + 1).diag(), R


def by_series(n, t):
    P = np.polynomial.legendre.Legendre.basis(n)
    return math.sqrt(2 * n + 1) * np.exp(-t) * P(2 * np.exp(-t) - 1)


def warped(x, fade=lambda t: np.exp(-t), root=lambda n: math.sqrt(2 * n + 1)):
    return lambda n, t: root(n) * fade(t) * eval_legendre(n, x(t))


def by_expm(n, t):
    A, B = (x.numpy() for x in legs(n + 1))
    return np.array([(expm(s * A) @ B)[n] for s in t])


def search(miss, offset=0, start=1):
    def f(u, tol):
        x = (torch.arange(len(u), dtype=torch.float64) + 0.5) * 2 / len(u) - 1
        N = start
        while N < 200:
            P = legendre_basis(N, x)
            back = (P @ u / len(u)) @ P
            if miss(u, back) <= tol:
                break
            N += 1
        return N + offset

    return f


def relative(u, back):
    return (u - back).norm() / u.norm()


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
    "legt_matrices": [legt_by_loops, legt_by_outer],
    "warped_legendre": [warped(lambda t: 2 * np.exp(-t) - 1), by_series],
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
        "must be float64": lambda N: tuple(x.float() for x in legs(N)),
        "one N only": [
            lambda N: tuple(x[..., :N] for x in legs(4)) if N <= 4 else legs(N),
            lambda N: tuple(x.float().double() if N > 4 else x for x in by_outer(N)),
        ],
        "finished function": lambda N: legs(N),
    },
    "legt_matrices": {
        "pair A of shape": lambda N, theta: legt(N, theta).B,
        "A has the wrong sign": legt_like(lambda A, n, theta: -A),
        "A is not divided": legt_like(lambda A, n, theta: A * theta),
        "the sign alternates": legt_like(plain),
        "does not alternate": legt_like(
            lambda A, n, theta: plain(A, n, theta) * (-1.0) ** (n[:, None] - n)),
        "belongs above": legt_like(lambda A, n, theta: A.T),
        "factor R_n R_k": legt_like(
            lambda A, n, theta: A / (2 * n + 1).sqrt() / (2 * n[:, None] + 1).sqrt()),
        "A differs": legt_like(lambda A, n, theta: A - torch.eye(len(n))),
        "B is not divided": legt_like(change_B=lambda B, theta: B * theta),
        "B has the wrong sign": legt_like(change_B=lambda B, theta: -B),
        "B differs": legt_like(change_B=lambda B, theta: B**2),
        "one N or theta": [
            lambda N, theta: legt(N, 2.0),
            lambda N, theta: legt(N, 2.0 if theta == 2 else max(theta, 1.0)),
        ],
        "must be float64": lambda N, theta: tuple(x.float() for x in legt(N, theta)),
        "finished function": lambda N, theta: legt(N, theta),
    },
    "warped_legendre": {
        "argument t in place": lambda n, t: by_expm(n, np.negative(t, out=t)),
        "t's shape": lambda n, t: float(warped(lambda t: 2 * np.exp(-t) - 1)(n, t).sum()),
        "factor e^-t is missing": warped(lambda t: 2 * np.exp(-t) - 1, fade=np.ones_like),
        "backwards": warped(lambda t: 2 * np.exp(t) - 1, fade=np.exp),
        "the wrong way": warped(lambda t: 1 - 2 * np.exp(-t)),
        "live on 1 to -1": warped(lambda t: np.exp(-t)),
        "straight window": warped(lambda t: 1 - 2 * t),
        "factor sqrt(2n+1) is missing": warped(lambda t: 2 * np.exp(-t) - 1, root=lambda n: 1),
        "the root of 2n+1": warped(lambda t: 2 * np.exp(-t) - 1, root=lambda n: 2 * n + 1),
        "counts from 0": lambda n, t: warped(lambda t: 2 * np.exp(-t) - 1)(n - 1, t),
        "component differs": warped(lambda t: 2 * np.exp(-2 * t) - 1),
        "one n or one t": [
            lambda n, t: by_expm(3, t),
            lambda n, t: warped(lambda t: 2 * np.exp(-t) - 1)(n, np.minimum(t, 3.0)),
        ],
        "finished function": by_expm,
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
        "four cycles": search(lambda u, back: (u - back).abs().max() / u.abs().max()),
        "relative": search(lambda u, back: (u - back).pow(2).mean().sqrt() * 2**0.5),
        "use the argument tol": lambda u, tol: search(relative)(u, 0.05),
        "some signals only": [
            search(relative, start=2),
            lambda u, tol: search(relative)(u - u.mean() if len(u) == 301 else u, tol),
        ],
    },
}  # fmt: skip
