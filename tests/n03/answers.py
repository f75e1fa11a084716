"""Answers to the exercises of notebook 03, right and wrong. The wrong ones: {message part: f}."""

import math

import torch
from torch.autograd import Function

from sslearn.course.n03_surrogates import checks as surrogates
from sslearn.course.n03_surrogates.checks_in_time import check_through_zero
from sslearn.spikes import arctan, spike

CHECKS = {
    "ArctanSpike": surrogates.check_arctan_spike,
    "differences": surrogates.check_differences,
    "slope_for": surrogates.check_slope_for,
    "through_zero": check_through_zero,
}


def step(u):
    return (u > 0).to(u.dtype)


def arctan_slope(u, alpha):
    return alpha / 2 / (1 + (math.pi / 2 * alpha * u) ** 2)


def spike_with(slope, forward=step, chain=True, count=2):
    """An autograd.Function of this forward pass and slope."""

    class Spike(Function):
        @staticmethod
        def forward(ctx, u, alpha):
            ctx.save_for_backward(u)
            ctx.alpha = alpha
            return forward(u)

        @staticmethod
        def backward(ctx, grad):
            (u,) = ctx.saved_tensors
            d = slope(u, ctx.alpha)
            return (grad * d if chain else d, None)[:count] if count > 1 else grad * d

    return Spike


class NoBackward(Function):
    @staticmethod
    def forward(ctx, u, alpha):
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        raise NotImplementedError


class InPlace(Function):
    @staticmethod
    def forward(ctx, u, alpha):
        ctx.save_for_backward(u)
        ctx.alpha = alpha
        return step(u)

    @staticmethod
    def backward(ctx, grad):
        return grad.mul_(arctan_slope(*ctx.saved_tensors, ctx.alpha)), None


def smooth(u):
    return 0.5 + torch.atan(math.pi * u) / math.pi


