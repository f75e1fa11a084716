"""Answers to the exercises of notebook 04, right and wrong. The wrong ones: {message part: f}."""

import math

import numpy as np
import snntorch
import torch

from sslearn.course.n04_filters import check_two_states
from sslearn.course.n04_filters import checks as filters

CHECKS = {
    "three_routes": filters.check_three_routes,
    "peak_time": filters.check_peak_time,
    "stateleaky": filters.check_stateleaky,
    "two_states": check_two_states,
}


def powers(beta, L):
    return beta ** torch.arange(L)


def loop(i, beta, *, gain=1.0, early=False, theta=math.inf):
    v, s, out = 0.0, 0.0, []
    for x in i.tolist():
        old = beta * v
        v = old + gain * x - s
        s = float(v > theta)
        out.append(old if early else v)
    return torch.tensor(out)


def conv(i, beta, *, mirrored=False):
    L, K = len(i), powers(beta, len(i))
    if mirrored:
        return torch.stack([(K[: L - t] * i[t:]).sum() for t in range(L)])
    return torch.stack([(K[: t + 1].flip(0) * i[: t + 1]).sum() for t in range(L)])


def fft(i, beta, *, n=2, cut=True, real=True):
    L, K = len(i), powers(beta, len(i))
    product = torch.fft.fft(i, n=n * L) * torch.fft.fft(K, n=n * L)
    v = torch.fft.ifft(product)
    v = v.real if real else v
    return v[:L] if cut else v


def matrix(i, beta):
    k = torch.arange(len(i))
    lag = k[:, None] - k
    return torch.where(lag >= 0, beta ** lag.clamp(min=0), 0.0) @ i


def routes(a=loop, b=conv, c=fft):
    return lambda i, beta: (a(i, beta), b(i, beta), c(i, beta))


def shared(i, beta):
    i *= 1.5
    return routes()(i, beta)


def peak(a, b):
    return a if a == b else a * b / (a - b) * math.log(a / b)


def searched(a, b):
    """Bisection of the derivative's sign."""
    slope = lambda t: (  # noqa: E731
        math.exp(-t / a) * (1 - t / a) if a == b
        else (math.exp(-t / b) / b - math.exp(-t / a) / a) * (1 if a < b else -1))  # fmt: skip
    low, high = 0.0, a + b
    for _ in range(60):
        mid = (low + high) / 2
        sign = slope(mid) > 0 if a == b else slope(mid) < 0
        low, high = (mid, high) if sign else (low, mid)
    return np.float32(low)


def membrane(beta, *, x=(1.0, 0.0, 0.0), **options):
    neuron = snntorch.StateLeaky(beta=beta, channels=1, output=False, **options)
    return neuron(torch.tensor(x).reshape(-1, 1, 1)).flatten().tolist()


def ratio(beta, late=1, early=0, **how):
    mem = membrane(beta, **how)
    return mem[late] / mem[early]


def stateleaky(first=ratio, second=lambda beta: 1 + math.log(beta)):
    return lambda beta: (first(beta), second(beta))


def by_tensor(beta):
    x = torch.zeros(5, 2, 1)
    x[0, 1] = 3.0
    mem = snntorch.StateLeaky(beta=torch.tensor(beta), channels=1)(x)[1]
    return mem[4, 1, 0] / mem[3, 1, 0], torch.tensor(beta).log() + 1


def chain(a, b, *, A=None, B=None, C=(0.0, 1.0)):
    """States i and v, with one part replaced."""
    A = [[a, 0.0], [(1 - b) * a, b]] if A is None else A
    B = [1 - a, (1 - a) * (1 - b)] if B is None else B
    return tuple(torch.tensor(part, dtype=torch.float64) for part in (A, B, C))


def companion(a, b):
    """States w_k and w_(k-1), w_k = (a + b) w_(k-1) - a b w_(k-2) + u_k."""
    return chain(a, b, A=[[a + b, -a * b], [1.0, 0.0]], B=[1.0, 0.0], C=[(1 - a) * (1 - b), 0.0])


def diagonal(a, b):
    d = a - b if a != b else 1.0
    g = (1 - a) * (1 - b) / d
    return chain(a, b, A=[[a, 0.0], [0.0, b]], B=[1.0, 1.0], C=[g * a, -g * b])


RIGHT = {
    "three_routes": [
        routes(),
        routes(b=matrix),
        routes(b=lambda i, beta: torch.tensor(
            np.convolve(i.numpy(), powers(beta, len(i)).numpy()))[: len(i)]),
    ],
    "peak_time": [
        peak,
        searched,
        lambda a, b: a if a == b else (math.log(b) - math.log(a)) / (1 / a - 1 / b),
    ],
    "stateleaky": [stateleaky(), by_tensor],
    "two_states": [chain, companion],
}  # fmt: skip


