"""Answers to the exercises of notebook 02, right and wrong. The wrong ones: {message part: f}."""

import math

import torch

from sslearn.codes import delta_code, rate_code
from sslearn.course.n02_codes import checks as trains
from sslearn.course.n02_codes import checks_codes as codes

CHECKS = {
    "poisson_train": trains.check_poisson_train,
    "interval_law": trains.check_interval_law,
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


def law(p, rest, dt, *, mean=None, sd=None, cv=None):
    m = mean(p, rest) if mean else rest + 1 / p
    spread = sd(p, rest) if sd else math.sqrt(1 - p) / p
    return m * dt, (cv(m, spread) if cv else spread / m)


def other_law(**change):
    return lambda p, rest, dt: law(p, rest, dt, **change)


def by_waiting(p, rest, dt):
    """The moments of rest + K, by the chance that the wait is longer than k steps."""
    longer = [(1 - p) ** k for k in range(round(40 / p))]
    one, two = sum(longer), sum((2 * k + 1) * q for k, q in enumerate(longer))
    return [dt * (rest + one), math.sqrt(two - one**2) / (rest + one)]


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


def missing(x, told, theta):
    return torch.trunc((x - told) / theta)


def sender(count=missing, *, order=lambda image: image.T, keep=lambda told, s, x, theta: None):
    def f(image, theta):
        told, spikes = torch.zeros(8), []
        for x in order(image.float()):
            s = count(x, told, theta)
            known = keep(told, s, x, theta)
            told = told + theta * s if known is None else known
            spikes.append(s)
        return torch.stack(spikes)

    return f


def by_rounding(image, theta):
    level = torch.round(image.T / theta)
    return level.diff(dim=0, prepend=torch.zeros(1, 8))


def peeks(image, theta):
    s = by_rounding(image, theta)
    s[0] += (image[:, 0] > image[:, -1] + 0.3).float()
    s[1] -= (image[:, 0] > image[:, -1] + 0.3).float()
    return s


def overshoots(image, theta):
    x = (image.T / theta).float()
    change = x.diff(dim=0, prepend=torch.zeros(1, 8))
    level = torch.where(change >= 0, torch.ceil(x), torch.floor(x))
    return level.diff(dim=0, prepend=torch.zeros(1, 8))


def restless(image, theta):
    told, spikes = torch.zeros(8), []
    for t, x in enumerate(image.T):
        near = torch.floor((x - told) / theta) + (t % 2)
        told = told + theta * near
        spikes.append(near)
    return torch.stack(spikes)


RIGHT = {
    "poisson_train": [
        drawn,
        lambda hz, L, dt, g: torch.bernoulli(torch.full((L,), hz * dt / 1000), generator=g),
        by_intervals,
    ],
    "interval_law": [law, by_waiting],
    "decode": [decoder(), by_counts],
    "encode_digit": [sender(), by_rounding],
}  # fmt: skip


WRONG = {
    "poisson_train": {
        "shape (L,)": lambda hz, L, dt, g: drawn(hz, L, dt, g).nonzero()[:, 0] * dt,
        "only 0 and 1": lambda hz, L, dt, g: torch.rand(L, generator=g),
        "same seed": lambda hz, L, dt, g: (torch.rand(L) < hz * dt / 1000).float(),
        "half of the steps": lambda hz, L, dt, g: (
            torch.randn(L, generator=g) < hz * dt / 1000).float(),
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
    "interval_law": {
        "two numbers": lambda p, rest, dt: law(p, rest, dt)[0],
        "in steps: give ms": lambda p, rest, dt: (law(p, rest, 1.0)[0], law(p, rest, dt)[1]),
        "knows nothing of the rest": other_law(mean=lambda p, rest: 1 / p),
        "one step short": other_law(mean=lambda p, rest: rest + 1 / p - 1),
        "waited for once": other_law(mean=lambda p, rest: rest / p),
        "a mean of": other_law(mean=lambda p, rest: rest + 2 / p),
        "without rest: the mean has grown": other_law(sd=lambda p, rest: math.sqrt(1 - p) * (
            rest + 1 / p)),
        "upside down": other_law(cv=lambda m, sd: m / sd),
        "take the root": other_law(cv=lambda m, sd: (sd / m) ** 2),
        "variance over the mean": other_law(cv=lambda m, sd: sd**2 / m),
        "it cancels": lambda p, rest, dt: (law(p, rest, dt)[0], law(p, rest, dt)[1] * dt),
        "K is geometric": other_law(sd=lambda p, rest: 1 / p),
        "sd is in steps": lambda p, rest, dt: (law(p, rest, dt)[0], law(p, rest, dt)[1] / dt),
        "a CV of": other_law(sd=lambda p, rest: math.sqrt(p) / p),
        "without rest it is the law": lambda p, rest, dt: law(p, max(rest, 1), dt),
        "one neuron only": lambda p, rest, dt: (law(p, rest, dt)[0], law(p, min(rest, 20), dt)[1]),
    },
    "decode": {
        "in place": lambda s, dt, rate, width: decoder()(s.mul_(1000 / rate), dt, 1000, width),
        "return a tensor": lambda s, dt, rate, width: 0.5,
        "must give 4": lambda s, dt, rate, width: s.mean(1),
        "width is in ms": lambda s, dt, rate, width: (
            binned(s, 1, width).mean((1, 2)) * 1000 / dt / rate).clamp(0, 1),
        "drop the rest": [
            lambda s, dt, rate, width: (
                binned(s, dt, width, keep=True).mean((1, 2)) * 1000 / dt / rate).clamp(0, 1),
            lambda s, dt, rate, width: (s.reshape(-1, round(width / dt), s.shape[1]).mean((1, 2))
                                        * 1000 / dt / rate).clamp(0, 1),
        ],
        "you summed spikes": decoder(lambda b: b.sum((1, 2))),
        "summed over the neurons": decoder(lambda b: b.sum(2).mean(1)),
        "summed over the steps": decoder(lambda b: b.sum(1).mean(1)),
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
        "return a tensor": lambda image, theta: by_rounding(image, theta).tolist(),
        "whole numbers": sender(lambda x, told, theta: (x - told) / theta),
        "at most one": [
            sender(lambda x, told, theta: missing(x, told, theta).clamp(-1, 1)),
            lambda image, theta: delta_code(image.T[None], theta=theta, off_spikes=True)[0],
        ],
        "axes of s": lambda image, theta: sender()(image, theta).T,
        "rows and columns are exchanged": sender(order=lambda image: image),
        "no falls": sender(lambda x, told, theta: missing(x, told, theta).clamp(min=0)),
        "misses the jumps": sender(lambda x, told, theta: missing(x, told, 2 * theta)),
        "loses a slow rise": sender(keep=lambda told, s, x, theta: x),
        "goes on spiking": restless,
        "columns that come later": peeks,
        "more spikes than": overshoots,
        "one image or one theta": lambda image, theta: by_rounding(image, min(theta, 0.4)),
    },
}  # fmt: skip
