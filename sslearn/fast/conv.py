"""The fast twin of `sslearn.ssm.causal_conv`: by FFT, one sequence and a few channels at a time."""

import torch
from torch import Tensor


def fft_conv(u: Tensor, K: Tensor, K_back: Tensor | None = None) -> Tensor:
    """y_t = sum_(j<=t) K_j u_(t-j) (+ sum_j K_back_j u_(t+1+j)): `ssm.causal_conv`, in less memory.

    u (B, L, H); K, K_back (H, L) real, one a channel. Returns (B, L, H). One sequence and a few
    channels at a time; the spectrum of u, twice its size, is kept for the backward pass alone.
    Raises ValueError for other shapes.
    """
    for name, k in (("K", K), ("K_back", K_back)):
        if k is not None and (u.ndim != 3 or k.shape != (u.shape[2], u.shape[1])):
            shapes = f"{tuple(k.shape)} and {tuple(u.shape)}"
            raise ValueError(f"{name} must be (H, L) for u (B, L, H), got {shapes}")
    n = _fast_length(2 * u.shape[1])
    if K_back is not None:  # the future sits at the end of the circle
        K = torch.cat([K, K.new_zeros(len(K), n - 2 * K.shape[1]), K_back.flip(1)], 1)
    return _Conv.apply(u, K, n, torch.is_grad_enabled() and K.requires_grad)


def _fast_length(n):
    """The next length 2^a 3^b 5^c, which an FFT is fast for."""
    odd = [3**b * 5**c for b in range(20) for c in range(14) if 3**b * 5**c < 2 * n]
    return min(m << max(0, (-(-n // m) - 1).bit_length()) for m in odd)


class _Conv(torch.autograd.Function):
    """du = irfft(rfft(g) conj rfft(K)), dK = irfft(sum_b rfft(g) conj rfft(u))."""

    @staticmethod
    def forward(ctx, u, K, n, keep):
        Kf, room = torch.fft.rfft(K, n), _room(u, n)
        y, spectra = torch.empty_like(u), []
        for c, u_g, y_g in _groups(n, u, y):
            uf = _spectrum(u_g, room)
            _back(uf * Kf[c] if keep else uf.mul_(Kf[c]), room, out=y_g)
            if keep:
                spectra.append(uf)
        ctx.save_for_backward(K, *spectra)
        ctx.n = n
        return y

    @staticmethod
    def backward(ctx, g):
        K, *spectra = ctx.saved_tensors
        n, room = ctx.n, _room(g, ctx.n)
        Kf = torch.fft.rfft(K, n).conj().resolve_conj()
        dKf = torch.zeros_like(Kf).repeat(len(room), 1, 1) if spectra else None
        du = torch.empty_like(g) if ctx.needs_input_grad[0] else None
        for i, (c, g_g, du_g) in enumerate(_groups(n, g, g if du is None else du)):
            gf = _spectrum(g_g, room)
            if spectra:
                dKf[: len(gf), c].addcmul_(gf, spectra[i].conj())
            if du is not None:
                _back(gf.mul_(Kf[c]), room, out=du_g)
        dK = torch.fft.irfft(dKf.sum(0), n)[:, : K.shape[1]] if spectra else None
        return du, dK, None, None


def _at_once(u, n):
    """Sequences and channels in one FFT: what a processor's cache holds; on a GPU all."""
    return (1, max(16, 2**18 // n)) if u.is_cpu else (len(u), u.shape[2])


def _groups(n, *tensors):
    """The channels as a slice, and the same sequences and channels of each tensor."""
    b, h = _at_once(tensors[0], n)
    for group in zip(*(x.split(b) for x in tensors), strict=True):
        for i in range(0, tensors[0].shape[2], h):
            c = slice(i, i + h)
            yield c, *(x[..., c] for x in group)


def _room(u, n):
    """Zeros (b, H, n), into whose first L columns each group is copied: padded once.

    Rows a multiple of 4 KiB apart would share a few lines of the cache: a gap parts them.
    """
    b, h = _at_once(u, n)
    return u.new_zeros(b, min(h, u.shape[2]), n + 16)[..., :n]


def _spectrum(u_g, room):
    """(b, L, H) to its padded spectrum (b, H, n/2 + 1)."""
    room = room[: len(u_g), : u_g.shape[2]]
    room[..., : u_g.shape[1]] = u_g.mT
    return torch.fft.rfft(room)


def _back(spectrum, room, out):
    """Its inverse, cut to the steps of out (b, L, H). Uses the room, for the gap between rows."""
    y = torch.fft.irfft(spectrum, room.shape[-1])[..., : out.shape[1]]
    if room.shape[-1] % 1024 == 0:
        y = room[: len(y), : y.shape[1], : y.shape[2]].copy_(y)
    out.copy_(y.mT)
