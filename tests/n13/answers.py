"""Answers to the exercises of notebook 13, right and wrong. The wrong ones: {message part: f}."""

import torch

from sslearn.course.n13_deploy import checks, checks_budget, checks_straight
from sslearn.course.n13_deploy.checks import _bounds, _by_numbers, _carried, _integers
from sslearn.course.n13_deploy.checks_budget import _streams
from sslearn.course.n13_deploy.checks_straight import _rounded
from sslearn.deploy import round_to

CHECKS = {
    "integer_run": checks.check_integer_run,
    "straight_through": checks_straight.check_straight_through,
    "streams": checks_budget.check_streams,
}


def integer_run(m, k, U):
    X, bound = [0], [0.0]
    for u in U:
        X.append((m * X[-1] + (u << k) + (1 << (k - 1))) >> k)
        bound.append(m / 2**k * bound[-1] + 0.5)
    return X[1:], bound[1:]


def by_division(m, k, U):
    """Floor division of whole numbers, and the sum of the bound in closed form."""
    X, states, a = 0, [], m / 2**k
    for u in U:
        X = (2 * (m * X + 2**k * u) + 2**k) // 2 ** (k + 1)
        states.append(X)
    return states, [0.5 * (1 - a**t) / (1 - a) for t in range(1, len(U) + 1)]


def run(states=None, bound=None):
    """The right answer with one of its two parts from elsewhere."""

    def f(m, k, U):
        X, e = integer_run(m, k, U)
        return (states(m, k, U) if states else X), (bound(m / 2**k, len(U)) if bound else e)

    return f


def straight_through(w, bits):
    top = 2 ** (bits - 1) - 1
    size = w.abs().amax(-1, keepdim=True)
    scale = torch.where(size > 0, size, torch.ones_like(size)) / top
    rounded = scale * torch.floor(w / scale + 0.5)
    return w + (rounded - w).detach()


class Through(torch.autograd.Function):
    """The same as a function of its own, with its backward pass written out."""

    @staticmethod
    def forward(ctx, w, bits):
        return _rounded(w, bits)

    @staticmethod
    def backward(ctx, grad):
        return grad, None


def around(value):
    """value(w, bits) with the gradient of the identity."""
    return lambda w, bits: w + (value(w, bits) - w).detach()


def through_the_scale(w, bits):
    top = 2 ** (bits - 1) - 1
    scale = w.abs().amax(-1, keepdim=True) / top
    q = w / scale
    return scale * (q + (torch.floor(q + 0.5) - q).detach())


def without_zero(w, bits):
    top = 2 ** (bits - 1) - 1
    scale = w.detach().abs().amax(-1, keepdim=True) / top
    return w + (scale * torch.floor(w / scale + 0.5) - w).detach()


def streams(depth, H, N, state_bits, remainder_bits=0, budget=32 * 1024):
    bits = depth * H * N * (state_bits + remainder_bits) + 32 * H + 32
    return 8 * budget // bits


def one_by_one(depth, H, N, state_bits, remainder_bits, budget):
    """Streams are put in until the next one does not fit."""
    left, n = 8 * budget, 0
    need = 2 * depth * H * (N // 2) * (state_bits + remainder_bits) + 32 * (H + 1)
    if N % 2:
        need = depth * H * N * (state_bits + remainder_bits) + 32 * (H + 1)
    while left >= need:
        left, n = left - need, n + 1
    return n


RIGHT = {
    "integer_run": [integer_run, by_division],
    "straight_through": [straight_through, Through.apply],
    "streams": [streams, one_by_one],
}

WRONG = {
    "integer_run": {
        "two lists": lambda m, k, U: integer_run(m, k, U)[0],
        "whole numbers": run(lambda m, k, U: _by_numbers(m, k, U, lambda v: v)),
        "truncates": run(lambda m, k, U: _integers(m, k, U, half=0)),
        "too small by 2^k": run(lambda m, k, U: _integers(m, k, U, scaled=False)),
        "carries the remainder": run(_carried),
        "towards zero": run(lambda m, k, U: _by_numbers(m, k, U, lambda v: int(v + 0.5))),
        "even neighbour": run(lambda m, k, U: _by_numbers(m, k, U, round)),
        "differ from the equation": run(lambda m, k, U: [0, *_integers(m, k, U)[:-1]]),
        "53 bits": run(lambda m, k, U: _by_numbers(m, k, U, lambda v: int((v + 0.5) // 1))),
        "none of them ever faded": run(bound=lambda a, L: [0.5 * t for t in range(1, L + 1)]),
        "limit of the bound": run(bound=lambda a, L: [0.5 / (1 - a)] * L),
        "bound for truncation": run(bound=lambda a, L: _bounds(a, L, 1.0)),
        "one step earlier": run(bound=lambda a, L: [0.0, *_bounds(a, L)[:-1]]),
        "grows by m": lambda m, k, U: (integer_run(m, k, U)[0], _bounds(m, len(U))),
        "differs from r": run(bound=lambda a, L: [e + 1e-2 for e in _bounds(a, L)]),
        "one case only": run(bound=lambda a, L: _bounds(115 / 128, L)),
    },
    "straight_through": {
        "w's shape": lambda w, bits: (straight_through(w, bits), w),
        "integers q": around(lambda w, b: _rounded(w, b, scaled=False)),
        "whole matrix": around(lambda w, b: _rounded(w, b, by_row=False)),
        "largest negative": around(lambda w, b: _rounded(w, b, size=w)),
        "one is the sign": around(lambda w, b: _rounded(w, b, top=2 ** (b - 1))),
        "rounds down": around(lambda w, b: _rounded(w, b, half=0.0)),
        "values differ": around(lambda w, b: 1.01 * _rounded(w, b)),
        "is detached": lambda w, bits: straight_through(w, bits).detach(),
        "gradient is 0": lambda w, bits: _rounded(w.detach(), bits) + 0 * w,
        "through the scale": through_the_scale,
        "row of zeros": without_zero,
        "one size, number of bits": lambda w, bits: straight_through(w, bits).double(),
        "finished function": around(lambda w, bits: round_to(w, bits, dim=-1).value),
    },
    "streams": {
        "one whole number": lambda *case: 1.0 * _streams(*case),
        "budget is in bytes": lambda *case: _streams(*case, per=1),
        "two numbers": lambda depth, H, N, *rest: _streams(depth, H, N // 2, *rest),
        "one block": lambda depth, *rest: _streams(1, *rest),
        "round down": lambda *case: _streams(*case) + 1,
        "so it is state": lambda d, H, N, b, rest, budget: _streams(d, H, N, b, 0, budget),
        "running sum": lambda *case: _streams(*case, sums=0),
        "count of the steps": lambda *case: _streams(*case, count=0),
        "three blocks of": lambda *case: 3 * _streams(*case),
        "one case only": lambda d, H, N, b, r, budget: _streams(min(d, 3), H, N, b, r, budget),
    },
}
