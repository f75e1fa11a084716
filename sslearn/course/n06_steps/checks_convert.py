"""Checks of notebook 06: from short steps to long ones, and from this course to SciPy."""

import numpy as np
import torch
from scipy.signal import dlsim

from sslearn import ssm
from sslearn.course.check import CheckResult, Property, alike, check, in_double, near, unlike
from sslearn.course.n06_steps.checks import stable_system


def check_longer_step(longer_step) -> CheckResult:
    """The learner gives ZOH's A_bar^p and sum_(k<p) A_bar^k B_bar for one step in place of p.

    The check has the continuous A and B, which it discretizes with dt and with p dt.
    """
    A, B = stable_system(3, 1)
    short, p = ssm.discretize(A, B, 0.2), 3
    long = ssm.discretize(A, B, 0.2 * p)

    def gives(which, *wrong):
        return unlike(*wrong, run=lambda f: f(*short, p)[which])

    def shapes(f):
        out = f(*short, p)
        return isinstance(out, tuple) and [x.shape for x in out] == [A.shape, B.shape]

    def everywhere(f):
        for n, times in ((1, 2), (2, 1), (5, 7), (4, 16)):
            a, b = stable_system(n, n)
            out, right = f(*ssm.discretize(a, b, 0.05), times), ssm.discretize(a, b, 0.05 * times)
            if not alike(tuple(out), tuple(right), dtype=True):
                return False
        return True

    def integrates(f):
        """The property that a pole at 0 counts its inputs, so that p steps give p B_bar."""
        one = torch.eye(2, dtype=torch.float64)
        try:
            return alike(tuple(f(one, one[0], 5)), (one, 5 * one[0]))
        except torch.linalg.LinAlgError:  # It divides, and some processors then find no inverse.
            return False

    A_bar, B_bar = short
    powers = [torch.linalg.matrix_power(A_bar, k) for k in range(p + 1)]
    return check("longer_step", longer_step, [
        Property(shapes, "return two tensors, A_bar (N, N) and B_bar (N,)", "return A_bar, B_bar"),
        Property(gives(0, A_bar), "A_bar is still that of the short step",
                 "p steps without an input multiply the state by A_bar p times"),
        Property(gives(0, A_bar**p), "** takes the power of each entry",
                 "torch.linalg.matrix_power(A_bar, p)"),
        Property(gives(0, p * A_bar), "p A_bar is no decay: the steps multiply, they do not add",
                 "A_bar A_bar ... A_bar"),
        Property(lambda f: near(f(*short, p)[0], long.A), "A_bar differs from A_bar^p",
                 "torch.linalg.matrix_power(A_bar, p)"),
        Property(gives(1, B_bar), "B_bar is still that of the short step",
                 "the held input enters in each of the p steps"),
        Property(gives(1, p * B_bar), "p B_bar: the input of the first step decays meanwhile",
                 "what enters first is multiplied by A_bar another p - 1 times"),
        Property(gives(1, powers[p - 1] @ B_bar, powers[p] @ B_bar),
                 "this is the input of one step alone", "sum over all p steps"),
        Property(gives(1, sum(powers[1:]) @ B_bar),
                 "the newest input is not damped yet: the powers run from 0 to p - 1",
                 "k = 0 comes first"),
        Property(gives(1, sum(powers) @ B_bar), "one input too many: there are p of them",
                 "k = 0 ... p - 1"),
        Property(lambda f: near(f(*short, p)[1], long.B), "B_bar differs",
                 "x_(k+p) with the same u in every step, written out for p = 2"),
        in_double(*short, p),
        Property(integrates, "a pole at 0 is left out: there I - A_bar has no inverse",
                 "sum the powers instead of dividing"),
        Property(everywhere, "right for one system or p only", "use all arguments"),
    ])  # fmt: skip


def check_to_scipy(to_scipy) -> CheckResult:
    """The learner gives dlsim the A, B, C, D of x_k = A_bar x_(k-1) + B_bar u_k, y_k = C x_k.

    A_bar (N, N), B_bar and C (N,) are NumPy arrays. D is C B_bar, and C becomes C A_bar.
    """
    rng = np.random.default_rng(0)
    A_bar = 0.4 * rng.standard_normal((3, 3))
    B_bar, C, u = (rng.standard_normal(n) for n in (3, 3, 12))

    def ours(A_bar, B_bar, C):
        x, y = 0 * B_bar, []
        for u_k in u:
            x = A_bar @ x + B_bar * u_k
            y.append(C @ x)
        return np.array(y)

    def theirs(*matrices):
        return dlsim((*matrices, 1.0), u)[1][:, 0]

    def mine(f):
        return theirs(*f(A_bar, B_bar, C))

    def not_like(C_, D_):
        wrong = theirs(A_bar, B_bar[:, None], np.atleast_2d(C_), [[D_]])
        return unlike(wrong, run=mine)

    def shapes(f):
        out = f(A_bar, B_bar, C)
        return [np.shape(x) for x in out] == [(3, 3), (3, 1), (1, 3), (1, 1)]

    def everywhere(f):
        for n in (1, 2, 4, 7):
            B, C = rng.standard_normal((2, n))
            system = 0.3 * rng.standard_normal((n, n)), B, C
            out = f(*system)
            right = [np.shape(x) for x in out] == [(n, n), (n, 1), (1, n), (1, 1)]
            if not (right and near(theirs(*out), ours(*system))):
                return False
        return True

    CA, CB = C @ A_bar, C @ B_bar
    return check("to_scipy", to_scipy, [
        Property(shapes, "return A (N, N), B (N, 1), C (1, N) and D (1, 1)",
                 "B_bar[:, None] is a column, C[None, :] a row"),
        Property(not_like(C, 0.0), "SciPy's y is ours one step late: its x_k has not seen u_k",
                 "write our x_k with SciPy's x_k and u_k, then apply C"),
        Property(not_like(CA, 0.0), "u_k itself does not reach y_k: D must not be 0",
                 "y_k = C (A_bar x + B_bar u_k)"),
        Property(not_like(C, CB), "D is right, but the state must take one more step",
                 "y_k = C (A_bar x + B_bar u_k): the new C is C A_bar"),
        Property(not_like(A_bar @ C, CB), "A_bar C is not C A_bar", "C @ A_bar, C on the left"),
        in_double(A_bar, B_bar, C),
        Property(lambda f: near(mine(f), ours(A_bar, B_bar, C)),
                 "dlsim's y differs from ours", "y_k = C A_bar x + C B_bar u_k"),
        Property(everywhere, "right for one system and not for another", "use all arguments"),
    ])  # fmt: skip
