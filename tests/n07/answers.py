"""Answers to the exercises of notebook 07, right and wrong. The wrong ones: {message part: f}."""

import torch

from sslearn import fast, ssm
from sslearn import scan as scans
from sslearn.course.n07_faces import checks as faces
from sslearn.course.n07_faces import checks_scan as scan_checks

CHECKS = {
    "pair_kernel": faces.check_pair_kernel,
    "padded_conv": faces.check_padded_conv,
    "two_tables": faces.check_two_tables,
    "combine": scan_checks.check_combine,
    "chunked_scan": scan_checks.check_chunked_scan,
}
fft = torch.fft


def powers(z, L, first=0):
    return z[:, None] ** torch.arange(first, first + L)


def by_loop(A_bar, B_bar, C, L):
    x, out = B_bar.clone(), []
    for _ in range(L):
        out.append(2 * (C * x).sum().real)
        x = A_bar * x
    return torch.stack(out)


def by_fft(pad, *, keep=True, turn=False, back=0):
    def f(u, K):
        L = len(u)
        n = pad(L)
        Kf = fft.rfft(K.flip(0) if back else K, n)
        y = fft.irfft(fft.rfft(u, n) * (Kf.conj() if turn else Kf), n)
        return y[:L] if keep else y

    return f


def toeplitz(u, K):
    L = len(u)
    lag = torch.arange(L)[:, None] - torch.arange(L)
    return torch.where(lag >= 0, K[lag.clamp(min=0)], 0.0) @ u


def chunks(join, hand_on=lambda inside, out: out[-1], split=torch.split, start=lambda x: x):
    """A chunked scan with its way to add the state, to hand it on, and to cut."""

    def f(a, b, x, size):
        out, x = [], start(x)
        for a_c, b_c in zip(split(a, size), split(b, size), strict=True):
            inside = fast.scan(a_c[None], b_c[None])[0]
            out.append(join(inside, a_c, x))
            x = hand_on(inside, out[-1])
        return torch.cat(out), x

    return f


def carried(inside, a, x):
    return inside + a.cumprod(0) * x


def by_steps(a, b, x, size):
    out = []
    for t in range(len(b)):
        x = a[t] * x + b[t]
        out.append(x)
    return torch.stack(out), x


