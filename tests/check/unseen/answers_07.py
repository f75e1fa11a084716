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
from typing import NamedTuple

from sslearn import fast

CHECK = {
    "pair_kernel": "check_pair_kernel",  # pair_kernel -> check_pair_kernel
    "padded_conv": "check_padded_conv",  # padded_conv -> check_padded_conv
    "spikes_by_sweeps": "check_spikes_by_sweeps",  # spikes_by_sweeps -> check_spikes_by_sweeps
    "join_peaks": "check_join_peaks",  # join_peaks -> check_join_peaks
    "chunked_scan": "check_chunked_scan",  # chunked_scan -> check_chunked_scan
}


def _pow(A, L, first=0):
    return A[:, None] ** torch.arange(first, first + L)


W("pair_kernel", "2 forgotten")(lambda A_bar, B_bar, C, L: ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0).real)
W("pair_kernel", "complex")(lambda A_bar, B_bar, C, L: 2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0))
W("pair_kernel", "real part of each factor")(
    lambda A_bar, B_bar, C, L: 2 * ((C * B_bar).real[:, None] * _pow(A_bar, L).real).sum(0))
W("pair_kernel", "modulus")(lambda A_bar, B_bar, C, L: 2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0).abs())
W("pair_kernel", "starts at power 1")(lambda A_bar, B_bar, C, L: 2 * ((C * B_bar)[:, None] * _pow(A_bar, L, 1)).sum(0).real)
W("pair_kernel", "B forgotten")(lambda A_bar, B_bar, C, L: 2 * (C[:, None] * _pow(A_bar, L)).sum(0).real)
W("pair_kernel", "C conjugated")(
    lambda A_bar, B_bar, C, L: 2 * ((C.conj() * B_bar)[:, None] * _pow(A_bar, L)).sum(0).real)
W("pair_kernel", "float32 at the end")(
    lambda A_bar, B_bar, C, L: (2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0).real).float())
W("pair_kernel", "mean over the poles")(
    lambda A_bar, B_bar, C, L: 2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).mean(0).real)
W("pair_kernel", "first pole counted once, as if real")(
    lambda A_bar, B_bar, C, L: 2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0).real - (C[0] * B_bar[0] * A_bar[0] ** torch.arange(L)).real)
W("pair_kernel", "(L, 1)")(lambda A_bar, B_bar, C, L: (2 * ((C * B_bar)[:, None] * _pow(A_bar, L)).sum(0).real)[:, None])


@W("pair_kernel", "multiplies B in place")
def _(A_bar, B_bar, C, L):
    B_bar *= C
    return 2 * (B_bar[:, None] * _pow(A_bar, L)).sum(0).real


@R("pair_kernel", "recurrence with a pulse")
def _(A_bar, B_bar, C, L):
    x, out = B_bar.clone(), []
    for _ in range(L):
        out.append(2 * (C * x).sum().real)
        x = A_bar * x
    return torch.stack(out)


@R("pair_kernel", "both conjugates, einsum")
def _(A_bar, B_bar, C, L):
    A, W_ = torch.cat([A_bar, A_bar.conj()]), torch.cat([C * B_bar, (C * B_bar).conj()])
    return torch.einsum("n,nl->l", W_, A[:, None] ** torch.arange(L)).real


@R("pair_kernel", "matrix product of real tables")
def _(A_bar, B_bar, C, L):
    V, w = torch.linalg.vander(A_bar, N=L) if L > 1 else torch.ones(len(C), 1, dtype=C.dtype), C * B_bar
    return 2 * (w.real @ V.real - w.imag @ V.imag)


# --- padded_conv -> check_padded_conv
def _conv(u, K, n):
    return torch.fft.irfft(torch.fft.rfft(u, n=n) * torch.fft.rfft(K, n=n), n=n)[: len(u)]


