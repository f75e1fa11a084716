"""Checks of notebook 09: a rate penalty, and a matrix without multiplications."""

import torch

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    alike,
    check,
    gradients,
    near,
    unlike,
)
from sslearn.course.n09_binary.checks import random_normal
from sslearn.layers.additions import Audit


def check_rate_penalty(rate_penalty) -> CheckResult:
    """The learner gives the mean over the channels of (rate_h - target)^2.

    rate_h is the mean over batch and time.
    """
    s = (torch.rand(4, 6, 5, generator=torch.Generator().manual_seed(5)) < 0.4).double()
    rates, target = s.mean((0, 1)), 0.2
    right = (rates - target).square().mean()

    def not_this(wrong):
        return unlike(wrong, run=lambda f: f(s, target))

    def number(f):
        out = f(s, target)
        return torch.is_tensor(out) and out.shape == ()

    def graded(f):
        x = s.clone().requires_grad_()
        out = f(x, target)
        return out.requires_grad and torch.autograd.grad(out, x)[0].abs().sum() > 0

    def value(s, target):
        return (s.mean((0, 1)) - target).square().mean()

    g = torch.Generator().manual_seed(6)
    sizes = (((1, 7, 3), False, 0.0), ((5, 1, 1), True, 1.0), ((3, 8, 11), True, 0.05))
    cases = []
    for n, double, aim in sizes:
        fires = torch.rand(n, generator=g) < torch.rand(n[-1], generator=g)
        cases.append((fires.double() if double else fires.float(), aim))
    quiet = torch.zeros(2, 3, 4, dtype=torch.float64)
    return check("rate_penalty", rate_penalty, [
        Property(number, "return one number, as a tensor without axes", "end with .mean()"),
        Property(not_this((s - target).square().mean()),
                 "this compares every slot with the target, and a slot is 0 or 1",
                 "first the rate: s.mean((0, 1))"),
        Property(not_this((s.mean() - target).square()),
                 "loud and silent channels cancel: one rate for each channel is needed",
                 "s.mean((0, 1)) keeps the channels"),
        Property(not_this((s.mean((0, 2)) - target).square().mean()),
                 "this is a rate for each step; average over batch and time", "s.mean((0, 1))"),
        Property(not_this((rates - target).square().sum()),
                 "the sum grows with the number of channels", "the mean over the channels"),
        Property(not_this((rates - target).abs().mean()), "square the difference", ".square()"),
        Property(not_this(rates.square().mean()), "the target is not used", "rates - target"),
        Property(unlike(0.0, run=lambda f: f(quiet, 0.2)),
                 "a silent channel costs nothing, so nothing wakes it",
                 "no clamp: above and below the target both cost"),
        Property(lambda f: near(f(s, target), right), "the value is not the mean square",
                 "(s.mean((0, 1)) - target).square().mean()"),
        Property(graded, "no gradient: the penalty would train nothing", "no item, no detach"),
        Property(lambda f: near(f(s, 0.7), (rates - 0.7).square().mean()),
                 "right for one target only", "use the argument target"),
        Property(agrees(value, cases), "right for some sizes only", "s.mean((0, 1))"),
        Property(lambda f: all(alike(gradients(f, *c), gradients(value, *c)) for c in cases),
                 "the gradient is not that of the penalty", "no detach: the rate must follow s"),
    ])  # fmt: skip


def check_spiking_linear(spiking_linear) -> CheckResult:
    """The learner gives W s + b by additions alone, and their number, for one step.

    s is (H,), W (M, H) and b (M,).
    """
    s = torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)
    W, b = random_normal(4, 5, seed=6), random_normal(4, seed=7)
    right = W @ s + b

    def out(f, s=s, W=W, b=b):
        return f(s, W, b)

    def pair(f):
        y, n = out(f)
        return torch.is_tensor(y) and y.shape == (4,) and float(n) == int(n)

    def not_this(wrong):
        return unlike(wrong, run=lambda f: out(f)[0])

    def count(wrong):
        return unlike(wrong, run=lambda f: out(f)[1])

    def untouched(f):
        holes = W.clone()
        holes[:, s == 0] = torch.inf
        return near(out(f, W=holes)[0], right)

    def silent(f):
        y, n = out(f, s=torch.zeros_like(s))
        return near(y, b) and int(n) == 0

    def other(f):
        t, V, c = torch.ones(3).double(), random_normal(2, 3, seed=8), random_normal(2, seed=9)
        y, n = out(f, t, V, c)
        return near(y, V.sum(1) + c) and int(n) == 6

    def heard(f):
        """A weight that is not a number is heard if its channel fires."""
        holes = W.clone()
        holes[1, 0] = torch.nan
        return out(f, W=holes)[0].isnan().tolist() == [False, True, False, False]

    def added(s, W, b):
        return b + W[:, s > 0].sum(1), int(s.sum()) * len(W)

    def many():
        for seed, (H, M, kind) in enumerate(
            (
                (1, 1, torch.float32),
                (9, 2, torch.float64),
                (6, 13, torch.float32),
                (40, 7, torch.float64),
                (7, 7, torch.float64),
            )
        ):
            t = random_normal(H, seed=seed) > 0
            yield (
                t.to(kind),
                random_normal(M, H, seed=50 + seed).to(kind),
                random_normal(M, seed=seed).to(kind),
            )

    def no_product(f):
        with Audit() as audit:
            f(s, W, b)
        return not {"mm", "mv", "addmm", "addmv", "bmm", "dot"} & set(audit.multiplications)

    return check("spiking_linear", spiking_linear, [
        Property(pair, "return W s + b, of shape (M,), and a whole number", "return y, additions"),
        Property(not_this(right - b), "the bias is missing", "start the sum from b"),
        Property(not_this(W @ (1 - s) + b), "these are the columns of the silent channels",
                 "W[:, s > 0]"),
        Property(lambda f: near(out(f)[0], right), "the sum is not W s + b",
                 "b plus the columns W[:, h] of the channels that fire"),
        Property(untouched, "you multiply by zero: with a weight of infinity that is nan",
                 "leave the silent columns out, do not multiply"),
        Property(count(3), "one spike adds a whole column: M additions", "spikes times M"),
        Property(count(20), "this is the dense count, H M", "only channels that fire cost"),
        Property(count(15), "one spike adds a column of W, which has M entries, not H",
                 "W.shape is (M, H)"),
        Property(lambda f: int(out(f)[1]) == 12, "three spikes and M = 4 take 12 additions",
                 "each spike adds M weights to what is there already, b at first"),
        Property(silent, "no spike: the result is b, and nothing is added", "an empty sum is 0"),
        Property(lambda f: other(f) and agrees(added, list(many()))(f),
                 "right for one layer only", "use the shapes of W"),
        Property(heard, "nan is turned into a number: a product is hidden there",
                 "leave the silent columns out, do not repair the product"),
        Property(no_product, "a matrix product multiplies each weight by a spike",
                 "W[:, s > 0].sum(1) adds columns"),
    ])  # fmt: skip
