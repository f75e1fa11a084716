"""Checks of notebook 01: a simulation that is mended, and the current for a wanted rate."""

import itertools
import math

import torch

from sslearn.course.check import CheckResult, Property, check, is_number, near, unlike
from sslearn.lif import fi_curve

FAULTS = ("euler", "not_strict", "early", "subtract")


def _times(I, L, dt, tau, theta, R, *, euler=False, not_strict=False, early=False, subtract=False):
    """The times (ms) of a LIF neuron's spikes, right or with any of the notebook's four faults."""
    beta, v, times = math.exp(-dt / tau), 0.0, []
    for k in range(L):
        v = v + dt / tau * (R * I - v) if euler else beta * v + (1 - beta) * R * I
        if v > theta or (not_strict and v == theta):
            times.append((k if early else k + 1) * dt)
            v = v - theta if subtract else 0.0
    return times


# Coarse steps and a strong drive tell Euler and the two resets apart. In the last case v is
# exactly theta, because beta is below the rounding of 1.
CASES = [(4.0, 60, 5.0, 20.0, 10.0, 10.0), (2.0, 400, 0.5, 20.0, 15.0, 10.0),
         (3.0, 50, 8.0, 10.0, 12.0, 10.0), (1.5, 4, 1000.0, 20.0, 15.0, 10.0)]  # fmt: skip


def check_spike_times(spike_times) -> CheckResult:
    """The learner mends four faults: exact leak, strict threshold, end of the step, reset to 0."""
    right = [_times(*case) for case in CASES]

    def listed(f):
        return all(map(is_number, f(*CASES[0])))

    def answers(f, cases=CASES):
        return [[float(t) for t in f(*case)] for case in cases]

    def same(a, b):
        return all(len(x) == len(y) and near(x, y, tolerance=1e-6)
                   for x, y in zip(a, b, strict=True))  # fmt: skip

    def without(fault):
        """The property that no mixture of faults with this one gives the learner's answers."""
        mixtures = [
            dict(zip(FAULTS, flags, strict=True))
            for flags in itertools.product((False, True), repeat=4)
        ]
        wrong = [[_times(*c, **m) for c in CASES] for m in mixtures if m[fault]]
        return unlike(*wrong, run=answers, same=same)

    in_steps = [[t / case[2] for t in times] for times, case in zip(right, CASES, strict=True)]
    unscaled = [_times(c[0] / (1 - math.exp(-c[2] / c[3])), *c[1:]) for c in CASES]
    later = [(0.9, 30, 2.0, 15.0, 5.0, 7.0), (1.0, 10, 1.0, 20.0, 15.0, 10.0),
             (9.0, 33, 3.0, 30.0, 4.0, 2.5)]  # fmt: skip
    return check("spike_times", spike_times, [
        Property(listed, "return a list of numbers, one time in ms for each spike",
                 "times.append(...), then return times"),
        Property(without("euler"), "the leak is still Euler's: at a coarse step it is not exact",
                 "v = beta * v + (1 - beta) * R * I with beta = e^(-dt / tau)"),
        Property(without("subtract"), "the surplus v - theta is kept: the reset is to zero",
                 "v = 0.0 after a spike"),
        Property(without("early"), "a spike is noted at the start of its step, not at its end",
                 "(k + 1) * dt"),
        Property(without("not_strict"), "v equal to theta is counted as a spike", "v > theta"),
        Property(unlike(in_steps, run=answers, same=same), "these are steps: give times in ms",
                 "times dt"),
        Property(unlike(unscaled, run=answers, same=same),
                 "the input is too strong: v would settle far above R I",
                 "the exact step weights R I with 1 - beta"),
        Property(lambda f: same(answers(f), right), "the spikes come at other times",
                 "one change for each of the four rules, and no more"),
        Property(lambda f: same(answers(f, later), [_times(*case) for case in later]),
                 "right for some neurons only", "use all six arguments"),
    ])  # fmt: skip


