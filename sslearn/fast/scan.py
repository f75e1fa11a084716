"""The associative scan in two levels of chunks.

The definition is `scan_by_doubling` in sslearn/scan.py. The two are held equal by
`test_scan_equals_the_loop_and_its_gradient` in tests/library/test_fast_scan.py.
"""

import math

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sslearn.fast.door import readable, single
from sslearn.scan import scan_by_doubling


def scan(a: Tensor, b: Tensor, x0: Tensor | None = None) -> Tensor:
    """x_t = a_t x_(t-1) + b_t from x_(-1) = x0 (zeros if None), in two levels of chunks.

    b is (B, L, ...) and x0 (B, ...); a is (B, L, ...) or broadcasts to it, as (1, 1, H, N/2) does
    for an a that is the same at every step. The result x has b's shape. All chunks of about
    sqrt(L) steps run side by side, then their ends are carried along.
    Float16 and bfloat16 are lifted to float32. The result can be differentiated once; under
    torch.func and torch.export the definition runs, which knows no such limit.
    The function raises ValueError unless a broadcasts to b.

    >>> half, b = torch.full((1, 1, 1), 0.5), torch.tensor([1.0, 0.0, 0.0, 4.0])
    >>> scan(half, b[None, :, None]).flatten().tolist()
    [1.0, 0.5, 0.25, 4.125]
    """
    fits = a.ndim == b.ndim >= 2 and all(m in (1, n) for m, n in zip(a.shape, b.shape, strict=True))
    if not fits or b.shape[1] < 1:
        shapes = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"a must broadcast to b (B, L, ...), got {shapes}")
    a, b = single(a), single(b)
    dtype = torch.promote_types(a.dtype, b.dtype)
    a, b = a.to(dtype), b.to(dtype)
    if x0 is not None:
        first = b[:, :1] + a[:, :1] * x0[:, None]
        b = torch.cat([first, b[:, 1:]], 1)
    if readable():
        return scan_by_doubling(a.expand_as(b), b)
    return _Scan.apply(a, b)


class _Scan(torch.autograd.Function):
    """The scan and its gradient, a scan from the end: db_t = g_t + conj(a_(t+1)) db_(t+1)."""

    @staticmethod
    def forward(ctx, a, b):
        x = _chunked(a, b)
        ctx.save_for_backward(a, x)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        a, x = ctx.saved_tensors
        fixed = a.shape[1] == 1
        ahead = a if fixed else torch.cat([a[:, 1:], torch.zeros_like(a[:, :1])], 1)
        db = _chunked(ahead.flip(1).conj(), g.flip(1)).flip(1)
        past = torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1)
        da = (db * past.conj()).sum_to_size(a.shape) if ctx.needs_input_grad[0] else None
        return da, db


def _chunked(a: Tensor, b: Tensor) -> Tensor:
    """The scan of zeros, a and b: chunks of c steps run side by side, then they are joined.

    Memory is time-major, (chunks, c, B, ...), so that one step of all chunks is one operation.
    """
    L = b.shape[1]
    c = max(1, round(math.sqrt(L)))
    chunks = -(-L // c)
    x = b.new_empty(chunks * c, b.shape[0], *b.shape[2:])
    x[:L], x[L:] = b.transpose(0, 1), 0
    x = x.view(chunks, c, *x.shape[1:])  # (chunks, c, B, ...)
    step, chunk = x.unbind(1), x.unbind()  # because indexing x in the loops costs as much again
    if a.shape[1] == 1:  # then a is the same at every step, and its powers serve every chunk
        a_t = a[:, 0]  # (B or 1, ...)
        powers, factor = [a_t], a_t.expand_as(step[0])
        for j in range(1, c):
            step[j].addcmul_(step[j - 1], factor)
            powers.append(powers[-1] * a_t)
        carry = torch.stack(powers)  # (c, B or 1, ...)
        for k in range(1, chunks):
            chunk[k].add_(carry * chunk[k - 1][-1])
    else:
        carry = a.new_empty(chunks * c, a.shape[0], *a.shape[2:])
        carry[:L], carry[L:] = a.transpose(0, 1), 1
        carry = carry.view(chunks, c, *carry.shape[1:])
        product, factor = carry.unbind(1), carry.expand_as(x).unbind(1)
        for j in range(1, c):
            step[j].addcmul_(step[j - 1], factor[j])
            product[j].mul_(product[j - 1])
        factor = carry.expand_as(x).unbind()
        for k in range(1, chunks):
            chunk[k].addcmul_(factor[k], chunk[k - 1][-1].expand_as(chunk[k]))
    return x.flatten(0, 1)[:L].transpose(0, 1)
