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
CHECK = {
    "ArctanSpike": "check_arctan_spike",  # ArctanSpike -> check_arctan_spike
    "differences": "check_differences",  # differences -> check_differences
    "slope_for": "check_slope_for",  # slope_for -> check_slope_for
}


def _make(fire=lambda u: (u > 0).to(u.dtype), slope=None, chain=lambda g, s: g * s):
    class ArctanSpike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, u, alpha):
            ctx.save_for_backward(u)
            ctx.alpha = alpha
            return fire(u)

        @staticmethod
        def backward(ctx, grad):
            (u,) = ctx.saved_tensors
            return chain(grad, slope(u, ctx.alpha)), None

    return ArctanSpike


def _good(u, a):
    return a / 2 / (1 + (math.pi / 2 * a * u) ** 2)


W("ArctanSpike", "the convention without pi")(_make(slope=lambda u, a: a / 2 / (1 + (a * u / 2) ** 2)))
W("ArctanSpike", "peak 1 whatever alpha (right at 2)")(_make(slope=lambda u, a: 1 / (1 + (math.pi / 2 * a * u) ** 2)))
W("ArctanSpike", "alpha fixed at 2")(_make(slope=lambda u, a: _good(u, 2.0)))
W("ArctanSpike", "chain rule forgotten")(_make(slope=_good, chain=lambda g, s: s))
W("ArctanSpike", "straight through")(_make(slope=lambda u, a: torch.ones_like(u)))
W("ArctanSpike", ">= 0")(_make(fire=lambda u: (u >= 0).to(u.dtype), slope=_good))
W("ArctanSpike", "float32 whatever u is")(_make(fire=lambda u: (u > 0).float(), slope=_good))
W("ArctanSpike", "sign of the slope")(_make(slope=lambda u, a: -_good(u, a)))
W("ArctanSpike", "not squared")(_make(slope=lambda u, a: a / 2 / (1 + (math.pi / 2 * a * u).abs())))
W("ArctanSpike", "the twin itself in place of its slope")(
    _make(slope=lambda u, a: 0.5 + torch.atan(math.pi / 2 * a * u) / math.pi))
W("ArctanSpike", "0.5 at zero: heaviside")(
    _make(fire=lambda u: torch.heaviside(u, torch.full((), 0.5, dtype=u.dtype)), slope=_good))
W("ArctanSpike", "incoming gradient averaged")(_make(slope=_good, chain=lambda g, s: g.mean() * s))


@W("ArctanSpike", "smooth forward, the twin not the step")
class _Twin(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, alpha):
        ctx.save_for_backward(u)
        ctx.alpha = alpha
        return 0.5 + torch.atan(math.pi / 2 * alpha * u) / math.pi

    @staticmethod
    def backward(ctx, grad):
        return grad * _good(ctx.saved_tensors[0], ctx.alpha), None


@W("ArctanSpike", "changes u in place")
class _InPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, alpha):
        ctx.save_for_backward(u.clone())
        ctx.alpha = alpha
        return u.data.copy_((u > 0).to(u.dtype)).clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * _good(ctx.saved_tensors[0], ctx.alpha), None


@W("ArctanSpike", "slope taken at the spike, not at u")
class _AtSpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, alpha):
        s = (u > 0).to(u.dtype)
        ctx.save_for_backward(s)
        ctx.alpha = alpha
        return s

    @staticmethod
    def backward(ctx, grad):
        return grad * _good(ctx.saved_tensors[0], ctx.alpha), None


@R("ArctanSpike", "slope computed in forward")
class _Early(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, alpha):
        x = u * (math.pi * alpha / 2)
        ctx.save_for_backward(alpha / (2 + 2 * x.square()))
        return torch.where(u > 0, torch.ones_like(u), torch.zeros_like(u))

    @staticmethod
    def backward(ctx, grad):
        return ctx.saved_tensors[0] * grad, None


@R("ArctanSpike", "setup_context style")
class _Setup(torch.autograd.Function):
    @staticmethod
    def forward(u, alpha):
        return u.gt(0).type_as(u)

    @staticmethod
    def setup_context(ctx, inputs, output):
        u, ctx.alpha = inputs
        ctx.save_for_backward(u)

    @staticmethod
    def backward(ctx, grad):
        u, = ctx.saved_tensors
        a = ctx.alpha
        return grad * 2 * a / (4 + (math.pi * a * u) ** 2), None


# --- differences -> check_differences
def _two(w, n, h):
    up, down = w.clone(), w.clone()
    up.view(-1)[n] += h
    down.view(-1)[n] -= h
    return up, down


@W("differences", "forward difference")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        g.view(-1)[n] = (f(_two(w, n, h)[0]) - f(w)) / h
    return g


