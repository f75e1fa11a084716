"""Checks of notebook 05: the matrices of LegS and of the LMU."""

import math

import torch

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    check,
    in_double,
    near,
    own_work,
    unlike,
)
from sslearn.hippo import legs, legt, nplr


def _matrices(f, N, *rest):
    """A and B of the learner's answer for N, as tensors."""
    A, B = f(N, *rest)
    return torch.as_tensor(A), torch.as_tensor(B)


def _shapes(*rest):
    """The property that an answer is the pair A and B, for N = 4 and the rest."""

    def right(f):
        out = f(4, *rest)
        return len(out) == 2 and [tuple(x.shape) for x in out] == [(4, 4), (4,)]

    return Property(right, "return the pair A of shape (N, N) and B of shape (N,)", "return A, B")


def _all_digits(run, right):
    """The property that run(f) is not right to the digits of float32 and wrong beyond them."""
    return Property(lambda f: near(run(f), right) or not near(run(f), right, tolerance=1e-6),
                    "right to seven digits only: somewhere you computed in float32",
                    "torch.arange(N, dtype=torch.float64)")  # fmt: skip


def check_legs_matrices(legs_matrices) -> CheckResult:
    """The learner gives LegS: A_nk = -sqrt((2n+1)(2k+1)) below the diagonal; B_n = sqrt(2n+1).

    On the diagonal A is -(n+1), and 0 above it.
    """
    A, B = legs(4)
    n = torch.arange(4, dtype=torch.float64)
    below, diagonal = torch.tril(A, -1), torch.diag(n + 1)

    def not_A(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4)[0])

    def not_B(wrong):
        return unlike(wrong, run=lambda f: _matrices(f, 4)[1])

    sizes = agrees(legs, [(1,), (2,), (3,), (9,), (16,), (33,)])
    return check("legs_matrices", legs_matrices, [
        _shapes(),
        Property(not_A(-A, diagonal - below + 0 * A),
                 "A has the wrong sign: the eigenvalues 1 ... N make the memory explode",
                 "every entry of A is negative or 0"),
        Property(not_A(A.T, -A.T), "A is transposed: n counts the rows, k the columns",
                 "A is a lower triangle: a coefficient never needs a higher one"),
        Property(not_A(-torch.outer(B, B)), "the entries above the diagonal must be 0",
                 "torch.tril keeps the lower triangle"),
        Property(not_A(below - torch.diag(2 * n + 1)),
                 "the diagonal is -(n+1); you let the root formula reach it: -(2n+1)",
                 "torch.tril(..., -1) is the part below the diagonal"),
        Property(not_A(below), "the diagonal is missing: nothing would fade",
                 "subtract n + 1 there"),
        Property(not_A(below + diagonal),
                 "the diagonal has the wrong sign: +(n+1) makes the memory explode", "-(n+1)"),
        Property(not_A(below - torch.diag(n)), "the diagonal starts at -1, not at 0", "-(n+1)"),
        Property(not_A(-diagonal - below), "below the diagonal the sign is wrong",
                 "minus the root"),
        Property(not_A(-torch.tril(torch.outer(B**2, B**2), -1) - diagonal),
                 "the square root of (2n+1)(2k+1) is missing",
                 "torch.outer(R, R) with R_n = sqrt(2n+1)"),
        _all_digits(lambda f: _matrices(f, 4)[0], A),
        Property(lambda f: near(_matrices(f, 4)[0], A), "A differs from the formula",
                 f"A[1, 0] is -sqrt(3) = {-math.sqrt(3):.3f}, A[1, 1] is -2"),
        Property(not_B(B**2), "B_n is the root of 2n+1", "(2n+1) ** 0.5"),
        Property(not_B(-B), "B has the wrong sign: a constant input must be kept as c_0 = u",
                 "for u = 1, c = (1, 0, ...) gives A c + B u = 0"),
        Property(not_B(torch.ones(4)), "B is not all ones: it is the basis at age 0", "sqrt(2n+1)"),
        Property(lambda f: near(_matrices(f, 4)[1], B), "B differs from sqrt(2n+1)",
                 "B = 1, sqrt 3, sqrt 5, ..."),
        in_double(4),
        Property(lambda f: sizes(lambda N: _matrices(f, N)), "right for one N only",
                 "use the argument N"),
        own_work(4, without=[legs, nplr], hint="torch.tril and torch.diag"),
    ])  # fmt: skip


