"""Checks of notebook 02: a decoder, and a digit as latencies."""

import torch

from sslearn.codes import latency_code, linear_latency_code, population
from sslearn.course.check import CheckResult, Property, agrees, check, near, own_work, unlike


def _rng(seed=0):
    return torch.Generator().manual_seed(seed)


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

    def bins(s, dt, rate, width):
        n = round(width / dt)
        counts = [x.double().sum() for x in s.split(n) if len(x) == n]
        return (torch.stack(counts) * 1000 / (n * s.shape[1] * dt * rate)).clamp(0, 1)

    def many():
        for seed, (L, H, double, *rest) in enumerate((
            (9, 4, False, 1.0, 700.0, 2.0), (2, 3, True, 0.1, 9000.0, 0.2),
            (31, 1, True, 0.1, 4000.0, 0.3), (50, 7, False, 0.1, 6000.0, 0.7),
            (17, 5, True, 2.0, 40.0, 2.0), (13, 6, False, 0.5, 1500.0, 6.5),
        )):  # fmt: skip
            fires = torch.rand(L, H, generator=_rng(seed)) < torch.linspace(0, 0.9, L)[:, None]
            yield (fires.double() if double else fires.float()), *rest

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
        Property(agrees(bins, list(many()), tolerance=1e-5),
                 "the bins are not the whole ones from the first step on",
                 "n = round(width / dt), then s[: bins * n]"),
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

    def steps(x, L):
        s, flat = torch.zeros(L, 64), x.flatten()
        for n in flat.nonzero()[:, 0].tolist():
            s[round((L - 1) * (1 - flat[n].item())), n] = 1
        return s

    def more():
        sixteenths = torch.randint(17, (8, 8), generator=_rng(4)) / 16
        faint = torch.full((8, 8), 1e-4)
        yield from ((sixteenths, 17), (sixteenths, 33), (faint, 9), (image, 1), (0 * image, 5),
                    (others[0].double(), 101))  # fmt: skip

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
        Property(agrees(steps, list(more())), "right for some images only",
                 "every x above 0 spikes, whatever its size"),
        Property(lambda f: f(image, L).is_floating_point(), "the spikes must be floats",
                 ".float()"),
        own_work(image, L, without=[linear_latency_code, latency_code],
                 hint="k = round((L - 1) (1 - x)), then arange(L)[:, None] == k"),
    ])  # fmt: skip
