"""Answers to the exercises of notebook 03, right and wrong. The wrong ones: {message part: f}."""

import math

import torch
from torch.autograd import Function

from sslearn.course.n03_surrogates import checks as surrogates
from sslearn.spikes import spike

CHECKS = {
    "ArctanSpike": surrogates.check_arctan_spike,
    "differences": surrogates.check_differences,
    "slope_for": surrogates.check_slope_for,
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
}  # fmt: skip