def whole_chunks(a, size):
    return a[: len(a) // size * size].split(size)


def dropped(a, b, x, size):
    out = []
    for k in range(0, len(b), size):
        out.append(by_steps(a[k : k + size], b[k : k + size], x, size)[0])
        x = torch.zeros_like(x)
    return torch.cat(out), out[-1][-1]


def first_only(inside, a, x):
    return torch.cat([inside[:1] + a[:1] * x, inside[1:]])


def late(inside, a, x):
    return inside + torch.cat([torch.ones_like(a[:1]), a[:-1]]).cumprod(0) * x


def in_place(a, b, x, size):
    for t in range(len(b)):
        b[t] += a[t] * (b[t - 1] if t else x)
    return b, b[-1]


def tables(coarse, fine, rows=lambda L, q: -(-L // q)):
    return lambda z, L, q: (coarse(z, rows(L, q), q), fine(z, q))


def leap(z, rows, q):
    return (z**q)[:, None] ** torch.arange(rows)


def mixed(first, second):
    first[1].mul_(second[0]).add_(second[1])
    return second[0] * first[0], first[1]


RIGHT = {
    "pair_kernel": [
        lambda A, B, C, L: 2 * torch.einsum("n,nl->l", C * B, powers(A, L)).real,
        by_loop,
    ],
    "padded_conv": [by_fft(lambda L: 2 * L), by_fft(lambda L: max(2 * L - 1, 2))],
    "combine": [
        lambda first, second: [second[0] * first[0], second[0] * first[1] + second[1]],
        lambda first, second: (first[0].mul(second[0]), torch.addcmul(second[1], *[
            second[0], first[1]])),
    ],
    "chunked_scan": [
        chunks(carried),
        lambda a, b, x, size: (
            (y := chunks(lambda i, a_c, x: by_steps(a_c, i - i, x, 0)[0] + i)(a, b, x, size)[0]),
            y[-1]),
    ],
    "two_tables": [
        tables(leap, powers),
        lambda z, L, q: (
            torch.stack([z ** (i * q) for i in range(-(-L // q))], 1),
            torch.stack([torch.ones_like(z), *[z**j for j in range(1, q)]], 1)),
    ],
}  # fmt: skip

WRONG = {
    "pair_kernel": {
        "shape (L,)": lambda A, B, C, L: 2 * ((C * B)[:, None] * powers(A, L)).real,
        "in place": lambda A, B, C, L: 2 * (C.mul_(B)[:, None] * powers(A, L)).sum(0).real,
        "must be real": lambda A, B, C, L: 2 * (C * B) @ powers(A, L),
        "factor 2 of 2 Re": lambda A, B, C, L: ((C * B) @ powers(A, L)).real,
        "imaginary": lambda A, B, C, L: 2 * ((C * B) @ powers(A, L)).imag,
        "half of the modes": lambda A, B, C, L: by_loop(*(x[: len(x) // 2] for x in (A, B, C)), L),
        "start at 1": lambda A, B, C, L: 2 * ((C * B) @ powers(A, L, 1)).real,
        "B_bar is left out": lambda A, B, C, L: 2 * (C @ powers(A, L)).real,
        "C is left out": lambda A, B, C, L: 2 * (B @ powers(A, L)).real,
        "without a conjugate": lambda A, B, C, L: by_loop(A, B, C.conj(), L),
        "backwards": lambda A, B, C, L: by_loop(A, B, C, L).flip(0),
        "answer to a pulse": lambda A, B, C, L: 2 * ((C * B) @ powers(A, L)).abs(),
        "one model": lambda A, B, C, L: (
            by_loop(A, B, C, 9) if L == 9 else torch.zeros(L).double()),
        "finished function": [
            lambda A, B, C, L: ssm.kernel(A[None], B[None], C[None], L)[:, 0],
            lambda A, B, C, L: fast.vandermonde(A.log()[None], (C * B)[None], L)[0],
        ],
    },
    "padded_conv": {
        "in place": lambda u, K: by_fft(lambda L: 2 * L)(u.mul_(1.5).div_(1.7), K),
        "return a tensor": lambda u, K: toeplitz(u, K).tolist(),
        "real inputs": lambda u, K: fft.ifft(fft.fft(u, 24) * fft.fft(K, 24))[:12],
        "cut the padding": by_fft(lambda L: 2 * L, keep=False),
        "u's shape": lambda u, K: toeplitz(u, K)[:-1],
        "no zero padding": by_fft(lambda L: L),
        "too little padding": by_fft(lambda L: L + 4),
        "second half": lambda u, K: fft.irfft(fft.rfft(u, 24) * fft.rfft(K, 24), 24)[12:],
        "runs backwards": by_fft(lambda L: 2 * L, back=1),
        "correlation": by_fft(lambda L: 2 * L, turn=True),
        "later input": lambda u, K: toeplitz(u, K).roll(-1),
        "differs from the sum": lambda u, K: toeplitz(u, K) * 2,
        "other lengths": [
            lambda u, K: fft.irfft(fft.rfft(u, 24) * fft.rfft(K, 24), 24)[:len(u)],
            lambda u, K: fft.irfft(fft.rfft(u, 128) * fft.rfft(K, 128), 128)[:len(u)],
            by_fft(lambda L: L + 40),
        ],
        "not taken by FFT": toeplitz,
        "finished function": [
            lambda u, K: fast.fft_conv(u[None, :, None], K[None])[0, :, 0],
        ],
    },
    "combine": {
        "one pair": lambda first, second: second[0] * first[1] + second[1],
        "in place": mixed,
        "multiply, they do not add": lambda p, q: (p[0] + q[0], q[0] * p[1] + q[1]),
        "new a is": lambda p, q: (q[0], q[0] * p[1] + q[1]),
        "swapped": lambda p, q: (p[0] * q[0], p[0] * q[1] + p[1]),
        "does not decay": lambda p, q: (p[0] * q[0], p[1] + q[1]),
        "its own a1": lambda p, q: (p[0] * q[0], p[0] * p[1] + q[1]),
        "later b is lost": lambda p, q: (p[0] * q[0], q[0] * p[1]),
        "too early": lambda p, q: (p[0] * q[0], q[0] * (p[1] + q[1])),
        "new b is": lambda p, q: (p[0] * q[0], q[0] * p[1] - q[1]),
        "not associative": lambda p, q: (p[0] * q[0], (q[0] * p[1] + q[1]).real),
        "ten combines": lambda p, q: (p[0] * q[0], q[0].conj() * p[1] + q[1]),
        "some shapes or values": [
            lambda p, q: (p[0] * q[0], (q[0] * p[1] + q[1]).squeeze()),
            lambda p, q: (p[0] * q[0], q[0] * p[1] + (q[1] if q[1].any() else p[1])),
            lambda p, q: tuple(x.to(torch.complex128) if x.is_complex() else x.double() for x in (
                p[0] * q[0], q[0] * p[1] + q[1])),
        ],
        "finished function": lambda p, q: scans.combine(p, q),
    },
    "chunked_scan": {
        "two tensors": lambda a, b, x, size: by_steps(a, b, x, size)[0],
        "last state is (H,)": lambda a, b, x, size: by_steps(a, b, x, size)[:1] * 2,
        "in place": in_place,
        "plain scan": lambda a, b, x, size: by_steps(a, 2 * b, x, size),
        "starts from zero": chunks(lambda inside, a, x: inside),
        "first chunk only": dropped,
        "ignores x": chunks(carried, start=torch.zeros_like),
        "first step of each chunk": chunks(first_only),
        "does not decay": chunks(lambda inside, a, x: inside + x),
        "one step late": chunks(late),
        "changes from step to step": chunks(
            lambda inside, a, x: inside + a[0] ** torch.arange(1, len(a) + 1)[:, None] * x),
        "chunk's own sum": chunks(carried, lambda inside, out: inside[-1]),
        "differ from the loop's": chunks(lambda inside, a, x: inside - a.cumprod(0) * x),
        "not x_(L-1)": lambda a, b, x, size: (by_steps(a, b, x, size)[0], x),
        "two calls": lambda a, b, x, size: (
            (y := by_steps(a, b, x, size)[0]), y[len(y) // size * size - 1]),
        "shorter is lost": chunks(carried, split=whole_chunks),
        "some sizes or dtypes": lambda a, b, x, size: chunks(carried)(
            a, b, x, size if len(a) != 7 else 3)[0].double()[None].real if a.is_complex() else
            chunks(carried)(a, b, x, size),
        "size is not used": [
            by_steps,
            lambda a, b, x, size: chunks(carried)(a, b, x, len(a)),
        ],
    },
    "two_tables": {
        "two tensors": lambda z, L, q: powers(z, L),
        "wrong order": lambda z, L, q: (powers(z, q), leap(z, -(-L // q), q)),
        "fine must be": tables(leap, lambda z, q: powers(z, q + 1)),
        "rounded up": tables(leap, powers, rows=lambda L, q: L // q),
        "coarse must be": tables(leap, powers, rows=lambda L, q: L),
        "fine starts": tables(leap, lambda z, q: powers(z, q, 1)),
        "fine must hold": tables(leap, lambda z, q: powers(z.conj(), q)),
        "leap by q": tables(lambda z, rows, q: powers(z, rows), powers),
        "number of rows": tables(lambda z, rows, q: leap(z, rows, rows), powers),
        "coarse must hold": tables(lambda z, rows, q: leap(z.conj(), rows, q), powers),
        "L = 20": [
            lambda z, L, q: (leap(z, -(-L // q), 6), powers(z, q)),
            lambda z, L, q: (leap(z, max(-(-L // q), 2), q), powers(z, q)),
        ],
    },
}  # fmt: skip
