"""Check of notebook 07: the spikes of a neuron with reset, by convolutions alone."""

from collections.abc import Callable

import torch

from sslearn.course.check import CheckResult, Property, check, near
from sslearn.fast import lif

ENDLESS = (
    "the spikes still change after more sweeps than steps: v[t] may depend on spikes before t only"
)


class Convolver:
    """convolve(x): sum_j beta^j x_(t-j) for x (L, H), which counts its calls.

    It raises RuntimeError at call number 2L + 10, because a right answer needs at most L + 1.
    """

    def __init__(self, beta: float, L: int):
        lag = torch.arange(L)[:, None] - torch.arange(L)
        self.decay = torch.where(lag >= 0, beta ** lag.clamp(min=0).double(), 0.0)
        self.calls = 0

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """x (L, H) real; the result is (L, H) float64."""
        self.calls += 1
        if self.calls > 2 * len(self.decay) + 9:
            raise RuntimeError(ENDLESS)
        return self.decay @ x.to(torch.float64)


def _current(L, H, seed):
    """A pulse of up to 1.2 at every fifth step or so, (L, H): between them v falls below theta."""
    size, chance = torch.rand(2, L, H, generator=torch.Generator().manual_seed(seed)).double()
    return 1.2 * size * (chance < 0.2)


def _sweep(
    i, convolve, theta, *, late=True, after=False, factor=None, fires=torch.gt, sweeps=10_000
):
    """The spikes after at most so many sweeps, with one mistake, and the number of sweeps."""
    s = torch.zeros_like(i)
    for n in range(1, sweeps + 1):
        past = torch.cat([0 * s[:1], s[:-1]]) if late else s
        off = (theta if factor is None else factor) * past
        new = fires(convolve(i) - off if after else convolve(i - off), theta).to(i.dtype)
        if torch.equal(new, s):
            return s, n
        s = new
    return s, sweeps


def check_spikes_by_sweeps(spikes_by_sweeps) -> CheckResult:
    """The learner gives the spikes (L, H) of v[t] = beta v[t-1] + i[t] - theta s[t-1].

    The answer may use `convolve`, which knows beta, and no step of time.
    """
    beta, theta, L = 0.9, 0.8, 80
    i = _current(L, 8, 0)
    loop = lif(i[None], beta=beta, theta=theta).s[0]

    def run(f, i=i, theta=theta, beta=beta) -> tuple[torch.Tensor, int]:
        convolve = Convolver(beta, len(i))
        return f(i, convolve, theta), convolve.calls

    def after(**mistake):
        return _sweep(i, Convolver(beta, L), theta, **{"sweeps": 60} | mistake)[0]

    def not_like(*wrong) -> Callable:
        return lambda f: not any(near(run(f)[0], w) for w in wrong)

    def everywhere(f):
        for L, H, theta, beta, seed in (
            (1, 2, 0.3, 0.5, 1),
            (90, 4, 1.0, 0.95, 2),
            (30, 1, 2, 0, 3),
        ):
            i = _current(L, H, seed)
            expected = lif(i[None], beta=float(beta), theta=float(theta)).s[0]
            if not near(run(f, i, theta, beta)[0], expected):
                return False
        silent = torch.zeros(12, 2, dtype=torch.float64)
        return near(run(f, silent)[0], silent)

    def at_the_threshold(f):
        i = torch.zeros(6, 1, dtype=torch.float64)
        i[2] = theta
        return not run(f, i)[0].any()

    needed = _sweep(i, Convolver(beta, L), theta)[1]
    return check("spikes_by_sweeps", spikes_by_sweeps, [
        Property(lambda f: torch.is_tensor(run(f)[0]) and run(f)[0].shape == i.shape,
                 "return the spikes, one tensor of i's shape (L, H)", "return s"),
        Property(lambda f: set(run(f)[0].unique().tolist()) <= {0.0, 1.0},
                 "spikes are 0 or 1, and this holds other values", "(v > theta).to(i.dtype)"),
        Property(lambda f: run(f)[1] > 0, "convolve is not used",
                 "v = convolve(i - theta * the spikes of one step before)"),
        Property(not_like(after(sweeps=1)),
                 "this is the threshold without any reset: the spikes never go back into v",
                 "put the spikes that you have into the input, and convolve again"),
        Property(not_like(*(after(sweeps=n) for n in range(2, needed - 1))),
                 "you stop too early: the spikes would still change",
                 "sweep until a sweep gives the spikes that it was given"),
        Property(not_like(*(after(late=False, sweeps=n) for n in range(2, 61))),
                 "the reset comes one step early: v[t] loses theta s[t-1]",
                 "torch.cat([0 * s[:1], s[:-1]])"),
        Property(not_like(after(factor=1.0), after(factor=beta * theta)),
                 "the reset takes the wrong amount: it is theta for each spike", "theta * s"),
        Property(not_like(after(after=True, sweeps=2 * L)),
                 "the reset is taken off after the convolution, so v forgets it one step later",
                 "it is an input like i: convolve(i - theta * past)"),
        Property(not_like(after(factor=-theta)), "the reset adds theta where it must take it away",
                 "i - theta * s"),
        Property(lambda f: near(run(f)[0], loop), "the spikes differ from the loop's",
                 "v = convolve(i - theta * past), s = [v > theta], again until s stays"),
        Property(at_the_threshold, "a spike is v strictly above theta", "v > theta"),
        Property(lambda f: run(f)[1] <= needed + 2,
                 "right, but you go on sweeping when nothing changes any more",
                 "compare the new spikes with the old ones, and stop when they are equal"),
        Property(everywhere, "right for one input, theta or beta only",
                 "use i, convolve and theta as they are given"),
    ])  # fmt: skip
