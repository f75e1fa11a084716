"""Answers to the exercises of notebook 08, right and wrong. The wrong ones: {message part: f}."""

import math

import torch

from sslearn import hippo
from sslearn.course.n08_poles import checks as poles
from sslearn.course.n08_poles import checks_ranking

CHECKS = {
    "three_poles": poles.check_three_poles,
    "channel_horizon": poles.check_channel_horizon,
    "ranking": checks_ranking.check_ranking,
    "own_poles": poles.check_own_poles,
}


def triple(*, re=-0.5, lin=None, inv=None, legs=None, count=0.5):
    def f(N):
        n = torch.arange(round(count * N), dtype=torch.float64)
        half = torch.full_like(n, re)
        w = (legs or eig)(N)
        w = torch.complex(torch.sign(w.real) * re / -0.5 * w.real.abs(), w.imag)
        im = lin(n, N) if lin else math.pi * n
        im2 = inv(n, N) if inv else N / math.pi * (N / (2 * n + 1) - 1)
        return torch.complex(half, im), torch.complex(half, im2), w

    return f


def eig(N, P=lambda n: (n + 0.5).sqrt(), keep=lambda w: w[w.imag > 0]):
    P = P(torch.arange(N, dtype=torch.float64))
    return keep(torch.linalg.eigvals(hippo.legs(N).A + torch.outer(P, P)))


def horizon(log=math.log, pole=lambda A: A.real.max(), steps=lambda x, dt: x / dt, share=None):
    return lambda A, dt, s=0.05: steps(log(share or s) / pole(A), dt)


def by(score, key=lambda x: x, reverse=False):
    def f(error, inits, seeds):
        found = {n: score([error(g, k) for k in seeds]) for n, g in inits.items()}
        return sorted(found, key=lambda n: key(found[n]), reverse=reverse)

    return f


def mean(x):
    return sum(x) / len(x)


