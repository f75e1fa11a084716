"""Answers to the exercises of notebook 13, right and wrong. The wrong ones: {message part: f}."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from sslearn.course.n13_deploy import checks, checks_budget, checks_export, checks_straight
from sslearn.course.n13_deploy.checks import _bounds, _by_numbers, _carried, _integers, _swallowed
from sslearn.course.n13_deploy.checks_budget import _streams
from sslearn.course.n13_deploy.checks_straight import _rounded
from sslearn.deploy import round_to
from tests.n13.budgets import (
    count_once,
    one_by_one,
    per_block,
    per_block_with_count,
    streams,
    sums_once,
    to_the_nearest,
    whole_bytes,
)

CHECKS = {
    "integer_run": checks.check_integer_run,
    "straight_through": checks_straight.check_straight_through,
    "streams": checks_budget.check_streams,
    "compare": checks_export.check_compare,
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


def both(net, x, write, read):
    """The scores of the network and of its twin, through a file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "net"
        write(net, file)
        return net.running_scores(x), read(file)(x)


def compare(net, x, write, read):
    scores, twin = both(net, x, write, read)
    gap = (twin - scores).abs().amax((0, 2))
    apart = (~(gap <= 1e-6)).nonzero()
    first = int(apart[0]) if len(apart) else len(gap)
    differ = int((twin[:, -1].argmax(-1) != scores[:, -1].argmax(-1)).sum())
    return gap.max().item(), first, differ


def step_by_step(net, x, write, read):
    scores, twin = both(net, x, write, read)
    largest, first = 0.0, None
    for t in range(x.shape[1]):
        worst = (twin[:, t] - scores[:, t]).abs().max().item()
        largest = max(largest, worst)
        if first is None and not worst <= 1e-6:
            first = t
    last = zip(twin[:, -1], scores[:, -1], strict=True)
    differ = sum(a.argmax().item() != b.argmax().item() for a, b in last)
    return largest, x.shape[1] if first is None else first, differ


def comparing(gap=None, first=None, differ=None):
    """The right answer, with parts of it taken by another function of (scores, twin)."""

    def f(net, x, write, read):
        right, pair = compare(net, x, write, read), both(net, x, write, read)
        parts = zip((gap, first, differ), right, strict=True)
        return tuple(value if own is None else own(*pair) for own, value in parts)

    return f


def first_above(limit, more=0, never=None):
    def f(scores, twin):
        steps = ((twin - scores).abs().amax((0, 2)) > limit).nonzero()
        return int(steps[0]) + more if len(steps) else (scores.shape[1] if never is None else never)

    return f


def first_not_below(limit):
    def f(scores, twin):
        steps = (~((twin - scores).abs().amax((0, 2)) <= limit)).nonzero()
        return int(steps[0]) if len(steps) else scores.shape[1]

    return f


def with_itself(net, x, write, read):
    with TemporaryDirectory() as folder:
        write(net, Path(folder) / "net")
    return 0.0, x.shape[1], 0


RIGHT = {
    "integer_run": [integer_run, by_division],
    "straight_through": [straight_through, Through.apply],
    "streams": [streams, one_by_one],
    "compare": [compare, step_by_step],
}

WRONG = {
    "integer_run": {
        "two lists": lambda m, k, U: integer_run(m, k, U)[0],
        "whole numbers": run(lambda m, k, U: _by_numbers(m, k, U, lambda v: v)),
        "truncates": run(lambda m, k, U: _integers(m, k, U, half=0)),
        "too small by 2^k": run(lambda m, k, U: _integers(m, k, U, scaled=False)),
        "multiplied by m": run(_swallowed),
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
        "each column": around(lambda w, b: _rounded(w.T, b).T),
        "largest negative": around(lambda w, b: _rounded(w, b, size=w)),
        "one is the sign": [
            around(lambda w, b: _rounded(w, b, top=2 ** (b - 1))),
            around(lambda w, b: _rounded(w, b, top=2**b - 1))],
        "towards zero": around(lambda w, b: w.sign() * _rounded(w.abs(), b, half=0.0)),
        "rounds down": around(lambda w, b: _rounded(w, b, half=0.0)),
        "values differ": around(lambda w, b: 1.01 * _rounded(w, b)),
        "is detached": lambda w, bits: straight_through(w, bits).detach(),
        "gradient is 0": lambda w, bits: _rounded(w.detach(), bits) + 0 * w,
        "wrong sign": lambda w, b: w.detach() + (_rounded(w.detach(), b) - w),
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
        "counted twice": lambda d, H, N, *rest: _streams(d, H, 2 * N, *rest),
        "each of its blocks": [per_block, per_block_with_count],
        "round down": [lambda *case: _streams(*case) + 1, to_the_nearest],
        "without gaps": whole_bytes,
        "sum and a count of its own": [sums_once, count_once],
        "so it is state": lambda d, H, N, b, rest, budget: _streams(d, H, N, b, 0, budget),
        "running sum": lambda *case: _streams(*case, sums=0),
        "count of the steps": lambda *case: _streams(*case, count=0),
        "of three blocks": lambda *case: 3 * _streams(*case),
        "some cases only": lambda d, H, N, b, r, budget: _streams(min(d, 3), H, N, b, r, budget),
    },
    "compare": {
        "three numbers": lambda *case: compare(*case)[0],
        "whole numbers": comparing(first=lambda scores, twin: 0.5),
        "with itself": with_itself,
        "last step": comparing(gap=lambda a, b: (a - b)[:, -1].abs().max().item()),
        "mean difference": comparing(gap=lambda a, b: (a - b).abs().mean().item()),
        "too low": comparing(gap=lambda a, b: (b - a).max().item()),
        "another one": comparing(gap=lambda a, b: 1 + (b - a).abs().max().item()),
        "counted from 0": comparing(first=first_above(1e-6, more=1)),
        "rounding alone": comparing(first=first_above(0.0)),
        "first = L": comparing(first=first_above(1e-6, never=-1)),
        "twin of NaN": comparing(first=first_above(1e-6)),
        "apart is another": comparing(first=first_not_below(1e-3)),
        "that agree": comparing(
            differ=lambda a, b: int((a[:, -1].argmax(-1) == b[:, -1].argmax(-1)).sum())),
        "all steps are counted": comparing(
            differ=lambda a, b: int((a.argmax(-1) != b.argmax(-1)).sum())),
        "on its way": comparing(
            differ=lambda a, b: int((a.argmax(-1) != b.argmax(-1)).any(1).sum())),
        "mean over the steps": comparing(
            differ=lambda a, b: int((a.mean(1).argmax(-1) != b.mean(1).argmax(-1)).sum())),
        "one twin only": comparing(gap=lambda a, b: min(0.5, (a - b).abs().max().item())),
    },
}  # fmt: skip
