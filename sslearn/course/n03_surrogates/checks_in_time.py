"""Check of notebook 03: a gradient back through time, with the reset to zero."""

import torch

from sslearn.course.check import CheckResult, Property, check, near, unlike
from sslearn.spikes import arctan, sigmoid, spike, triangle


def _run(i, beta, surrogate):
    """V (L,), and d(sum of s)/di by autograd: v[t] = beta (1 - s[t-1]) v[t-1] + i[t]."""
    i = i.clone().requires_grad_()
    v, s, total, trace = torch.zeros(1, dtype=i.dtype), torch.zeros(1, dtype=i.dtype), 0.0, []
    for i_t in i.split(1):
        v = beta * (1 - s) * v + i_t
        s = spike(v - 1, surrogate)
        total = total + s
        trace.append(v.detach())
    return torch.cat(trace), torch.autograd.grad(total.sum(), i)[0]


def _back(slope, factor):
    """The recursion g[t] = slope[t] + factor[t] g[t+1], from the last step to the first."""
    g, later = torch.zeros_like(slope), 0.0
    for t in reversed(range(len(slope))):
        later = slope[t] + factor[t] * later
        g[t] = later
    return g


def check_through_zero(through_zero) -> CheckResult:
    """The learner gives g[t] = σ(u[t]) + (β (1 - s[t]) - β v[t] σ(u[t])) g[t+1], θ = 1.

    It is the gradient of the spike count with respect to i[t] for the reset to zero, in which
    nothing is detached.
    """
    i = 0.6 * torch.rand(14, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    beta = 0.8
    v, goal = _run(i, beta, arctan)
    slope, s = arctan(v - 1), (v > 1).double()
    right = beta * (1 - s) - beta * v * slope
    ahead = torch.cat([right[1:], right[:1]])

    def mine(f):
        return f(v, beta, arctan)

    def shape(f):
        g = mine(f)
        return torch.is_tensor(g) and g.shape == v.shape

    def with_factor(factor):
        return unlike(_back(slope, torch.as_tensor(factor, dtype=v.dtype).expand(len(v))), run=mine)

    def forwards(f):
        return not near(mine(f), _back(slope.flip(0), right.flip(0)).flip(0))

    def own_slope(f):
        last = torch.where(torch.arange(len(v)) == len(v) - 1, slope, 0.0)
        return not near(mine(f), _back(last, right))

    def everywhere(f):
        g = torch.Generator().manual_seed(5)
        cases = ((1, 0.9, arctan), (2, 0.5, triangle), (60, 0.95, arctan), (9, 0.0, triangle),
                 (33, 1.0, lambda u: sigmoid(u, 4.0)))  # fmt: skip
        for L, b, surrogate in cases:
            v, goal = _run(0.7 * torch.rand(L, generator=g, dtype=torch.float64), b, surrogate)
            if not near(f(v, b, surrogate), goal):
                return False
        return True

    return check("through_zero", through_zero, [
        Property(shape, "return one tensor g (L,), one entry for each step",
                 "start from slope.clone(), and fill it from the end"),
        Property(lambda f: bool((mine(f) != 0).any()), "every entry is 0",
                 "the last entry is the slope of the last step"),
        Property(forwards, "this runs forwards: i[t] moves the spikes after t, not before",
                 "for t in reversed(range(L - 1))"),
        Property(lambda f: near(mine(f)[-1], slope[-1]),
                 "the last entry must be σ(u[L-1]): nothing comes after it",
                 "g[L-1] = surrogate(v[L-1] - 1)"),
        Property(unlike(slope, run=mine), "this is each step alone: later spikes feel i[t] too",
                 "add the factor times g[t+1]"),
        Property(with_factor(beta - slope), "this is the reset by subtraction of section 4",
                 "differentiate v[t+1] = beta (1 - s[t]) v[t] + i[t+1]"),
        Property(with_factor(beta), "the reset is missing: after a spike v starts from 0",
                 "differentiate v[t+1] = beta (1 - s[t]) v[t] + i[t+1]"),
        Property(with_factor(beta * (1 - s)),
                 "this detaches the reset: s[t] depends on v[t] as well",
                 "a product has two terms: (1 - s) dv and -v ds"),
        Property(with_factor(-beta * v * slope),
                 "half of the product rule is missing: what no spike removes is handed on",
                 "beta (1 - s[t]) belongs to the factor too"),
        Property(with_factor(beta * (1 - s) - beta * slope),
                 "the spike takes away all of v[t], and not 1",
                 "the derivative of (1 - s) v by s is -v"),
        Property(with_factor(beta * (1 - s) + beta * v * slope),
                 "the sign of the reset is wrong: a spike lowers v[t+1]", "minus beta v σ"),
        Property(with_factor(1 - s - v * slope), "the decay beta is missing",
                 "both terms carry beta"),
        Property(with_factor(ahead), "each factor is one step late: v[t] hands on to v[t+1]",
                 "the factor has index t, and g has t + 1"),
        Property(own_slope, "this counts the last spike alone, and not all spikes",
                 "g[t] = slope[t] + factor[t] * g[t + 1]"),
        Property(lambda f: near(mine(f), goal), "it differs from autograd with nothing detached",
                 "if v[t] moves, v[t+1] follows straight on and by way of s[t]: add both factors"),
        Property(everywhere, "right for this beta, length or surrogate only",
                 "use the arguments; one step has no later one"),
    ])  # fmt: skip
