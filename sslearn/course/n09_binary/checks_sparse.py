"""Check of notebook 09: a penalty on the rate of each channel."""

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


def check_rate_penalty(rate_penalty) -> CheckResult:
    """The learner gives the mean over the channels of (rate_h - target)^2.

    rate_h is the mean over batch and time.
    """
    s = (torch.rand(4, 6, 5, generator=torch.Generator().manual_seed(5)) < 0.4).double()
    rates, target = s.mean((0, 1)), 0.2
    right = (rates - target).square().mean()

    def not_this(*wrong):
        return unlike(*wrong, run=lambda f: f(s, target))

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
        Property(not_this((s.mean(1) - target).square().mean()),
                 "this is a rate for each sequence; average over the batch too", "s.mean((0, 1))"),
        Property(not_this((s.mean(0) - target).square().mean()),
                 "this is a rate for each step of a channel; average over time too",
                 "s.mean((0, 1))"),
        Property(not_this(right.sqrt(), (rates - target).square().sum().sqrt()),
                 "a root is taken: then a channel twice as far costs only twice as much",
                 "leave the mean of the squares as it is"),
        Property(not_this((rates / target - 1).square().mean(), (rates / target - 1).abs().mean()),
                 "the distance is divided by the target; 0.1 away shall cost 0.01 at any",
                 "rates - target"),
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