def comb(re, spacing, start=0.0):
    def f(N):
        n = torch.arange(N // 2, dtype=torch.float64)
        return torch.complex(torch.full_like(n, re), start + spacing * n)

    return f


def library(N):
    return hippo.s4d_lin(N), hippo.s4d_inv(N), hippo.s4d_legs(N).flip(0)


def torch_ranking(error, inits, seeds):
    table = torch.tensor([[error(f, k) for f in inits.values()] for k in seeds])
    return [list(inits)[k] for k in table.mean(0).argsort()]


RIGHT = {
    "three_poles": [triple(), lambda N: [x.flip(0) for x in triple()(N)]],
    "channel_horizon": [
        horizon(),
        lambda A, dt, share=0.05: (math.log(share) / (A.real[:, None] * dt)).amax(0),
    ],
    "ranking": [by(mean), torch_ranking],
    "own_poles": [comb(-2.0, math.pi), comb(-3.0, 3.5), lambda N: 4 * hippo.s4d_lin(N).real
                  + 1j * torch.linspace(0, 27, N // 2, dtype=torch.float64)],
}  # fmt: skip


def sorts_in_place(error, inits, seeds):
    names = by(mean)(error, inits, seeds)
    for name in names:
        inits[name] = inits.pop(name)
    return names


def unpaired(error, inits, seeds):
    found = {n: error(f, seeds[k % 2]) for k, (n, f) in enumerate(inits.items())}
    return sorted(found, key=found.get)


def twice(error, inits, seeds):
    by(mean)(error, inits, seeds)
    return by(mean)(error, inits, seeds)


WRONG = {
    "three_poles": {
        "three tensors": lambda N: hippo.s4d_lin(N),
        "these are N poles": triple(count=1.0),
        "complex tensor (N/2,)": lambda N: tuple(x.imag for x in library(N)),
        "grows for ever": triple(re=0.5),
        "real part is missing": triple(re=0.0),
        "factor pi is missing": triple(lin=lambda n, N: n),
        "Fourier series on [0, 1]": triple(lin=lambda n, N: 2 * math.pi * n),
        "n starts at 0": triple(lin=lambda n, N: math.pi * (n + 1)),
        "not -1/2 + i pi n": triple(re=-1.0),
        "not the pairs": triple(inv=lambda n, N: N / 2 / math.pi * (N / 2 / (2 * n + 1) - 1)),
        "-1 inside": triple(inv=lambda n, N: N / math.pi * (N / (2 * n + 1))),
        "not n + 1": triple(inv=lambda n, N: N / math.pi * (N / (n + 1) - 1)),
        "not -1/2 + i (N/pi)": triple(inv=lambda n, N: N * (N / (2 * n + 1) - 1)),
        "A alone": triple(legs=lambda N: torch.linalg.eigvals(hippo.legs(N).A)[: N // 2]),
        "not sqrt(2n + 1)": triple(legs=lambda N: eig(
            N, P=lambda n: (2 * n + 1).sqrt(), keep=lambda w: w[w.imag.argsort()][N // 2 :])),
        "positive imaginary": triple(legs=lambda N: eig(N, keep=lambda w: w[w.imag < 0])),
        "not the eigenvalues": triple(legs=lambda N: eig(N) * torch.tensor(1 + 0.1j)),
        "N = 8 only": [
            lambda N: triple()(8),
            lambda N: triple(inv=lambda n, N: 8 / math.pi * (N / (2 * n + 1) - 1))(N),
            lambda N: tuple(x[:8] for x in triple()(N)),
        ],
        "finished function": library,
    },
    "channel_horizon": {
        "return a tensor": lambda A, dt, share: math.log(share) / A.real.max().item(),
        "one number a channel": lambda A, dt, share: math.log(share) / (A.real[:, None] * dt),
        "negative": horizon(log=lambda x: -math.log(x)),
        "dt makes no difference": horizon(steps=lambda x, dt: x + 0 * dt),
        "time constant": horizon(log=lambda x: -1.0),
        "natural one": horizon(log=math.log10),
        "fastest pole": horizon(pole=lambda A: A.real.min()),
        "Re A alone": horizon(pole=lambda A: -A.abs().min()),
        "not ln(share)": horizon(log=lambda x: x - 1),
        "one share": [
            horizon(share=0.05),
            lambda A, dt, share=0.1: horizon()(A, dt, share),
            lambda A, dt, share=0.05: horizon()(A[:3], dt, share),
        ],
    },
    "ranking": {
        "names alone": lambda e, inits, s: sorted(mean([e(f, k) for k in s])
                                                  for f in inits.values()),
        "inits in place": sorts_in_place,
        "exactly once": lambda *a: by(mean)(*a)[:1],
        "one draw of luck": lambda e, inits, seeds: by(mean)(e, inits, seeds[:1]),
        "not fair": unpaired,
        "as in inits": by(mean, key=lambda x: 0),
        "highest error": by(mean, reverse=True),
        "best seed": by(min),
        "worst seed": by(max),
        "not the order": by(lambda x: x[0] - x[1]),
        "more often": twice,
        "two seeds only": [
            by(torch.tensor and (lambda x: sorted(x)[len(x) // 2] + sorted(x)[(len(x) - 1) // 2])),
            by(lambda x: (x[0] + x[1]) / 2),
            by(lambda x: max(x) + min(x)),
            lambda error, inits, seeds: by(mean)(error, inits, seeds[:2]),
        ],
    },
    "own_poles": {
        "complex tensor": lambda N: comb(-2.0, math.pi)(2 * N),
        "never forgets": comb(0.0, math.pi),
        "Im >= 0": comb(-2.0, math.pi, start=-10.0),
        "only blur": hippo.s4d_real,
        "folds back": comb(-2.0, 60.0),
        "above the band": comb(-1.0, 14.0),
        "upper end": comb(-2.0, 1.0),
        "forgotten the signal": comb(-12.0, math.pi),
        "gaps are wider": hippo.s4d_lin,
        "off by a quarter": comb(-1.0, 2.3),
        "N is not used": lambda N: comb(-2.0, math.pi)(16),
    },
}  # fmt: skip