def check_lmu_matrices(lmu_matrices) -> CheckResult:
    """The learner gives LegT in the LMU's coefficients, m_n = (-1)^n R_n c_n: S A S^-1 and S B.

    The check has Voelker's formula as its own route: A_nk = (2n+1)/theta times -1 for n < k and
    (-1)^(n-k+1) else, B_n = (2n+1) (-1)^n / theta.
    """

    def lmu(N, theta):
        n = torch.arange(N, dtype=torch.float64)
        gap = n[:, None] - n
        sign = torch.where(gap < 0, -1.0, (-1.0) ** (gap + 1))
        return (2 * n[:, None] + 1) / theta * sign, (2 * n + 1) * (-1.0) ** n / theta

    A, B = lmu(4, 3.0)
    n = torch.arange(4, dtype=torch.float64)
    plain, flip, R = legt(4, 3.0), (-1.0) ** n, (2 * n + 1).sqrt()
    everywhere = agrees(lmu, [(1, 1.0), (2, 7.0), (5, 0.5), (8, 3.0), (17, 1.5)])

    def not_A(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4, 3.0)[0])

    def not_B(*wrong):
        return unlike(*wrong, run=lambda f: _matrices(f, 4, 3.0)[1])

    def between(left, right):
        return left[:, None] * plain.A * right

    S = flip * R
    return check("lmu_matrices", lmu_matrices, [
        _shapes(3.0),
        Property(not_A(plain.A), "A is still LegT's: it acts on c, and not on m",
                 "put c = S^-1 m into c' = A c + B u"),
        Property(not_A(-A), "A has the wrong sign: the memory would explode",
                 "A[0, 0] is -1/theta"),
        Property(not_A(between(R, 1 / R)), "m and c differ by signs too: the LMU's x runs the "
                 "other way", "P_n(-x) = (-1)^n P_n(x)"),
        Property(not_A(between(flip, flip)), "the factor R_n between m and c is missing",
                 "the LMU's P_n are not normalised"),
        Property(not_A(between(1 / S, S)), "S and its inverse are exchanged",
                 "m = S c, and so m' = S A S^-1 m + S B u"),
        Property(not_A(between(S, 1 + 0 * S), between(S, S)),
                 "A needs S on the left and S^-1 on the right", "m' = S c' = S A S^-1 m + ..."),
        Property(not_A(A * 3, A / 3), "theta enters A once: a window twice as long moves half "
                 "as fast", "LegT's A has the factor 1/theta already"),
        _all_digits(lambda f: _matrices(f, 4, 3.0)[0], A),
        Property(lambda f: near(_matrices(f, 4, 3.0)[0], A), "A differs",
                 f"for theta = 3, A[1, 0] is {A[1, 0]:.0f} and A[0, 1] is {A[0, 1]:.3f}"),
        Property(not_B(plain.B), "B is still LegT's", "m' = S c': B becomes S B"),
        Property(not_B(B * flip), "the signs of B are missing", "S holds (-1)^n"),
        Property(not_B(flip * plain.B), "a root is missing in B",
                 "S_n B_n = (-1)^n R_n R_n / theta"),
        Property(lambda f: near(_matrices(f, 4, 3.0)[1], B), "B differs",
                 "B_n = (-1)^n (2n+1) / theta"),
        in_double(4, 3.0),
        Property(lambda f: everywhere(lambda *c: _matrices(f, *c)),
                 "right for one N or theta only", "use both arguments"),
    ])  # fmt: skip