def central(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        up, down = w.clone(), w.clone()
        up.view(-1)[n] += h
        down.view(-1)[n] -= h
        g.view(-1)[n] = (f(up) - f(down)) / (2 * h)
    return g


def by_basis(f, w, h):
    basis = torch.eye(w.numel(), dtype=w.dtype).reshape(-1, *w.shape)
    slopes = [float(f(w + h * e) - f(w - h * e)) / (2 * h) for e in basis]
    return torch.tensor(slopes, dtype=w.dtype).reshape(w.shape)


def one_sided(f, w, h):
    basis = torch.eye(w.numel(), dtype=w.dtype).reshape(-1, *w.shape)
    return torch.stack([(f(w + h * e) - f(w)) / h for e in basis]).reshape(w.shape)


def piling_up(f, w, h):
    w, g = w.clone(), torch.zeros_like(w)
    for n in range(w.numel()):
        w.view(-1)[n] += h
        up = f(w)
        w.view(-1)[n] -= 2 * h
        g.view(-1)[n] = (up - f(w)) / (2 * h)
    return g


def in_place(f, w, h):
    g = piling_up(f, w, h)
    w -= h
    return g


def by_autograd(f, w, h):
    w = w.clone().requires_grad_()
    f(w).sum().backward()
    return w.grad


def back(slope, factor):
    g = slope.clone()
    for t in reversed(range(len(slope) - 1)):
        g[t] = slope[t] + factor[t] * g[t + 1]
    return g


def through_zero(factor=lambda v, s, slope, beta: beta * (1 - s) - beta * v * slope, run=back):
    """An answer with this factor from one step to the next, and this way to use it."""

    def answer(v, beta, surrogate):
        slope, s = surrogate(v - 1), (v > 1).to(v.dtype)
        return run(slope, factor(v, s, slope, beta))

    return answer


def by_matrix(slope, factor):
    """Solve (1 - factor shifted) g = slope."""
    shift = torch.diag(factor[:-1], 1) if len(slope) > 1 else torch.zeros(1, 1, dtype=slope.dtype)
    return torch.linalg.solve(torch.eye(len(slope), dtype=slope.dtype) - shift, slope)


def forwards(slope, factor):
    return back(slope.flip(0), factor.flip(0)).flip(0)


def last_spike(slope, factor):
    own = torch.zeros_like(slope)
    own[-1] = slope[-1]
    return back(own, factor)


def last_forgotten(slope, factor):
    g = back(slope, factor)
    g[-1] = 0
    return g


RIGHT = {
    "ArctanSpike": [
        spike_with(arctan_slope),
        spike_with(lambda u, alpha: 2 / alpha / ((2 / alpha) ** 2 + (math.pi * u) ** 2)),
    ],
    "differences": [central, by_basis],
    "slope_for": [
        lambda u: 6 / (math.pi * u.abs().median()),
        lambda u: float(2 * 3 / (math.pi * u.abs().quantile(0.4))),
    ],
    "through_zero": [through_zero(), through_zero(run=by_matrix)],
}

WRONG = {
    "ArctanSpike": {
        "u's shape and dtype": spike_with(arctan_slope, forward=lambda u: u > 0),
        "in place": lambda u, alpha: spike(u.detach().clamp_(0).requires_grad_()),
        "smooth twin is for backward": spike_with(arctan_slope, forward=smooth),
        "1 above 0 and 0 below": spike_with(arctan_slope, forward=lambda u: (u < 0).to(u.dtype)),
        "strict": spike_with(arctan_slope, forward=lambda u: (u >= 0).to(u.dtype)),
        "no backward pass": NoBackward,
        "one gradient for each": spike_with(arctan_slope, count=1),
        "true gradient": spike_with(lambda u, alpha: torch.zeros_like(u)),
        "straight through": spike_with(lambda u, alpha: torch.ones_like(u)),
        "chain rule": spike_with(arctan_slope, chain=False),
        "other convention": spike_with(
            lambda u, alpha: 1 / math.pi / (1 + (math.pi / 2 * alpha * u) ** 2)),
        "slope is 1": spike_with(lambda u, alpha: 2 * arctan_slope(u, alpha)),
        "grow with alpha": spike_with(lambda u, alpha: 2 / alpha * arctan_slope(u, alpha)),
        "pi inside the square": spike_with(lambda u, alpha: alpha / 2 / (1 + (alpha / 2 * u) ** 2)),
        "differs from the arctan's": spike_with(
            lambda u, alpha: alpha / 2 / (1 + (math.pi / 2 * alpha * u).abs())),
        "double precision only": [
            spike_with(arctan_slope, forward=lambda u: (u > 0).double()),
            spike_with(lambda u, alpha: arctan_slope(u.clamp(-2, 2), alpha)),
        ],
        "gradient that came in": InPlace,
        "finished function": lambda u, alpha: spike(u, lambda u: arctan_slope(u, alpha)),
    },
    "differences": {
        "w's shape": lambda f, w, h: central(f, w, h).sum(),
        "in place": in_place,
        "asks autograd": by_autograd,
        "twice too large": lambda f, w, h: 2 * central(f, w, h),
        "sign is flipped": lambda f, w, h: -central(f, w, h),
        "all entries at once": lambda f, w, h: ((f(w + h) - f(w - h)) / (2 * h)).expand(w.shape),
        "divide by the distance": lambda f, w, h: 2 * h * central(f, w, h),
        "one-sided": one_sided,
        "pile up": piling_up,
        "the h that is given": lambda f, w, h: central(f, w, 1e-4),
        "not for a matrix": lambda f, w, h: central(f, w, h) if w.ndim == 1 else w * 0,
        "autograd on the smooth twin": lambda f, w, h: central(f, w, max(h, 1e-2)),
        "one dtype only": [
            lambda f, w, h: central(f, w, h).double(),
            lambda f, w, h: central(f, w, h).squeeze(),
        ],
    },
    "slope_for": {
        "one finite number": lambda u: 6 / (math.pi * u.abs()),
        "positive": lambda u: -1.0,
        "same for every u": lambda u: 2.0,
        "a wider u": lambda u: u.abs().median(),
        "too sharp": lambda u: 60 / u.std(),
        "too broad": lambda u: 0.1 / u.std(),
        "a distance has no sign": lambda u: 3 / u.std(),
        "outliers": lambda u: 6 / (math.pi * u.abs().mean()),
        "one scale or": lambda u: 6 / (math.pi * (u.abs().median() + 0.05)),
    },
    "through_zero": {
        "one tensor g": lambda v, beta, surrogate: through_zero()(v, beta, surrogate).sum(),
        "every entry is 0": lambda v, beta, surrogate: 0 * v,
        "nothing comes after it": through_zero(run=last_forgotten),
        "each step alone": through_zero(run=lambda slope, factor: slope),
        "by subtraction": through_zero(lambda v, s, slope, beta: beta - slope),
        "reset is missing": through_zero(lambda v, s, slope, beta: beta + 0 * v),
        "detaches": through_zero(lambda v, s, slope, beta: beta * (1 - s)),
        "half of the product rule": through_zero(lambda v, s, slope, beta: -beta * v * slope),
        "all of v[t], and not 1": through_zero(
            lambda v, s, slope, beta: beta * (1 - s) - beta * slope),
        "sign of the reset": through_zero(
            lambda v, s, slope, beta: beta * (1 - s) + beta * v * slope),
        "decay beta": through_zero(lambda v, s, slope, beta: 1 - s - v * slope),
        "one step late": through_zero(
            run=lambda slope, factor: back(slope, torch.cat([factor[1:], factor[:1]]))),
        "forwards": through_zero(run=forwards),
        "last spike alone": through_zero(run=last_spike),
        "differs from autograd": through_zero(lambda v, s, slope, beta: 1 - beta + 0 * v),
        "this beta, length": [
            lambda v, beta, surrogate: through_zero()(v, 0.8, surrogate),
            lambda v, beta, surrogate: through_zero()(v, beta, arctan),
        ],
    },
}  # fmt: skip
