"""Checks of notebook 05: a memory to be mended, and how many states a signal needs."""

import itertools
import math
from functools import partial

import numpy as np
import torch

from sslearn.course.check import CheckResult, Property, agrees, check, is_whole, near, unlike
from sslearn.course.n05_hippo.projection import relative_error, states_needed
from sslearn.hippo import legendre_basis, legt
from sslearn.ssm import discretize


def check_recall(recall) -> CheckResult:
    """The learner mends LegT's memory: the last theta seconds of u (L,), oldest first.

    u is constant within each step of dt, and the past is asked in the middle of each.
    """
    g = torch.Generator().manual_seed(0)
    u = torch.randn(120, generator=g, dtype=torch.float64).cumsum(0)

    def truth(u, N, theta, dt, *, turned=False, twice=False, newest_first=False, ends=0.5):
        A_bar, B_bar = discretize(*legt(N, theta), dt / theta if twice else dt)
        c = torch.zeros(N, dtype=torch.float64)
        for u_k in u:
            c = (A_bar.T if turned else A_bar) @ c + B_bar * u_k
        age = (torch.arange(round(theta / dt), dtype=torch.float64) + ends) * dt
        past = legendre_basis(N, 1 - 2 * age / theta).T @ c
        return past if newest_first else past.flip(0)

    case, faults = (u, 9, 2.0, 0.05), ("turned", "twice", "newest_first")

    def without(fault):
        """The property that an answer is none of those with this fault, with or without others."""
        others = [name for name in faults if name != fault]
        choices = itertools.product((False, True), repeat=len(others))
        wrong = [truth(*case, **{fault: True}, **dict(zip(others, on, strict=True)))
                 for on in choices]  # fmt: skip
        return unlike(*wrong, run=lambda f: f(*case), same=partial(near, tolerance=1e-5))

    cases = [(u[:70], 5, 1.5, 0.1), (u[60:], 16, 0.7, 0.02), (u[:1], 3, 4.0, 1.0)]
    return check("recall", recall, [
        Property(lambda f: np.shape(f(*case)) == (40,), "return theta / dt numbers, one a step",
                 "reconstruct(c, age, 'legt', theta) takes age (m,)"),
        Property(without("turned"), "the state is multiplied from the wrong side: c A_bar "
                 "is A_bar transposed, times c", "A_bar @ c: n counts the rows"),
        Property(without("twice"), "the window enters twice: this memory is theta times too slow "
                 "or too fast", "legt(N, theta) holds theta already; which unit has dt?"),
        Property(without("newest_first"), "the past comes newest first", "age 0 is now: flip it"),
        Property(unlike(truth(*case, ends=0.0), truth(*case, ends=1.0), run=lambda f: f(*case)),
                 "the ages are those of the steps' edges, half a step off", "(k + 1/2) dt"),
        Property(lambda f: near(f(*case), truth(*case)), "the recalled past differs",
                 "c = A_bar @ c + B_bar * u_k for every u_k, from c = 0"),
        Property(agrees(truth, cases), "right for one signal, N, theta or dt only",
                 "use every argument"),
    ])  # fmt: skip


def check_smallest_N(smallest_N) -> CheckResult:
    """The learner finds the smallest N with rms(u - sum_n c_n P_n) <= tol rms(u).

    c_n is mean(u P_n), with orthonormal P_n.
    """
    x = (torch.arange(1000, dtype=torch.float64) + 0.5) / 500 - 1
    cubic = legendre_basis(4, x)[3]
    wave = torch.sin(4 * math.pi * x)  # The window holds four cycles.
    hill, sway = torch.exp(-20 * x**2), x * torch.sin(15 * x)

    def search(u, good, x=x):
        """The first N whose remainder is good(remainder), on basis functions at x."""
        bases = (legendre_basis(N, x) for N in range(1, 60))
        return next(len(P) for P in bases if good(u - (P @ u / len(u)) @ P))

    def at_edges(u, tol):
        """The answer whose samples lie at equal steps from -1 to 1, both ends included."""
        edges = torch.linspace(-1, 1, len(u), dtype=torch.float64)
        return search(u, lambda rest: rest.norm() <= tol * u.norm(), edges)

    def by_largest(u, tol):
        return search(u, lambda rest: rest.abs().max() <= tol * u.abs().max())

    def without_mean(u, tol):
        size = (u - u.mean()).norm()
        return search(u, lambda rest: (rest - rest.mean()).norm() <= tol * size)

    def everywhere(f):
        """Signals of other lengths and offsets, and errors that N does not meet by a hair."""
        g, k = torch.Generator().manual_seed(0), torch.arange(301, dtype=torch.float64)
        noise = torch.randn(37, generator=g, dtype=torch.float64)
        signals = (hill, 3 + 0 * k, torch.sin(k**2 / 2000) - 0.4, noise.cumsum(0), cubic[::4] * 2)
        for u in signals:
            misses = [relative_error(u, N) for N in range(1, 30)]
            for tol in (0.9, 0.3, 0.1, 0.02, 1e-4):
                N = next((N for N, miss in enumerate(misses, 1) if miss <= tol), None)
                clear = all(abs(miss / tol - 1) > 0.02 for miss in misses)
                if N and clear and int(f(u, tol)) != N:
                    return False
        return True

    right = states_needed(wave, 0.05)
    by_power = next(N for N in range(1, 500) if relative_error(wave, N) ** 2 <= 0.05)
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
        Property(unlike(by_largest(wave, 0.05), run=lambda f: f(wave, 0.05)),
                 "you compare the largest errors, and rms was asked", "(u - back).norm()"),
        Property(lambda f: int(f(wave, 0.05)) == right,
                 f"four cycles must need N = {right} for 5 %", "relative rms error <= tol"),
        Property(lambda f: all(int(f(k * wave, 0.05)) == right for k in (0.001, 100)),
                 "the error must be relative: a louder signal needs no more states",
                 "divide by the rms of u"),
        Property(unlike(without_mean(hill, 0.3), run=lambda f: f(hill, 0.3)),
                 "you take the mean off first: it is what c_0 holds, and a part of u", "u itself"),
        Property(unlike(at_edges(sway, 0.03), run=lambda f: f(sway, 0.03)),
                 "the samples lie in the middle of their steps: linspace puts them at the edges",
                 "x = (torch.arange(L) + 0.5) * 2 / L - 1"),
        Property(lambda f: int(f(hill, 0.3)) != int(f(hill, 1e-4)),
                 "right for 5 % only: use the argument tol", "the hill needs more for 0.01 %"),
        Property(lambda f: all(int(f(hill, e)) == states_needed(hill, e) for e in (0.3, 1e-4)),
                 "not always the smallest: the hill needs 7 for 30 % and 27 for 0.01 %",
                 "every N from 1, odd ones too, and no last one"),
        Property(everywhere, "right for some signals only",
                 "L = len(u), and N from 1 upward, also where u is not even around 0"),
    ])  # fmt: skip
