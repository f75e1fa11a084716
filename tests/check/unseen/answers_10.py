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
from torch.nn.functional import linear

from sslearn.layers.additions import signed_sums as library_sums
from sslearn.spikes import ternary as library_ternary

CHECK = {
    "ternary": "check_ternary",  # ternary -> check_ternary
    "gsu": "check_gsu",  # gsu -> check_gsu
    "two_gradients": "check_two_gradients",  # two_gradients -> check_two_gradients
    "signed_sums": "check_signed_sums",  # signed_sums -> check_signed_sums
}


def _hard(z, delta):
    return (z >= delta).to(z.dtype) - (z <= -delta).to(z.dtype)


W("ternary", "no gradient")(lambda z, delta: _hard(z, delta))
W("ternary", "> and <, not >= and <=")(
    lambda z, delta: (z > delta).to(z.dtype) - (z < -delta).to(z.dtype) + (z - z.detach()))
W("ternary", "bracket open: rounding leaks in")(lambda z, delta: _hard(z, delta) + z - z.detach())
W("ternary", "gradient only where it fires")(
    lambda z, delta: _hard(z, delta) + (z - z.detach()) * _hard(z, delta).abs())
W("ternary", "gradient clipped to |z| <= 1")(
    lambda z, delta: _hard(z, delta) + (lambda c: c - c.detach())(z.clamp(-1, 1)))
W("ternary", "float32 whatever z is")(
    lambda z, delta: (z >= delta).float() - (z <= -delta).float() + (z - z.detach()).float())
W("ternary", "one delta for all: the largest")(lambda z, delta: _hard(z, delta.max()) + (z - z.detach()))
W("ternary", "sign, delta ignored")(lambda z, delta: z.detach().sign() + (z - z.detach()))
W("ternary", "negative side forgotten")(lambda z, delta: (z >= delta).to(z.dtype) + (z - z.detach()))
W("ternary", "gradient sign lost on the negative side")(
    lambda z, delta: _hard(z, delta) + (z.abs() - z.abs().detach()))
W("ternary", "delta also has a gradient")(
    lambda z, delta: _hard(z, delta) + ((z - delta) - (z - delta).detach()))
W("ternary", "round(z / delta) clamped: half of delta is enough")(
    lambda z, delta: (z / delta).detach().round().clamp(-1, 1) + (z - z.detach()))
W("ternary", "the library's own, not written")(lambda z, delta: library_ternary(z, delta))


@W("ternary", "changes z in place")
def _(z, delta):
    hard = _hard(z.detach(), delta)
    out = hard + (z - z.detach())
    z.data.copy_(hard)
    return out


class _Ter(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, delta):
        return torch.where(z >= delta, 1.0, torch.where(z <= -delta, -1.0, 0.0)).to(z.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad, None


R("ternary", "autograd.Function")(lambda z, delta: _Ter.apply(z, delta))
R("ternary", "sign times a mask, bracket by addition of a zero")(
    lambda z, delta: (z.detach().sign() * (z.detach().abs() >= delta.detach())) + (z - z.detach()))


# --- gsu -> check_gsu
def _gsu(x, W, b, c, alpha, *, dx=None, dW=None, one=True, two=True, join=torch.mul):
    dx = alpha * x.detach().abs().amax(-1, keepdim=True) if dx is None else dx
    dW = alpha * W.detach().abs().max() if dW is None else dW
    s = library_ternary(x, dx) if one else x
    T = library_ternary(W, dW) if two else W
    return join(linear(s, W, b), linear(x, T, c))


W("gsu", "one threshold for all tokens (right for one)")(lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, dx=alpha * x.detach().abs().max()))
W("gsu", "max without abs")(
    lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, dx=(alpha * x.detach().amax(-1, keepdim=True)).clamp(min=0)))
W("gsu", "a threshold for each row of W (right for the identity)")(
    lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, dW=alpha * W.detach().abs().amax(1, keepdim=True)))
