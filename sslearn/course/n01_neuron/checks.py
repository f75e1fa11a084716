"""Checks of notebook 01: the rheobase, a step, and a rate."""

import math

import torch

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    check,
    is_number,
    near,
    own_work,
    unlike,
)
from sslearn.lif import fi_curve
from sslearn.lif import lif_step as library_step


def check_rheobase(rheobase) -> CheckResult:
    """The learner gives I_rh = theta / R in nA, for theta in mV and R in MOhm."""
    here = "at the rheobase the membrane settles exactly at theta: R I = theta"

    def mine(f):
        return f(15.0, 10.0)

    return check("rheobase", rheobase, [
        Property(lambda f: is_number(mine(f)), "return one number, the current in nA",
                 "return ... theta ... R"),
        Property(unlike(150.0, run=mine),
                 "you multiplied theta by R; that is no current", here),
        Property(unlike(10 / 15, run=mine),
                 "the fraction is upside down", "mV / MOhm is nA"),
        Property(unlike(5.0, run=mine),
                 "theta and R have different units: do not subtract them", here),
        Property(lambda f: near(mine(f), 1.5),
                 "theta = 15 mV and R = 10 MOhm must give 1.5 nA", here),
        Property(agrees(lambda theta, R: theta / R, tolerance=1e-6,
                        cases=[(20.0, 5.0), (1.0, 4.0), (7.0, 3.0), (3, 2), (0.4, 130.0)]),
                 "right for one neuron only: use the arguments theta and R", here),
    ])  # fmt: skip


def check_lif_step(lif_step) -> CheckResult:
    """The learner writes V' = beta v + i - theta s, s' = [V' > theta], for tensors of any shape."""
    T = lambda *x: torch.tensor(x)  # noqa: E731
    zero = T(0.0)

    def pair(f):
        out = f(T(0.5), T(0.1), zero, 0.5, 1.0)
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def shapes(f):
        v, i, s = torch.zeros(2, 3), torch.ones(2, 3), torch.zeros(2, 3)
        return all(x.shape == (2, 3) for x in f(v, i, s, 0.5, 1.0))

    def dtype(f):
        v, i, s = (x.double() for x in (T(2.0), T(0.5), zero))
        return all(x.dtype == v.dtype for x in f(v, i, s, 0.5, 1.0))

    def cases():
        g = torch.Generator().manual_seed(1)
        for n, kind, beta, theta in (
            ((), torch.float64, 0.25, 0.5), ((1,), torch.float32, 0.0, 1.0),
            ((7,), torch.float64, 1.0, 2.0), ((3, 1, 4), torch.float32, 0.5, 0.25),
        ):  # fmt: skip
            v, i = torch.randint(-12, 13, (2, *n), generator=g).to(kind) / 4
            yield v, i, torch.randint(2, n, generator=g).to(kind), beta, theta

    def plain(v, i, s, beta, theta):
        v = beta * v + i - theta * s
        return v, (v > theta).to(v.dtype)

    def same(f):
        g = torch.Generator().manual_seed(0)
        v, i, s = torch.zeros(3, 4), torch.zeros(3, 4), torch.zeros(3, 4)
        V, S = v, s
        for _ in range(50):
            i = torch.rand(3, 4, generator=g) * 0.6
            v, s = f(v, i, s, 0.9, 0.7)
            V, S = library_step(V, i, S, beta=0.9, theta=0.7)
            if not (near(v, V) and torch.equal(s, S)):
                return False
        return True

    return check("lif_step", lif_step, [
        Property(pair, "return two tensors, the new v and the new s", "return v, s"),
        Property(shapes, "v and s must keep the shape of the v that came in",
                 "no sum, no item(), no if: v and s may hold many neurons"),
        Property(lambda f: near(f(T(0.5), zero, zero, 0.5, 1.0)[0], T(0.25)),
                 "without input v must decay by the factor beta", "v = beta * v + ..."),
        Property(lambda f: near(f(zero, T(0.5), zero, 0.5, 1.0)[0], T(0.5)),
                 "the input is added as it is, without a factor 1 - beta",
                 "i is already (1 - beta) R I"),
        Property(unlike(T(1.5), run=lambda f: f(T(2.0), T(0.5), T(1.0), 0.5, 1.0)[0]),
                 "after a spike, subtract the threshold once", "- theta * s, with the old s"),
        Property(unlike(T(0.5), run=lambda f: f(T(1.8), zero, T(1.0), 0.5, 0.8)[0]),
                 "subtract the threshold after the decay, not before it",
                 "beta * v + i - theta * s"),
        Property(unlike(T(0.1), run=lambda f: f(T(1.8), T(0.1), T(1.0), 0.5, 0.8)[0]),
                 "this resets to zero and throws the surplus away", "subtract theta instead"),
        Property(lambda f: near(f(T(2.0), zero, zero, 0.9, 1.0)[0], T(1.8)),
                 "the reset uses the old spike s, not the new one", "take theta away where s is 1"),
        Property(lambda f: not f(T(1.0), T(0.5), zero, 0.5, 1.0)[1].bool().item(),
                 "v equal to theta is no spike: the comparison is strict", "v > theta"),
        Property(lambda f: f(T(2.0), T(0.5), zero, 0.5, 1.0)[1].item() == 1,
                 "compare the new v with theta, not the old one's change", "s = v > theta"),
        Property(dtype, "s must have v's dtype, so that theta * s works",
                 "(v > theta).to(v.dtype)"),
        Property(same, "fifty steps of twelve neurons differ from the equation",
                 "use beta and theta as given, elementwise"),
        Property(agrees(plain, list(cases()), dtype=True, tolerance=1e-6),
                 "right for some sizes, signs or dtypes only", "beta * v + i - theta * s"),
        own_work(T(1.0), T(1.0), zero, 0.5, 1.0, without=[library_step],
                 hint="beta * v + i - theta * s"),
    ])  # fmt: skip


