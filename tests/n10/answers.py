"""Answers to the exercises of notebook 10, right and wrong. The wrong ones: {message part: f}."""

import numpy as np
import torch
from torch.nn.functional import linear

from sslearn import spikes
from sslearn.course.n10_gsu import checks as gates
from sslearn.course.n10_gsu import checks_fold, checks_sums, checks_ternary
from sslearn.layers import GatedSpikingUnit
from sslearn.layers.additions import signed_sums

CHECKS = {
    "ternary": checks_ternary.check_ternary,
    "gsu": gates.check_gsu,
    "two_gradients": gates.check_two_gradients,
    "signed_sums": checks_sums.check_signed_sums,
    "folded": checks_fold.check_folded,
}


def hard(z, delta):
    return (z >= delta).to(z.dtype) - (z <= -delta).to(z.dtype)


def through(z, levels, passes=1.0):
    """Levels in the forward pass, `passes` in place of the derivative."""
    return levels + passes * (z - z.detach())


def by_where(z, delta):
    levels = torch.where(z >= delta, 1.0, torch.where(z <= -delta, -1.0, 0.0)).to(z.dtype)
    return through(z, levels)


def in_place(z, delta):
    levels = hard(z, delta)
    with torch.no_grad():
        z.mul_(0)
    return through(z, levels)


def gsu(x, W, b, c, alpha, *, to_x=None, to_W=None):
    delta = alpha * x.detach().abs().amax(-1, keepdim=True)
    s = (to_x or (lambda x: spikes.ternary(x, delta)))(x)
    T = (to_W or (lambda W: spikes.ternary(W, alpha * W.abs().max())))(W)
    return linear(s, W, b), linear(x, T, c)


def by_einsum(x, W, b, c, alpha):
    s = by_where(x, alpha * x.abs().max(-1, keepdim=True).values.detach())
    T = by_where(W, alpha * W.abs().max().detach())
    return (torch.einsum("...h,mh->...m", s, W) + b) * (torch.einsum("...h,mh->...m", x, T) + c)


def by_layer(x, W, b, c, alpha):
    unit = GatedSpikingUnit(x.shape[-1], alpha=alpha, generator=torch.Generator())
    return torch.func.functional_call(unit, {"W": W, "b": b, "c": c}, (x,))


def but(**changes):
    return lambda *case: torch.mul(*gsu(*case, **changes))


def parts(*case):
    return gsu(*case)


def through_delta(x, W, b, c, alpha):
    delta = alpha * x.abs().amax(-1, keepdim=True)
    s = through(x / delta.clamp(min=1e-9), hard(x, delta)) if alpha else x
    return linear(s, W, b) * linear(x, spikes.ternary(W, alpha * W.abs().max()), c)


def gradients(x, *rest, make=gsu, loss=torch.Tensor.sum, swap=False):
    a, d = x.clone().requires_grad_(), x.clone().requires_grad_()
    out = loss(make(a, *rest)[0] * make(d, *rest)[1])
    g = torch.autograd.grad(out, (a, d), allow_unused=True, materialize_grads=True)
    return g[::-1] if swap else g


def by_hand(x, W, b, c, alpha):
    p, q = gsu(x, W, b, c, alpha)
    T = spikes.ternary(W, alpha * W.abs().max())
    return q @ W, p @ T


def whole_twice(x, *rest):
    both = sum(gradients(x, *rest))
    return both, both


def alone(x, *rest):
    def each(k):
        at = x.clone().requires_grad_()
        return torch.autograd.grad(gsu(at, *rest)[k].sum(), at)[0]

    return each(0), each(1)


def by_root(W, b, c, k=1.0):
    root = len(b) ** 0.5
    return W / root, b / root, k * c


def by_where_sums(S, W):
    plus, minus = ((S == k)[:, None] for k in (1, -1))
    return W.new_zeros(()).where(~plus, W).sum(-1) - W.new_zeros(()).where(~minus, W).sum(-1)


def by_items(S, W):
    rows = [[sum(float(w) * v for w, v in zip(W[m], s.tolist(), strict=True))
             for m in range(len(W))] for s in S]  # fmt: skip
    return torch.tensor(rows, dtype=W.dtype)


def by_loop(S, W):
    out = []
    for s in S:
        out.append(W[:, s == 1].sum(1) - W[:, s == -1].sum(1))
    return torch.stack(out)


