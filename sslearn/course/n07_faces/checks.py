"""Checks of notebook 07: kernels and convolutions."""

import torch

from sslearn import ssm
from sslearn.course.check import CheckResult, Property, check, near, own_work, unlike
from sslearn.fast import fft_conv, vandermonde


def _complex(g, *shape):
    return torch.randn(*shape, generator=g, dtype=torch.complex128)


def _model(n, seed):
    """A_bar inside the unit circle, B_bar and C, all complex (n,)."""
    g = torch.Generator().manual_seed(seed)
    A_bar = _complex(g, n)
    return 0.9 * A_bar / A_bar.abs().max(), _complex(g, n), _complex(g, n)


def check_pair_kernel(pair_kernel) -> CheckResult:
    """The learner gives K_l = 2 Re sum_n C_n B_bar_n A_bar_n^l, (L,), from half of each pair."""
    parts, L = _model(4, 0), 9

    def full(A_bar, B_bar, C, L=L, first=0):
        return ((C * B_bar)[:, None] * A_bar[:, None] ** torch.arange(first, first + L)).sum(0)

    A_bar, B_bar, C = parts
    whole = full(*parts)

    def mine(f):
        return f(*parts, L)

    def not_like(*wrong):
        return unlike(*wrong, run=lambda f: mine(f).real)

    def shape(f):
        return torch.is_tensor(mine(f)) and mine(f).shape == (L,)

    def impulse(f):
        x, out = 0 * A_bar, []
        for k in range(L):
            x = A_bar * x + B_bar * (k == 0)
            out.append(2 * (C * x).sum().real)
        return near(mine(f), torch.stack(out))

    def everywhere(f):
        models = [(_model(n, n), length) for n, length in ((1, 1), (2, 20), (6, 5), (17, 300))]
        small = ([x.to(torch.complex64) for x in m] for m, _ in models)
        return all(near(f(*m, k), 2 * full(*m, L=k).real) for m, k in models) and all(
            near(f(*m, 8), 2 * full(*m, L=8).real) for m in small
        )

    real_parts = ((C * B_bar).real[:, None] * (A_bar[:, None] ** torch.arange(L)).real).sum(0)
    half = lambda rows: 2 * full(*(p[rows] for p in parts)).real  # noqa: E731
    return check("pair_kernel", pair_kernel, [
        Property(shape, "return one tensor of shape (L,)", "sum over the modes, keep the L powers"),
        Property(lambda f: not mine(f).is_complex(), "the kernel must be real: take .real",
                 "x + conj(x) = 2 Re x, for each pair"),
        Property(not_like(whole.real), "half as large: the factor 2 of 2 Re is missing",
                 "the other one of each pair adds the same real part again"),
        Property(not_like(2 * whole.imag, whole.imag), "this is the imaginary part", ".real"),
        Property(not_like(*(k * full(*parts, first=n).abs() for k in (1, 2) for n in (0, 1))),
                 "an absolute value is the envelope: the kernel itself changes its sign", ".real"),
        Property(not_like(*(k * real_parts for k in (1, 2))),
                 "the real part of a product is not the product of the real parts",
                 "multiply as complex numbers, sum, and take .real last"),
        Property(not_like(half(slice(2)), half(slice(2, 4)), half(slice(0, 4, 2))),
                 "only half of the modes are summed",
                 "A_bar holds one of each pair already: use all of it, and 2 Re for the others"),
        Property(not_like(2 * full(*parts, first=1).real), "the powers start at 1, not at 0",
                 "K_0 = 2 Re sum C B_bar: torch.arange(L)"),
        Property(not_like(2 * full(A_bar, torch.ones_like(C), C).real), "B_bar is left out",
                 "C * B_bar"),
        Property(not_like(2 * full(A_bar, torch.ones_like(C), B_bar).real), "C is left out",
                 "C * B_bar"),
        Property(not_like(2 * full(A_bar, B_bar, C.conj()).real), "C stands without a conjugate",
                 "C * B_bar; torch.vdot and @ of .mH would conjugate"),
        Property(not_like(2 * full(*parts).real.flip(0)), "the kernel runs backwards",
                 "K_0 first, the newest input"),
        Property(impulse, "the loop's answer to a pulse is another",
                 "2 * ((C * B_bar)[:, None] * A_bar[:, None] ** torch.arange(L)).sum(0).real"),
        Property(everywhere, "right for one model and not for another", "use the argument L"),
        own_work(*parts, L, without=[ssm.kernel, ssm.convolve, ssm.recur, vandermonde],
                 hint="2 * ((C * B_bar)[:, None] * A_bar[:, None] ** torch.arange(L)).sum(0).real"),
    ])  # fmt: skip


