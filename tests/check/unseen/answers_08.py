# Answers of an unseen student. W registers a wrong answer, R a right one.
import copy, functools, itertools, math, statistics
import numpy as np
import torch

WRONG, RIGHT = {}, {}


def _into(table):
    def name(exercise, what):
        def put(f):
            table.setdefault(exercise, {})[what] = f
            return f
        return put
    return name


W, R = _into(WRONG), _into(RIGHT)
from sslearn import hippo

f64 = torch.float64
CHECK = {
    "three_poles": "check_three_poles",  # three_poles -> check_three_poles
    "dt_bank": "check_dt_bank",  # dt_bank -> check_dt_bank
    "s4d_step": "check_s4d_step",  # s4d_step -> check_s4d_step
    "ranking": "check_ranking",  # ranking -> check_ranking
    "own_poles": "check_own_poles",  # own_poles -> check_own_poles
}


def _n(N):
    return torch.arange(N // 2, dtype=f64)


def _lin(N):
    return -0.5 + 1j * math.pi * _n(N)


def _inv(N):
    return -0.5 + 1j * N / math.pi * (N / (2 * _n(N) + 1) - 1)


def _eig(N, root=lambda n: (n + 0.5).sqrt()):
    P = root(torch.arange(N, dtype=f64))
    return torch.linalg.eigvals(hippo.legs(N).A + torch.outer(P, P))


def _legs(N):
    w = _eig(N)
    return w[w.imag > 0]


W("three_poles", "Inv with N / 2 for N")(
    lambda N: (_lin(N), -0.5 + 1j * N / 2 / math.pi * (N / 2 / (2 * _n(N) + 1) - 1), _legs(N)))
W("three_poles", "Lin from pi, not 0")(lambda N: (-0.5 + 1j * math.pi * (_n(N) + 1), _inv(N), _legs(N)))
W("three_poles", "Re +1/2")(lambda N: tuple(-w.conj() for w in (_lin(N), _inv(N), _legs(N))))
W("three_poles", "LegS with both of each pair")(lambda N: (_lin(N), _inv(N), _eig(N)))
W("three_poles", "LegS: first half of the list, pairs together")(lambda N: (_lin(N), _inv(N), _eig(N)[: N // 2]))
W("three_poles", "LegS: eigenvalues of A alone")(
    lambda N: (_lin(N), _inv(N), torch.linalg.eigvals(hippo.legs(N).A)[: N // 2]))
W("three_poles", "LegS with P = root of 2 n + 1")(
    lambda N: (_lin(N), _inv(N), (lambda w: w[w.imag > 0])(_eig(N, lambda n: (2 * n + 1).sqrt()))))
W("three_poles", "Inv without the - 1")(
    lambda N: (_lin(N), -0.5 + 1j * N / math.pi * (N / (2 * _n(N) + 1)), _legs(N)))
W("three_poles", "Inv with n + 1 for 2 n + 1 (right for n = 0)")(
    lambda N: (_lin(N), -0.5 + 1j * N / math.pi * (N / (_n(N) + 1) - 1), _legs(N)))
W("three_poles", "N poles, not N / 2")(lambda N: (_lin(2 * N), _inv(2 * N), _eig(N)))
W("three_poles", "N fixed at 8")(lambda N: (_lin(8), _inv(8), _legs(8)))
W("three_poles", "Lin and Inv swapped")(lambda N: (_inv(N), _lin(N), _legs(N)))
W("three_poles", "LegS is Lin again")(lambda N: (_lin(N), _inv(N), _lin(N)))
W("three_poles", "only the imaginary parts, real")(lambda N: (_lin(N).imag, _inv(N).imag, _legs(N).imag))


@R("three_poles", "Hermitian solver for LegS, a list")
def _(N):
    n = torch.arange(N, dtype=f64)
    P = torch.sqrt(n + 0.5)
    S = hippo.legs(N).A + P[:, None] * P[None] + 0.5 * torch.eye(N, dtype=f64)
    w = torch.linalg.eigvalsh(-1j * S)
    k = torch.arange(0, N // 2, dtype=f64)
    half = torch.full_like(k, -0.5)
    return [torch.complex(half, math.pi * k), torch.complex(half, N / math.pi * (N / (2 * k + 1) - 1)),
            torch.complex(half, w[w > 0])]


@R("three_poles", "NumPy, highest first, loops")
def _(N):
    lin = torch.tensor([complex(-0.5, math.pi * k) for k in range(N // 2)], dtype=torch.complex128)
    inv = torch.tensor([complex(-0.5, N / math.pi * (N / (2 * k + 1) - 1)) for k in range(N // 2)], dtype=torch.complex128)
    P = np.sqrt(np.arange(N) + 0.5)
    w = np.linalg.eigvals(hippo.legs(N).A.numpy() + np.outer(P, P))
    w = np.array(sorted((x for x in w if x.imag > 0), key=lambda x: -x.imag))
    return lin, inv, torch.from_numpy(w)


# --- dt_bank -> check_dt_bank
def _bank(A, longest, shortest, H, share=0.05, rate=None, log=math.log):
    rate = A.real.max() if rate is None else rate
    steps = torch.exp(torch.linspace(math.log(longest), math.log(shortest), H, dtype=f64))
    return log(share) / (rate * steps)


W("dt_bank", "fastest pole")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, A.real.min()))
W("dt_bank", "mean pole")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, A.real.mean()))
W("dt_bank", "modulus, not real part")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, -A.abs().min()))
W("dt_bank", "first pole")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, A[0].real))
W("dt_bank", "real part -1/2 taken for granted")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, -0.5))
W("dt_bank", "log10")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share, log=math.log10))
W("dt_bank", "share fixed at 0.05")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H))
W("dt_bank", "sign")(lambda A, a, b, H, share=0.05: -_bank(A, a, b, H, share))
W("dt_bank", "1 - share")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, 1 - share))
W("dt_bank", "shortest first")(lambda A, a, b, H, share=0.05: _bank(A, b, a, H, share))
W("dt_bank", "H + 1 points, the last one dropped")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H + 1, share)[:-1])
W("dt_bank", "evenly spaced steps")(lambda A, a, b, H, share=0.05: torch.linspace(*_bank(A, a, b, 2, share).tolist(), H, dtype=f64))
W("dt_bank", "evenly spaced horizons")(lambda A, a, b, H, share=0.05: math.log(share) / (A.real.max() * torch.linspace(a, b, H, dtype=f64)))
W("dt_bank", "logarithms of the steps")(lambda A, a, b, H, share=0.05: _bank(A, a, b, H, share).log())
W("dt_bank", "only the two ends")(lambda A, a, b, H, share=0.05: _bank(A, a, b, 2, share))
R("dt_bank", "a list, then a tensor")(lambda A, a, b, H, share=0.05: torch.tensor(
    [math.log(share) / (A.real.max().item() * a * (b / a) ** (h / (H - 1))) for h in range(H)]))