RIGHT = {
    "ternary": [
        by_where,
        lambda z, delta: through(z, torch.sign(z) * (z.abs() >= delta.detach())),
        lambda z, delta: through(z, hard(z, delta.detach())),
    ],
    "gsu": [but(), by_einsum],
    "two_gradients": [gradients, by_hand],
    "signed_sums": [by_where_sums, by_loop],
    "folded": [by_root, lambda W, b, c: [W * W.shape[0] ** -0.5, b * len(W) ** -0.5, c.clone()]],
}

WRONG = {
    "ternary": {
        "z's shape": lambda z, delta: hard(z, delta).sum(),
        "in place": in_place,
        "this is the sign": lambda z, delta: through(z, torch.sign(z)),
        "keeps its value": lambda z, delta: z * (z.abs() >= delta),
        "negative values are lost": lambda z, delta: through(z, (z >= delta).to(z.dtype)),
        "a spike already": lambda z, delta: through(
            z, (z > delta).to(z.dtype) - (z < -delta).to(z.dtype)),
        "levels are wrong": lambda z, delta: through(z, -hard(z, delta)),
        "token to token": lambda z, delta: through(z, hard(z, delta.min())),
        "rounding error": lambda z, delta: hard(z, delta) + z - z.detach(),
        "dtype": lambda z, delta: through(z, hard(z, delta)).float(),
        "no gradient": hard,
        "only what has spiked": lambda z, delta: through(z, hard(z, delta), z.abs() >= delta),
        "only what is small": lambda z, delta: through(z, hard(z, delta), z.abs() <= delta),
        "as through y = z": lambda z, delta: through(z, hard(z, delta), 0.5),
        "z is large": lambda z, delta: through(z, hard(z, delta), z.abs() <= 1),
        "no parameter": lambda z, delta: through(z - delta, hard(z, delta)),
        "some sizes or dtypes": [
            lambda z, delta: through(z, hard(z, delta)).reshape(-1, *z.shape[1:]).float()
            if z.ndim != 2 else through(z, hard(z, delta)),
            lambda z, delta: through(z, hard(z, delta)).squeeze(0) if z.ndim == 2 and len(z) == 1
            else through(z, hard(z, delta)),
        ],
        "finished function": lambda z, delta: spikes.ternary(z, delta),
    },
    "gsu": {
        "x's shape": lambda *case: torch.mul(*gsu(*case)).sum(-1),
        "are added": lambda *case: sum(gsu(*case)),
        "second factor": lambda *case: gsu(*case)[0],
        "first factor, Ter": lambda *case: gsu(*case)[1],
        "biases b and c are missing": lambda x, W, b, c, alpha: but()(
            x, W, torch.zeros_like(b), torch.zeros_like(c), alpha),
        "swapped": lambda x, W, b, c, alpha: but()(x, W, c, b, alpha),
        "sign in place": but(to_x=torch.sign, to_W=torch.sign),
        "plain product": but(to_x=lambda x: x, to_W=lambda W: W),
        "W is not ternary": but(to_W=lambda W: W),
        "x is not ternary": but(to_x=lambda x: x),
        "in one factor, and none": lambda x, W, b, c, alpha: (
            linear(spikes.ternary(x, alpha * x.abs().amax(-1, keepdim=True)),
                   spikes.ternary(W, alpha * W.abs().max()), b) * linear(x, W, c)),
        "misses the absolute value": lambda *case: but(
            to_x=lambda x: spikes.ternary(x, case[-1] * x.amax(-1, keepdim=True)))(*case),
        "a sigmoid": lambda *case: gsu(*case)[0] * gsu(*case)[1].sigmoid(),
        "whole batch": lambda *case: but(
            to_x=lambda x: spikes.ternary(x, case[-1] * x.abs().max()))(*case),
        "alpha itself": lambda *case: but(to_x=lambda x: spikes.ternary(x, case[-1]))(*case),
        "each row": lambda *case: but(
            to_W=lambda W: spikes.ternary(W, case[-1] * W.abs().amax(-1, keepdim=True)))(*case),
        "transposed": lambda x, W, b, c, alpha: but()(x, W.T, b, c, alpha),
        "differ from the equation": lambda *case: 2 * but()(*case),
        "one alpha only": lambda x, W, b, c, alpha: but()(x, W, b, c, 0.4),
        "lacks a path": lambda *case: but(
            to_x=lambda x: hard(x, case[-1] * x.abs().amax(-1, keepdim=True)))(*case),
        "two uses": lambda *case: but(
            to_W=lambda W: hard(W, case[-1] * W.abs().max()).detach())(*case),
        "b and c learn nothing": [
            lambda x, W, b, c, alpha: but()(x, W, b.detach(), c, alpha),
            lambda x, W, b, c, alpha: but()(x, W, b, c.detach(), alpha),
            lambda *case: but()(*case).float(),
        ],
        "finished function": by_layer,
    },
    "two_gradients": {
        "two tensors": lambda *case: sum(gradients(*case)),
        "straight-through": lambda *case: (torch.zeros_like(case[0]), gradients(*case)[1]),
        "both are the whole": whole_twice,
        "wrong order": lambda *case: gradients(*case, swap=True),
        "each factor's own": alone,
        "of the mean": lambda *case: gradients(*case, loss=torch.Tensor.mean),
        "biases b and c are missing": lambda x, W, b, c, alpha: gradients(
            x, W, torch.zeros_like(b), torch.zeros_like(c), alpha),
        "second is the whole": lambda *case: (gradients(*case)[0], sum(gradients(*case))),
        "do not add": lambda *case: tuple(2 * g for g in gradients(*case)),
        "one case only": [
            lambda x, W, b, c, alpha: gradients(x, W, b, c, 0.4),
        ],
    },
    "signed_sums": {
        "(n, M)": lambda S, W: signed_sums(S, W).mT,
        "left out": lambda S, W: torch.where((S == 1)[:, None], W, 0.0).sum(-1),
        "is added": lambda S, W: torch.where((S != 0)[:, None], W, 0.0).sum(-1),
        "S = 0 marks": lambda S, W: torch.stack(
            [W[:, row == 1].sum(1) - W[:, row <= 0].sum(1) for row in S]),
        "W's rows": lambda S, W: signed_sums(S, W.T) if len(W) == 5 else S @ W,
        "differ from S W^T": lambda S, W: signed_sums(-S, W),
        "not for x Ter(W)": lambda S, W: signed_sums(S, W[:5]),
        "matrix product": lambda S, W: S @ W.T,
        "elementwise multiplication": lambda S, W: (S[:, None] * W).sum(-1),
        "in disguise": lambda S, W: torch.where(
            (S == 0)[:, None], 0.0, W / torch.where(S == 0, 1.0, S)[:, None]).sum(-1),
        "neither a sum": lambda S, W: torch.where(
            (S == 0)[:, None], 0.0, torch.copysign(W.abs(), torch.sign(W).eq(1).eq(
                S[:, None] == 1).float() - 0.5)).sum(-1),
        "leave torch": [
            lambda S, W: torch.from_numpy(S.numpy() @ W.numpy().T),
            lambda S, W: torch.tensor([[sum(a * b for a, b in zip(s, w, strict=True)) for w in
                                        W.tolist()] for s in S.tolist()], dtype=W.dtype),
            by_items,
            lambda S, W: torch.tensor(np.asarray(S) @ np.asarray(W).T),
        ],
        "one size only": lambda S, W: by_loop(S, W).squeeze(),
        "finished function": signed_sums,
    },
    "folded": {
        "three tensors": lambda W, b, c: (W / len(b) ** 0.5, b / len(b) ** 0.5),
        "nothing is divided": lambda W, b, c: (W, b, c),
        "b is not divided": lambda W, b, c: (W / len(b) ** 0.5, b, c),
        "W is not divided": lambda W, b, c: (W, b / len(b) ** 0.5, c),
        "c is divided as well": lambda W, b, c: tuple(p / len(b) ** 0.5 for p in (W, b, c)),
        "in the place of b": lambda W, b, c: (W / len(b) ** 0.5, b, c / len(b) ** 0.5),
        "does not follow W": lambda W, b, c: (W, b, c / len(b) ** 0.5),
        "by its root": lambda W, b, c: (W / len(b), b / len(b), c),
        "multiplies": lambda W, b, c: (W * len(b) ** 0.5, b * len(b) ** 0.5, c),
        "is not GSU": lambda W, b, c: by_root(W, b, c, k=-1.0),
        "one size or dtype": [
            lambda W, b, c: (W / 5**0.5, b / 5**0.5, c),
            lambda W, b, c: tuple(p.float() for p in by_root(W, b, c)),
        ],
    },
}  # fmt: skip
