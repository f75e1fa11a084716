"""Checks of notebook 02: a Poisson train and its intervals."""

import math

import torch

from sslearn.codes import population, rate_code
from sslearn.course.check import (
    CheckResult,
    Property,
    check,
    is_number,
    near,
    own_work,
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
                 "torch.rand(L, generator=generator) < rate * dt / 1000"),
        Property(goes_on, "two trains of one generator are equal: it is set back in each call",
                 "no seed of your own: draw from the generator as it is"),
        own_work(100.0, 50, 1.0, _rng(), without=[rate_code, population],
                 hint="torch.rand(L, generator=generator) < rate * dt / 1000"),
    ])  # fmt: skip


def check_isi_statistics(isi_statistics) -> CheckResult:
    """The learner gives the mean interval and its CV, measured and then expected in theory.

    The four numbers are the mean in ms, the CV, 1000 / rate and sqrt(1 - rate dt / 1000).
    """
    hand = torch.zeros(40)
    hand[[10, 12, 16, 17]] = 1  # The intervals are 2, 4 and 1 steps.
    p = torch.full((1, 20_000), 0.1)
    long = population(p, 1, generator=_rng(3))[0, :, 0]  # 200 Hz at dt = 0.5
    gaps = isi(long, 0.5)
    x = cv(gaps)

    def four(f):
        out = f(hand, 0.5, 200.0)
        return len(out) == 4 and all(map(is_number, out))

    def finite(f):
        return all(map(math.isfinite, f(hand, 0.5, 200.0)))

    mean = lambda f, value: near(float(f(hand, 0.5, 200.0)[0]), value)  # noqa: E731
    of_long = lambda f, k, value, tol=2e-3: near(  # noqa: E731
        float(f(long, 0.5, 200.0)[k]), value, tolerance=tol)  # fmt: skip
    root = math.sqrt(0.9)

    def others(f):
        for seed, share, dt, hz in (
            (4, 0.3, 0.1, 700.0),
            (5, 0.05, 2.0, 25.0),
            (6, 0.6, 1.0, 90.0),
        ):
            s = (torch.rand(9001, generator=_rng(seed)) < share).float()
            s[:3000:7] = 1.0  # The mean, the median and both ends differ.
            gaps = isi(s, dt).double()
            mean, spread, ideal, root = map(float, f(s, dt, hz))
            if not (
                near(mean, gaps.mean(), tolerance=1e-5)
                and near(spread, cv(gaps), tolerance=2e-3)
                and near(ideal, 1000 / hz, tolerance=1e-6)
                and near(root, math.sqrt(1 - hz * dt / 1000), tolerance=1e-6)
            ):
                return False
        return True

    return check("isi_statistics", isi_statistics, [
        Property(four, "return four numbers: mean, cv, expected mean, expected cv",
                 "a tuple of four floats"),
        Property(finite, "one of the four is NaN: are there any intervals?",
                 "s.nonzero() has the shape (n, 1): take [:, 0] before diff()"),
        Property(lambda f: not mean(f, 7 / 3), "the mean interval is in steps, give ms",
                 "multiply by dt"),
        Property(lambda f: not mean(f, 17 / 8), "the wait before the first spike is no interval",
                 "take differences between spikes only"),
        Property(lambda f: not mean(f, 5.0), "duration over count is not the mean interval",
                 "take differences between neighbouring spikes"),
        Property(lambda f: mean(f, 3.5 / 3), "steps 2, 4 and 1 of 0.5 ms must give 1.167 ms",
                 "s.nonzero()[:, 0].diff() * dt"),
        Property(lambda f: not of_long(f, 1, 1 / x), "the CV is upside down",
                 "standard deviation over mean"),
        Property(lambda f: not of_long(f, 1, float(gaps.var() / gaps.mean())),
                 "variance over mean is no CV: it has a unit", "standard deviation over mean"),
        Property(lambda f: of_long(f, 1, x), f"the CV of the test train must be {x:.3f}",
                 "standard deviation over mean of the intervals"),
        Property(lambda f: not of_long(f, 2, 1 / 200), "the expected mean is in s, give ms",
                 "1000 / rate"),
        Property(lambda f: not of_long(f, 2, float(gaps.mean()), 1e-6),
                 "the expected mean is theory: do not measure it", "1000 / rate"),
        Property(lambda f: of_long(f, 2, 5.0), "200 Hz means 5 ms between spikes", "1000 / rate"),
        Property(lambda f: not of_long(f, 3, 1.0, 1e-6),
                 "a CV of 1 holds only for very short steps", "sqrt(1 - p), p = rate dt / 1000"),
        Property(lambda f: not of_long(f, 3, 0.9), "1 - p is the Fano factor of the count",
                 "the CV is its square root"),
        Property(lambda f: of_long(f, 3, root), f"p = 0.1 must give a CV of {root:.3f} in theory",
                 "sqrt(1 - rate * dt / 1000)"),
        Property(lambda f: near(float(f(long, 2.0, 50.0)[2]), 20.0)
                 and near(float(f(hand, 1.0, 500.0)[3]), math.sqrt(0.5)),
                 "right for one rate only", "use dt and rate as given"),
        Property(others, "right for some trains only",
                 "all intervals of s, and dt and rate as given"),
    ])  # fmt: skip