R("dt_bank", "numpy's geomspace")(lambda A, a, b, H, share=0.05: torch.from_numpy(
    np.geomspace(*(np.log(share) / (A.real.max().item() * x) for x in (a, b)), H)))


# --- s4d_step -> check_s4d_step
def _parts(layer):
    A = -torch.exp(layer.log_A_real) + 1j * layer.A_imag
    dt = torch.exp(layer.log_dt).unsqueeze(-1)
    A_bar = torch.exp(dt * A)
    return A, dt, A_bar, (A_bar - 1) / A, torch.view_as_complex(layer.C)


def _s4d(change=lambda layer, u, x, new, parts: None):
    """A right step, whose (y, x) `change` may replace."""

    def f(layer, u_t, x):
        A, dt, A_bar, B_bar, C = _parts(layer)
        new = A_bar * x + B_bar * u_t.unsqueeze(-1)
        return change(layer, u_t, x, new, (A, dt, A_bar, B_bar, C)) or (
            2 * (C * new).sum(-1).real + layer.D * u_t, new)

    return f


W("s4d_step", "read from the old state")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * x).sum(-1).real + l.D * u, new)))
W("s4d_step", "no D")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).real, new)))
W("s4d_step", "D without u")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).real + l.D + 0 * u, new)))
W("s4d_step", "u as the residual, D = 1")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).real + u, new)))
W("s4d_step", "no 2")(_s4d(lambda l, u, x, new, p: ((p[4] * new).sum(-1).real + l.D * u, new)))
W("s4d_step", "2 Re of everything, D too")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).real + 2 * l.D * u, new)))
W("s4d_step", "real parts before the product")(_s4d(lambda l, u, x, new, p: (2 * (p[4].real * new.real).sum(-1) + l.D * u, new)))
W("s4d_step", "modulus")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).abs() + l.D * u, new)))
W("s4d_step", "mean over the poles")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).mean(-1).real + l.D * u, new)))
W("s4d_step", "A_bar by Euler")(_s4d(lambda l, u, x, new, p: (
    (z := (1 + p[1] * p[0]) * x + p[3] * u.unsqueeze(-1)), (2 * (p[4] * z).sum(-1).real + l.D * u, z))[1]))
