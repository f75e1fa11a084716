"""Answers to the exercises of notebook 07, right and wrong. The wrong ones: {message part: f}."""

import torch

from sslearn import fast, ssm
from sslearn.course.n07_faces import checks as faces
from sslearn.course.n07_faces import checks_scan as scan_checks
from sslearn.course.n07_faces import checks_sweeps

CHECKS = {
    "pair_kernel": faces.check_pair_kernel,
    "padded_conv": faces.check_padded_conv,
    "spikes_by_sweeps": checks_sweeps.check_spikes_by_sweeps,
    "join_peaks": scan_checks.check_join_peaks,
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


def sweeper(*, start=torch.zeros_like, past=lambda s: torch.cat([0 * s[:1], s[:-1]]), most=10**6,
            amount=lambda theta: theta, fires=torch.gt, spare=0, outside=False):  # fmt: skip
    """spikes_by_sweeps with its parts as arguments, each of which can be wrong."""

    def f(i, convolve, theta):
        s, n = start(i), 0
        while n < most:
            off = amount(theta) * past(s)
            new = fires(convolve(i) - off if outside else convolve(i - off), theta).to(i.dtype)
            n += 1
            if torch.equal(new, s):
                break
            s = new
        for _ in range(spare):
            convolve(i)
        return s

    return f


def by_hand(i, convolve, theta):
    """No convolution: the decay is guessed."""
    v, s, out = 0 * i[0], 0 * i[0], []
    for i_t in i:
        v = 0.9 * v + i_t - theta * s
        s = (v > theta).to(i.dtype)
        out.append(s)
    return torch.stack(out)


def from_the_reset_free(i, convolve, theta):
    """It starts from the threshold without reset, and counts differences."""
    v = convolve(i)
    s, changed = (v > theta).double(), 1
    while changed:
        late = torch.zeros_like(s)
        late[1:] = s[:-1]
        new = torch.where(v - theta * convolve(late) > theta, 1.0, 0.0).double()
        changed, s = int((new != s).sum()), new
    return s


def mixed(first, second):
    first[1].sub_(second[0])
    return second[0] + first[0], torch.maximum(first[1], second[1])


RIGHT = {
    "pair_kernel": [
        lambda A, B, C, L: 2 * torch.einsum("n,nl->l", C * B, powers(A, L)).real,
        by_loop,
    ],
    "padded_conv": [by_fft(lambda L: 2 * L), by_fft(lambda L: max(2 * L - 1, 2))],
    "join_peaks": [
        lambda p, q: [p[0] + q[0], torch.maximum(p[1] - q[0], q[1])],
        lambda p, q: (q[0].add(p[0]), torch.where(p[1] > q[1] + q[0], p[1] - q[0], q[1])),
    ],
    "chunked_scan": [
        chunks(carried),
        lambda a, b, x, size: (
            (y := chunks(lambda i, a_c, x: by_steps(a_c, i - i, x, 0)[0] + i)(a, b, x, size)[0]),
            y[-1]),
    ],
    "spikes_by_sweeps": [sweeper(), from_the_reset_free],
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
        "an absolute value": [
            lambda A, B, C, L: 2 * ((C * B) @ powers(A, L)).abs(),
            lambda A, B, C, L: ((C * B) @ powers(A, L, 1)).abs(),
        ],
        "product of the real parts": lambda A, B, C, L: 2 * ((C * B).real @ powers(A, L).real),
        "answer to a pulse": lambda A, B, C, L: 3 * by_loop(A, B, C, L),
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
        "without n": lambda u, K: fft.irfft(fft.rfft(u, 2 * len(u) - 1) * fft.rfft(
            K, 2 * len(u) - 1))[:len(u)],
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
    "join_peaks": {
        "one pair": lambda p, q: torch.maximum(p[1] - q[0], q[1]),
        "in place": mixed,
        "do not multiply": lambda p, q: (p[0] * q[0], torch.maximum(p[1] - q[0], q[1])),
        "falls in two steps": lambda p, q: (q[0], torch.maximum(p[1] - q[0], q[1])),
        "swapped": lambda p, q: (p[0] + q[0], torch.maximum(q[1] - p[0], p[1])),
        "does not fall": lambda p, q: (p[0] + q[0], torch.maximum(p[1], q[1])),
        "its own c1": lambda p, q: (p[0] + q[0], torch.maximum(p[1] - p[0], q[1])),
        "too early": lambda p, q: (p[0] + q[0], torch.maximum(p[1], q[1]) - q[0]),
        "later peak is lost": lambda p, q: (p[0] + q[0], p[1] - q[0]),
        "add up": lambda p, q: (p[0] + q[0], p[1] - q[0] + q[1]),
        "smaller peak": lambda p, q: (p[0] + q[0], torch.minimum(p[1] - q[0], q[1])),
        "from far below": lambda p, q: (p[0] + q[0], torch.maximum(p[1] * q[0], q[1])),
        "joins in a row": [
            lambda p, q: (p[0] + q[0], torch.maximum(p[1] - q[0], q[1]).clamp(min=0)),
            lambda p, q: (p[0] + q[0], torch.maximum(p[1] - q[0], q[1]).double()),
        ],
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
        "one step's a only": chunks(lambda inside, a, x: inside + a * x),
        "never updated": lambda a, b, x, size: chunks(carried, lambda *_: x)(a, b, x, size),
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
    "spikes_by_sweeps": {
        "i's shape": lambda *args: sweeper()(*args).sum(0),
        "0 or 1": lambda i, convolve, theta: convolve(i),
        "not used": by_hand,
        "never go back": lambda i, convolve, theta: (convolve(i) > theta).double(),
        "stop too early": sweeper(most=3),
        "one step early": sweeper(past=lambda s: s, most=6),
        "wrong amount": sweeper(amount=lambda theta: 1.0),
        "after the convolution": sweeper(outside=True),
        "adds theta": sweeper(amount=lambda theta: -theta),
        "differ from the loop's": sweeper(past=lambda s: s.roll(3, 0), most=30),
        "strictly": sweeper(fires=torch.ge),
        "nothing changes any more": sweeper(spare=15),
        "one input": lambda i, convolve, theta: sweeper()(i, convolve, 0.8),
        "in place": lambda i, convolve, theta: sweeper()(i.mul_(1.0001), convolve, theta),
    },
}  # fmt: skip
