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
import snntorch

CHECK = {
    "three_routes": "check_three_routes",  # three_routes -> check_three_routes
    "peak_time": "check_peak_time",  # peak_time -> check_peak_time
    "stateleaky": "check_stateleaky",  # stateleaky -> check_stateleaky
}

# --- three_routes -> check_three_routes
def _loop(i, beta):
    v, out = 0.0, []
    for x in i.tolist():
        v = beta * v + x
        out.append(v)
    return torch.tensor(out, dtype=i.dtype)


def _sum(i, beta):
    K = (beta ** torch.arange(len(i))).to(i.dtype)
    return torch.stack([(K[: k + 1].flip(0) * i[: k + 1]).sum() for k in range(len(i))])


def _fft(i, beta, n=None):
    n, K = n or 2 * len(i), (beta ** torch.arange(len(i))).to(i.dtype)
    return torch.fft.irfft(torch.fft.rfft(i, n=n) * torch.fft.rfft(K, n=n), n=n)[: len(i)]


@W("three_routes", "the loop three times")
def _(i, beta):
    v = _loop(i, beta)
    return v, v.clone(), v.clone()


@W("three_routes", "FFT route is the sum again")
def _(i, beta):
    return _loop(i, beta), _sum(i, beta), _sum(i, beta)


W("three_routes", "FFT without zeros: circular")(lambda i, beta: (_loop(i, beta), _sum(i, beta), _fft(i, beta, len(i))))
W("three_routes", "FFT at the next power of two: wraps")(
    lambda i, beta: (_loop(i, beta), _sum(i, beta), _fft(i, beta, max(2, 1 << (len(i) - 1).bit_length()))))
W("three_routes", "FFT of 256 points for every length")(
    lambda i, beta: (_loop(i, beta), _sum(i, beta), torch.nn.functional.pad(_fft(i, beta, 256), (0, max(0, len(i) - 256)))))


@W("three_routes", "kernel not turned round in the sum")
def _(i, beta):
    K = (beta ** torch.arange(len(i))).to(i.dtype)
    return _loop(i, beta), torch.stack([(K[: k + 1] * i[: k + 1]).sum() for k in range(len(i))]), _fft(i, beta)


@W("three_routes", "irfft without n: wrong for an odd padding")
def _(i, beta):
    n, K = 2 * len(i) - 1, (beta ** torch.arange(len(i))).to(i.dtype)
    y = torch.fft.irfft(torch.fft.rfft(i, n=n) * torch.fft.rfft(K, n=n))[: len(i)]
    return _loop(i, beta), _sum(i, beta), torch.nn.functional.pad(y, (0, len(i) - len(y)))


@W("three_routes", "kernel cut after 50 steps in the sum")
def _(i, beta):
    K = (beta ** torch.arange(50)).to(i.dtype)
    conv = [(K[: k + 1].flip(0) * i[max(0, k - 49) : k + 1]).sum() for k in range(len(i))]
    return _loop(i, beta), torch.stack(conv), _fft(i, beta)


W("three_routes", "all three scaled by 1 - beta")(
    lambda i, beta: tuple((1 - beta) * f(i, beta) for f in (_loop, _sum, _fft)))
W("three_routes", "beta fixed at 0.9")(lambda i, beta: (_loop(i, 0.9), _sum(i, 0.9), _fft(i, 0.9)))
W("three_routes", "shape (L, 1)")(lambda i, beta: tuple(f(i, beta)[:, None] for f in (_loop, _sum, _fft)))


@W("three_routes", "recurrence in place: i is overwritten")
def _(i, beta):
    conv, spec = _sum(i, beta), _fft(i, beta)
    for k in range(1, len(i)):
        i[k] += beta * i[k - 1]
    return i.clone(), conv, spec


@W("three_routes", "the membrane before the input: late by one step")
def _(i, beta):
    return tuple(torch.cat([torch.zeros(1, dtype=i.dtype), f(i, beta)[:-1]]) for f in (_loop, _sum, _fft))


@R("three_routes", "tensor loop, Toeplitz matrix, complex FFT")
def _(i, beta):
    L = len(i)
    v, loop = torch.zeros((), dtype=i.dtype), []
    for x in i:
        v = x + beta * v
        loop.append(v)
    lag = torch.arange(L)[:, None] - torch.arange(L)[None]
    T = torch.where(lag >= 0, beta ** lag.clamp(min=0), torch.zeros(())).to(i.dtype)
    K = (beta ** torch.arange(L)).to(i.dtype)
    y = torch.fft.ifft(torch.fft.fft(i, n=3 * L) * torch.fft.fft(K, n=3 * L)).real[:L]
    return [torch.stack(loop), T @ i, y]


@R("three_routes", "conv1d for the sum, odd padding with n")
def _(i, beta):
    L = len(i)
    K = (beta ** torch.arange(L)).to(i.dtype)
    conv = torch.nn.functional.conv1d(i[None, None], K.flip(0)[None, None], padding=L - 1)[0, 0, :L]
    n = 2 * L - 1
    return _loop(i, beta), conv, torch.fft.irfft(torch.fft.rfft(i, n) * torch.fft.rfft(K, n), n)[:L]


# --- peak_time -> check_peak_time
def _peak(a, b):
    return a if a == b else a * b / (a - b) * math.log(a / b)