W("gsu", "threshold alpha itself (right where the maximum is 1)")(
    lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, dx=torch.tensor(alpha), dW=torch.tensor(alpha)))
W("gsu", "alpha fixed at 0.6")(lambda x, W, b, c, alpha: _gsu(x, W, b, c, 0.6))
W("gsu", "W transposed (right for a symmetric W)")(lambda x, W, b, c, alpha: _gsu(x, W.T, b, c, alpha))
W("gsu", "T transposed (right for a symmetric W)")(
    lambda x, W, b, c, alpha: linear(library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True)), W, b)
    * linear(x, library_ternary(W, alpha * W.detach().abs().max()).T, c))
W("gsu", "b and c swapped")(lambda x, W, b, c, alpha: _gsu(x, W, c, b, alpha))
W("gsu", "c forgotten")(lambda x, W, b, c, alpha: _gsu(x, W, b, torch.zeros_like(c), alpha))
W("gsu", "x not ternary")(lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, one=False))
W("gsu", "W not ternary (right for the identity)")(lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, two=False))
W("gsu", "added, not multiplied")(lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, join=torch.add))
W("gsu", "no gradient through the ternary x")(
    lambda x, W, b, c, alpha: linear(library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True)).detach(), W, b)
    * linear(x, library_ternary(W, alpha * W.detach().abs().max()), c))
W("gsu", "no gradient to W through Ter(W)")(
    lambda x, W, b, c, alpha: linear(library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True)), W, b)
    * linear(x, library_ternary(W.detach(), alpha * W.detach().abs().max()), c))
W("gsu", "no gradient through the real x")(
    lambda x, W, b, c, alpha: linear(library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True)), W, b)
    * linear(x.detach(), library_ternary(W, alpha * W.detach().abs().max()), c))
W("gsu", "mean of |x| for the maximum")(
    lambda x, W, b, c, alpha: _gsu(x, W, b, c, alpha, dx=alpha * x.detach().abs().mean(-1, keepdim=True)))


@W("gsu", "W made ternary in place")
def _(x, W, b, c, alpha):
    s = library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True))
    first = linear(s, W.clone(), b)
    W.data.copy_(library_ternary(W.data, alpha * W.data.abs().max()))
    return first * linear(x, W, c)


@W("gsu", "threshold over the last axis of a matrix only: two axes assumed")
def _(x, W, b, c, alpha):
    return _gsu(x, W, b, c, alpha, dx=alpha * x.detach().abs().amax(tuple(range(1, x.ndim)), keepdim=True) if x.ndim > 1 else None)


@R("gsu", "matmul, max().values, terms in another order")
def _(x, W, b, c, alpha):
    with torch.no_grad():
        dx, dW = x.abs().max(dim=-1, keepdim=True).values * alpha, torch.linalg.vector_norm(W, ord=math.inf) * alpha
    right = c + torch.einsum("...h,oh->...o", x, library_ternary(W, dW))
    return right * (b + library_ternary(x, dx) @ W.mT)


@R("gsu", "all tokens in one matrix, own Ter")
def _(x, W, b, c, alpha):
    flat = x.reshape(-1, x.shape[-1])
    s = _Ter.apply(flat, alpha * flat.detach().abs().amax(1, keepdim=True))
    T = _Ter.apply(W, alpha * W.detach().abs().amax())
    return (torch.addmm(b, s, W.t()) * torch.addmm(c, flat, T.t())).reshape(*x.shape[:-1], len(W))


# --- two_gradients -> check_two_gradients
def _parts(x, W, b, c, alpha):
    a, d = x.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    s = library_ternary(a, alpha * x.detach().abs().amax(-1, keepdim=True))
    T = library_ternary(W, alpha * W.detach().abs().max())
    out = linear(s, W, b) * linear(d, T, c)
    return torch.autograd.grad(out.sum(), (a, d))