WRONG = {
    "three_routes": {
        "three tensors": lambda i, beta: loop(i, beta),
        "in place": shared,
        "your loop resets": routes(a=lambda i, b: loop(i, b, theta=1.0)),
        "before the new input": routes(a=lambda i, b: loop(i, b, early=True)),
        "scales the input": routes(a=lambda i, b: loop(i, b, gain=1 - b)),
        "not v = beta v + i": routes(a=lambda i, b: i.cumsum(0)),
        "longer or shorter": routes(b=lambda i, b: torch.tensor(
            np.convolve(i.numpy(), powers(b, len(i)).numpy()))),
        "into the future": routes(b=lambda i, b: conv(i, b, mirrored=True)),
        "sum differs": routes(b=lambda i, b: conv(i, 1 - b)),
        "complex": routes(c=lambda i, b: fft(i, b, real=False)),
        "wraps round": routes(c=lambda i, b: fft(i, b, n=1)),
        "padding is still there": routes(c=lambda i, b: fft(i, b, cut=False)),
        "FFT route differs": routes(c=lambda i, b: fft(i, b) / len(i)),
        "another length": [
            lambda i, b: routes()(i, b) if len(i) == 12 else (i, i, i),
            routes(c=lambda i, b: torch.fft.irfft(torch.fft.rfft(i, 128) * torch.fft.rfft(
                powers(b, len(i)), 128), 128)[: len(i)]),
            routes(b=lambda i, b: conv(i.abs(), b) if len(i) == 37 else conv(i, b)),
        ],
        "each on its own": [routes(c=conv), routes(b=fft), routes(a=fft)],
        "returned twice": lambda i, beta: ((v := conv(i, beta)), v, fft(i, beta)),
    },
    "peak_time": {
        "one number": lambda a, b: f"{peak(a, b)} ms",
        "negative": lambda a, b: -peak(a, b),
        "natural one": lambda a, b: peak(a, b) / math.log(10),
        "ratio is missing": lambda a, b: a * b / abs(a - b),
        "mean of the two": lambda a, b: (a + b) / 2,
        "slower of the two": lambda a, b: max(a, b),
        "upside down": lambda a, b: (a - b) / (a * b) * math.log(a / b),
        "must give 9.24": lambda a, b: peak(a, b) + 1,
        "one pair only": [
            lambda a, b: 20 / 3 * math.log(4),
            lambda a, b: (a + b) / 2 if abs(a - b) < 1 else peak(a, b),
        ],
        "alpha kernel": [
            lambda a, b: a * b / (a - b) * math.log(a / b),
            lambda a, b: 0.0 if a == b else peak(a, b),
            lambda a, b: 10.0 if a == b else peak(a, b),
        ],
    },
    "stateleaky": {
        "two numbers": lambda beta: membrane(beta),
        "0.9 is what you asked": stateleaky(lambda beta: beta),
        "nothing decays": stateleaky(lambda beta: ratio(beta, 0, 0)),
        "these are spikes": stateleaky(lambda beta: 0.0),
        "answer to a step": stateleaky(lambda beta: ratio(beta, x=(1.0, 1.0))),
        "upside down": stateleaky(lambda beta: ratio(beta, 0, 1)),
        "two steps apart": stateleaky(lambda beta: ratio(beta, 2, 0)),
        "not its decay": stateleaky(lambda beta: 1 / (1 - beta)),
        "give it another": stateleaky(second=lambda beta: beta),
        "this is 1 - b": stateleaky(second=lambda beta: -math.log(beta)),
        "sign of the logarithm": stateleaky(second=lambda beta: 1 - math.log(beta)),
        "it needs": stateleaky(second=lambda beta: 1 + math.log10(beta)),
        "0.9 only": lambda beta: (math.exp(-0.1), 1 + math.log(0.9)),
    },
    "two_states": {
        "three tensors": lambda a, b: (chain(a, b)[0], chain(a, b)[1][:, None], chain(a, b)[2]),
        "grows for ever": lambda a, b: chain(a, b, A=[[1.0, 0.0], [(1 - b) * a, b]]),
        "read the synapse": lambda a, b: chain(a, b, C=[1.0, 0.0]),
        "side by side": [
            lambda a, b: chain(a, b, A=[[a, 0.0], [0.0, b]], B=[1 - a, 1 - b], C=[1.0, 1.0]),
            lambda a, b: chain(a, b, A=[[a, 0.0], [0.0, b]], B=[1 - a, 1 - b], C=[0.5, 0.5]),
        ],
        "the step before": lambda a, b: chain(a, b, A=[[a, 0.0], [1 - b, b]], B=[1 - a, 0.0]),
        "in its own step": lambda a, b: chain(a, b, B=[1 - a, 0.0]),
        "is 0": lambda a, b: chain(a, b, C=[0.0, 0.0]),
        "the size is not": [
            lambda a, b: chain(a, b, B=[1.0, 1 - b]),
            lambda a, b: chain(a, b, A=[[a, 0.0], [a, b]], B=[1 - a, 1 - a]),
        ],
        "K_0 must be": lambda a, b: chain(a, b, B=[1 - a, 1 - b]),
        "the steps after it": [
            lambda a, b: chain(a, b, A=[[a, 0.0], [1 - b, b]]),
            lambda a, b: chain(a, b, A=[[a, (1 - b) * a], [0.0, b]]),
        ],
        "one pair only": lambda a, b: chain(0.8, 0.5),
        "two equal leaks": [diagonal, lambda a, b: diagonal(a, b) if a - b else a / (a - b)],
    },
}  # fmt: skip
