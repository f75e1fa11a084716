"""Checks of notebook 02: a decoder, and a digit in a delta code without overload."""

import torch

from sslearn.codes import population
from sslearn.course.check import CheckResult, Property, agrees, check, near, unlike


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

    def whole_bins(f):
        try:
            return f(s, 1.0, 1000.0, 2.0).shape == (4,)
        except RuntimeError:  # 8 steps went well, so it is the ninth that does not fit a reshape.
            return False

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
        Property(whole_bins, "9 steps are no whole number of bins of 2 steps: drop the rest",
                 "how many steps do all whole bins have together?"),
        Property(lambda f: close(f, s[:8], goal, 1.0, 1000.0, 2.0)
                 or not close(f, s[:8], f(s[:8], 1.0, 1000.0, 2.0), 1.0, 8000.0, 2.0),
                 "this is a rate in Hz: divide it by the rate that x = 1 has", "/ rate"),
        Property(times(8.0), "you summed spikes where you need their mean",
                 ".mean over the steps of a bin and over the neurons"),
        Property(times(4.0), "you summed over the neurons: more of them would say a larger x",
                 "take the mean over the neurons"),
        Property(times(2.0), "you summed over the steps: a wider bin would say a larger x",
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
    """The learner sends x[t] by s[t] theta-steps, so that the sum of s is within theta of x.

    The image is (8, 8), and s is (8, 8): a step is a column and a neuron is a row of the image.
    """
    jumps = torch.zeros(8, 8)
    jumps[:, 2:5], jumps[3:, 6] = 1.0, 0.75
    drawn = torch.rand(8, 8, generator=_rng(1))
    slow = torch.linspace(0, 0.8, 8).repeat(8, 1) * torch.linspace(0.2, 1, 8)[:, None]
    theta = 0.25

    def off(f, image, theta):
        """The largest distance of the reader's sum from the image, in theta."""
        s = torch.as_tensor(f(image, theta)).double()
        return float((theta * s.cumsum(0) - image.T).abs().max()) / theta

    def exchanged(first=lambda x: x, then=lambda s: s):
        """The property that f goes wrong on jumps, or goes wrong with two axes exchanged too."""

        def holds(f):
            turned = off(lambda x, t: then(f(first(x), t)), jumps, theta)
            return off(f, jumps, theta) < 1.001 or turned > 1.001

        return holds

    def shape(f):
        s = f(drawn, theta)
        return torch.is_tensor(s) and s.shape == (8, 8)

    def whole(f):
        return all(torch.equal(s, s.round()) for s in (f(x, theta) for x in (drawn, jumps)))

    def quiet(f):
        return not torch.as_tensor(f(torch.full((8, 8), 0.6), theta))[1:].any()

    def causal(f):
        other = drawn.clone()
        other[:, 5:] = 1 - other[:, 5:]
        return torch.equal(f(drawn, theta)[:5], f(other, theta)[:5])

    def sparing(f):
        s = torch.as_tensor(f(drawn, theta)).double()
        change = drawn.T.diff(dim=0, prepend=torch.zeros(1, 8)).abs() / theta
        return bool((s.abs() <= change + 1.001).all())

    def everywhere(f):
        cases = [(drawn, 0.1), (slow, 0.3), (slow.double(), 0.05), (jumps, 0.5), (drawn, 0.9),
                 (torch.randint(17, (8, 8), generator=_rng(4)) / 16, 1 / 16)]  # fmt: skip
        return all(off(f, *case) < 1.001 for case in cases)

    return check("encode_digit", encode_digit, [
        Property(shape, "return a tensor s (8, 8): steps, then neurons", "columns are steps"),
        Property(whole, "spikes are whole numbers: so many rises or falls by theta",
                 ".round() or .trunc()"),
        Property(lambda f: f(jumps, theta).abs().max() > 1,
                 "you send at most one spike a step: a jump by 1 needs four of theta = 0.25",
                 "not a comparison but a count: how often does theta fit into what is missing?"),
        Property(exchanged(then=torch.t),
                 "the axes of s are exchanged: steps come first, then neurons, the image's rows",
                 "with torch.stack(s) the first axis counts the steps, with dim=1 the second"),
        Property(exchanged(first=torch.t),
                 "rows and columns are exchanged: a step is a column of the image", "image.T"),
        Property(lambda f: f(1 - jumps, theta).min() < 0, "it tells no falls",
                 "a fall by theta is a spike of -1"),
        Property(lambda f: off(f, jumps, theta) < 1.001,
                 "the reader misses the jumps of an image with 0, 0.75 and 1",
                 "s[t] = what is missing over theta, as a whole number"),
        Property(lambda f: off(f, slow, theta) < 1.001,
                 "the reader loses a slow rise: what is too small to be told must not be forgotten",
                 "compare with what was told, not with the column before"),
        Property(quiet, "it goes on spiking although nothing changes",
                 "nothing is missing once the reader is within theta"),
        Property(causal, "a spike depends on columns that come later", "one column after another"),
        Property(sparing, "it sends more spikes than the change is worth",
                 "what is missing over theta, no more"),
        Property(everywhere, "right for one image or one theta only", "use theta as given"),
    ])  # fmt: skip