def check_padded_conv(padded_conv) -> CheckResult:
    """The learner gives y_t = sum_(j<=t) K_j u_(t-j) for u and K (L,), by FFT."""
    g = torch.Generator().manual_seed(0)
    u, K = torch.randn(2, 12, generator=g, dtype=torch.float64)

    def truth(u, K):
        return torch.stack([(K[: t + 1].flip(0) * u[: t + 1]).sum() for t in range(len(u))])

    def by_fft(n, a=u, b=K, cut=slice(12)):
        return torch.fft.irfft(torch.fft.rfft(a, n) * torch.fft.rfft(b, n), n)[cut]

    def mine(f):
        return f(u, K)

    def not_like(*wrong):
        return unlike(*wrong, run=mine)

    def future(f):
        later = u.clone()
        later[8:] += 1
        return near(f(later, K)[:8], mine(f)[:8])

    def everywhere(f):
        for L in (1, 2, 7, 33, 100, 257):
            a, b = torch.randn(2, L, generator=g, dtype=torch.float64)
            if not (near(f(a, b), truth(a, b)) and near(f(a.float(), b.float()), truth(a, b))):
                return False
        return True

    def by_spectrum(f):
        """Beside 1e30 an FFT loses the ones, and a sum does not."""
        big, one = torch.ones(2, 16, dtype=torch.float64)
        big[15] = 1e30
        return not near(f(big, one)[:15], torch.arange(1.0, 16.0))

    cramped = torch.fft.irfft(torch.fft.rfft(u, 23) * torch.fft.rfft(K, 23))[:12]
    turned = torch.fft.irfft(torch.fft.rfft(u, 24) * torch.fft.rfft(K, 24).conj(), 24)[:12]
    return check("padded_conv", padded_conv, [
        Property(lambda f: torch.is_tensor(mine(f)), "return a tensor", "return y"),
        Property(lambda f: not mine(f).is_complex(), "the output of real inputs is real",
                 "torch.fft.irfft, not ifft"),
        Property(not_like(cramped),
                 "irfft without n returns an even number, one too few here: another circle",
                 "irfft(..., n=n) with the same n as rfft"),
        Property(lambda f: len(mine(f)) <= 12, "cut the padding off again: y has the length of u",
                 "[:L]"),
        Property(lambda f: mine(f).shape == (12,), "y must have u's shape (L,)",
                 "irfft(..., n)[:L] with n of the padded length"),
        Property(not_like(by_fft(12)), "no zero padding: the end wraps round to the start",
                 "torch.fft.rfft(u, n=2 * L), and the same n for K and irfft"),
        Property(not_like(*(by_fft(n) for n in range(13, 23))),
                 "too little padding: some of the end still wraps round",
                 "at least 2L - 1: rfft(u, n=2 * L)"),
        Property(not_like(by_fft(24, cut=slice(12, 24))), "you kept the second half",
                 "zeros are added behind u, so the answer is in front"),
        Property(not_like(truth(u, K.flip(0))), "K runs backwards: convolution has K_j u_(t-j)",
                 "the FFT turns K round by itself, do not flip it"),
        Property(not_like(turned), "this is a correlation, it looks ahead", "no conjugate"),
        Property(future, "an output changes with a later input", "pad to at least 2L - 1"),
        Property(lambda f: near(mine(f), truth(u, K)), "y differs from the sum over K_j u_(t-j)",
                 "irfft(rfft(u, n) * rfft(K, n), n)[:L] with n = 2L"),
        Property(everywhere, "right for L = 12 and not for other lengths", "L = len(u)"),
        Property(by_spectrum, "this sum is not taken by FFT",
                 "irfft(rfft(u, n) * rfft(K, n), n)[:L] with n = 2L"),
        own_work(u, K, without=[fft_conv, ssm.causal_conv, ssm.convolve],
                 hint="torch.fft.rfft and torch.fft.irfft"),
    ])  # fmt: skip