W("peak_time", "divides by zero for equal taus")(lambda tau_1, tau_2: tau_1 * tau_2 / (tau_1 - tau_2) * math.log(tau_1 / tau_2))
W("peak_time", "NaN made 0 for equal taus")(
    lambda tau_1, tau_2: 0.0 if tau_1 == tau_2 else _peak(tau_1, tau_2))
W("peak_time", "geometric mean (right when equal)")(lambda tau_1, tau_2: math.sqrt(tau_1 * tau_2))
W("peak_time", "arithmetic mean")(lambda tau_1, tau_2: (tau_1 + tau_2) / 2)
W("peak_time", "sign wrong when the first is slower")(
    lambda tau_1, tau_2: tau_1 if tau_1 == tau_2 else tau_1 * tau_2 / abs(tau_1 - tau_2) * math.log(tau_2 / tau_1))
W("peak_time", "log10")(lambda tau_1, tau_2: tau_1 if tau_1 == tau_2 else tau_1 * tau_2 / (tau_1 - tau_2) * math.log10(tau_1 / tau_2))
W("peak_time", "in seconds")(lambda tau_1, tau_2: _peak(tau_1, tau_2) / 1000)
W("peak_time", "whole ms")(lambda tau_1, tau_2: float(round(_peak(tau_1, tau_2))))
W("peak_time", "equal within 20 per cent: the larger tau")(
    lambda tau_1, tau_2: max(tau_1, tau_2) if abs(tau_1 - tau_2) < 0.2 * tau_1 else _peak(tau_1, tau_2))
W("peak_time", "equal taus: 2 tau")(lambda tau_1, tau_2: 2 * tau_1 if tau_1 == tau_2 else _peak(tau_1, tau_2))


@W("peak_time", "read off a grid that ends at 40 ms")
def _(tau_1, tau_2):
    t = np.linspace(0, 40, 400001)
    h = t * np.exp(-t / tau_1) if tau_1 == tau_2 else (np.exp(-t / tau_1) - np.exp(-t / tau_2)) / (tau_1 - tau_2)
    return float(t[h.argmax()])


@R("peak_time", "root of h' with brentq")
def _(tau_1, tau_2):
    from scipy.optimize import brentq
    if tau_1 == tau_2:
        return np.float64(tau_1)
    g = lambda t: t * (1 / tau_2 - 1 / tau_1) - math.log(tau_1 / tau_2)
    return brentq(g, 0, 100 * max(tau_1, tau_2), xtol=1e-13, rtol=1e-14)


@R("peak_time", "tensor, log1p of the relative difference")
def _(tau_1, tau_2):
    a, b = sorted((float(tau_1), float(tau_2)))
    x = torch.tensor((b - a) / a, dtype=torch.float64)
    return torch.as_tensor(b) if x == 0 else b * torch.log1p(x) / x


# --- stateleaky -> check_stateleaky
def _measure(beta, n=2):
    impulse = torch.zeros(n, 1, 1)
    impulse[0] = 1.0
    return snntorch.StateLeaky(beta=beta, channels=1, output=False)(impulse)[:, 0, 0]


def _factor(beta):
    m = _measure(beta)
    return (m[1] / m[0]).item()


W("stateleaky", "not measured, beta itself")(lambda beta: (beta, 1 + math.log(beta)))
W("stateleaky", "constants for 0.9")(lambda beta: (0.9048374, 0.8946395))
W("stateleaky", "upside down")(lambda beta: (1 / _factor(beta), 1 + math.log(beta)))
W("stateleaky", "pair swapped")(lambda beta: (1 + math.log(beta), _factor(beta)))
W("stateleaky", "log10")(lambda beta: (_factor(beta), 1 + math.log10(beta)))
W("stateleaky", "tau for the argument")(lambda beta: (_factor(beta), -1 / math.log(beta)))
W("stateleaky", "mirrored: 2 beta - measured (near 0.9 almost right)")(lambda beta: (_factor(beta), 2 * beta - _factor(beta)))
W("stateleaky", "ratio correction: beta^2 / measured")(lambda beta: (_factor(beta), beta**2 / _factor(beta)))
W("stateleaky", "the argument of the other direction: e^(-(1 - beta))")(lambda beta: (_factor(beta), math.exp(beta - 1)))


@W("stateleaky", "factor over two steps")
def _(beta):
    m = _measure(beta, 3)
    return (m[2] / m[0]).item(), 1 + math.log(beta)


@W("stateleaky", "decay of snntorch.Leaky measured")
def _(beta):
    neuron, mem, out = snntorch.Leaky(beta=beta, threshold=1e9), torch.zeros(1), []
    for x in (1.0, 0.0):
        _, mem = neuron(torch.tensor([x]), mem)
        out.append(mem)
    return (out[1] / out[0]).item(), 1 + math.log(beta)


@R("stateleaky", "last two of a longer response; bisection on the factor formula")
def _(beta):
    m = _measure(beta, 5)
    low, high = -30.0, 1.0
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (mid, high) if math.exp(mid - 1) < beta else (low, mid)
    return float(m[2] / m[1]), low


@R("stateleaky", "difference of a step response; 0-d tensor, np.float64")
def _(beta):
    mem = snntorch.StateLeaky(beta=beta, channels=1, output=True)(torch.ones(3, 1, 1))[1].flatten()
    d = mem.diff()
    return (d[1] / d[0]).detach(), np.log(np.float64(beta)) + 1