W("s4d_step", "B_bar by Euler")(_s4d(lambda l, u, x, new, p: (
    (z := p[2] * x + p[1] * u.unsqueeze(-1)), (2 * (p[4] * z).sum(-1).real + l.D * u, z))[1]))
W("s4d_step", "u without B_bar")(_s4d(lambda l, u, x, new, p: (
    (z := p[2] * x + u.unsqueeze(-1)), (2 * (p[4] * z).sum(-1).real + l.D * u, z))[1]))
W("s4d_step", "the input decays too")(_s4d(lambda l, u, x, new, p: (
    (z := p[2] * (x + p[3] * u.unsqueeze(-1))), (2 * (p[4] * z).sum(-1).real + l.D * u, z))[1]))
W("s4d_step", "the state is not handed on")(_s4d(lambda l, u, x, new, p: (2 * (p[4] * new).sum(-1).real + l.D * u, x)))
W("s4d_step", "the state and the output swapped")(_s4d(lambda l, u, x, new, p: (new, 2 * (p[4] * new).sum(-1).real + l.D * u)))
W("s4d_step", "a real state")(_s4d(lambda l, u, x, new, p: (
    2 * (p[4] * new.real).sum(-1).real + l.D * u, new.real + 0j)))


@R("s4d_step", "real arithmetic, pole by pole")
def _(layer, u_t, x):
    y, new = layer.D * u_t, torch.empty_like(x)
    for n in range(x.shape[-1]):
        re, im, dt = -layer.log_A_real[:, n].exp(), layer.A_imag[:, n], layer.log_dt.exp()
        A = torch.complex(re, im)
        A_bar = torch.polar((re * dt).exp(), im * dt)
        new[..., n] = A_bar * x[..., n] + (A_bar - 1) / A * u_t
        y = y + 2 * (layer.C[:, n, 0] * new[..., n].real - layer.C[:, n, 1] * new[..., n].imag)
    return y, new


@R("s4d_step", "2 C B_bar in the readout, einsum")
def _(layer, u_t, x):
    _, _, A_bar, B_bar, C = _parts(layer)
    x = torch.addcmul(u_t[..., None].to(x.dtype), A_bar, x)
    return torch.einsum("hn,bhn->bh", 2 * C * B_bar, x).real + layer.D * u_t, x


# --- ranking -> check_ranking
def _by(error, inits, seeds, score, **more):
    s = {name: score([error(init, seed) for seed in seeds]) for name, init in inits.items()}
    return sorted(s, key=s.get, **more)


W("ranking", "highest first")(lambda error, inits, seeds: _by(error, inits, seeds, statistics.fmean, reverse=True))
W("ranking", "median")(lambda error, inits, seeds: _by(error, inits, seeds, statistics.median))
W("ranking", "best seed")(lambda error, inits, seeds: _by(error, inits, seeds, min))
W("ranking", "worst seed")(lambda error, inits, seeds: _by(error, inits, seeds, max))
W("ranking", "first seed only")(lambda error, inits, seeds: _by(error, inits, seeds[:1], statistics.fmean))
W("ranking", "last seed: overwritten in the loop")(lambda error, inits, seeds: _by(error, inits, seeds[-1:], statistics.fmean))
W("ranking", "0 ... n-1 in place of the seeds")(lambda error, inits, seeds: _by(error, inits, range(len(seeds)), statistics.fmean))
W("ranking", "geometric mean")(lambda error, inits, seeds: _by(error, inits, seeds, lambda e: math.prod(e) ** (1 / len(e))))
W("ranking", "rounded to 0.1: ties in the order of the dictionary")(
    lambda error, inits, seeds: _by(error, inits, seeds, lambda e: round(statistics.fmean(e), 1)))
