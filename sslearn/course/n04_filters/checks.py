"""Checks of notebook 04: three routes to one filter, a peak, and a decay of another name."""

import math

import torch

from sslearn.course.check import CheckResult, Property, agrees, check, is_number, near, unlike
from sslearn.ssm import causal_conv


def _powers(beta: float, L: int) -> torch.Tensor:
    """The kernel beta^k (L,), by Python's numbers."""
    return torch.tensor([beta**k for k in range(L)])


def check_three_routes(three_routes) -> CheckResult:
    """The learner gives V (L,) by a loop, by a sum over the kernel and by FFT, all equal."""
    i, beta = torch.rand(12, generator=torch.Generator().manual_seed(0)), 0.8
    K = _powers(beta, 12)

    def truth(i, beta):
        K = torch.as_tensor(beta, dtype=i.dtype) ** torch.arange(len(i))
        return causal_conv(i[None, :, None], K[:, None])[0, :, 0]

    goal = truth(i, beta)
    circle = torch.fft.irfft(torch.fft.rfft(i) * torch.fft.rfft(K), n=12)
    mirrored = torch.stack([(K[: 12 - t] * i[t:]).sum() for t in range(12)])

    def route(n):
        return lambda f: near(f(i, beta)[n], goal)

    def is_not(n, wrong):
        return unlike(wrong, run=lambda f: f(i, beta)[n])

    def shapes(f):
        out = f(i, beta)
        return len(out) == 3 and all(torch.is_tensor(v) and v.ndim == 1 for v in out)

    def everywhere(f):
        for L, b in ((1, 0.9), (2, 0.5), (37, 0.95), (64, 1.0), (19, 0.0), (203, 0.99)):
            x = torch.randn(L, generator=torch.Generator().manual_seed(L))
            if not all(near(v, truth(x, b), tolerance=3e-5) for v in f(x, b)):
                return False
        return True

    def three(f):
        """Beside 1e30 an FFT loses the ones, and neither a loop nor a sum does."""
        x = torch.ones(16)
        x[15] = 1e30
        early = [near(v[:15], _powers(beta, 15).cumsum(0)) for v in f(x, beta)]
        return early == [True, True, False]

    def apart(f):
        return len({v.data_ptr() for v in f(i, beta)}) == 3

    def reset(i):
        v, s, out = 0.0, 0.0, []
        for x in i.tolist():
            v = beta * v + x - s
            s = float(v > 1)
            out.append(v)
        return torch.tensor(out)

    return check("three_routes", three_routes, [
        Property(shapes, "return three tensors of shape (L,): loop, sum, FFT",
                 "return loop, conv, fft"),
        Property(is_not(0, reset(i)), "your loop resets: leave threshold and reset out",
                 "one line in the loop is enough: what is left of v, and the new input"),
        Property(is_not(0, goal - i), "your loop records v before the new input arrives",
                 "first take the step, then record v"),
        Property(is_not(0, (1 - beta) * goal), "your loop scales the input by 1 - beta",
                 "i is what one step adds, and needs no factor"),
        Property(route(0), "your loop is not v = beta v + i", "start at v = 0"),
        Property(lambda f: len(f(i, beta)[1]) == 12,
                 "your sum is longer or shorter than the input: cut it to L steps", "[:L]"),
        Property(is_not(1, mirrored), "your sum looks into the future: turn the kernel round",
                 "v[t] is the sum over j of K[j] i[t - j]"),
        Property(route(1), "your sum differs from the loop",
                 "by hand for two steps: v[0] = i[0] and v[1] = i[1] + beta i[0]"),
        Property(lambda f: not f(i, beta)[2].is_complex(),
                 "the FFT route returns complex numbers", "torch.fft.irfft(..., n=2 * L)"),
        Property(is_not(2, circle), "the FFT wraps round: the end of the input acts on its start",
                 "give both room for zeros: which argument of rfft sets the length?"),
        Property(lambda f: len(f(i, beta)[2]) == 12,
                 "the padding is still there: keep the first L entries", "[:L]"),
        Property(route(2), "the FFT route differs from the loop",
                 "compare v[0]: the product of the two spectra, and no other factor"),
        Property(everywhere, "equal for this input and not for another length or beta",
                 "try one step, two steps and an odd length"),
        Property(three, "the routes are not a loop, a sum and an FFT, each on its own",
                 "compute v three times, the last by torch.fft.irfft"),
        Property(apart, "one result is returned twice", "compute v three times"),
    ])  # fmt: skip


