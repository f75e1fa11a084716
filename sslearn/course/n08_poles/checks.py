"""Checks of notebook 08: the three formulas, a bank of timescales and poles of your own."""

import math

import torch

from sslearn import hippo
from sslearn.course.check import CheckResult, Property, check, near, own_work, unlike
from sslearn.course.n08_poles.delay import best_delay_error

OWN = {"dt": 0.01, "delay": 64, "band": 0.04}  # This is the last exercise's task.
GOAL = 0.25


def _same(a, b) -> bool:
    """Whether the poles are equal in any order; they are sorted by the imaginary part."""
    a, b = (x.to(torch.complex128) for x in (a, b))
    return a.shape == b.shape and near(a[a.imag.argsort()], b[b.imag.argsort()])


def check_three_poles(three_poles) -> CheckResult:
    """The learner gives S4D-Lin, S4D-Inv and S4D-LegS, (N/2,) each: one of each conjugate pair."""
    N = 8
    n = torch.arange(N // 2, dtype=torch.float64)
    half = torch.full_like(n, -0.5)
    lin, inv, legs = hippo.s4d_lin(N), hippo.s4d_inv(N), hippo.s4d_legs(N)

    def pole(im):
        return torch.complex(half, im.to(torch.float64))

    def not_at(k, wrong):
        return unlike(wrong, run=lambda f: f(N)[k], same=_same)

    def three(f):
        out = f(N)
        return isinstance(out, tuple) and len(out) == 3 and all(map(torch.is_tensor, out))

    def everywhere(f):
        right = (hippo.s4d_lin, hippo.s4d_inv, hippo.s4d_legs)
        sizes = (2, 4, 6, 16, 64)
        return all(_same(x, g(M)) for M in sizes for x, g in zip(f(M), right, strict=True))

    return check("three_poles", three_poles, [
        Property(three, "return three tensors: Lin, Inv and LegS", "return lin, inv, legs"),
        Property(lambda f: all(x.shape != (N,) for x in f(N)),
                 "these are N poles: of each conjugate pair keep one, so N/2",
                 "n runs from 0 to N/2 - 1"),
        Property(lambda f: all(x.is_complex() for x in f(N)),
                 "a pole is a complex number, and one of the three tensors is real",
                 "torch.complex(real, imag)"),
        Property(lambda f: all(x.shape == (N // 2,) for x in f(N)[:2]),
                 "Lin and Inv must be (N/2,)", "n runs from 0 to N/2 - 1"),
        Property(lambda f: f(N)[2].shape == (N // 2,),
                 "LegS: some eigenvalues are real, so the pairs are short of N/2: "
                 "the matrix is not A + P P^T",
                 "P_n = sqrt(n + 1/2), and P P^T is torch.outer(P, P)"),
        Property(lambda f: all((x.real < 1e-9).all() for x in f(N)[:2]),
                 "Re is positive: this state grows for ever", "the real part is minus one half"),
        Property(lambda f: not any((x.real.abs() < 1e-9).all() for x in f(N)[:2]),
                 "the real part is missing: nothing is ever forgotten",
                 "the real part is minus one half"),
        Property(unlike(n, run=lambda f: f(N)[0].imag.sort().values),
                 "Lin: the factor pi is missing", "Im A_n = pi n"),
        Property(unlike(2 * math.pi * n, run=lambda f: f(N)[0].imag.sort().values),
                 "Lin: 2 pi n is a Fourier series on [0, 1]; here it is pi n",
                 "the basis repeats every 2 in time"),
        Property(not_at(0, pole(math.pi * (n + 1))), "Lin: n starts at 0, so one pole has Im 0",
                 "torch.arange(N // 2)"),
        Property(lambda f: _same(f(N)[0], lin), "Lin: not -1/2 + i pi n",
                 "torch.complex(-0.5 everywhere, pi * n)"),
        Property(not_at(1, pole(N / 2 / math.pi * (N / 2 / (2 * n + 1) - 1))),
                 "Inv: N in the formula counts all real states, not the pairs",
                 "n stops at N/2 - 1, but the formula holds N"),
        Property(not_at(1, pole(N / math.pi * (N / (2 * n + 1)))),
                 "Inv: the -1 inside the bracket is missing", "N / (2n + 1) - 1"),
        Property(not_at(1, pole(N / math.pi * (N / (n + 1) - 1))),
                 "Inv: the denominator is 2n + 1, not n + 1", "N / (2n + 1) - 1"),
        Property(lambda f: _same(f(N)[1], inv), "Inv: not -1/2 + i (N/pi) (N/(2n+1) - 1)",
                 "N / pi times a bracket"),
        Property(lambda f: f(N)[2].real.max() < 1,
                 "LegS: P_n is sqrt(n + 1/2), not sqrt(2n + 1)", "P is B / sqrt 2"),
        Property(lambda f: f(N)[2].imag.abs().max() > 1e-6,
                 "LegS: A alone has the eigenvalues -1 ... -N; add P P^T first",
                 "torch.linalg.eigvals(A + torch.outer(P, P))"),
        Property(lambda f: (f(N)[2].imag > 0).all(),
                 "LegS: keep the eigenvalues with positive imaginary part", "w[w.imag > 0]"),
        Property(lambda f: _same(f(N)[2], legs), "LegS: not the eigenvalues of A + P P^T",
                 "A from legs(N), P_n = sqrt(n + 1/2)"),
        Property(everywhere, "right for N = 8 only", "use the argument N"),
        own_work(N, without=[hippo.s4d_lin, hippo.s4d_inv, hippo.s4d_legs, hippo.nplr],
                 hint="three formulas of your own; hippo.legs(N).A may help"),
    ])  # fmt: skip


def check_dt_bank(dt_bank) -> CheckResult:
    """The learner gives the steps (H,) whose horizons go evenly in log from longest to shortest."""
    A = torch.tensor([-2.0 + 3j, -0.5 + 8j, -4.0 + 0j], dtype=torch.complex128)
    longest, shortest, H, share = 1000.0, 10.0, 5, 0.05

    def bank(longest, shortest, H, *, rate=0.5, log=math.log, share=share):
        even = torch.linspace(math.log(longest), math.log(shortest), H, dtype=torch.float64)
        return -log(share) / (rate * even.exp())

    right = bank(longest, shortest, H)
    ends = right[[0, -1]]
    times = torch.linspace(longest, shortest, H, dtype=torch.float64)

    def mine(f):
        return f(A, longest, shortest, H, share)

    def not_like(*wrong):
        return unlike(*wrong, run=mine)

    def everywhere(f):
        g = torch.Generator().manual_seed(0)
        for n, first, last, channels, left in (
            (1, 50.0, 49.0, 2, 0.5),
            (7, 4000, 20, 9, 0.01),
            (3, 8, 2, 4, 0.3),
        ):
            poles = torch.complex(*-torch.rand(2, n, generator=g, dtype=torch.float64))
            rate = -max(x.real for x in poles.tolist())
            expected = bank(first, last, channels, rate=rate, share=left)
            if not near(f(poles, first, last, channels, left), expected):
                return False
        return near(f(A, longest, shortest, H), right)

    return check("dt_bank", dt_bank, [
        Property(lambda f: torch.is_tensor(mine(f)), "return a tensor, one step for each channel",
                 "torch.linspace and exp"),
        Property(lambda f: mine(f).shape == (H,), "the bank must be (H,): one step a channel",
                 "reduce over the poles first: only the slowest counts"),
        Property(not_like(-right), "the steps came out negative",
                 "ln(share) is negative, and so is Re A"),
        Property(not_like(times.log().exp(), bank(longest, shortest, H).reciprocal()
                          * -math.log(share) / 0.5),
                 "these are horizons in steps: the question is which Δ has them",
                 "solve e^(Re A dt l) = share for dt"),
        Property(not_like(right.flip(0)), "the bank runs from the short horizon to the long one",
                 "the first channel remembers longest"),
        Property(not_like(-math.log(share) / (0.5 * times),
                          torch.linspace(*ends.tolist(), H, dtype=torch.float64)),
                 "the ends are right, but the channels are not evenly spaced in the logarithm",
                 "each Δ is the same factor times the one before"),
        Property(not_like(bank(longest, shortest, H, log=lambda x: -1.0)),
                 "after so many steps the state is down to 1/e: use share",
                 "solve e^(Re A dt l) = share for dt"),
        Property(not_like(bank(longest, shortest, H, log=math.log10)),
                 "the logarithm of share must be the natural one", "math.log"),
        Property(not_like(bank(longest, shortest, H, rate=4.0)),
                 "this is the fastest pole; the channel remembers as long as its slowest",
                 "the Re A closest to zero"),
        Property(not_like(bank(longest, shortest, H, rate=13**0.5)),
                 "the decay is Re A alone; Im A only turns the state", "A.real, not A.abs()"),
        Property(lambda f: near(mine(f), right),
                 "the horizons of these steps are not evenly spaced from longest to shortest",
                 "dt = ln(share) / (Re A l) of the slowest pole, for l even in the logarithm"),
        Property(everywhere, "right for one bank and one share only", "use the arguments"),
    ])  # fmt: skip


def check_own_poles(own_poles) -> CheckResult:
    """The learner gives poles for N = 16 that delay by 64 steps with an error below a quarter.

    The error is that of their best readout.
    """
    N, dt = 16, OWN["dt"]
    edge = 2 * math.pi * OWN["band"] / dt  # It is in the model's time.

    def good(f):
        return best_delay_error(f(N), **OWN) < GOAL

    def gaps(A):
        return A.imag.sort().values.diff().max()

    return check("own_poles", own_poles, [
        Property(lambda f: f(N).shape == (N // 2,) and f(N).is_complex(),
                 "return a complex tensor (N/2,)", "torch.complex(real, imag)"),
        Property(lambda f: (f(N).real < 0).all(), "a pole with Re >= 0 never forgets or explodes",
                 "every real part below zero"),
        Property(lambda f: (f(N).imag >= 0).all(),
                 "keep the pole of each pair with Im >= 0; the other one comes with 2 Re",
                 "no negative imaginary part"),
        Property(lambda f: f(N).imag.max() > 0, "no pole has a pitch: these only blur",
                 "give them imaginary parts"),
        Property(lambda f: (f(N).imag * dt <= math.pi).all(),
                 "a pole beyond pi / dt folds back to a lower frequency", "Im below 314 here"),
        Property(lambda f: good(f) or (f(N).imag > 1.5 * edge).sum() < N // 4,
                 "many poles lie above the band, where the signal has nothing",
                 "the band ends at Im = 2 pi 0.04 / 0.01 = 25.1"),
        Property(lambda f: good(f) or f(N).imag.max() > 0.6 * edge,
                 "no pole is near the upper end of the band",
                 "the band ends at Im = 2 pi 0.04 / 0.01 = 25.1"),
        Property(lambda f: good(f) or f(N).real.max() > -6,
                 "all poles have forgotten the signal before the delay is over",
                 "e^(Re 0.64) is what is left after 64 steps"),
        Property(lambda f: good(f) or gaps(f(N)) < 3 * -f(N).real.mean(),
                 "the gaps are wider than the resonances: frequencies between them are lost",
                 "a resonance is about 2 |Re| wide; let neighbours overlap"),
        Property(good, "the best readout of these poles is off by a quarter or more",
                 "even spacing over the band, resonances as wide as the gaps"),
        Property(lambda f: all(f(M).shape == (M // 2,) and f(M).is_complex()
                               and (f(M).real < 0).all() for M in (2, 8, 26)),
                 "N is not used: other numbers of poles must come out, too",
                 "torch.arange(N // 2)"),
    ])  # fmt: skip
