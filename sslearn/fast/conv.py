"""The causal convolution by FFT, for one sequence and a few channels at a time.

The definition is `causal_conv` in sslearn/ssm.py. The two are held equal, gradients included, by
`test_fast_convolution_equals_the_definition_both_ways` in tests/library/test_fast_conv.py.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sslearn.fast.door import readable, single


def fft_conv(u: Tensor, K: Tensor, K_back: Tensor | None = None) -> Tensor:
    """y_t = sum_(j<=t) K_j u_(t-j), plus sum_j K_back_j u_(t+1+j) where K_back is given.

    Float16 and bfloat16 are lifted to float32. The result can be differentiated once; under
    torch.func and torch.export the definition runs, which knows no such limit.
    u is (B, L, H), as y is; K and K_back are (H, L), real, one kernel a channel. The spectrum of
    u, twice the size of u, is kept only where the backward pass needs it.
    The function raises ValueError for other shapes.

    >>> u = torch.tensor([1.0, 0.0, 2.0])[None, :, None]
    >>> y = fft_conv(u, torch.tensor([[1.0, 10.0, 100.0]]))
    >>> [round(x) for x in y.flatten().tolist()]  # 1, then 10, then 100 + 2
    [1, 10, 102]
    """
    for name, k in (("K", K), ("K_back", K_back)):
        if k is not None and (u.ndim != 3 or k.shape != (u.shape[2], u.shape[1])):
            shapes = f"{tuple(k.shape)} and {tuple(u.shape)}"
            raise ValueError(f"{name} must be (H, L) for u (B, L, H), got {shapes}")
    u, K, K_back = single(u), single(K), K_back if K_back is None else single(K_back)
    dtype = torch.promote_types(u.dtype, K.dtype)
    if dtype.is_complex:
        raise ValueError(f"u and K must be real, got {u.dtype} and {K.dtype}")
    u, K = u.to(dtype), K.to(dtype)
    n = _fast_length(2 * u.shape[1])
    if K_back is not None:  # the kernel of the future sits at the end of the circle of n steps
        K = torch.cat([K, K.new_zeros(len(K), n - 2 * K.shape[1]), K_back.flip(1)], 1)
    if readable():
        spectrum = torch.fft.rfft(u, n, dim=1) * torch.fft.rfft(K.mT, n, dim=0)
        return torch.fft.irfft(spectrum, n, dim=1)[:, : u.shape[1]]
    if not len(u):  # because an FFT refuses an empty batch
        return u * K.mT[: u.shape[1]]
    return _Conv.apply(u, K, n, torch.is_grad_enabled() and K.requires_grad)


def _fast_length(n):
    """The smallest length 2^a 3^b 5^c that is at least n, because an FFT is fast for it."""
    odd = [3**b * 5**c for b in range(20) for c in range(14) if 3**b * 5**c < 2 * n]
    return min(m << max(0, (-(-n // m) - 1).bit_length()) for m in odd)


class _Conv(torch.autograd.Function):
    """y = irfft(rfft(u) rfft(K)), with du = irfft(rfft(g) conj rfft(K)) for g = dLoss/dy.

    In the same way dK = irfft(sum_b rfft(g) conj rfft(u)).
    """

    @staticmethod
    def forward(ctx, u, K, n, keep):
        Kf, padded = torch.fft.rfft(K, n), _padded(u, n)
        y, spectra = torch.empty_like(u), []
        for c, u_g, y_g in _groups(n, u, y):
            uf = _spectrum(u_g, padded)
            _inverse(uf * Kf[c] if keep else uf.mul_(Kf[c]), padded, out=y_g)
            if keep:
                spectra.append(uf)
        ctx.save_for_backward(K, *spectra)
        ctx.n = n
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        K, *spectra = ctx.saved_tensors
        n, padded = ctx.n, _padded(g, ctx.n)
        Kf = torch.fft.rfft(K, n).conj().resolve_conj()
        dKf = torch.zeros_like(Kf).repeat(len(padded), 1, 1) if spectra else None
        du = torch.empty_like(g) if ctx.needs_input_grad[0] else None
        for i, (c, g_g, du_g) in enumerate(_groups(n, g, g if du is None else du)):
            gf = _spectrum(g_g, padded)
            if spectra:
                dKf[: len(gf), c].addcmul_(gf, spectra[i].conj())
            if du is not None:
                _inverse(gf.mul_(Kf[c]), padded, out=du_g)
        dK = torch.fft.irfft(dKf.sum(0), n)[:, : K.shape[1]] if spectra else None
        return du, dK, None, None


def _at_once(u, n):
    """How many sequences and how many channels one FFT takes.

    On a processor that is one sequence and as many channels as its cache holds; a GPU takes all.
    """
    return (1, max(16, 2**18 // n)) if u.is_cpu else (len(u), u.shape[2])


def _groups(n, *tensors):
    """For each FFT the slice of its channels, and those sequences and channels of each tensor."""
    b, h = _at_once(tensors[0], n)
    for group in zip(*(x.split(b) for x in tensors), strict=True):
        for i in range(0, tensors[0].shape[2], h):
            c = slice(i, i + h)
            yield c, *(x[..., c] for x in group)


def _padded(u, n):
    """A buffer of zeros (b, H, n) for all groups: each overwrites the first L columns.

    A row is 16 entries longer than n, because rows that lie a multiple of 4 KiB apart in memory
    share a few lines of the cache and push each other out of it.
    """
    b, h = _at_once(u, n)
    return u.new_zeros(b, min(h, u.shape[2]), n + 16)[..., :n]


def _spectrum(u_g, padded):
    """The spectrum (b, H, n/2 + 1) of u_g (b, L, H), which is padded to n steps."""
    padded = padded[: len(u_g), : u_g.shape[2]]
    padded[..., : u_g.shape[1]] = u_g.mT
    return torch.fft.rfft(padded)


def _inverse(spectrum, padded, out):
    """Write the inverse FFT of spectrum, cut to L steps, into out (b, L, H).

    Where n is a multiple of 1024 the rows of the inverse lie a multiple of 4 KiB apart, so that it
    is copied into the buffer, whose rows do not, before it is transposed.
    """
    y = torch.fft.irfft(spectrum, padded.shape[-1])[..., : out.shape[1]]
    if padded.shape[-1] % 1024 == 0:
        y = padded[: len(y), : y.shape[1], : y.shape[2]].copy_(y)
    out.copy_(y.mT)
