"""Answers to the exercises of notebook 02, right and wrong. The wrong ones: {message part: f}."""

import math

import numpy as np
import torch

from sslearn.codes import linear_latency_code, rate_code
from sslearn.course.n02_codes import checks as trains
from sslearn.course.n02_codes import checks_codes as codes

CHECKS = {
    "poisson_train": trains.check_poisson_train,
    "isi_statistics": trains.check_isi_statistics,
    "decode": codes.check_decode,
    "encode_digit": codes.check_encode_digit,
}


def drawn(hz, L, dt, g):
    return (torch.rand(L, generator=g) < hz * dt / 1000).float()


def by_intervals(hz, L, dt, g):
    """Geometric intervals instead of a decision in each step."""
    p = hz * dt / 1000
    s = torch.zeros(L)
    if p > 0:
        n = int(L * p + 8 * math.sqrt(L * p) + 50)
        u = torch.rand(n, generator=g, dtype=torch.float64).clamp(min=1e-12)
        k = (u.log() / math.log1p(-p)).floor().long().add(1).cumsum(0) - 1
        s[k[k < L]] = 1
    return s


def clock(hz, L, dt, g):
    s = torch.zeros(L)
    if hz > 0:
        s[:: round(1000 / (hz * dt))] = 1
    return s


def placed(hz, L, dt, g):
    s = torch.zeros(L)
    s[torch.randperm(L, generator=g)[: round(L * hz * dt / 1000)]] = 1
    return s


