"""Answers to the exercises of notebook 06, right and wrong. The wrong ones: {message part: f}."""

import math

import numpy as np
import torch
from scipy.signal import cont2discrete
from torch.linalg import inv, matrix_exp, matrix_power, solve

from sslearn import ssm
from sslearn.course import n06_steps as discretisation

CHECKS = {
    "discretize": discretisation.check_discretize,
    "dt_max": discretisation.check_dt_max,
    "longer_step": discretisation.check_longer_step,
    "to_scipy": discretisation.check_to_scipy,
}


def by_alpha(A, B, dt, method):
    one = torch.eye(len(B), dtype=A.dtype)
    if method == "zoh":
        A_bar = matrix_exp(dt * A)
        return A_bar, solve(A, (A_bar - one) @ B)
    share = {"euler": 0.0, "bilinear": 0.5, "backward_euler": 1.0}[method]
    left = one - share * dt * A
    return solve(left, one + (1 - share) * dt * A), solve(left, dt * B)


def by_inverse(A, B, dt, method):
    one = torch.eye(len(B)).to(A)
    if method == "euler":
        return one + dt * A, dt * B
    if method == "zoh":
        A_bar = torch.matrix_exp(A * dt)
        return A_bar, inv(A) @ (A_bar - one) @ B
    half = dt / 2 if method == "bilinear" else dt
    left = inv(one - half * A)
    return left @ (one + half * A) if method == "bilinear" else left, left @ B * dt


def by_scipy(A, B, dt, method):
    names = {"backward_euler": "backward_diff"}
    system = A.numpy(), B.numpy()[:, None], A.numpy()[:1], [[0.0]]
    A_bar, B_bar = cont2discrete(system, dt, names.get(method, method))[:2]
    return torch.tensor(A_bar), torch.tensor(B_bar)[:, 0]


def but(**changes):
    """The right answer, but for one method a function of (A, B, dt, one) in place of it."""

    def f(A, B, dt, method):
        if method in changes:
            return changes[method](A, B, dt, torch.eye(len(B), dtype=A.dtype))
        return by_alpha(A, B, dt, method)

    return f


def in_place(A, B, dt, method):
    A *= dt
    B *= dt
    return by_alpha(A, B, 1.0, method)


def limits(poles):
    return 2 * poles.real.abs() / poles.abs() ** 2


def by_running(A, B, p):
    """p steps from each unit state without an input, and from 0 with the input 1."""
    one = torch.eye(len(B), dtype=A.dtype)
    x = torch.zeros_like(B)
    for _ in range(p):
        one, x = A @ one, A @ x + B
    return one, x


RIGHT = {
    "discretize": [by_alpha, lambda A, B, dt, method: list(by_inverse(A, B, dt, method))],
    "dt_max": [
        lambda poles: limits(poles).numpy().min(),
        lambda poles: min(-2 * p.real / (p.real**2 + p.imag**2) for p in poles.tolist()),
    ],
    "longer_step": [
        lambda A, B, p: (matrix_power(A, p), sum(matrix_power(A, k) for k in range(p)) @ B),
        by_running,
    ],
    "to_scipy": [
        lambda A, B, C: (A, B[:, None], (C @ A)[None], np.array([[C @ B]])),
        lambda A, B, C: (A, B.reshape(-1, 1), C.reshape(1, -1) @ A, [[np.dot(C, B)]]),
    ],
}

