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
    "isi_statistics": "check_isi_statistics",  # isi_statistics -> check_isi_statistics
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


# --- isi_statistics -> check_isi_statistics
def _four(gaps, dt, rate):
    return float(gaps.mean()), float(gaps.std() / gaps.mean()), 1000 / rate, math.sqrt(1 - rate * dt / 1000)


@W("isi_statistics", "the wait before the first spike counts")
def _(s, dt, rate):
    t = s.nonzero()[:, 0]
    return _four(torch.cat([torch.tensor([0]), t]).diff() * float(dt), dt, rate)


@W("isi_statistics", "population sd")
def _(s, dt, rate):
    g = s.nonzero()[:, 0].diff() * float(dt)
    return (float(g.mean()), float(g.std(unbiased=False) / g.mean()), *_four(g, dt, rate)[2:])


@W("isi_statistics", "mean in steps (right at 1 ms)")
def _(s, dt, rate):
    return _four(s.nonzero()[:, 0].diff().float(), dt, rate)


@W("isi_statistics", "theory CV 1")
def _(s, dt, rate):
    return (*_four(s.nonzero()[:, 0].diff() * float(dt), dt, rate)[:3], 1.0)


@W("isi_statistics", "theory CV 1 - p")
def _(s, dt, rate):
    return (*_four(s.nonzero()[:, 0].diff() * float(dt), dt, rate)[:3], 1 - rate * dt / 1000)


@W("isi_statistics", "Fano-like: variance / mean")
def _(s, dt, rate):
    g = s.nonzero()[:, 0].diff() * float(dt)
    return (float(g.mean()), float(g.var() / g.mean()), *_four(g, dt, rate)[2:])


@W("isi_statistics", "length over number of spikes for the mean")
def _(s, dt, rate):
    g = s.nonzero()[:, 0].diff() * float(dt)
    return (len(s) * dt / float(s.sum()), *_four(g, dt, rate)[1:])


@W("isi_statistics", "median")
def _(s, dt, rate):
    g = s.nonzero()[:, 0].diff() * float(dt)
    return (float(g.median()), *_four(g, dt, rate)[1:])


@W("isi_statistics", "theory from the measured rate")
def _(s, dt, rate):
    return _four(s.nonzero()[:, 0].diff() * float(dt), dt, 1000 * float(s.mean()) / dt)


@W("isi_statistics", "measured pair and theory swapped")
def _(s, dt, rate):
    a, b, c, d = _four(s.nonzero()[:, 0].diff() * float(dt), dt, rate)
    return c, d, a, b


@R("isi_statistics", "NumPy, float64 numbers")
def _(s, dt, rate):
    g = np.diff(np.flatnonzero(s.numpy())) * dt
    return g.mean(), g.std(ddof=1) / g.mean(), np.float64(1000) / rate, np.sqrt(1 - rate * dt / 1000)


@R("isi_statistics", "Python loop and statistics, a list")
def _(s, dt, rate):
    at = [k for k, x in enumerate(s.tolist()) if x]
    g = [(b - a) * dt for a, b in itertools.pairwise(at)]
    return [statistics.fmean(g), statistics.stdev(g) / statistics.fmean(g), 1e3 / rate, (1 - rate * dt * 1e-3) ** 0.5]


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


# --- encode_digit -> check_encode_digit
def _spikes(k, L):
    return (torch.arange(L)[:, None] == k).float()


W("encode_digit", "floor for round")(
    lambda image, L: _spikes(((L - 1) * (1 - image.flatten())).floor(), L) * (image.flatten() > 0))
W("encode_digit", "black pixels spike in the last step")(
    lambda image, L: _spikes(((L - 1) * (1 - image.flatten())).round(), L))
W("encode_digit", "columns first")(
    lambda image, L: _spikes(((L - 1) * (1 - image.T.flatten())).round(), L) * (image.T.flatten() > 0))
W("encode_digit", "L for L - 1")(
    lambda image, L: _spikes((L * (1 - image.flatten())).round(), L) * (image.flatten() > 0))
W("encode_digit", "shape (64, L)")(
    lambda image, L: (_spikes(((L - 1) * (1 - image.flatten())).round(), L) * (image.flatten() > 0)).T)
W("encode_digit", "bright pixels late")(
    lambda image, L: _spikes(((L - 1) * image.flatten()).round(), L) * (image.flatten() > 0))
W("encode_digit", "pixels under 0.1 silent too")(
    lambda image, L: _spikes(((L - 1) * (1 - image.flatten())).round(), L) * (image.flatten() > 0.1))
W("encode_digit", "spike as high as the pixel")(
    lambda image, L: _spikes(((L - 1) * (1 - image.flatten())).round(), L) * image.flatten())
W("encode_digit", "bool")(
    lambda image, L: (torch.arange(L)[:, None] == ((L - 1) * (1 - image.flatten())).round()) & (image.flatten() > 0))
W("encode_digit", "goes on spiking after the first")(
    lambda image, L: (torch.arange(L)[:, None] >= ((L - 1) * (1 - image.flatten())).round()).float() * (image.flatten() > 0))


@W("encode_digit", "changes the image in place")
def _(image, L):
    x = image.view(-1)
    on = x > 0
    k = x.neg_().add_(1).mul_(L - 1).round()
    return _spikes(k, L) * on


@W("encode_digit", "L fixed at 17 inside")
def _(image, L):
    x = image.flatten()
    return _spikes((16 * (1 - x)).round(), L) * (x > 0)


@R("encode_digit", "scatter into zeros")
def _(image, L):
    x = image.reshape(64)
    s = torch.zeros(L, 64)
    k = ((L - 1) * (1 - x)).round().long()
    return s.scatter_(0, k[None], (x > 0).float()[None])


@R("encode_digit", "Python loops with round()")
def _(image, L):
    s = torch.zeros(L, 64)
    for r in range(8):
        for c in range(8):
            x = image[r, c]
            if x > 0:
                s[round(float((L - 1) * (1 - x))), 8 * r + c] = 1
    return s