def check_fi_rate(fi_rate) -> CheckResult:
    """The learner gives f(I) = 1000 / (t_ref + tau ln(RI / (RI - theta))) Hz.

    The rate is 0 for RI <= theta.
    """
    p = {"tau": 20.0, "theta": 15.0, "R": 10.0, "t_ref": 2.0}

    def truth(I, *, tau, theta, R, t_ref):
        return 1000 / (t_ref + tau * math.log(R * I / (R * I - theta)))

    two, right = torch.tensor([2.0]), truth(2.0, **p)
    climb = 1000 / right - 2.0

    def gives_not(wrong):
        return unlike([wrong], run=lambda f: f(two, **p))

    def shape(f):
        out = f(two, **p)
        return torch.is_tensor(out) and out.shape == (1,)

    def by_numbers(I, p):
        rates = [truth(x, **p) if p["R"] * x > p["theta"] else 0.0 for x in I.tolist()]
        return torch.tensor(rates, dtype=torch.float64)

    silent = torch.tensor([0.0, 1.0, 1.5])
    many = torch.tensor([3.0, -1.0, 0.5, -40.0, 0.75, 9.0, 1.0, 0.0, 60.0], dtype=torch.float64)
    others = {"tau": 7.0, "theta": 3.0, "R": 4.0, "t_ref": 0.5}
    cases = [(torch.tensor([1.0, 5.0]), others), (many, others), (many[:1], others),
             (many, {"tau": 0.5, "theta": 1.0, "R": 1.0, "t_ref": 0.0})]  # fmt: skip
    return check("fi_rate", fi_rate, [
        Property(shape, "return a tensor of the same shape as I",
                 "work on the whole tensor at once"),
        Property(gives_not(right / 1000), "this is in spikes per ms: give Hz", "multiply by 1000"),
        Property(gives_not(1000 / right), "this is the interval, not the rate", "1 over it, in Hz"),
        Property(gives_not(1000 / climb), "the refractory time is missing",
                 "add t_ref to the climb"),
        Property(gives_not(1000 / climb + 2.0), "t_ref is a time: add it inside the denominator",
                 "1000 / (t_ref + climb)"),
        Property(gives_not(1000 / (2.0 - climb)), "the logarithm's fraction is upside down",
                 "RI / (RI - theta) is above 1"),
        Property(gives_not(1000 / (2.0 + climb / math.log(10))), "the logarithm is the natural one",
                 "torch.log"),
        Property(lambda f: near(f(two, **p), [right], tolerance=1e-6),
                 f"2 nA must give {right:.1f} Hz",
                 "1000 / (t_ref + tau ln(RI / (RI - theta)))"),
        Property(lambda f: not f(silent, **p).isnan().any(), "NaN where the neuron is silent",
                 "no logarithm of a negative number: put 2 theta there, then torch.where"),
        Property(lambda f: near(f(silent, **p), [0.0, 0.0, 0.0]),
                 "at and below the rheobase the rate is 0", "torch.where(R * I > theta, f, 0.0)"),
        Property(lambda f: agrees(by_numbers, cases, tolerance=1e-6)(lambda I, p: f(I, **p)),
                 "right for one neuron, or for some currents only",
                 "use all four arguments; a current may be negative"),
        Property(lambda f: own_work(two, without=[fi_curve], hint="").holds(
                     lambda I: f(I, **p)),
                 "this hands the work to a finished function: write it yourself",
                 "1000 / (t_ref + tau ln(RI / (RI - theta)))"),
    ])  # fmt: skip
