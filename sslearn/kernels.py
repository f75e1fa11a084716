"""Fast forms of `ssm.kernel` and `ssm.causal_conv`, equal to them and tested so."""

import torch
from torch import Tensor


def vandermonde(a: Tensor, W: Tensor, L: int) -> Tensor:
    """K_l = 2 Re sum_n W_n e^(a_n l), l = 0 ... L-1, as a product of two short Vandermonde tables.

    With q = 2^k near sqrt(L) and l = iq + j: e^(a l) = e^(a q i) e^(a j), so K (as i by j) is one
    small matrix product a channel instead of L exponentials a pole. a = dt A and W = C B_bar,
    complex (H, N/2); returns (H, L), real. Once differentiable. Raises ValueError unless L >= 1.
    """
    if L < 1:
        raise ValueError(f"L must be at least 1, got {L}")
    return _Vandermonde.apply(a, W, L)


def _turns(a: Tensor, L: int) -> Tensor:
    """e^(a d) for d = 1, 2, 4, ... below L, (log2 L, H, N/2): all the exponentials there are."""
    powers = 2 ** torch.arange((L - 1).bit_length(), device=a.device)
    z = a * powers[:, None, None]  # exact in floating point, as d is a power of two
    return torch.polar(z.real.exp(), z.imag)


def _powers(turns: Tensor, n: int, a: Tensor) -> Tensor:
    """z^k for k = 0 ... n-1, (H, n, N/2), by doubling: [T, T z^d]; turns are z^1, z^2, z^4 ..."""
    table = torch.empty(len(a), n, a.shape[1], dtype=a.dtype, device=a.device)
    table[:, 0], d = 1, 1
    for turn in turns:
        table[:, d : 2 * d] = table[:, : min(d, n - d)] * turn[:, None]
        d *= 2
    return table


def _split(z: Tensor) -> Tensor:
    """(..., n) complex as (..., 2n) real: the real parts, then the imaginary parts."""
    return torch.cat([z.real, z.imag], -1)


class _Vandermonde(torch.autograd.Function):
    """K = 2 Re (W e^(a q i)) . e^(a j); dW = 2 sum_l g_l conj(e^(a l)), da with l before it."""

    @staticmethod
    def forward(ctx, a, W, L):
        k, turns = (L - 1).bit_length() // 2, _turns(a, L)
        q = 1 << k
        fine = _powers(turns[:k], q, a)  # (H, q, n)
        coarse = _powers(turns[k:], -(-L // q), a)  # (H, L/q, n), of z = e^(a q)
        left = _split((2 * W)[:, None] * coarse)  # (H, L/q, 2n)
        K = left @ _split(fine.conj()).mT  # Re(x y) = Re x Re y - Im x Im y
        ctx.save_for_backward(W, fine, coarse)
        ctx.L, ctx.q = L, q
        return K.flatten(1)[:, :L]

    @staticmethod
    def backward(ctx, g):
        W, fine, coarse = ctx.saved_tensors
        n, (rows, q) = W.shape[-1], (coarse.shape[1], ctx.q)
        g = torch.nn.functional.pad(g, (0, rows * q - ctx.L)).view(-1, rows, q)
        j = torch.arange(q, dtype=g.dtype, device=g.device)[:, None]
        i = torch.arange(rows, dtype=g.dtype, device=g.device)[:, None]
        both = g @ torch.cat([_split(fine), _split(j * fine)], -1)  # (H, rows, 4n)
        plain = torch.complex(both[..., :n], both[..., n : 2 * n])
        timed = torch.complex(both[..., 2 * n : 3 * n], both[..., 3 * n :])
        dW = 2 * (coarse * plain).sum(1).conj()
        da = 2 * (W * (coarse * (timed + q * i * plain)).sum(1)).conj()
        return da, dW, None


def fft_conv(u: Tensor, K: Tensor, K_back: Tensor | None = None) -> Tensor:
    """y_t = sum_(j<=t) K_j u_(t-j) (+ sum_j K_back_j u_(t+1+j)): `ssm.causal_conv`, in less memory.

    u (B, L, H); K, K_back (H, L) real, one a channel. Returns (B, L, H). One sequence at a time,
    and no spectrum is kept for the backward pass. Raises ValueError for other shapes.
    """
    for name, k in (("K", K), ("K_back", K_back)):
        if k is not None and (u.ndim != 3 or k.shape != (u.shape[2], u.shape[1])):
            shapes = f"{tuple(k.shape)} and {tuple(u.shape)}"
            raise ValueError(f"{name} must be (H, L) for u (B, L, H), got {shapes}")
    n = _fast_length(2 * u.shape[1])
    if K_back is not None:  # the future sits at the end of the circle
        K = torch.cat([K, K.new_zeros(len(K), n - 2 * K.shape[1]), K_back.flip(1)], 1)
    return _Conv.apply(u, K, n)


def _fast_length(n):
    """The next length 2^a 3^b 5^c, which an FFT is fast for."""
    odd = [3**b * 5**c for b in range(20) for c in range(14) if 3**b * 5**c < 2 * n]
    return min(m << max(0, (-(-n // m) - 1).bit_length()) for m in odd)


class _Conv(torch.autograd.Function):
    """du = irfft(rfft(g) conj rfft(K)), dK = irfft(sum_b rfft(g) conj rfft(u))."""

    @staticmethod
    def forward(ctx, u, K, n):
        ctx.save_for_backward(u, K)
        ctx.n = n
        Kf, room = torch.fft.rfft(K, n), _room(u, n)
        y = torch.empty_like(u)
        for u_g, y_g in _groups(u, y):
            y_g.copy_(_back(_spectrum(u_g, room).mul_(Kf), u_g, n))
        return y

    @staticmethod
    def backward(ctx, g):
        u, K = ctx.saved_tensors
        n, room = ctx.n, _room(u, ctx.n)
        Kf = torch.fft.rfft(K, n).conj().resolve_conj()
        dKf = torch.zeros_like(Kf).repeat(len(room), 1, 1)
        du = torch.empty_like(u) if ctx.needs_input_grad[0] else None
        for u_g, g_g, du_g in _groups(u, g, u if du is None else du):
            gf = _spectrum(g_g, room)
            dKf[: len(gf)].addcmul_(gf, _spectrum(u_g, room).conj())
            if du is not None:
                du_g.copy_(_back(gf.mul_(Kf), u_g, n))
        return du, torch.fft.irfft(dKf.sum(0), n)[:, : K.shape[1]], None


def _at_once(u):
    """Sequences in one FFT: one on a processor, whose cache is small, all on a GPU."""
    return 1 if u.is_cpu else len(u)


def _groups(*tensors):
    """The same sequences of each tensor, so many at once."""
    return zip(*(x.split(_at_once(x)) for x in tensors), strict=True)


def _room(u, n):
    """Zeros (b, H, n), into whose first L columns each group is copied: padded once."""
    return u.new_zeros(_at_once(u), u.shape[2], n)


def _spectrum(u_g, room):
    """(b, L, H) to its padded spectrum (b, H, n/2 + 1)."""
    room = room[: len(u_g)]
    room[..., : u_g.shape[1]] = u_g.mT
    return torch.fft.rfft(room)


def _back(spectrum, like, n):
    return torch.fft.irfft(spectrum, n)[..., : like.shape[1]].mT