W("two_gradients", "pair swapped")(lambda x, W, b, c, alpha: _parts(x, W, b, c, alpha)[::-1])
W("two_gradients", "whole gradient halved")(lambda x, W, b, c, alpha: (lambda g: (sum(g) / 2, sum(g) / 2))(_parts(x, W, b, c, alpha)))
W("two_gradients", "the first one twice")(lambda x, W, b, c, alpha: (lambda g: (g[0], g[0].clone()))(_parts(x, W, b, c, alpha)))
W("two_gradients", "the sum, and nothing")(lambda x, W, b, c, alpha: (lambda g: (sum(g), torch.zeros_like(x)))(_parts(x, W, b, c, alpha)))
W("two_gradients", "mean for sum")(lambda x, W, b, c, alpha: tuple(g / x.numel() for g in _parts(x, W, b, c, alpha)))
W("two_gradients", "biases left out")(lambda x, W, b, c, alpha: _parts(x, W, torch.zeros_like(b), torch.zeros_like(c), alpha))
W("two_gradients", "one threshold for all tokens")(
    lambda x, W, b, c, alpha: _own(x, W, b, c, alpha * x.abs().max(), alpha * W.abs().max()))
W("two_gradients", "threshold of W without the maximum")(
    lambda x, W, b, c, alpha: _own(x, W, b, c, alpha * x.abs().amax(-1, keepdim=True), torch.tensor(alpha)))
W("two_gradients", "one token only")(
    lambda x, W, b, c, alpha: tuple(g[..., :1, :].expand_as(x) for g in _parts(x, W, b, c, alpha)))


def _own(x, W, b, c, dx, dW):
    a, d = x.detach().clone().requires_grad_(), x.detach().clone().requires_grad_()
    out = linear(library_ternary(a, dx.detach()), W, b) * linear(d, library_ternary(W, dW.detach()), c)
    return torch.autograd.grad(out.sum(), (a, d))


@W("two_gradients", "slope only where Ter is not zero")
def _(x, W, b, c, alpha):
    g, h = _parts(x, W, b, c, alpha)
    return g * (x.abs() >= alpha * x.abs().amax(-1, keepdim=True)), h


@W("two_gradients", "leaves requires_grad and a gradient on the caller's x")
def _(x, W, b, c, alpha):
    x.requires_grad_()
    first = _parts(x, W, b, c, alpha)
    s = library_ternary(x, alpha * x.detach().abs().amax(-1, keepdim=True))
    T = library_ternary(W, alpha * W.detach().abs().max())
    (linear(s, W, b) * linear(x, T, c)).sum().backward()
    return first[0], x.grad - first[0]


@W("two_gradients", "each factor's own gradient, the other factor taken for 1")
def _(x, W, b, c, alpha):
    T = library_ternary(W, alpha * W.detach().abs().max())
    return W.detach().sum(0).expand_as(x), T.detach().sum(0).expand_as(x)


@R("two_gradients", "by hand: the other factor times the matrix")
def _(x, W, b, c, alpha):
    with torch.no_grad():
        s = library_ternary(x, alpha * x.abs().amax(-1, keepdim=True))
        T = library_ternary(W, alpha * W.abs().max())
        return linear(x, T, c) @ W, linear(s, W, b) @ T


@R("two_gradients", "two backward passes, the other side detached; a list")
def _(x, W, b, c, alpha):
    out, x = [], x.detach()
    for k in (0, 1):
        leaf = x.clone().requires_grad_()
        a, d = (leaf, x) if k == 0 else (x, leaf)
        s = library_ternary(a, alpha * x.abs().amax(-1, keepdim=True))
        T = library_ternary(W.detach(), alpha * W.detach().abs().max())
        (linear(s, W.detach(), b.detach()) * linear(d, T, c.detach())).sum().backward()
        out.append(leaf.grad)
    return out


