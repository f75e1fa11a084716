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
CHECK = {
    "poisson_train": "check_poisson_train",  # poisson_train -> check_poisson_train
    "interval_law": "check_interval_law",  # interval_law -> check_interval_law
    "decode": "check_decode",  # decode -> check_decode
    "encode_digit": "check_encode_digit",  # encode_digit -> check_encode_digit
}

W("poisson_train", "dt ignored (right at 1 ms)")(
    lambda rate, L, dt, generator: (torch.rand(L, generator=generator) < rate / 1000).float())
W("poisson_train", "global generator")(
    lambda rate, L, dt, generator: (torch.rand(L) < rate * dt / 1000).float())
W("poisson_train", "bool, not float")(
    lambda rate, L, dt, generator: torch.rand(L, generator=generator) < rate * dt / 1000)
W("poisson_train", "counts, can be 2")(
    lambda rate, L, dt, generator: torch.poisson(torch.full((L,), rate * dt / 1000), generator=generator))
W("poisson_train", "shape (1, L)")(
    lambda rate, L, dt, generator: (torch.rand(1, L, generator=generator) < rate * dt / 1000).float())


@W("poisson_train", "always the expected number of spikes")
def _(rate, L, dt, generator):
    s = torch.zeros(L)
    s[torch.randperm(L, generator=generator)[: round(L * rate * dt / 1000)]] = 1.0
    return s


@W("poisson_train", "reseeds from initial_seed: each call the same train")
def _(rate, L, dt, generator):
    g = torch.Generator().manual_seed(generator.initial_seed())
    return (torch.rand(L, generator=g) < rate * dt / 1000).float()


@W("poisson_train", "a clock with a random phase")
def _(rate, L, dt, generator):
    gap = 1000 / (rate * dt)
    t = torch.arange(L) + torch.rand(1, generator=generator) * gap
    return (torch.floor(t / gap) > torch.floor((t - 1) / gap)).float()


@W("poisson_train", "exponential intervals rounded up: too few at high rates")
def _(rate, L, dt, generator):
    s, k = torch.zeros(L), -1
    while True:
        gap = -math.log(1 - float(torch.rand(1, generator=generator))) * 1000 / (rate * dt)
        k += max(1, math.ceil(gap))
        if k >= L:
            return s
        s[k] = 1.0


