"""Check of notebook 10: the recipe's 1 / sqrt(H), folded into the weights of the unit."""

from torch.nn.functional import linear

from sslearn.course.check import CheckResult, Property, agrees, check, near, unlike
from sslearn.course.n10_gsu.checks import random_case
from sslearn.spikes import ternary


def _unit(x, W, b, c, alpha=0.4):
    s = ternary(x, alpha * x.abs().amax(-1, keepdim=True))
    return linear(s, W, b) * linear(x, ternary(W, alpha * W.abs().max()), c)


def _folded(W, b, c):
    root = len(b) ** 0.5
    return W / root, b / root, c


def check_folded(folded) -> CheckResult:
    """The learner gives W', b', c' whose plain GSU is GSU(x) / sqrt(H) with W, b and c."""
    x, W, b, c, _ = random_case(H=5)
    root, want = 5**0.5, _unit(x, W, b, c) / 5**0.5

    def out(f):
        return _unit(x, *f(W, b, c))

    def differs(*wrong):
        return unlike(_unit(x, *wrong), run=out)

    def three(f):
        made, shapes = f(W, b, c), [(5, 5), (5,), (5,)]
        return len(made) == 3 and [tuple(p.shape) for p in made] == shapes

    more = [tuple(t.double() for t in random_case(H=H)[1:4]) for H in (1, 3, 16)]
    where = "which of the three stand in the first factor, Ter(x) W + b, and which in the second?"
    return check("folded", folded, [
        Property(three, "return three tensors of the shapes of W, b and c", "return W, b, c"),
        Property(differs(W, b, c), "nothing is divided: the unit is as loud as before", where),
        Property(differs(W / root, b, c), "b is not divided: the first factor is Ter(x) W + b",
                 where),
        Property(differs(W, b / root, c), "W is not divided", where),
        Property(differs(W / root, b / root, c / root),
                 "c is divided as well: it stands in the second factor", where),
        Property(differs(W / root, b, c / root), "c is divided in the place of b", where),
        Property(differs(W, b, c / root),
                 "x Ter(W) does not follow W: Ter(W) is the same for any multiple of W", where),
        Property(differs(W / 5, b / 5, c), "this divides by H; the recipe divides by its root",
                 "H ** 0.5"),
        Property(differs(W * root, b * root, c), "this multiplies; the unit gets louder yet",
                 "divide"),
        Property(lambda f: near(out(f), want), "the unit of these three is not GSU(x) / sqrt(H)",
                 where),
        Property(agrees(_folded, more, dtype=True),
                 "right for one size or dtype only, or c has changed",
                 "take H from the shape of W"),
    ])  # fmt: skip
