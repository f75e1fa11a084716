"""Check of notebook 10: a ternary product by additions alone."""

import torch
from torch.nn.functional import linear

from sslearn.course.check import CheckResult, Property, agrees, check, near, own_work, unlike
from sslearn.course.check.cases import escapes
from sslearn.course.n10_gsu.checks import random_case
from sslearn.layers.additions import Audit
from sslearn.layers.additions import signed_sums as signed_sums_of_the_library
from sslearn.spikes import ternary


def check_signed_sums(signed_sums) -> CheckResult:
    """The learner gives S W^T for S of -1, 0 and 1 without a multiplication.

    The audit watches both products of the GSU.
    """
    x, W, *_ = random_case()
    x = x.flatten(0, 1)
    s, T = ternary(x, 0.4 * x.abs().amax(-1, True)), ternary(W, 0.4 * W.abs().max())
    multiplying: set = set()

    def mine(f):
        return f(s, W)

    def audited(f):
        multiplying.clear()
        for S, V in ((s, W), (T, x)):
            with Audit() as audit:
                f(S, V)
            multiplying.update(audit.multiplications)
        return not multiplying

    def named(*names):
        return lambda f: audited(f) or not multiplying & set(names)

    def stays(f):
        return all(not escapes(f, S, V) for S, V in ((s, W), (T, x)))

    g = torch.Generator().manual_seed(12)
    more = [(torch.randint(-1, 2, (n, H), generator=g).double(),
             torch.randn(M, H, generator=g).double())
            for n, M, H in ((1, 1, 7), (4, 9, 2), (3, 2, 1))]  # fmt: skip
    more.append((0 * s, W))
    where = "torch.where(S == 1, W, 0) and its twin for -1, with S (n, 1, H) beside W (M, H)"
    plus, minus = linear((s == 1).float(), W), linear((s == -1).float(), W)
    return check("signed_sums", signed_sums, [
        Property(lambda f: torch.is_tensor(mine(f)) and mine(f).shape == (6, 5),
                 "S (n, H) and W (M, H) give one tensor (n, M)", "sum over H, the last axis"),
        Property(unlike(plus, run=mine), "what S = -1 marks is left out", where),
        Property(unlike(plus + minus, run=mine), "what S = -1 marks is added",
                 "take it away"),
        Property(unlike(linear((s >= 0).float(), W) - minus, plus - linear((s <= 0).float(), W),
                        run=mine),
                 "what S = 0 marks is counted too: a zero is neither added nor taken away",
                 "S == 1 and S == -1, or > 0 and < 0"),
        Property(unlike(s @ W, run=mine), "you summed over W's rows",
                 "W is (M, H)"),
        Property(lambda f: near(mine(f), s @ W.T), "the sums differ from S W^T", where),
        Property(lambda f: near(f(T, x), T @ x.T), "right for Ter(x) W, not for x Ter(W): (T, x)",
                 "S and W may have different numbers of rows"),
        Property(named("mm", "addmm", "bmm", "mv", "dot"),
                 "the audit finds a matrix product: it multiplies", where),
        Property(named("mul", "addcmul", "prod"), "the audit finds an elementwise multiplication",
                 where),
        Property(named("div", "pow", "exp", "log"),
                 "the audit finds a division or a power: a multiplication in disguise", where),
        Property(audited, "the audit finds an operation that is neither a sum nor a choice", where),
        Property(stays, "numbers leave torch, where the audit cannot see what becomes of them",
                 "no tolist, item or numpy of W: tensors only"),
        Property(agrees(lambda S, W: S @ W.T, more, tolerance=1e-6),
                 "right for one size only", where),
        own_work(s, W, without=[signed_sums_of_the_library], hint=where),
    ])  # fmt: skip
