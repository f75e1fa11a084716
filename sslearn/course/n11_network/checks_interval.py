"""Check of notebook 11: one row of the board within its interval."""

import math
import statistics

from sslearn.course.check import CheckResult, Property, alike, check, mean_of, near, unlike


def check_interval(interval) -> CheckResult:
    """The learner gives the sample's mean and sd (n - 1), and whether |new - mean| <= 2 sd."""
    runs = [0.9, 0.98, 0.61]
    mean, sd = statistics.mean(runs), statistics.stdev(runs)

    def given(f, new):
        return f(list(runs), new)

    def everywhere(f):
        for runs in ([0.9, 0.97, 0.98], [0.5, 0.2, 0.9, 0.21], [0.7, 0.72, 0.69, 0.95, 0.71]):
            mean, sd = statistics.mean(runs), statistics.stdev(runs)
            for level in (-3.0, -2.03, -1.97, -0.5, 0.0, 1.2, 1.9, 1.97, 2.03, 5.0):
                out = f(list(runs), mean + level * sd)
                if not (
                    alike(out[:2], (mean, sd), tolerance=1e-6)
                    and out[2] in (True, False)
                    and bool(out[2]) == (abs(level) < 2)
                ):
                    return False
        return True

    def three(f):
        out = given(f, 0.97)
        return isinstance(out, tuple) and len(out) == 3

    return check("interval", interval, [
        Property(three, "return three values: mean, sd, inside", "return mean, sd, ..."),
        mean_of(runs, lambda f: given(f, 0.97)[0]),
        Property(lambda f: near(given(f, 0.97)[0], mean), "the first value must be the mean",
                 "sum over n"),
        Property(unlike(statistics.pstdev(runs), run=lambda f: given(f, 0.97)[1]),
                 "this sd divides by n; a sample's divides by n - 1", "statistics.stdev"),
        Property(unlike(sd / math.sqrt(3), run=lambda f: given(f, 0.97)[1]),
                 "this is the standard error of the mean, not the spread of the runs",
                 "no division by the root of n"),
        Property(unlike(sd**2, run=lambda f: given(f, 0.97)[1]), "this is the variance",
                 "take its root"),
        Property(lambda f: near(given(f, 0.97)[1], sd), f"the sd of {runs} is {sd:.4f}",
                 "statistics.stdev"),
        Property(lambda f: bool(given(f, mean + 1.5 * sd)[2]),
                 "1.5 sd from the mean is inside: the interval is mean - 2 sd to mean + 2 sd",
                 "abs(new - mean) <= 2 * sd"),
        Property(lambda f: not given(f, mean + 2.5 * sd)[2], "2.5 sd from the mean is outside",
                 "abs(new - mean) <= 2 * sd"),
        Property(lambda f: not given(f, mean - 2.5 * sd)[2],
                 "far below the mean is outside as well", "take the absolute difference"),
        Property(lambda f: near(f([1.0, 3.0], 2.0)[1], math.sqrt(2)) and everywhere(f),
                 "right for one list only", "use the runs that you are given"),
    ])  # fmt: skip
