"""Answers to the exercises of notebook 08, right and wrong. The wrong ones: {message part: f}."""

import math

import torch

from sslearn import hippo, ssm
from sslearn.course.n08_poles import checks as poles
from sslearn.course.n08_poles import checks_layer, checks_ranking

CHECKS = {
    "three_poles": poles.check_three_poles,
    "dt_bank": poles.check_dt_bank,
    "ranking": checks_ranking.check_ranking,
    "own_poles": poles.check_own_poles,
    "s4d_step": checks_layer.check_s4d_step,
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


def bank(log=math.log, pole=lambda A: A.real.max(), even=torch.logspace, share=None):
    def f(A, longest, shortest, H, s=0.05):
        ends = math.log10(longest), math.log10(shortest)
        return log(share or s) / (pole(A) * even(*ends, H, dtype=torch.float64))

    return f


def by_factors(A, longest, shortest, H, share=0.05):
    first, last = (math.log(share) / (A.real.max() * steps) for steps in (longest, shortest))
    return first * (last / first) ** (torch.arange(H) / (H - 1))


def even_steps(low, high, H, dtype):
    return torch.linspace(10**low, 10**high, H, dtype=dtype)


def stepper(*, sign=-1, dt=torch.exp, B=lambda B_bar, dt: B_bar, C=torch.view_as_complex, D=1,
            read=lambda z: 2 * z.real, late=False, keep=lambda old, new: new):  # fmt: skip
    """s4d_step with its parts as arguments, each of which can be wrong."""

    def f(layer, u_t, x):
        A = torch.complex(sign * layer.log_A_real.exp(), layer.A_imag)
        step = dt(layer.log_dt)[:, None]
        A_bar, B_bar = torch.exp(step * A), torch.expm1(step * A) / A
        new = A_bar * x + B(B_bar, step) * u_t[..., None]
        y_t = read((C(layer.C) * (x if late else new)).sum(-1)) + D * layer.D * u_t
        return y_t, keep(x, new)

    return f


def readout_holds_B_bar(layer, u_t, x):
    """The library's own way: the state takes u_t as it is, and the readout is 2 Re C B_bar x."""
    dtA = layer.log_dt.exp()[:, None] * (-layer.log_A_real.exp() + 1j * layer.A_imag)
    x = dtA.exp() * x + u_t[:, :, None]
    W = (layer.C[..., 0] + 1j * layer.C[..., 1]) * dtA.expm1() / dtA * layer.log_dt.exp()[:, None]
    return 2 * torch.einsum("hn,bhn->bh", W, x).real + layer.D * u_t, x


def forgets(layer, u_t, x):
    """Right for the first three steps, and then the count that hides in the state is lost."""
    y_t, x = stepper()(layer, u_t, x)
    return y_t, x if len(u_t) == 2 else 0 * x


def library_step(layer, u_t, x):
    A = torch.complex(-layer.log_A_real.exp(), layer.A_imag)
    parts = ssm.discretize(A, torch.ones_like(A), layer.log_dt.exp()[:, None])
    y, x = ssm.recur(u_t[:, None], *parts, torch.view_as_complex(layer.C), x)
    return y[:, 0] + layer.D * u_t, x


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
    "dt_bank": [bank(), by_factors],
    "s4d_step": [stepper(), readout_holds_B_bar],
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
        "one of the three tensors is real": lambda N: tuple(x.imag for x in library(N)),
        "Lin and Inv must be": triple(count=0.75),
        "short of N/2": triple(legs=lambda N: eig(N, P=torch.sqrt)),
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
    "dt_bank": {
        "return a tensor": lambda *args: by_factors(*args).tolist()[0],
        "one step a channel": lambda A, *args: torch.stack([by_factors(a[None], *args) for a in A]),
        "came out negative": bank(log=lambda x: -math.log(x)),
        "these are horizons": lambda A, a, b, H, share=0.05: bank()(A, b, a, H) * 0
        + torch.logspace(math.log10(a), math.log10(b), H, dtype=torch.float64),
        "short horizon to the long": lambda *args: by_factors(*args).flip(0),
        "not evenly spaced": [
            bank(even=even_steps),
            lambda *args: torch.linspace(*by_factors(*args)[[0, -1]].tolist(), args[3],
                                         dtype=torch.float64),
        ],
        "1/e": bank(log=lambda x: -1.0),
        "natural one": bank(log=math.log10),
        "fastest pole": bank(pole=lambda A: A.real.min()),
        "Re A alone": bank(pole=lambda A: -A[0].abs()),
        "from longest to shortest": bank(log=lambda x: math.log(x) - 1),
        "one bank": [
            bank(share=0.05),
            lambda A, a, b, H, share=0.1: bank()(A, a, b, H, share),
            lambda A, a, b, H, share=0.05: bank()(A[:3], a, b, H, share),
        ],
    },
    "s4d_step": {
        "return two tensors": lambda *args: stepper()(*args)[0],
        "old one's shape": lambda *args: (stepper()(*args)[0], stepper()(*args)[1].sum(-1)),
        "must be real": stepper(read=lambda z: 2 * z),
        "(B, H): one number": lambda *args: tuple(t[:, :1] if t.ndim == 2 else t
                                                  for t in stepper()(*args)),
        "the one that came in": stepper(keep=lambda old, new: old),
        "one step late": stepper(late=True),
        "skip D u_t": stepper(D=0),
        "half as much": stepper(read=lambda z: z.real),
        "grows": stepper(sign=1),
        "kept as a logarithm": [stepper(dt=lambda x: x), stepper(dt=torch.abs)],
        "enters as it is": stepper(B=lambda B_bar, dt: torch.ones_like(B_bar)),
        "Euler's": stepper(B=lambda B_bar, dt: dt),
        "acts twice": stepper(B=lambda B_bar, dt: B_bar**2),
        "real part, imaginary part": [
            stepper(C=lambda C: C[..., 0]), stepper(C=lambda C: torch.view_as_complex(C).conj())],
        "library's convolution": stepper(D=2),
        "another": forgets,
        "float32": lambda layer, u_t, x: stepper(read=lambda z: 2 * z.real.double())(layer, u_t, x),
        "finished function": library_step,
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