WRONG = {
    "discretize": {
        "return two tensors": lambda A, B, dt, method: by_alpha(A, B, dt, method)[0],
        "in place": in_place,
        "every entry": but(euler=lambda A, B, dt, one: (1 + dt * A, dt * B)),
        "Euler's A_bar": but(euler=lambda A, B, dt, one: (dt * A, dt * B)),
        "Euler's B_bar is dt B": but(euler=lambda A, B, dt, one: (one + dt * A, dt * A @ B)),
        "Euler's A_bar is (I - dt A)^-1": but(backward_euler=lambda A, B, dt, one: (
            inv(one - dt * A / 2), solve(one - dt * A, dt * B))),
        "Euler's B_bar is (I - dt A)^-1": but(backward_euler=lambda A, B, dt, one: (
            inv(one - dt * A), solve(one - dt * A / 2, dt * B))),
        "bilinear's A_bar": but(bilinear=lambda A, B, dt, one: (
            inv(one - dt * A / 2), solve(one - dt * A / 2, dt * B))),
        "bilinear's B_bar is": but(bilinear=lambda A, B, dt, one: (
            by_alpha(A, B, dt, "bilinear")[0], solve(one - dt * A, dt * B))),
        "hold's A_bar": but(zoh=lambda A, B, dt, one: (
            matrix_exp(A), by_alpha(A, B, dt, "zoh")[1])),
        "Δ is missing": lambda A, B, dt, method: by_alpha(A, B / dt, dt, method),
        "sign is wrong": but(
            backward_euler=lambda A, B, dt, one: (inv(one + dt * A), solve(one - dt * A, dt * B))),
        "without the inverse": but(
            backward_euler=lambda A, B, dt, one: (inv(one - dt * A), dt * B)),
        "half a step": but(bilinear=lambda A, B, dt, one: (
            solve(one - dt * A, one + dt * A), solve(one - dt * A / 2, dt * B))),
        "not half": but(bilinear=lambda A, B, dt, one: (
            by_alpha(A, B, dt, "bilinear")[0], by_alpha(A, B / 2, dt, "bilinear")[1])),
        "each entry": but(zoh=lambda A, B, dt, one: (
            torch.exp(dt * A), by_alpha(A, B, dt, "zoh")[1])),
        "mixed form of Mamba": but(zoh=lambda A, B, dt, one: (matrix_exp(dt * A), dt * B)),
        "A^-1 (e^(dt A) - I) B": but(zoh=lambda A, B, dt, one: (
            matrix_exp(dt * A), (matrix_exp(dt * A) - one) @ B)),
        "not for another": [
            lambda A, B, dt, method: by_alpha(A, B, 0.3, method),
            lambda A, B, dt, method: by_alpha(A[:3, :3], B[:3], dt, method),
        ],
        "seven digits": lambda A, B, dt, method: tuple(
            x.double() for x in by_alpha(A.float(), B.float(), dt, method)),
        "double precision": [
            lambda A, B, dt, method: tuple(x.float() for x in by_alpha(A, B, dt, method)),
            but(zoh=lambda A, B, dt, one: tuple(x.float() for x in by_alpha(A, B, dt, "zoh"))),
        ],
        "finished function": [
            lambda A, B, dt, method: ssm.discretize(A, B, dt, method),
            by_scipy,
        ],
    },
    "dt_max": {
        "one number": limits,
        "sign is wrong": lambda p: (2 * p.real / p.abs() ** 2).min().item(),
        "ring": lambda p: limits(p).min().item() / 2,
        "imaginary part": lambda p: (2 / p.real.abs()).min().item(),
        "real poles only": lambda p: (2 / p.abs()).min().item(),
        "pole -1 + 10i": lambda p: (2 / (p.real.abs() + p.imag.abs())).min().item(),
        "largest limit": lambda p: limits(p).max().item(),
        "not always the critical": lambda p: limits(p)[p.abs().argmax()].item(),
        "not for others": [
            lambda p: limits(p[:3]).min().item(),
            lambda p: round(limits(p).min().item(), 4),
        ],
        "some scales": lambda p: min(limits(p).min().item(), 10.0),
        "must give 0.5": lambda p: limits(p).min().item() * 3,
    },
    "longer_step": {
        "return two tensors": lambda A, B, p: by_running(A, B, p)[0],
        "in place": lambda A, B, p: by_running(A, B.mul_(1.5), p),
        "A_bar is still": lambda A, B, p: (A, by_running(A, B, p)[1]),
        "each entry": lambda A, B, p: (A**p, by_running(A, B, p)[1]),
        "no decay": lambda A, B, p: (p * A, by_running(A, B, p)[1]),
        "A_bar differs": lambda A, B, p: by_running(A, B, p + 1),
        "B_bar is still": lambda A, B, p: (matrix_power(A, p), B),
        "decays meanwhile": lambda A, B, p: (matrix_power(A, p), p * B),
        "one step alone": [
            lambda A, B, p: (matrix_power(A, p), matrix_power(A, p) @ B),
            lambda A, B, p: (matrix_power(A, p), matrix_power(A, p - 1) @ B),
        ],
        "not damped yet": lambda A, B, p: (matrix_power(A, p), A @ by_running(A, B, p)[1]),
        "one input too many": lambda A, B, p: (matrix_power(A, p), by_running(A, B, p + 1)[1]),
        "B_bar differs": lambda A, B, p: (matrix_power(A, p), -by_running(A, B, p)[1]),
        "pole at 0": lambda A, B, p: (matrix_power(A, p), inv(A - torch.eye(len(B)).to(A) + 1e-12)
                                      @ (matrix_power(A, p) - torch.eye(len(B)).to(A)) @ B),
        "one system or p": [
            lambda A, B, p: by_running(A, B, 5 if len(B) == 2 else 3),
        ],
        "double precision": lambda A, B, p: tuple(x.float() for x in by_running(A, B, p)),
    },
    "to_scipy": {
        "(N, 1)": lambda A, B, C: (A, B, C @ A, C @ B),
        "one step late": lambda A, B, C: (A, B[:, None], C[None], [[0.0]]),
        "D must not be 0": lambda A, B, C: (A, B[:, None], (C @ A)[None], [[0.0]]),
        "one more step": lambda A, B, C: (A, B[:, None], C[None], [[C @ B]]),
        "A_bar C is not": lambda A, B, C: (A, B[:, None], (A @ C)[None], [[C @ B]]),
        "not for another": lambda A, B, C: (
            A, B[:, None], (C @ A)[None], [[C[:3] @ B[:3]]]),
        "double precision": lambda A, B, C: (
            A, B[:, None], (C @ A)[None].astype(np.float32), np.array([[C @ B]])),
        "differs from ours": lambda A, B, C: (A, B[:, None], (C @ A)[None], [[math.pi]]),
    },
}  # fmt: skip