@W("poisson_train", "1000 random numbers, repeated")
def _(rate, L, dt, generator):
    few = torch.rand(min(L, 1000), generator=generator)
    return (few.repeat(-(-L // len(few)))[:L] < rate * dt / 1000).float()


R("poisson_train", "torch.bernoulli")(
    lambda rate, L, dt, generator: torch.bernoulli(torch.full((L,), rate * dt / 1000), generator=generator))
R("poisson_train", "1 - u, float64 draws")(
    lambda rate, L, dt, generator: (
        1 - torch.rand(L, generator=generator, dtype=torch.float64) <= rate * dt / 1e3).float())


@R("poisson_train", "geometric intervals")
def _(rate, L, dt, generator):
    p, s = rate * dt / 1000, torch.zeros(L)
    if p <= 0:
        return s
    if p >= 1:
        return s + 1
    n = int(L * p + 10 * math.sqrt(L * p) + 20)
    u = torch.rand(n, generator=generator, dtype=torch.float64)
    gaps = (torch.log1p(-u) / math.log1p(-p)).floor().long() + 1
    at = gaps.cumsum(0) - 1
    s[at[at < L]] = 1
    return s


# --- interval_law -> check_interval_law; its answers were written by one who knew the check
def _law(p, rest, dt):
    return dt * (rest + 1 / p), math.sqrt(1 - p) / (1 + rest * p)


W("interval_law", "no rest at all")(lambda p, rest, dt: (dt / p, math.sqrt(1 - p)))
W("interval_law", "rest in ms")(lambda p, rest, dt: (rest + dt / p, _law(p, rest, dt)[1]))
W("interval_law", "CV of a Poisson process")(lambda p, rest, dt: (_law(p, rest, dt)[0], 1.0))
W("interval_law", "CV as without rest")(lambda p, rest, dt: (_law(p, rest, dt)[0], math.sqrt(1 - p)))
W("interval_law", "exponential wait")(lambda p, rest, dt: (_law(p, rest, dt)[0], 1 / (1 + rest * p)))
W("interval_law", "swapped")(lambda p, rest, dt: _law(p, rest, dt)[::-1])
W("interval_law", "rest + 1 silent steps")(
    lambda p, rest, dt: (dt * (rest + 1 + 1 / p), math.sqrt(1 - p) / p / (rest + 1 + 1 / p)))
W("interval_law", "p lowered instead")(
    lambda p, rest, dt: (dt * (rest + 1 / p), math.sqrt(1 - p / (1 + rest * p))))
W("interval_law", "variance for the CV")(
    lambda p, rest, dt: (_law(p, rest, dt)[0], (1 - p) / p**2 / (rest + 1 / p)))
R("interval_law", "a list of NumPy numbers")(
    lambda p, rest, dt: [np.float64(dt * (p * rest + 1) / p), np.sqrt(1 - p) / (1 + rest * p)])


@R("interval_law", "summed over the law")
def _(p, rest, dt):
    k = np.arange(1, int(80 / p))
    q = p * (1 - p) ** (k - 1)
    m = (q * (rest + k)).sum()
    return dt * m, math.sqrt((q * (rest + k) ** 2).sum() - m**2) / m


# --- decode -> check_decode
def _bins(s, n):
    return s[: len(s) // n * n].reshape(len(s) // n, n, -1)


W("decode", "int(width / dt)")(
    lambda s, dt, rate, width: (1000 / dt * _bins(s, int(width / dt)).mean((1, 2)) / rate).clamp(0, 1))
W("decode", "not clipped")(
    lambda s, dt, rate, width: 1000 / dt * _bins(s, round(width / dt)).mean((1, 2)) / rate)
W("decode", "dt ignored (right at 1 ms)")(
    lambda s, dt, rate, width: (1000 * _bins(s, round(width / dt)).mean((1, 2)) / rate).clamp(0, 1))
W("decode", "width in steps, not ms")(
    lambda s, dt, rate, width: (1000 / dt * _bins(s, int(width)).mean((1, 2)) / rate).clamp(0, 1))
W("decode", "sum over neurons (right for one)")(
    lambda s, dt, rate, width: (1000 / dt * _bins(s, round(width / dt)).mean(1).sum(1) / rate).clamp(0, 1))
W("decode", "first neuron only")(
    lambda s, dt, rate, width: (1000 / dt * _bins(s, round(width / dt))[..., 0].mean(1) / rate).clamp(0, 1))


@W("decode", "bins interleaved: reshape (n, bins)")
def _(s, dt, rate, width):
    n = round(width / dt)
    bins = len(s) // n
    return (1000 / dt * s[: bins * n].reshape(n, bins, -1).mean((0, 2)) / rate).clamp(0, 1)


@W("decode", "a last bin that is not whole")
def _(s, dt, rate, width):
    return torch.stack([(1000 / dt * c.mean() / rate).clamp(0, 1) for c in s.split(round(width / dt))])


@W("decode", "scales s in place")
def _(s, dt, rate, width):
    s *= 1000 / dt / rate
    return _bins(s, round(width / dt)).mean((1, 2)).clamp(0, 1)


@W("decode", "clipped for each neuron before the mean")
def _(s, dt, rate, width):
    return (1000 / dt * _bins(s, round(width / dt)).mean(1) / rate).clamp(0, 1).mean(1)


W("decode", "relative to the busiest bin")(
    lambda s, dt, rate, width: (lambda m: m / m.max())(_bins(s, round(width / dt)).mean((1, 2))))


@R("decode", "unfold")
def _(s, dt, rate, width):
    n = round(width / dt)
    return torch.clamp(s.mean(1).unfold(0, n, n).mean(1) * (1000 / (dt * rate)), 0, 1)


@R("decode", "loop over bins, counts in Python")
def _(s, dt, rate, width):
    n, out = round(width / dt), []
    for k in range(len(s) // n):
        hz = 1000 * float(s[k * n : (k + 1) * n].sum()) / (n * dt * s.shape[1])
        out.append(min(1.0, max(0.0, hz / rate)))
    return torch.tensor(out)


# --- encode_digit -> check_encode_digit; its answers were written by one who knew the check
def _told(image, theta, count, *, remember=True, turn=True):
    told, out = torch.zeros(8), []
    for x in (image.T if turn else image).float():
        s = count((x - told) / theta)
        told = told + theta * s if remember else x
        out.append(s)
    return torch.stack(out)


W("encode_digit", "one spike a step")(
    lambda image, theta: _told(image, theta, lambda m: (m >= 1).float() - (m <= -1).float()))
W("encode_digit", "the column before")(
    lambda image, theta: _told(image, theta, torch.trunc, remember=False))
W("encode_digit", "rows as steps")(lambda image, theta: _told(image, theta, torch.round, turn=False))
W("encode_digit", "levels, not changes")(lambda image, theta: torch.round(image.T / theta))
W("encode_digit", "rises only")(
    lambda image, theta: _told(image, theta, lambda m: m.trunc().clamp(min=0)))
W("encode_digit", "in units of x")(lambda image, theta: theta * _told(image, theta, torch.round))
W("encode_digit", "theta fixed")(lambda image, theta: _told(image, 0.25, torch.round))
W("encode_digit", "at most three a step")(
    lambda image, theta: _told(image, theta, lambda m: m.trunc().clamp(-3, 3)))
W("encode_digit", "neurons first")(lambda image, theta: _told(image, theta, torch.round).T)
W("encode_digit", "not rounded")(lambda image, theta: _told(image, theta, lambda m: m))


@W("encode_digit", "scales the image in place")
def _(image, theta):
    image /= theta
    return image.T.round().diff(dim=0, prepend=torch.zeros(1, 8))


R("encode_digit", "rounded with memory")(lambda image, theta: _told(image, theta, torch.round))


@R("encode_digit", "Python loops, whole numbers")
def _(image, theta):
    s = torch.zeros(8, 8, dtype=torch.int64)
    for h in range(8):
        told = 0
        for t in range(8):
            level = math.floor(float(image[h, t]) / theta + 1e-6)
            s[t, h] = level - told
            told = level
    return s