W("ranking", "alphabetical, nothing is run")(
    lambda error, inits, seeds: sorted(inits))


@W("ranking", "wins: how often an init is the best")
def _(error, inits, seeds):
    wins = dict.fromkeys(inits, 0)
    for seed in seeds:
        e = {n: error(f, seed) for n, f in inits.items()}
        wins[min(e, key=e.get)] -= 1
    return sorted(wins, key=wins.get)


@W("ranking", "pairs of name and mean")
def _(error, inits, seeds):
    return sorted(((n, statistics.fmean(error(f, s) for s in seeds)) for n, f in inits.items()), key=lambda p: p[1])


@W("ranking", "each run twice: the key trains again")
def _(error, inits, seeds):
    for f in inits.values():
        for s in seeds:
            error(f, s)
    return sorted(inits, key=lambda n: statistics.fmean(error(inits[n], s) for s in seeds))


@W("ranking", "empties the caller's dictionary")
def _(error, inits, seeds):
    mean = {}
    while inits:
        n, f = inits.popitem()
        mean[n] = statistics.fmean(error(f, s) for s in seeds)
    return sorted(mean, key=mean.get)


@W("ranking", "drops out after a bad first seed")
def _(error, inits, seeds):
    first = {n: error(f, seeds[0]) for n, f in inits.items()}
    cut = statistics.median(first.values())
    mean = {n: statistics.fmean([first[n], *(error(inits[n], s) for s in seeds[1:])]) if first[n] <= cut else 1e9 + first[n] for n in inits}
    return sorted(mean, key=mean.get)


R("ranking", "sums: as many seeds for all")(lambda error, inits, seeds: _by(error, inits, seeds, math.fsum))


@R("ranking", "seeds in the outer loop, NumPy argsort")
def _(error, inits, seeds):
    names = list(inits)
    table = np.array([[float(error(inits[n], s)) for n in names] for s in seeds])
    return [names[k] for k in np.argsort(table.mean(0), kind="stable")]


# --- own_poles -> check_own_poles
W("own_poles", "Lin: gaps between the resonances")(lambda N: -0.5 + 1j * math.pi * _n(N))
W("own_poles", "LegS")(lambda N: hippo.s4d_legs(N))
W("own_poles", "Inv")(lambda N: hippo.s4d_inv(N))
W("own_poles", "too deep: forgets before 0.64")(lambda N: -20.0 + 1j * math.pi * _n(N))
W("own_poles", "band in cycles, not radians: 0 ... 4")(lambda N: -2.0 + 1j * torch.linspace(0, 4, N // 2, dtype=f64))
W("own_poles", "ten times too high: 0 ... 250")(lambda N: -2.0 + 1j * torch.linspace(0, 250, N // 2, dtype=f64))
W("own_poles", "all at one frequency")(lambda N: -2.0 + 12j * torch.ones(N // 2, dtype=f64))
W("own_poles", "grows: real part +2")(lambda N: 2.0 + 1j * math.pi * _n(N))
W("own_poles", "N poles, both of each pair")(
    lambda N: (lambda w: torch.cat([w, w.conj()]))(-2.0 + 1j * math.pi * _n(N)))
W("own_poles", "sixteen poles of one half: twice as many as asked")(lambda N: -2.0 + 1j * math.pi / 2 * torch.arange(N, dtype=f64))
W("own_poles", "real poles only")(lambda N: (-2.0 - _n(N)).to(torch.complex128))
R("own_poles", "evenly to 25, complex64")(lambda N: torch.complex(torch.full((N // 2,), -2.0), torch.linspace(0, 25, N // 2)))
R("own_poles", "half a gap up, a little shallower")(lambda N: torch.tensor([complex(-1.8, 2 * math.pi * 4 / (N // 2) * (k + 0.5)) for k in range(N // 2)]))
R("own_poles", "Lin moved to the left")(lambda N: hippo.s4d_lin(N) - 1.5)