W("padded_conv", "no zeros: circular")(lambda u, K: _conv(u, K, len(u)))
W("padded_conv", "half of the zeros")(lambda u, K: _conv(u, K, len(u) + len(u) // 2))
W("padded_conv", "next power of two: none at all for 64")(lambda u, K: _conv(u, K, max(2, 1 << (len(u) - 1).bit_length())))
W("padded_conv", "2 L - 2: one too few")(lambda u, K: _conv(u, K, max(1, 2 * len(u) - 2)))
W("padded_conv", "128 points, enough for 64")(
    lambda u, K: torch.nn.functional.pad(_conv(u, K, 128), (0, max(0, len(u) - 128))))
W("padded_conv", "all 2 L outputs")(
    lambda u, K: torch.fft.irfft(torch.fft.rfft(u, n=2 * len(u)) * torch.fft.rfft(K, n=2 * len(u)), n=2 * len(u)))
W("padded_conv", "correlation: spectrum conjugated")(
    lambda u, K: torch.fft.irfft(torch.fft.rfft(u, n=2 * len(u)) * torch.fft.rfft(K, n=2 * len(u)).conj(), n=2 * len(u))[: len(u)])
W("padded_conv", "the last L outputs")(
    lambda u, K: torch.fft.irfft(torch.fft.rfft(u, n=2 * len(u)) * torch.fft.rfft(K, n=2 * len(u)), n=2 * len(u))[len(u):])
W("padded_conv", "float32 inside")(lambda u, K: _conv(u.float(), K.float(), 2 * len(u)).to(u.dtype))
W("padded_conv", "odd padding, irfft without n")(
    lambda u, K: torch.nn.functional.pad(torch.fft.irfft(torch.fft.rfft(u, n=2 * len(u) + 1) * torch.fft.rfft(K, n=2 * len(u) + 1))[: len(u)], (0, 0)))
W("padded_conv", "modulus of a complex inverse")(
    lambda u, K: torch.fft.ifft(torch.fft.fft(u, n=2 * len(u)) * torch.fft.fft(K, n=2 * len(u))).abs()[: len(u)])


@W("padded_conv", "kernel's first entry zeroed in place")
def _(u, K):
    skip = K[0].clone()
    K[0] = 0
    return _conv(u, K, 2 * len(u)) + skip * u


@W("padded_conv", "no FFT: the sum in a loop")
def _(u, K):
    return torch.stack([(K[: t + 1].flip(0) * u[: t + 1]).sum() for t in range(len(u))])


R("padded_conv", "2 L - 1 points")(lambda u, K: _conv(u, K, 2 * len(u) - 1))
R("padded_conv", "complex FFT, power of two above 2 L")(
    lambda u, K: (lambda n: torch.fft.ifft(torch.fft.fft(u, n) * torch.fft.fft(K, n)).real[: len(u)])(1 << (2 * len(u)).bit_length()))
R("padded_conv", "zeros appended by cat, both in one batch")(
    lambda u, K: (lambda F: torch.fft.irfft(F[0] * F[1], n=2 * len(u))[: len(u)])(
        torch.fft.rfft(torch.cat([torch.stack([u, K]), torch.zeros(2, len(u), dtype=u.dtype)], 1))))

# --- spikes_by_sweeps -> check_spikes_by_sweeps
def _late(s):
    return torch.cat([torch.zeros_like(s[:1]), s[:-1]])


def _iterate(i, convolve, theta, sweeps=None, late=_late, gain=1.0, start=None):
    s = torch.zeros_like(i) if start is None else start
    for _ in range(10**6 if sweeps is None else sweeps):
        new = (convolve(i - gain * theta * late(s)) > theta).to(i.dtype)
        if torch.equal(new, s):
            break
        s = new
    return s


W("spikes_by_sweeps", "one sweep")(lambda i, convolve, theta: _iterate(i, convolve, theta, 1))
W("spikes_by_sweeps", "two sweeps")(lambda i, convolve, theta: _iterate(i, convolve, theta, 2))
W("spikes_by_sweeps", "five sweeps")(lambda i, convolve, theta: _iterate(i, convolve, theta, 5))
W("spikes_by_sweeps", "as many sweeps as channels")(lambda i, convolve, theta: _iterate(i, convolve, theta, i.shape[1]))
W("spikes_by_sweeps", "the reset in the same step")(lambda i, convolve, theta: _iterate(i, convolve, theta, 50, late=lambda s: s))
W("spikes_by_sweeps", "the reset two steps late")(lambda i, convolve, theta: _iterate(i, convolve, theta, late=lambda s: _late(_late(s))))
W("spikes_by_sweeps", "the shift runs round")(lambda i, convolve, theta: _iterate(i, convolve, theta, 50, late=lambda s: s.roll(1, 0)))
W("spikes_by_sweeps", "half of theta")(lambda i, convolve, theta: _iterate(i, convolve, theta, gain=0.5))
W("spikes_by_sweeps", "the reset adds")(lambda i, convolve, theta: _iterate(i, convolve, theta, 50, gain=-1))
W("spikes_by_sweeps", "theta is 1")(lambda i, convolve, theta: _iterate(i, convolve, 1.0))
W("spikes_by_sweeps", "v, not s")(lambda i, convolve, theta: convolve(i - theta * _late(_iterate(i, convolve, theta))))
W("spikes_by_sweeps", "the rate")(lambda i, convolve, theta: _iterate(i, convolve, theta).mean(0))
W("spikes_by_sweeps", "only the last two sweeps' common spikes")(
    lambda i, convolve, theta: _iterate(i, convolve, theta, 6) * _iterate(i, convolve, theta, 7))
W("spikes_by_sweeps", "stops when the number of spikes stays")(
    lambda i, convolve, theta: (convolve(i) / theta).floor().clamp(0, 1))
W("spikes_by_sweeps", "for ever as many sweeps as steps, twice")(
    lambda i, convolve, theta: [(_iterate(i, convolve, theta), [convolve(i) for _ in i])[0] for _ in "ab"][1])
R("spikes_by_sweeps", "from all spikes")(lambda i, convolve, theta: _iterate(i, convolve, theta, start=torch.ones_like(i)))


@R("spikes_by_sweeps", "booleans, recursion")
def _(i, convolve, theta, s=None):
    s = torch.zeros_like(i, dtype=torch.bool) if s is None else s
    before = torch.zeros_like(i)
    before[1:] = s[:-1].to(i.dtype)
    new = convolve(i - theta * before) > theta
    return new.double() if bool((new == s).all()) else _again(i, convolve, theta, new)


def _again(i, convolve, theta, s):
    while True:
        before = torch.nn.functional.pad(s.to(i.dtype), (0, 0, 1, 0))[:-1]
        new = convolve(i - theta * before) > theta
        if not (new ^ s).any():
            return new.double()
        s = new


# --- join_peaks -> check_join_peaks


class Peaks(NamedTuple):
    c: torch.Tensor
    u: torch.Tensor


W("join_peaks", "later pair taken for the earlier")(lambda p, q: (p[0] + q[0], torch.maximum(q[1] - p[0], p[1])))
W("join_peaks", "scan's own operator")(lambda p, q: (q[0] * p[0], q[0] * p[1] + q[1]))
W("join_peaks", "no fall of u1")(lambda p, q: (p[0] + q[0], torch.maximum(p[1], q[1])))
W("join_peaks", "both fall")(lambda p, q: (p[0] + q[0], torch.maximum(p[1] - q[0], q[1] - q[0])))
W("join_peaks", "u1 falls by both")(lambda p, q: (p[0] + q[0], torch.maximum(p[1] - p[0] - q[0], q[1])))
W("join_peaks", "u1 rises")(lambda p, q: (p[0] + q[0], torch.maximum(p[1] + q[0], q[1])))
W("join_peaks", "the larger fall")(lambda p, q: (torch.maximum(p[0], q[0]), torch.maximum(p[1] - q[0], q[1])))
W("join_peaks", "the difference of the falls")(lambda p, q: (q[0] - p[0], torch.maximum(p[1] - q[0], q[1])))
W("join_peaks", "pair swapped")(lambda p, q: (torch.maximum(p[1] - q[0], q[1]), p[0] + q[0]))
W("join_peaks", "never below 0")(lambda p, q: (p[0] + q[0], torch.maximum(p[1] - q[0], q[1]).relu()))
W("join_peaks", "the larger of all entries")(
    lambda p, q: (p[0] + q[0], torch.maximum(p[1] - q[0], q[1]).max().expand_as(p[1])))
W("join_peaks", "float32")(lambda p, q: tuple(x.float() for x in (p[0] + q[0], torch.maximum(p[1] - q[0], q[1]))))
W("join_peaks", "smooth maximum")(lambda p, q: (p[0] + q[0], torch.logaddexp(p[1] - q[0], q[1])))
W("join_peaks", "the later one always")(lambda p, q: (p[0] + q[0], q[1]))


@W("join_peaks", "changes the first pair in place")
def _(first, second):
    (c1, u1), (c2, u2) = first, second
    u1 -= c2
    return c1 + c2, torch.maximum(u1, u2)


R("join_peaks", "a named tuple")(lambda p, q: Peaks(torch.add(p[0], q[0]), torch.max(p[1] - q[0], q[1])))
R("join_peaks", "half of sum and distance")(lambda p, q: [
    q[0] + p[0], (p[1] - q[0] + q[1] + (p[1] - q[0] - q[1]).abs()) / 2])


# --- chunked_scan -> check_chunked_scan
def _inside(a, b):
    return fast.scan(a[None], b[None])[0]


def _scan(a, b, x, size, carry=lambda a_c: a_c.cumprod(0), nxt=lambda out, inside: out[-1]):
    out = []
    for a_c, b_c in zip(a.split(size), b.split(size)):
        inside = _inside(a_c, b_c)
        out.append(inside + carry(a_c) * x)
        x = nxt(out[-1], inside)
    return torch.cat(out), x


W("chunked_scan", "x ignored: every scan starts at zero")(
    lambda a, b, x, size: _scan(a, b, torch.zeros_like(x), size))
W("chunked_scan", "carries the inside's last row, not the sum's")(
    lambda a, b, x, size: _scan(a, b, x, size, nxt=lambda o, i: i[-1]))
W("chunked_scan", "no state from chunk to chunk")(
    lambda a, b, x, size: _scan(a, b, x, size, nxt=lambda o, i: torch.zeros_like(x)))
W("chunked_scan", "old state late by one step of decay")(
    lambda a, b, x, size: _scan(a, b, x, size, carry=lambda a_c: torch.cat([torch.ones_like(a_c[:1]), a_c.cumprod(0)[:-1]])))
W("chunked_scan", "powers of the chunk's first a (right for a fixed a)")(
    lambda a, b, x, size: _scan(a, b, x, size, carry=lambda a_c: a_c[0] ** torch.arange(1, len(a_c) + 1)[:, None]))
W("chunked_scan", "old state not decayed")(
    lambda a, b, x, size: _scan(a, b, x, size, carry=lambda a_c: torch.ones_like(a_c)))
W("chunked_scan", "a last chunk that is not whole is dropped")(
    lambda a, b, x, size: _scan(a[: len(a) // size * size], b[: len(a) // size * size], x, size) if len(a) >= size else _scan(a, b, x, size))
W("chunked_scan", "last state (1, H)")(lambda a, b, x, size: (lambda y, z: (y, z[None]))(*_scan(a, b, x, size)))
W("chunked_scan", "returns the state that came in")(lambda a, b, x, size: (_scan(a, b, x, size)[0], x))
W("chunked_scan", "a and b swapped in the inside")(lambda a, b, x, size: _scan(b, a, x, size))
W("chunked_scan", "first state only decays the first row of a chunk")(
    lambda a, b, x, size: _scan(a, b, x, size, carry=lambda a_c: torch.cat([a_c[:1], torch.zeros_like(a_c[1:])])))


@W("chunked_scan", "folds the state into the caller's b")
def _(a, b, x, size):
    out = []
    for a_c, b_c in zip(a.split(size), b.split(size)):
        b_c[0] += a_c[0] * x
        out.append(_inside(a_c, b_c))
        x = out[-1][-1]
    return torch.cat(out), x


@W("chunked_scan", "updates x in place")
def _(a, b, x, size):
    out = []
    for a_c, b_c in zip(a.split(size), b.split(size)):
        out.append(_inside(a_c, b_c) + a_c.cumprod(0) * x)
        x.copy_(out[-1][-1])
    return torch.cat(out), x.clone()


@R("chunked_scan", "state folded into a clone of b")
def _(a, b, x, size):
    out = torch.empty_like(b)
    for k in range(0, len(b), size):
        b_c = b[k : k + size].clone()
        b_c[0] = b_c[0] + a[k] * x
        out[k : k + size] = _inside(a[k : k + size], b_c)
        x = out[min(k + size, len(b)) - 1].clone()
    return out, x


@R("chunked_scan", "recursive, running product by a loop")
def _(a, b, x, size):
    y = _inside(a[:size], b[:size])
    p, rows = torch.ones_like(x), []
    for a_t, y_t in zip(a[:size], y):
        p = p * a_t
        rows.append(y_t + p * x)
    here = torch.stack(rows)
    if len(a) <= size:
        return [here, here[-1]]
    rest, last = RIGHT["chunked_scan"]["recursive, running product by a loop"](a[size:], b[size:], here[-1], size)
    return [torch.cat([here, rest]), last]