def check_current_for(current_for) -> CheckResult:
    """The learner solves the f-I curve for I = theta / R / (1 - e^-((1000 / f - t_ref) / tau))."""
    p = {"tau": 20.0, "theta": 15.0, "R": 10.0, "t_ref": 2.0}

    def truth(rate, *, tau, theta, R, t_ref):
        climb = 1000 / rate - t_ref
        return theta / R / (1 - math.exp(-climb / tau)) if climb > 0 else math.inf

    def mine(f):
        return float(f(40.0, **p))

    def gives_not(*wrong):
        return unlike(*wrong, run=mine)

    def divides(f, rate, **changed):
        """Whether f divides by zero here, which names the case that it has forgotten."""
        try:
            f(rate, **p | changed)
        except ZeroDivisionError:
            return True
        return False

    right, climb = truth(40.0, **p), 23.0
    others = {"tau": 7.0, "theta": 3.0, "R": 4.0, "t_ref": 0.0}

    def solves(f):
        for q in (p, others, p | {"t_ref": 9.0}):
            for rate in (0.5, 5.0, 17.0, 60.0, 100.0):
                I = torch.tensor(float(f(rate, **q)), dtype=torch.float64)
                there = rate < 10 or near(fi_curve(I, **q), rate, tolerance=1e-3)
                # Below 10 Hz the curve is so steep that a float has no current for a rate.
                if not (there and near(I, truth(rate, **q), tolerance=1e-6)):
                    return False
        return True

    return check("current_for", current_for, [
        Property(lambda f: is_number(f(40.0, **p)), "return one number, the current in nA",
                 "math.exp of a number"),
        Property(gives_not(1.5), "this is the rheobase, where the rate only starts",
                 "solve climb = tau ln(RI / (RI - theta)) for I"),
        Property(gives_not(float(fi_curve(torch.tensor(40.0), **p))),
                 "this is the rate for a current: the question is the other way round",
                 "f is given and I is asked"),
        Property(gives_not(math.inf),
                 "40 Hz are out of reach, you say: their interval, 25 ms, is far longer than t_ref",
                 "1 / rate is in s, and 1000 / rate is in ms"),
        Property(gives_not(1.5 / (1 - math.exp(-(1 / 40 - 2) / 20)),
                           1.5 / (1 - math.exp(-climb / 1000 / 20))),
                 "the interval is in s, and tau is in ms", "1000 / rate"),
        Property(gives_not(truth(40.0, **p | {"t_ref": 0.0})), "the refractory time is missing",
                 "the climb has 1000 / rate - t_ref ms"),
        Property(gives_not(truth(40.0, **p | {"t_ref": -2.0})),
                 "the refractory time leaves less time to climb, not more",
                 "1000 / rate - t_ref"),
        Property(gives_not(1.5 / (1 - math.exp(climb / 20))),
                 "the current is negative: mind the sign of the exponent", "e^(-climb / tau)"),
        Property(gives_not(1.5 * (1 - math.exp(-climb / 20))),
                 "this is below the rheobase: v never gets to theta",
                 "theta = R I (1 - e^(-climb / tau)), solved for I"),
        Property(gives_not(right * 10), "this is R I, in mV: divide by R", "theta / R / (...)"),
        Property(lambda f: near(mine(f), right, tolerance=1e-6),
                 f"40 Hz needs {right:.3f} nA",
                 "a climb of 1000 / rate - t_ref ms ends where theta = R I (1 - e^(-climb / tau))"),
        Property(lambda f: float(f(800.0, **p)) == math.inf,
                 "no current is enough for more than 1000 / t_ref Hz: return math.inf",
                 "how long may the climb take at such a rate?"),
        Property(lambda f: not divides(f, 500.0) and float(f(500.0, **p)) == math.inf,
                 "at exactly 1000 / t_ref Hz nothing is left for the climb: no current is enough",
                 "the comparison must include the case that both are equal"),
        Property(lambda f: not divides(f, 40.0, t_ref=0.0),
                 "with t_ref = 0 it divides by zero, though no rate is out of reach there",
                 "compare the time that is left for the climb with 0"),
        Property(solves, "right for some rates or neurons only", "use all five arguments"),
    ])  # fmt: skip
