"""Checks of notebook 03: a surrogate gradient, finite differences, and a slope that fits."""

import math

import torch

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    alike,
    check,
    is_number,
    near,
    own_work,
    unlike,
)
from sslearn.spikes import arctan, spike, surrogate_of_width

U = torch.tensor([-1.0, -0.3, -0.01, 0.0, 0.01, 0.5, 2.0], dtype=torch.float64)


def _gradient(f, u, alpha, weight=1.0):
    """The gradient of sum(weight f(u, alpha)) with respect to u."""
    u = u.clone().requires_grad_()
    (f(u, alpha) * weight).sum().backward()
    return u.grad


def check_arctan_spike(ArctanSpike) -> CheckResult:
    """The learner writes [u > 0] forward and (alpha/2) / (1 + (pi alpha u / 2)^2) backward.

    The answer is a Function, or its apply.
    """

    def shape(f):
        out = f(U, 2.0)
        return torch.is_tensor(out) and (out.shape, out.dtype) == (U.shape, U.dtype)

    def written(f):
        try:
            _gradient(f, U, 2.0)
        except NotImplementedError:
            return False
        except RuntimeError as error:
            return "does not require grad" not in str(error)
        return True

    def as_many(f):
        try:
            _gradient(f, U, 2.0)
        except RuntimeError as error:
            return "incorrect number of gradients" not in str(error)
        return True

    def chain(f):
        weight = torch.arange(1.0, 8.0, dtype=U.dtype)
        return near(_gradient(f, U, 2.0, weight), weight * _gradient(f, U, 2.0))

    def mine(f):
        return _gradient(f, U, 2.0)

    def everywhere(f):
        g = torch.Generator().manual_seed(2)
        for n, kind, alpha in (((3, 4), torch.float32, 2.0), ((), torch.float64, 0.3),
                               ((2, 1, 5), torch.float64, 7.0)):  # fmt: skip
            u = 2 * torch.randn(n, generator=g, dtype=kind)
            if not (
                alike(f(u, alpha), (u > 0).to(kind), dtype=True)
                and alike(_gradient(f, u, alpha, -3.0), -3 * arctan(u, alpha), dtype=True)
            ):
                return False
        return True

    def kept(f):
        u, grad = U.clone().requires_grad_(), torch.full_like(U, 3.0)
        f(u, 2.0).backward(grad)
        return bool((grad == 3).all())

    at = lambda f, u, alpha: _gradient(f, torch.tensor([u]), alpha).item()  # noqa: E731
    return check("ArctanSpike", getattr(ArctanSpike, "apply", ArctanSpike), [
        Property(shape, "forward must return a tensor of u's shape and dtype",
                 "(u > 0).to(u.dtype)"),
        Property(lambda f: set(f(U, 2.0).tolist()) <= {0.0, 1.0},
                 "forward must give spikes, 0 or 1: the smooth twin is for backward only",
                 "(u > 0).to(u.dtype)"),
        Property(lambda f: f(U, 2.0)[0] == 0 and f(U, 2.0)[-1] == 1,
                 "forward must give 1 above 0 and 0 below", "u > 0"),
        Property(lambda f: f(U, 2.0)[3] == 0,
                 "u equal to 0 is no spike: the comparison is strict", "u > 0"),
        Property(written, "forward works, and there is no backward pass yet",
                 "def backward(ctx, grad), with u from ctx.saved_tensors"),
        Property(as_many, "backward must return one gradient for each argument of forward",
                 "alpha needs none: return ..., None"),
        Property(unlike(torch.zeros_like(U), run=mine),
                 "this is the true gradient: zero everywhere", "use the arctan's slope instead"),
        Property(unlike(torch.ones_like(U), run=mine),
                 "this passes the gradient straight through: the slope must depend on u",
                 "save u in forward with ctx.save_for_backward(u)"),
        Property(chain, "the gradient that comes in is lost: the chain rule multiplies by it",
                 "grad * slope"),
        Property(unlike(1 / math.pi, run=lambda f: at(f, 0.0, 2.0)),
                 "this is the other convention: its peak is 1 / pi, the twin's slope is alpha / 2",
                 "differentiate 1/2 + arctan(pi alpha u / 2) / pi; the inner derivative counts"),
        Property(lambda f: near(at(f, 0.0, 2.0), 1.0), "at u = 0 and alpha = 2 the slope is 1",
                 "there only the inner derivative counts: pi alpha / 2, over pi"),
        Property(unlike(1.0, run=lambda f: at(f, 0.0, 5.0)),
                 "the peak must grow with alpha, so that the area stays 1", "alpha / 2 on top"),
        Property(unlike(1 / (1 + 0.5**2), run=lambda f: at(f, 0.5, 2.0)),
                 "the pi inside the square is missing", "square the arctan's whole argument"),
        Property(lambda f: all(near(_gradient(f, U, a), arctan(U, a)) for a in (0.5, 2.0, 5.0)),
                 "the slope differs from the arctan's", "arctan(x) has the slope 1 / (1 + x^2)"),
        Property(everywhere, "right for a vector in double precision only",
                 "whole tensors, in u's dtype"),
        Property(kept, "backward changes the gradient that came in",
                 "return grad * slope, a new tensor"),
        own_work(U.clone().requires_grad_(), 2.0, without=[spike, surrogate_of_width],
                 hint="torch.autograd.Function with forward and backward"),
    ])  # fmt: skip


