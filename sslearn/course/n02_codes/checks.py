"""Checks of notebook 02: a Poisson train, and the intervals of one that rests."""

import math

import torch

from sslearn.codes import population, rate_code
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
from sslearn.trains import cv, fano, isi, rate


def _rng(seed=0):
    return torch.Generator().manual_seed(seed)


def check_poisson_train(poisson_train) -> CheckResult:
    """The learner draws 0 or 1 (L,), independently in each step with P = rate dt / 1000."""
    L = 100_000

    def train(f, hz=20.0, dt=0.5, seed=0, steps=L):
        return f(hz, steps, dt, _rng(seed))

    def shape(f):
        s = train(f)
        return torch.is_tensor(s) and s.shape == (L,) and torch.is_floating_point(s)

    def counts(f):
        return torch.tensor([train(f, 100.0, 1.0, seed, 200).sum() for seed in range(100)])

    def repeats(f):
        return torch.equal(train(f, 100.0), train(f, 100.0))

    def hz(f, *, of=20.0, dt=0.5):
        return rate(train(f, of, dt), dt).item()

    def goes_on(f):
        g = _rng()
        return not torch.equal(f(100.0, 200, 1.0, g), f(100.0, 200, 1.0, g))

    def apart(f):
        """Whether no step knows of those 1 ... 20 steps later, and both halves have one rate."""
        s = train(f, 200.0, 1.0, 1)
        s = s - s.mean()
        lags = [float((s[k:] * s[:-k]).mean()) for k in range(1, 21)]
        halves = s.unflatten(0, (2, L // 2)).mean(1)
        return max(map(abs, lags)) < 0.004 and halves.abs().max() < 0.01

    return check("poisson_train", poisson_train, [
        Property(shape, "return one float tensor of shape (L,)", "(...).float() of a comparison"),
        Property(lambda f: set(train(f).tolist()) <= {0.0, 1.0},
                 "a spike train holds only 0 and 1", "compare a random number with p"),
        Property(repeats, "the same seed gives two different trains: draw from the generator",
                 "torch.rand(L, generator=generator)"),
        Property(lambda f: not 0.4 < train(f, 0.0).mean() < 0.6,
                 "at 0 Hz half of the steps spike: your random numbers are below 0 as often as not",
                 "torch.rand is uniform on 0 ... 1, and torch.randn is normal around 0"),
        Property(lambda f: not train(f, 0.0).any(), "at 0 Hz there must be no spike",
                 "spike where the random number is below p, not above"),
        Property(lambda f: train(f).mean() < 0.5, "nearly every step spikes: mind the units",
                 "Hz times ms is a thousandth: p = rate * dt / 1000"),
        Property(lambda f: not (abs(hz(f) / 40 - 1) < 0.2 and abs(hz(f, dt=1.0) / 20 - 1) < 0.2),
                 "the probability does not depend on dt", "a shorter step holds fewer spikes"),
        Property(lambda f: abs(hz(f) / 20 - 1) < 0.12, "20 Hz is asked, the train has another rate",
                 "p = rate * dt / 1000"),
        Property(lambda f: cv(isi(train(f), 0.5)) > 0.3, "this is a clock: all intervals are alike",
                 "decide anew in each step"),
        Property(lambda f: counts(f).var() > 0, "the number of spikes is always the same",
                 "do not place a fixed number of spikes: decide in each step"),
        Property(lambda f: abs(fano(counts(f)) - 0.9) < 0.5,
                 "the counts do not vary like those of independent steps",
                 "one draw for each step"),
        Property(lambda f: abs(cv(isi(train(f, 200.0, 1.0), 1.0)) - math.sqrt(0.8)) < 0.04
                 and apart(f),
                 "the intervals are not those of independent steps",
                 "no step may know of another one"),
        Property(lambda f: abs(train(f, 400.0, 2.0, 3, 5000).mean() - 0.8) < 0.04
                 and train(f, 400.0, 2.0, 0, 1).shape == (1,),
                 "right for low rates only: the probability is rate dt / 1000 itself",
                 "compare uniform random numbers with that probability"),
        Property(goes_on, "two trains of one generator are equal: it is set back in each call",
                 "no seed of your own: draw from the generator as it is"),
        own_work(100.0, 50, 1.0, _rng(), without=[rate_code, population],
                 hint="torch.rand(L, generator=generator) < rate * dt / 1000"),
    ])  # fmt: skip


def _law(p: float, rest: int, dt: float) -> tuple[float, float]:
    """Mean (ms) and CV of rest + K steps, K geometric, by summing over K = 1, 2, ... itself."""
    k = torch.arange(1, 1 + round(60 / p), dtype=torch.float64)
    weight = p * (1 - p) ** (k - 1)
    mean = (weight * (rest + k)).sum()
    square = (weight * (rest + k - mean) ** 2).sum()
    return float(mean) * dt, float(square.sqrt() / mean)


def check_interval_law(interval_law) -> CheckResult:
    """The learner gives dt (rest + 1 / p) and sqrt(1 - p) / (1 + rest p), for a train that rests.

    After each spike the train is silent for `rest` steps, then each step fires with probability p.
    """
    mean, spread = _law(0.1, 5, 0.5)

    def two(f):
        out = f(0.1, 5, 0.5)
        return hasattr(out, "__len__") and len(out) == 2 and all(map(is_number, out))

    def mean_is_not(wrong):
        return unlike(wrong, run=lambda f: float(f(0.1, 5, 0.5)[0]))

    def spread_is_not(wrong):
        return unlike(wrong, run=lambda f: float(f(0.1, 5, 0.5)[1]))

    cases = [(0.3, 1, 2.0), (0.05, 7, 0.1), (0.9, 3, 1.0), (0.5, 40, 0.25), (0.02, 2, 1.0)]
    return check("interval_law", interval_law, [
        Property(two, "return two numbers, the mean in ms and the CV", "return mean, cv"),
        Property(mean_is_not(mean / 0.5), "the mean is in steps: give ms", "times dt"),
        Property(mean_is_not(5.0), "the mean knows nothing of the rest: it makes intervals longer",
                 "an interval is rest + K steps"),
        Property(mean_is_not(mean - 0.5), "the mean is one step short",
                 "after `rest` silent steps the first one that may fire is number rest + 1"),
        Property(mean_is_not(0.5 * 5 / 0.1), "the rest is waited for once, not before each step",
                 "rest + 1 / p, and not rest / p"),
        Property(lambda f: near(float(f(0.1, 5, 0.5)[0]), mean, tolerance=1e-6),
                 f"p = 0.1, rest = 5 and dt = 0.5 ms must give a mean of {mean:.1f} ms",
                 "the wait K has a mean of 1 / p steps, and the rest comes on top"),
        Property(spread_is_not(0.9**0.5), "this is the CV without rest: the mean has grown",
                 "the same sd over a longer mean"),
        Property(spread_is_not(1 / spread), "the CV is upside down", "sd over mean"),
        Property(spread_is_not(spread**2), "this is variance over mean squared: take the root",
                 "sqrt(1 - p) / p is the sd of K in steps"),
        Property(spread_is_not(1 / (1 + 5 * 0.1)), "K is geometric: its sd is below its mean",
                 "the variance of K is (1 - p) / p^2"),
        Property(spread_is_not(0.9 / 0.1**2 / (5 + 1 / 0.1)),
                 "this is the variance over the mean: the CV is the sd over the mean",
                 "the sd is the root of the variance"),
        Property(spread_is_not(spread * 2), "the sd is in steps and the mean in ms",
                 "both in steps, or both in ms"),
        Property(spread_is_not(spread / 2), "dt is in the CV: it cancels if both are in one unit",
                 "both in steps, or both in ms, and dt only once in each"),
        Property(lambda f: near(float(f(0.1, 5, 0.5)[1]), spread, tolerance=1e-6),
                 f"p = 0.1 and rest = 5 must give a CV of {spread:.3f}",
                 "the rest lengthens the mean and leaves the sd of K as it is"),
        Property(lambda f: near(list(map(float, f(0.1, 0, 1.0))), [10.0, 0.9**0.5]),
                 "without rest it is the law of section 1: 1 / p and sqrt(1 - p)", "rest may be 0"),
        Property(agrees(_law, cases, tolerance=1e-6), "right for one neuron only",
                 "use p, rest and dt as given"),
    ])  # fmt: skip