def check_peak_time(peak_time) -> CheckResult:
    """The learner gives tau_1 tau_2 / (tau_1 - tau_2) ln(tau_1 / tau_2), or tau if both are tau."""
    right = 5 * 20 / 15 * math.log(4)

    def peak(a, b):
        return a * b / (a - b) * math.log(a / b)

    def gives_not(wrong):
        return unlike(wrong, run=lambda f: f(5.0, 20.0))

    def equal(f):
        """A division by zero is this mistake too, because tau_1 - tau_2 is 0 here."""
        try:
            return agrees(lambda a, b: a, [(10.0, 10.0), (7, 7), (0.5, 0.5)], tolerance=1e-6)(f)
        except ZeroDivisionError:
            return False

    return check("peak_time", peak_time, [
        Property(lambda f: is_number(f(5.0, 20.0)), "return one number, the time in ms",
                 "math.log, not a tensor of times"),
        Property(gives_not(-right), "this is negative: the two differences run opposite ways",
                 "tau_1 - tau_2 below, tau_1 / tau_2 in the logarithm"),
        Property(gives_not(right / math.log(10)), "the logarithm is the natural one", "math.log"),
        Property(gives_not(100 / 15), "the logarithm of the ratio is missing",
                 "times ln(tau_1 / tau_2)"),
        Property(gives_not(12.5), "it is not the mean of the two", "set the derivative to zero"),
        Property(gives_not(20.0), "it is not the slower of the two: the kernel is falling by then",
                 "set the derivative to zero"),
        Property(gives_not(15 / 100 * math.log(4)), "this is no time: the fraction is upside down",
                 "tau_1 tau_2 / (tau_1 - tau_2)"),
        Property(lambda f: near(f(5.0, 20.0), right, tolerance=1e-6),
                 f"5 and 20 ms must give {right:.2f} ms",
                 "e^(-t/tau_1) / tau_1 = e^(-t/tau_2) / tau_2 at the peak"),
        Property(agrees(peak, [(20.0, 5.0), (2.0, 3.0), (100, 1), (10.0, 10.5), (0.2, 0.7)],
                        tolerance=1e-6),
                 "right for one pair only; the order of the two must not matter",
                 "use both arguments"),
        Property(equal, "equal time constants need a case of their own: theirs is the alpha kernel",
                 "set the derivative of t e^(-t/tau) to zero"),
    ])  # fmt: skip


def check_stateleaky(stateleaky) -> CheckResult:
    """The learner gives the true decay e^-(1 - beta), and 1 + ln beta, which decays by beta."""

    def pair(f):
        out = f(0.9)
        return len(out) == 2 and all(map(is_number, out))

    def is_not(n, wrong):
        return unlike(wrong, run=lambda f: f(0.9)[n])

    decay, ask = math.exp(-0.1), 1 + math.log(0.9)
    return check("stateleaky", stateleaky, [
        Property(pair, "return two numbers", "return decay, beta_to_give"),
        Property(is_not(0, 0.9), "0.9 is what you asked for; measure what you get",
                 "one impulse in, then mem[1] / mem[0]"),
        Property(is_not(0, 1.0), "nothing decays between the steps that you compare",
                 "mem[1] / mem[0], an impulse in step 0 only"),
        Property(is_not(0, 0.0), "these are spikes: read the membrane", "spk, mem = neuron(x)"),
        Property(is_not(0, decay + 1), "this is the answer to a step: feed one impulse",
                 "x = torch.zeros(2, 1, 1); x[0] = 1"),
        Property(is_not(0, 1 / decay), "the ratio is upside down", "the later over the earlier"),
        Property(is_not(0, decay**2), "these two entries lie two steps apart", "mem[1] / mem[0]"),
        Property(lambda f: near(f(0.9)[0], decay), "the first number is not its decay in one step",
                 "it must agree with e^(-(1 - beta)) = 0.9048"),
        Property(is_not(1, 0.9), "given 0.9 it decays by 0.9048: give it another number",
                 "solve e^-(1 - b) = beta for b"),
        Property(is_not(1, -math.log(0.9)), "this is 1 - b: solve for b", "b = 1 - ..."),
        Property(is_not(1, 1 - math.log(0.9)), "the sign of the logarithm is wrong",
                 "-(1 - b) = ln(beta)"),
        Property(lambda f: near(f(0.9)[1], ask, tolerance=1e-6),
                 f"for a decay of 0.9 it needs {ask:.4f}",
                 "take the logarithm of e^-(1 - b) = beta"),
        Property(lambda f: all(near(f(b)[0], math.exp(b - 1), tolerance=1e-5)
                               and near(f(b)[1], 1 + math.log(b), tolerance=1e-6)
                               for b in (0.4, 0.5, 0.75, 0.99)),
                 "right for beta = 0.9 only", "use the argument"),
    ])  # fmt: skip