def check_differences(differences) -> CheckResult:
    """The learner gives G[n] = (f(w + h e_n) - f(w - h e_n)) / 2h for w of any shape.

    f(w) is a number.
    """
    w = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    a, h = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64), 0.25
    line = lambda w: (a * w).sum()  # noqa: E731
    bowl = lambda w: w.square().sum()  # noqa: E731

    def shape(f):
        out = f(line, w, h)
        return torch.is_tensor(out) and out.shape == w.shape

    def fails(wrong, of=line):
        return unlike(wrong, run=lambda f: f(of, w, h))

    def without_autograd(f):
        asked = []

        def watched(w):
            asked.append(w.requires_grad)
            return line(w)

        f(watched, w, h)
        return not any(asked)

    def matrix(f):
        m = torch.arange(6, dtype=torch.float64).reshape(2, 3)
        return near(f(lambda m: m.pow(2).sum(), m, h), 2 * m)

    def twin(f):
        x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)

        def loss(w):
            return (0.5 + torch.atan(math.pi * (x @ w)) / math.pi).square().sum()

        v = w.clone().requires_grad_()
        loss(v).backward()
        return near(f(loss, w, 1e-5), v.grad)

    def central(f, w, h):
        flat = torch.eye(w.numel(), dtype=w.dtype).reshape(-1, *w.shape)
        return torch.stack([(f(w + h * e) - f(w - h * e)) / (2 * h) for e in flat]).reshape(w.shape)

    g = torch.Generator().manual_seed(4)
    bent = lambda w: (w.pow(3) * torch.arange(1.0, 1 + w.numel()).view(w.shape)).sum()  # noqa: E731
    cases = [(bent, torch.randint(-4, 5, n, generator=g).to(kind) / 2, 0.5)
             for n, kind in (((1,), torch.float32), ((3, 2), torch.float32),
                             ((2, 1, 3), torch.float64), ((7,), torch.float64))]  # fmt: skip

    return check("differences", differences, [
        Property(shape, "return a tensor of w's shape", "one difference for each entry of w"),
        Property(without_autograd, "this asks autograd: differences need nothing but f's values",
                 "f(w + h e_n) and f(w - h e_n), for one n after the other"),
        Property(fails(a * 2), "twice too large: the two points lie 2 h apart", "/ (2 * h)"),
        Property(fails(-a), "the sign is flipped", "f(w + h) minus f(w - h)"),
        Property(fails(a.sum().expand(3)), "you nudged all entries at once",
                 "one entry at a time, the others as they were"),
        Property(fails(a * 2 * h), "you forgot to divide by the distance", "/ (2 * h)"),
        Property(fails(2 * w + h, bowl), "a one-sided difference is off by h / 2 times f''",
                 "go to both sides: f(w + h) - f(w - h)"),
        Property(lambda f: near(f(lambda w: w[0] * w[1] * w[2], w, h), [-2.0, 1.0, -0.5]),
                 "the nudges pile up: put each entry back", "start from a fresh copy each time"),
        Property(lambda f: near(f(lambda w: (w > 0.6).sum(), w, h), [2.0, 0.0, 0.0]),
                 "the step must be the h that is given: over a cliff it matters",
                 "no step size of your own"),
        Property(matrix, "right for a vector and not for a matrix",
                 "fill a zeros_like(w), through its .view(-1)"),
        Property(twin, "it differs from autograd on the smooth twin of a layer",
                 "(f(w + h e_n) - f(w - h e_n)) / (2 h), in w's dtype"),
        Property(agrees(central, cases, dtype=True), "right for some sizes or one dtype only",
                 "the result has w's shape and dtype: zeros_like(w)"),
    ])  # fmt: skip


def share_alive(u, alpha: float) -> float:
    """The share of u whose arctan slope is at least a tenth of the peak."""
    return float((arctan(u, alpha) >= 0.1 * alpha / 2).double().mean())


def check_slope_for(slope_for) -> CheckResult:
    """The learner finds an alpha that keeps 30 to 70 % of the gradients at u (n,) alive."""
    u = torch.randn(2001, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    g = torch.Generator().manual_seed(1)
    tails = torch.empty(400, dtype=torch.float32).cauchy_(generator=g)
    others = (tails, torch.rand(37, generator=g) + 0.2, torch.rand(500, generator=g).pow(4) - 3e-3)
    spiked = torch.cat([u[:-40], torch.full((40,), 1e4, dtype=u.dtype)])

    def number(f):
        out = f(u)
        return is_number(out) and math.isfinite(out)

    def share(f, u):
        return share_alive(u, float(f(u)))

    def inside(u):
        return lambda f: 0.3 <= share(f, u) <= 0.7

    return check("slope_for", slope_for, [
        Property(number, "return one finite number, alpha", "float(...)"),
        Property(lambda f: f(u) > 0, "alpha must be positive", "use distances, u.abs()"),
        Property(lambda f: not near(f(u), f(10 * u)),
                 "this alpha is the same for every u", "it must follow how far u lies from 0"),
        Property(lambda f: f(u) > f(10 * u),
                 "a wider u needs a broader slope: smaller alpha",
                 "alpha goes as 1 over a distance"),
        Property(lambda f: share(f, u) >= 0.3, "too sharp: fewer than 30 % are alive",
                 "alive means abs(u) <= 6 / (pi alpha)"),
        Property(lambda f: share(f, u) <= 0.7, "too broad: more than 70 % are alive",
                 "alive means abs(u) <= 6 / (pi alpha)"),
        Property(inside(u - 5), "wrong for u far below the threshold: a distance has no sign",
                 "u.abs(), and no subtraction of the mean"),
        Property(inside(spiked), "two per cent of outliers carry it away",
                 "the median does not feel them, the mean and the largest do"),
        Property(lambda f: all(inside(x)(f) for x in (1e-3 * u, 0.1 * u, 100.0 * u, *others)),
                 "right for one scale or one distribution only",
                 "alpha must follow one distance that half of all u lie within"),
    ])  # fmt: skip