def bursts(hz, L, dt, g):
    return drawn(hz, L // 4, dt, g).repeat_interleave(4)


def rests(hz, L, dt, g):
    """Silent for one step after each spike, at the right rate."""
    p, s, rest = hz * dt / 1000, [], False
    for u in torch.rand(L, generator=g).tolist():
        rest = not rest and u < p / (1 - p)
        s.append(float(rest))
    return torch.tensor(s)


def statistics(*, mean=None, spread=None, goal=None, cv_goal=None):
    def f(s, dt, rate):
        gaps = s.nonzero()[:, 0].diff() * dt
        x = (mean or (lambda s, dt, gaps: gaps.mean()))(s, dt, gaps.double())
        c = (spread or (lambda gaps: gaps.std() / gaps.mean()))(gaps.double())
        expected = (goal or (lambda rate, gaps: 1000 / rate))(rate, gaps.double())
        cv = (cv_goal or (lambda p: math.sqrt(1 - p)))(rate * dt / 1000)
        return float(x), float(c), float(expected), float(cv)

    return f


def by_loop(s, dt, rate):
    last, gaps = None, []
    for k, fired in enumerate(s.tolist()):
        if fired:
            gaps += [] if last is None else [(k - last) * dt]
            last = k
    mean = sum(gaps) / len(gaps)
    square = sum((g - mean) ** 2 for g in gaps) / len(gaps)
    return [mean, math.sqrt(square) / mean, 1000 / rate, np.sqrt(1 - rate * dt / 1000)]


def in_place(s, dt, rate):
    s *= torch.arange(1, len(s) + 1)
    return by_loop(s, dt, rate)


def binned(s, dt, width, *, keep=False):
    n = round(width / dt)
    bins = -(-len(s) // n) if keep else len(s) // n
    return s[: bins * n].unflatten(0, (bins, n)) if not keep else torch.stack(
        [x.mean(0, keepdim=True) for x in s.split(n)])  # fmt: skip


def decoder(mean=lambda b: b.mean((1, 2)), scale=lambda dt, rate: 1000 / dt / rate, top=1.0):
    return lambda s, dt, rate, width: (
        mean(binned(s, dt, width)) * scale(dt, rate)).clamp(0, top)  # fmt: skip


def parts(bins, dt, rate, width):
    whole = bins[: len(bins) - (len(bins[-1]) < len(bins[0]) and len(bins) > 4)]
    return (torch.stack([x.mean() for x in whole]) * 1000 / dt / rate).clamp(0, 1)


def by_counts(s, dt, rate, width):
    n, total = round(width / dt), s.sum(1)
    counts = torch.stack([total[k : k + n].sum() for k in range(0, len(s) - n + 1, n)])
    return torch.clamp(counts / (s.shape[1] * rate * n * dt / 1000), 0, 1)


def latency(when, *, ink=lambda x: x > 0, order=lambda x: x.flatten(), late=False):
    def f(image, L):
        x, t = order(image), torch.arange(L)[:, None]
        k = when(x, L)
        return ((t >= k if late else t == k) & ink(x)).float()

    return f


def right_k(x, L):
    return ((L - 1) * (1 - x)).round()


def by_pixels(image, L):
    s = torch.zeros(L, 64)
    for n, x in enumerate(image.flatten().tolist()):
        if x > 0:
            s[round((L - 1) * (1 - x)), n] = 1
    return s


RIGHT = {
    "poisson_train": [
        drawn,
        lambda hz, L, dt, g: torch.bernoulli(torch.full((L,), hz * dt / 1000), generator=g),
        by_intervals,
    ],
    "isi_statistics": [statistics(), by_loop],
    "decode": [decoder(), by_counts],
    "encode_digit": [latency(right_k), by_pixels],
}  # fmt: skip


WRONG = {
    "poisson_train": {
        "shape (L,)": lambda hz, L, dt, g: drawn(hz, L, dt, g).nonzero()[:, 0] * dt,
        "only 0 and 1": lambda hz, L, dt, g: torch.rand(L, generator=g),
        "same seed": lambda hz, L, dt, g: (torch.rand(L) < hz * dt / 1000).float(),
        "no spike": lambda hz, L, dt, g: (torch.rand(L, generator=g) > hz * dt / 1000).float(),
        "mind the units": lambda hz, L, dt, g: drawn(1000 * hz, L, dt, g),
        "not depend on dt": lambda hz, L, dt, g: drawn(hz / dt, L, dt, g),
        "another rate": lambda hz, L, dt, g: drawn(hz / 2, L, dt, g),
        "clock": clock,
        "always the same": placed,
        "do not vary": bursts,
        "intervals are not those": [
            rests,
            lambda hz, L, dt, g: torch.cat([
                drawn(1.3 * hz, L // 2, dt, g), drawn(0.7 * hz, L - L // 2, dt, g)]),
        ],
        "set back in each call": lambda hz, L, dt, g: drawn(
            hz, L, dt, torch.Generator().manual_seed(g.initial_seed())),
        "low rates": lambda hz, L, dt, g: (
            torch.rand(L, generator=g) < 1 - math.exp(-hz * dt / 1000)).float(),
        "finished function": lambda hz, L, dt, g: rate_code(
            torch.full((1, 1), hz * dt / 1000), L, generator=g).flatten(),
    },
    "isi_statistics": {
        "argument s in place": in_place,
        "four numbers": lambda s, dt, rate: statistics()(s, dt, rate)[:2],
        "is NaN": statistics(mean=lambda s, dt, gaps: s.nonzero().diff().double().mean() * dt),
        "in steps": statistics(mean=lambda s, dt, gaps: gaps.mean() / dt),
        "wait before": statistics(
            mean=lambda s, dt, gaps: s.nonzero()[:, 0].diff(prepend=torch.tensor([0])).double()
            .mean() * dt),
        "over count": statistics(mean=lambda s, dt, gaps: len(s) * dt / s.sum()),
        "1.167": statistics(mean=lambda s, dt, gaps: gaps.median()),
        "upside down": statistics(spread=lambda gaps: gaps.mean() / gaps.std()),
        "has a unit": statistics(spread=lambda gaps: gaps.var() / gaps.mean()),
        "of the test train": statistics(spread=lambda gaps: (gaps.std() / gaps.mean()) ** 2),
        "in s, give": statistics(goal=lambda rate, gaps: 1 / rate),
        "do not measure": statistics(goal=lambda rate, gaps: gaps.mean()),
        "200 Hz means": statistics(goal=lambda rate, gaps: 500 / rate),
        "very short steps": statistics(cv_goal=lambda p: 1.0),
        "Fano": statistics(cv_goal=lambda p: 1 - p),
        "in theory": statistics(cv_goal=lambda p: math.sqrt(p)),
        "one rate only": statistics(cv_goal=lambda p: math.sqrt(0.9)),
        "some trains only": [
            lambda s, dt, rate: statistics()(s[:20_000], dt, rate)[:3] + (
                round(math.sqrt(1 - rate * dt / 1000), 3),),
            statistics(mean=lambda s, dt, gaps: gaps[:1000].mean()),
        ],
    },
    "decode": {
        "in place": lambda s, dt, rate, width: decoder()(s.mul_(1000 / rate), dt, 1000, width),
        "return a tensor": lambda s, dt, rate, width: 0.5,
        "must give 4": lambda s, dt, rate, width: s.mean(1),
        "width is in ms": lambda s, dt, rate, width: (
            binned(s, 1, width).mean((1, 2)) * 1000 / dt / rate).clamp(0, 1),
        "incomplete last": lambda s, dt, rate, width: (
            binned(s, dt, width, keep=True).mean((1, 2)) * 1000 / dt / rate).clamp(0, 1),
        "you summed": decoder(lambda b: b.sum((1, 2))),
        "sum over neurons": decoder(lambda b: b.sum(2).mean(1)),
        "sum over the steps": decoder(lambda b: b.sum(1).mean(1)),
        "in Hz": decoder(scale=lambda dt, rate: 1000 / dt),
        "1, 2, 8 and 0": decoder(scale=lambda dt, rate: 300 / dt / rate),
        "dt is missing": decoder(scale=lambda dt, rate: 1000 / rate),
        "clip": decoder(top=math.inf),
        "300 neurons": lambda s, dt, rate, width: (
            binned(s, dt, width).mean(1)[:, :4].mean(1) * 1000 / dt / rate).clamp(0, 1),
        "whole ones from the first": [
            lambda s, dt, rate, width: parts(s.split(int(width / dt)), dt, rate, width),
            lambda s, dt, rate, width: parts(
                s.tensor_split(len(s) // round(width / dt)), dt, rate, width),
            lambda s, dt, rate, width: decoder()(
                s[len(s) % round(width / dt):], dt, rate, width),
        ],
    },
    "encode_digit": {
        "return a tensor": lambda image, L: by_pixels(image, L).tolist(),
        "time comes first": lambda image, L: by_pixels(image, L).T,
        "must be (L, 64)": lambda image, L: by_pixels(image, L).reshape(L, 8, 8),
        "more than once": latency(right_k, late=True),
        "stay silent": latency(right_k, ink=lambda x: x >= 0),
        "spikes last": latency(lambda x, L: ((L - 1) * x).round()),
        "from first to last": latency(lambda x, L: (L * (1 - x)).round()),
        "nearest step": latency(lambda x, L: ((L - 1) * (1 - x)).floor()),
        "column order": latency(right_k, order=lambda x: x.T.flatten()),
        "wrong step": latency(lambda x, L: ((L - 1) * (1 - x) ** 2).round()),
        "one number of steps": latency(lambda x, L: (5 * (1 - x)).round()),
        "some images only": [
            latency(right_k, ink=lambda x: x > 5e-4),
            lambda image, L: linear_latency_code(image.reshape(1, 64), L, theta=1e-3)[0],
        ],
        "must be floats": lambda image, L: latency(right_k)(image, L).bool(),
        "finished function": lambda image, L: linear_latency_code(
            image.reshape(1, 64), L, theta=1e-9)[0],
    },
}  # fmt: skip
