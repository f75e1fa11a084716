"""Checks of notebook 02: a Poisson train, its intervals, a decoder, a digit as latencies."""

import math

import torch

from sslearn.codes import linear_latency_code, population
from sslearn.course.check import CheckResult, Property, check, is_number, near, unlike
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
        Property(lambda f: abs(cv(isi(train(f, 200.0, 1.0), 1.0)) - math.sqrt(0.8)) < 0.04,
                 "the intervals are not those of independent steps",
                 "no step may know of another one"),
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
    ])  # fmt: skip


def check_decode(decode) -> CheckResult:
    """The learner gives the population's mean rate in each bin over `rate`, clipped to 0 ... 1."""
    s = torch.zeros(9, 4)
    # Bins of two steps hold 1, 2, 8 and 0 spikes of 8, and one step is left over.
    s[0, 0] = s[2, :2] = s[4:6] = 1
    goal = torch.tensor([1.0, 2, 8, 0]) / 8

    def times(factor):
        wrong = (factor * goal).clamp(max=1)[[0, 1, 3]]
        return unlike(wrong, run=lambda f: f(s[:8], 1.0, 1000.0, 2.0)[[0, 1, 3]])

    def close(f, a, b, *args):
        return near(f(a, *args), b)

    def real(f):
        x = torch.linspace(0.1, 0.9, 5).repeat_interleave(40)
        big = population(0.05 * x[None], 300, generator=_rng(5))[0]
        counts = big.reshape(5, 40, 300).mean((1, 2)) / 0.05
        return close(f, big, counts, 0.5, 100.0, 20.0)

    return check("decode", decode, [
        Property(lambda f: torch.is_tensor(f(s[:8], 1.0, 1000.0, 2.0)),
                 "return a tensor", "one value of x for each bin"),
        Property(lambda f: f(s[:8], 1.0, 1000.0, 2.0).shape == (4,),
                 "8 steps in bins of 2 ms at dt = 1 ms must give 4 values",
                 "reshape to (bins, steps of a bin, neurons)"),
        Property(lambda f: f(s[:8], 0.5, 1000.0, 1.0).shape == (4,),
                 "width is in ms: a bin has width / dt steps",
                 "n = round(width / dt)"),
        Property(lambda f: f(s, 1.0, 1000.0, 2.0).shape == (4,),
                 "drop the incomplete last bin", "s[: bins * n]"),
        Property(lambda f: close(f, s[:8], goal, 1.0, 1000.0, 2.0)
                 or not close(f, s[:8], f(s[:8], 1.0, 1000.0, 2.0), 1.0, 8000.0, 2.0),
                 "this is a rate in Hz: divide it by the rate that x = 1 has", "/ rate"),
        Property(times(8.0), "you summed spikes where you need their mean",
                 ".mean over the steps of a bin and over the neurons"),
        Property(times(4.0), "sum over neurons: a larger population would say more ink",
                 "take the mean over the neurons"),
        Property(times(2.0), "sum over the steps: a wider bin would say more ink",
                 "take the mean over the steps of a bin"),
        Property(lambda f: close(f, s[:8], goal, 1.0, 1000.0, 2.0),
                 "1, 2, 8 and 0 spikes of 8 at most must give 0.125, 0.25, 1 and 0",
                 "mean rate of each bin over rate"),
        Property(unlike(goal, run=lambda f: f(s[:8], 0.5, 1000.0, 1.0)), "dt is missing",
                 "spikes per step are 1000 / dt times as many Hz"),
        Property(lambda f: f(s[:8], 1.0, 500.0, 2.0).max() <= 1,
                 "x lies between 0 and 1: clip it", ".clamp(0, 1)"),
        Property(real, "right for the small raster and not for 300 neurons",
                 "use dt, rate and width as given"),
    ])  # fmt: skip


def check_encode_digit(encode_digit) -> CheckResult:
    """The learner lets a pixel spike once, at step round((L - 1) (1 - x)), and never for x = 0.

    The image is (8, 8), the spikes are (L, 64).
    """
    image = torch.rand(8, 8, generator=_rng(1)).clamp(0.02, 0.98)
    image[0, :2], image[1, 0], image[3, 4] = 0.0, 0.0, 1.0
    L = 6

    def truth(x, steps):
        return linear_latency_code(x.reshape(1, 64), steps, theta=1e-3)[0]

    def not_like(wrong):
        return unlike(wrong, run=lambda f: f(image, L).float())

    ink = (image.flatten() > 0).float()
    place = lambda k: torch.stack([(k == t).float() for t in range(L)]) * ink  # noqa: E731
    flat = image.flatten()
    others = torch.rand(5, 8, 8, generator=_rng(2))
    return check("encode_digit", encode_digit, [
        Property(lambda f: torch.is_tensor(f(image, L)), "return a tensor", "s (L, 64)"),
        Property(lambda f: f(image, L).shape != (64, L), "time comes first: (L, 64)",
                 "transpose your result"),
        Property(lambda f: f(image, L).shape == (L, 64), "the shape must be (L, 64)",
                 "image.flatten() has 64 pixels in reading order"),
        Property(lambda f: (f(image, L).sum(0) <= 1).all(),
                 "a pixel spikes more than once", "s[t] = 1 only at t equal to k"),
        Property(lambda f: not f(image, L)[:, flat == 0].any(),
                 "blank pixels must stay silent", "multiply by (x > 0)"),
        Property(not_like(place(((L - 1) * flat).round())), "the pixel with most ink spikes last",
                 "use 1 - x"),
        Property(not_like(place((L * (1 - flat)).round())),
                 "from first to last there are L - 1 steps",
                 "(L - 1) * (1 - x)"),
        Property(not_like(place(((L - 1) * (1 - flat)).floor())), "round to the nearest step",
                 ".round(), not .int() or floor"),
        Property(not_like(truth(image.T, L)), "the pixels are in column order",
                 "image.flatten() reads row by row"),
        Property(lambda f: torch.equal(f(image, L).float(), truth(image, L)),
                 "a pixel spikes at the wrong step", "k = round((L - 1) (1 - x))"),
        Property(lambda f: all(torch.equal(f(x, n).float(), truth(x, n))
                               for x, n in zip(others, (2, 5, 12, 30, 64), strict=True)),
                 "right for one number of steps only", "use L as given"),
    ])  # fmt: skip
