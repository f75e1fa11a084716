"""The kernel of a diagonal state space model as a product of two short tables.

The definition is `kernel` in sslearn/ssm.py. The two are held equal by
`test_two_tables_equal_the_vandermonde_product` in tests/library/test_fast_vandermonde.py.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sslearn.fast.door import no_autocast, one_thread, readable
from sslearn.ssm import whole_steps


def vandermonde(a: Tensor, W: Tensor, L: int) -> Tensor:
    """K_l = 2 Re sum_n W_n e^(a_n l), l = 0 ... L-1, as a product of two short Vandermonde tables.

    a = dt A and W = C B_bar are complex (H, N/2); the result is (H, L), real. With q = 2^k near
    sqrt(L) and l = i q + j, e^(a l) = e^(a q i) e^(a j), so that K, laid out as i by j, is one
    small matrix product a channel in place of L exponentials a pole.
    The result can be differentiated once; under torch.func and torch.export the plain product
    runs, which knows no such limit. The function raises ValueError unless L >= 1.

    >>> log_half = torch.full((1, 1), 0.5).log() + 0j
    >>> vandermonde(log_half, torch.ones(1, 1) + 0j, 4)  # 2, 1, 1/2, 1/4
    tensor([[2.0000, 1.0000, 0.5000, 0.2500]])
    """
    L = whole_steps(L)
    if a.ndim != 2 or a.shape != W.shape or not (a.is_complex() and W.is_complex()):
        shapes = f"{a.dtype} {tuple(a.shape)} and {W.dtype} {tuple(W.shape)}"
        raise ValueError(f"a and W must be complex (H, N/2), got {shapes}")
    if a.dtype != W.dtype:
        dtype = torch.promote_types(a.dtype, W.dtype)
        a, W = a.to(dtype), W.to(dtype)
    if readable():
        steps = torch.arange(L, device=a.device)
        return 2 * (W[..., None] * (a[..., None] * steps).exp()).sum(1).real
    with no_autocast(a), one_thread(a):
        return _Vandermonde.apply(a, W, L)


def _turns(a: Tensor, L: int) -> Tensor:
    """e^(a d) for d = 1, 2, 4, ... below L, (log2 L, H, N/2): no other exponential is computed."""
    powers = 2 ** torch.arange((L - 1).bit_length(), device=a.device)
    z = a * powers[:, None, None]  # this is exact, because d is a power of two
    return torch.polar(z.real.exp(), z.imag)


def _powers(turns: Tensor, n: int, a: Tensor) -> Tensor:
    """The table z^k, k = 0 ... n-1, (H, n, N/2): T of length d grows to [T, T z^d].

    turns holds z^1, z^2, z^4, ...
    """
    table = torch.empty(len(a), n, a.shape[1], dtype=a.dtype, device=a.device)
    table[:, 0], d = 1, 1
    for turn in turns:
        table[:, d : 2 * d] = table[:, : min(d, n - d)] * turn[:, None]
        d *= 2
    return table


def _real(z: Tensor) -> Tensor:
    """The same memory, complex (..., n), as real (..., 2n): Re z_1, Im z_1, Re z_2, ..."""
    return torch.view_as_real(z).flatten(-2)


class _Vandermonde(torch.autograd.Function):
    """K_l = 2 Re sum_n W_n e^(a q i) e^(a j), with dW = 2 conj(sum_l g_l e^(a l)) for g = dLoss/dK.

    The other gradient is da = 2 conj(W sum_l l g_l e^(a l)).
    """

    @staticmethod
    def forward(ctx, a, W, L):
        k, turns = (L - 1).bit_length() // 2, _turns(a, L)
        q = 1 << k
        fine = _powers(turns[:k], q, a)  # (H, q, n)
        coarse = _powers(turns[k:], -(-L // q), a)  # (H, L/q, n), the powers of e^(a q)
        left = ((2 * W)[:, None] * coarse).conj_physical_()  # (H, L/q, n)
        K = _real(left) @ _real(fine).mT  # because Re(x y) = Re x* Re y + Im x* Im y
        ctx.save_for_backward(W, fine, coarse)
        ctx.L, ctx.q = L, q
        return K.flatten(1)[:, :L]

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        with no_autocast(g), one_thread(g):
            return _gradients(*ctx.saved_tensors, g, ctx.L, ctx.q)


def _gradients(W, fine, coarse, g, L, q):
    """da and dW of `_Vandermonde`, and None for L."""
    rows = coarse.shape[1]
    g = torch.nn.functional.pad(g.contiguous(), (0, rows * q - L)).view(-1, rows, q)
    j = torch.arange(q, dtype=g.dtype, device=g.device)
    i = torch.arange(rows, dtype=g.dtype, device=g.device)[:, None]
    both = torch.stack([g, j * g], 1).flatten(1, 2)
    both = both @ _real(fine)  # (H, 2 rows, 2n)
    both = torch.view_as_complex(both.view(len(g), 2, rows, -1, 2)) * coarse[:, None]
    plain, timed = both.sum(2).unbind(1)  # (H, n): sums of g e^(a l) and of j g e^(a l)
    timed = timed + q * (i * both[:, 0]).sum(1)
    return 2 * (W * timed).conj(), 2 * plain.conj(), None