@W("differences", "divided by h, not 2 h")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        up, down = _two(w, n, h)
        g.view(-1)[n] = (f(up) - f(down)) / h
    return g


@W("differences", "leaves w moved")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        w.view(-1)[n] += h
        up = f(w)
        w.view(-1)[n] -= 2 * h
        g.view(-1)[n] = (up - f(w)) / (2 * h)
    return g


@W("differences", "moves w and back: rounding stays in the caller's w")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        w.view(-1)[n] += h
        up = float(f(w))
        w.view(-1)[n] -= 2 * h
        down = float(f(w))
        w.view(-1)[n] += h
        g.view(-1)[n] = (up - down) / (2 * h)
    return g


@W("differences", "flat result")
def _(f, w, h):
    return torch.stack([torch.as_tensor((f(_two(w, n, h)[0]) - f(_two(w, n, h)[1])) / (2 * h)) for n in range(w.numel())])


@W("differences", "float32 result")
def _(f, w, h):
    g = torch.zeros(w.shape)
    for n in range(w.numel()):
        up, down = _two(w, n, h)
        g.view(-1)[n] = (f(up) - f(down)) / (2 * h)
    return g


@W("differences", "autograd, not differences")
def _(f, w, h):
    x = w.detach().clone().requires_grad_()
    return torch.autograd.grad(f(x), x)[0]


@W("differences", "h ignored")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(w.numel()):
        up, down = _two(w, n, 1e-3)
        g.view(-1)[n] = (f(up) - f(down)) / 2e-3
    return g


@W("differences", "first axis only: whole rows moved (right for vectors)")
def _(f, w, h):
    g = torch.zeros_like(w)
    for n in range(len(w)):
        up, down = w.clone(), w.clone()
        up[n] += h
        down[n] -= h
        g[n] = (f(up) - f(down)) / (2 * h)
    return g


@W("differences", "steps add up: one copy for all entries")
def _(f, w, h):
    g, up, down = torch.zeros_like(w), w.clone(), w.clone()
    for n in range(w.numel()):
        up.view(-1)[n] += h
        down.view(-1)[n] -= h
        g.view(-1)[n] = (f(up) - f(down)) / (2 * h)
    return g


@R("differences", "unit vectors from eye")
def _(f, w, h):
    E = torch.eye(w.numel(), dtype=w.dtype).reshape(-1, *w.shape)
    d = [float(f(w + h * e) - f(w - h * e)) for e in E]
    return torch.tensor(d, dtype=w.dtype).reshape(w.shape) / (2 * h)


@R("differences", "ndindex, one copy put back from w")
def _(f, w, h):
    x, g = w.detach().clone(), torch.empty_like(w)
    for at in np.ndindex(*w.shape):
        x[at] = w[at] + h
        up = f(x)
        up = up.clone() if torch.is_tensor(up) else up
        x[at] = w[at] - h
        g[at] = (up - f(x)) / (h + h)
        x[at] = w[at]
    return g


# --- slope_for -> check_slope_for
W("slope_for", "mean for median")(lambda u: float(6 / (math.pi * u.abs().mean())))
W("slope_for", "sd for median")(lambda u: float(6 / (math.pi * u.std())))
W("slope_for", "median of u, not of |u|")(lambda u: float(6 / (math.pi * u.median().abs())))
W("slope_for", "half of the peak, not a tenth")(lambda u: float(2 / (math.pi * u.abs().median())))
W("slope_for", "constant 3.8")(lambda u: 3.8)
W("slope_for", "pi forgotten")(lambda u: float(6 / u.abs().median()))
W("slope_for", "largest |u|")(lambda u: float(6 / (math.pi * u.abs().max())))
W("slope_for", "range for median: (max - min) / 4")(lambda u: float(6 / (math.pi * (u.max() - u.min()) / 4)))
W("slope_for", "reciprocal")(lambda u: float(math.pi * u.abs().median() / 6))
W("slope_for", "first hundred neurons only")(lambda u: float(6 / (math.pi * u[:100].abs().median())))
W("slope_for", "changes u in place")(lambda u: float(6 / (math.pi * u.abs_().median())))


@R("slope_for", "sorted list, Python")
def _(u):
    a = sorted(abs(x) for x in u.tolist())
    return 6 / (math.pi * a[(len(a) - 1) // 2])


@R("slope_for", "bisection on the share alive")
def _(u):
    low, high = 1e-6, 1e9
    for _ in range(200):
        mid = math.sqrt(low * high)
        alive = (1 / (1 + (math.pi / 2 * mid * u.double()) ** 2) >= 0.1).double().mean()
        low, high = (mid, high) if alive > 0.5 else (low, mid)
    return low


R("slope_for", "aims at 45 per cent, np.float64")(lambda u: np.float64(6 / (math.pi * np.quantile(np.abs(u.numpy()), 0.45))))
