"""Check of notebook 11: records of unequal length, made ready for a network."""

import torch
from torch import Tensor

from sslearn.course.check import CheckResult, Property, check, near, unlike

TOLERANCE = 2e-2  # It takes both the standard deviation with n and that with n - 1.


def _records(n: int, L: int, seed: int) -> tuple[Tensor, Tensor]:
    """Float64 records (n, L) about 2.5 with zeros behind their ends, and lengths (n,)."""
    g = torch.Generator().manual_seed(seed)
    lengths = torch.randint(L // 3, L + 1, (n,), generator=g)
    x = 2.5 + torch.randn(n, 1, generator=g) + 0.3 * torch.randn(n, L, generator=g)
    return x.double().masked_fill(torch.arange(L) >= lengths[:, None], 0), lengths


def _inside(x, lengths):
    return torch.arange(x.shape[1]) < lengths[:, None]


def _prepared(x, lengths, x_test, lengths_test, *, padding=False, own=False, each=False, mean=True,
              spread="std", zero=True) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Both sets (n, L, 1) in float32, standardised by the first one, or a typical mistake.

    padding takes the zeros behind the ends into mean and deviation, own takes each set's own
    figures, and each those of each record. Without mean it stays, spread may be var, and without
    zero the padding is shifted like the rest.
    """
    out = []
    for z, n in ((x, lengths), (x_test, lengths_test)):
        base, ends = (z, n) if own or each else (x, lengths)
        real = base.flatten() if padding else base[_inside(base, ends)]
        m, s = real.mean(), getattr(real, spread)()
        if each:
            parts = [record[:k] for record, k in zip(z, n, strict=True)]
            m = torch.stack([part.mean() for part in parts])[:, None]
            s = torch.stack([part.std() for part in parts])[:, None]
        w = (z - m if mean else z) / s
        w = w.masked_fill(~_inside(z, n), 0) if zero else w
        out.append(w.float()[..., None])
    return tuple(out)


def check_prepare(prepare) -> CheckResult:
    """The learner gives (x - m) / s (n, L, 1) in float32, m and s of training steps inside."""
    (x, lengths), (x_test, lengths_test) = _records(6, 40, 0), _records(4, 40, 1)
    x_test = torch.where(x_test != 0, 1.5 * x_test, x_test)
    case = (x, lengths, x_test, lengths_test)

    def run(f):
        return tuple(f(*case))

    def both(z) -> Tensor:
        return torch.cat([part.flatten().double() for part in z])

    def close(a, b):
        return near(both(a), both(b), tolerance=TOLERANCE)

    def not_like(**mistake):
        return unlike(_prepared(*case, **mistake), run=run, same=close)

    def shapes(f):
        return [tuple(part.shape) for part in run(f)] == [(6, 40, 1), (4, 40, 1)]

    def elsewhere(f):
        for k in (2, 3):
            more = (*_records(5, 30, k), *_records(3, 30, k + 9))
            if not close(tuple(f(*more)), _prepared(*more)):
                return False
        return True

    return check("prepare", prepare, [
        Property(lambda f: len(run(f)) == 2 and all(torch.is_tensor(z) for z in run(f)),
                 "return two tensors: the training records and the test records",
                 "return ready, ready_test"),
        Property(shapes, "each must be (n, L, 1): one channel, last", "z[..., None]"),
        Property(lambda f: all(z.dtype == torch.float32 for z in run(f)),
                 "the weights are float32, and so must the records be", "z.float()"),
        Property(not_like(padding=True),
                 "mean and deviation are of all entries; the padding is no measurement",
                 "x[torch.arange(L) < lengths[:, None]].mean()"),
        Property(not_like(own=True),
                 "the test records have figures of their own here; a test must not tell you its"
                 " mean", "use mean and std of the training records for both"),
        Property(not_like(each=True),
                 "each record is standardised by itself, so that loud and soft become alike",
                 "one mean and one std for all records"),
        Property(not_like(mean=False), "the mean is still in it", "subtract before you divide"),
        Property(not_like(spread="var"), "this divides by the variance",
                 "divide by its root, the standard deviation"),
        Property(not_like(zero=False),
                 "the padding is no longer zero: it was shifted with the rest",
                 "z.masked_fill(torch.arange(L) >= lengths[:, None], 0)"),
        Property(lambda f: close(run(f), _prepared(*case)),
                 "the records are not (x - mean) / std of the training steps",
                 "mean and std over x[torch.arange(L) < lengths[:, None]]"),
        Property(elsewhere, "right for one set of records only",
                 "take mean and std from the records that are given"),
    ])  # fmt: skip