# --- signed_sums -> check_signed_sums
W("signed_sums", "matrix product")(lambda S, W: S @ W.T)
W("signed_sums", "the library's")(lambda S, W: library_sums(S, W))
W("signed_sums", "product in NumPy")(lambda S, W: torch.from_numpy(S.detach().numpy() @ W.detach().numpy().T))
W("signed_sums", "product in Python lists")(
    lambda S, W: torch.tensor([[sum(s * w for s, w in zip(r, q)) for q in W.tolist()] for r in S.tolist()], dtype=W.dtype))
W("signed_sums", "-1 forgotten")(lambda S, W: torch.stack([W[:, r == 1].sum(1) for r in S]))
W("signed_sums", "all but 1 taken away, zeros too")(
    lambda S, W: torch.stack([W[:, r == 1].sum(1) - W[:, r != 1].sum(1) for r in S]))
W("signed_sums", "mask by multiplication")(lambda S, W: (S[:, None, :] * W[None]).sum(-1))
W("signed_sums", "mask as 0 and 1, multiplied")(
    lambda S, W: ((S == 1)[:, None] * W).sum(-1) - ((S == -1)[:, None] * W).sum(-1))
W("signed_sums", "rows of W, not columns (right for a symmetric W)")(
    lambda S, W: torch.stack([W.T[:, r == 1].sum(1) - W.T[:, r == -1].sum(1) for r in S]) if W.shape[0] == W.shape[1] else
    torch.stack([W[:, r == 1].sum(1) - W[:, r == -1].sum(1) for r in S]))
W("signed_sums", "transposed result")(
    lambda S, W: torch.stack([W[:, r == 1].sum(1) - W[:, r == -1].sum(1) for r in S], 1))
W("signed_sums", "first row only")(
    lambda S, W: (W[:, S[0] == 1].sum(1) - W[:, S[0] == -1].sum(1)).expand(len(S), -1).clone())
W("signed_sums", "mean, not sum: a division")(
    lambda S, W: torch.stack([W[:, r == 1].mean(1) - W[:, r == -1].mean(1) for r in S]).nan_to_num())
W("signed_sums", "float32")(
    lambda S, W: torch.stack([W[:, r == 1].sum(1) - W[:, r == -1].sum(1) for r in S]).float())


@W("signed_sums", "product hidden in add's alpha")
def _(S, W):
    out = []
    for row in S.tolist():
        y = torch.zeros(len(W), dtype=W.dtype)
        for h, x in enumerate(row):
            y = torch.add(y, W[:, h], alpha=x)
        out.append(y)
    return torch.stack(out)


@W("signed_sums", "changes W in place")
def _(S, W):
    out = []
    for r in S:
        y = W[:, r == 1].sum(1)
        W[:, r == -1] = -W[:, r == -1]
        out.append(y + W[:, r == -1].sum(1))
    return torch.stack(out)


@R("signed_sums", "column by column, index_add")
def _(S, W):
    out = torch.zeros(len(S), len(W), dtype=W.dtype)
    for h in range(S.shape[1]):
        plus, minus = (S[:, h] == 1).nonzero()[:, 0], (S[:, h] == -1).nonzero()[:, 0]
        out.index_add_(0, plus, W[:, h].expand(len(plus), -1))
        out.index_add_(0, minus, (-W[:, h]).expand(len(minus), -1))
    return out


@R("signed_sums", "masked_fill of all at once")
def _(S, W):
    three = W.unsqueeze(0).expand(len(S), -1, -1)
    plus = three.masked_fill((S != 1)[:, None], 0.0).sum(-1)
    return plus - three.masked_fill((S != -1)[:, None], 0.0).sum(-1)


@R("signed_sums", "where with the negative of W, one sum")
def _(S, W):
    pick = torch.where((S > 0)[:, None, :], W, torch.where((S < 0)[:, None, :], -W, torch.zeros_like(W)))
    return pick.sum(2)
