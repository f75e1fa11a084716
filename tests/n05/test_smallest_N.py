"""The frozen answers to smallest_N are right and wrong as they say, by two routes to the truth."""

import math

import numpy as np
import pytest
import torch
from numpy.polynomial.legendre import legvander
from scipy.special import spherical_jn

from sslearn.course.n05_hippo import states_needed
from tests.check.unseen import answers_05 as frozen

TOLERANCES = (0.5, 0.3, 0.1, 0.05, 0.02, 0.01)
SAME_NUMBER = {  # These two differ from a right answer elsewhere than in the number.
    "silent input: 0 / 0 is never below tol",  # where u is 0 and the task defines nothing
    "normalises u in place",  # in the caller's u
}


def signals():
    g = torch.Generator().manual_seed(1)
    for L in (1000, 401):
        x = (torch.arange(L, dtype=torch.float64) + 0.5) * 2 / L - 1
        yield (5 * x**3 - 3 * x) / 2
        yield torch.sin(4 * math.pi * x)
        yield torch.exp(-20 * x**2)
        yield torch.sin(7 * x + 1) + 3
        yield (x > 0.2).double()
        yield torch.full_like(x, 2.0)
        yield torch.randn(L, generator=g, dtype=torch.float64).cumsum(0)
        yield 1e-3 * torch.sin(9 * x**2)


def smallest(u, tol):
    """The task in NumPy, with its Legendre polynomials; None if 120 do not do."""
    u, L = u.numpy(), len(u)
    P = legvander((np.arange(L) + 0.5) * 2 / L - 1, 119) * np.sqrt(2 * np.arange(120) + 1)
    for N in range(1, 121):
        error = u - P[:, :N] @ (P[:, :N].T @ u / L)
        if np.mean(error**2) <= tol**2 * np.mean(u**2):
            return N
    return None


@pytest.fixture(scope="module")
def truths():
    cases = [(u, tol, smallest(u, tol)) for u in signals() for tol in TOLERANCES]
    return [case for case in cases if case[2]]


def misses(f, truths):
    return sum(int(f(u.clone(), tol)) != N for u, tol, N in truths)


def test_both_right_answers_and_the_helper_are_right(truths):
    assert len(truths) > 80 and len(frozen.RIGHT["smallest_N"]) == 2
    for f in (*frozen.RIGHT["smallest_N"].values(), states_needed):
        assert misses(f, truths) == 0


def test_each_of_the_thirteen_wrong_answers_is_wrong(truths):
    wrong = frozen.WRONG["smallest_N"]
    right = {what for what, f in wrong.items() if misses(f, truths) == 0}
    assert len(wrong) == 13 and right == SAME_NUMBER
    u = torch.linspace(1, 2, 50, dtype=torch.float64)
    before = u.clone()
    wrong["normalises u in place"](u, 0.05)
    assert not torch.equal(u, before)
    silence = torch.zeros(50, dtype=torch.float64)
    endless = wrong["silent input: 0 / 0 is never below tol"]
    assert states_needed(silence, 0.05) == 1 < endless(silence, 0.05)


@pytest.mark.parametrize(("cycles", "N"), [(2, 10), (4, 16), (8, 30), (16, 54)])
def test_a_sine_needs_what_bessel_functions_say(cycles, N):
    """The coefficient of sin(k x) on sqrt(2n+1) P_n is sqrt(2n+1) j_n(k) for odd n, but for a sign.

    The mean of sin(k x)^2 is 1/2 for whole cycles.
    """
    n, k = np.arange(200), math.pi * cycles
    power = np.cumsum(np.where(n % 2, (2 * n + 1) * spherical_jn(n, k) ** 2, 0))
    assert 1 + np.argmax(np.sqrt(np.maximum(1 - 2 * power, 0)) <= 0.05) == N
    x = (torch.arange(1000, dtype=torch.float64) + 0.5) / 500 - 1
    assert states_needed(torch.sin(k * x), 0.05) == N
