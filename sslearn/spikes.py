"""The spike, the ternary spike, and the surrogates that stand in for their derivatives.

A surrogate is a function of u = v - theta, of any shape, that returns the slope at u.
"""

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor

Surrogate = Callable[[Tensor], Tensor]
ALIVE = 0.1  # A surrogate counts as alive where it is at least this share of its peak.
FAMILIES = ("arctan", "fast sigmoid", "triangle", "sigmoid", "Gaussian")


def arctan(u: Tensor, alpha: float = 2.0) -> Tensor:
    """dS/du = (alpha/2) / (1 + (pi alpha u / 2)^2): peak alpha/2, area 1.

    It is the slope of S = 1/2 + arctan(pi alpha u / 2) / pi, the convention of SpikingJelly and
    snnTorch. The source is Fang et al. 2021.
    """
    return (alpha / 2) / (1 + (math.pi / 2 * alpha * u) ** 2)


def fast_sigmoid(u: Tensor, k: float = 25.0) -> Tensor:
    """dS/du = 1 / (1 + k |u|)^2: peak 1, area 2/k (Zenke & Ganguli 2018, SuperSpike)."""
    return 1 / (1 + k * u.abs()) ** 2


def triangle(u: Tensor, width: float = 1.0) -> Tensor:
    """dS/du = max(0, 1 - |u| / width): peak 1, area width, exactly zero outside."""
    return (1 - u.abs() / width).clamp(min=0)


def sigmoid(u: Tensor, k: float = 25.0) -> Tensor:
    """dS/du = k S (1 - S), S = 1 / (1 + exp(-k u)): peak k/4, area 1."""
    s = torch.sigmoid(k * u)
    return k * s * (1 - s)


def gaussian(u: Tensor, sd: float = 0.4) -> Tensor:
    """dS/du = exp(-(u / sd)^2 / 2) / (sd sqrt(2 pi)): peak 0.4 / sd, area 1."""
    return torch.exp(-0.5 * (u / sd) ** 2) / (sd * math.sqrt(2 * math.pi))


def straight_through(u: Tensor) -> Tensor:
    """dS/du = 1 everywhere: the gradient passes as if the step were the identity."""
    return torch.ones_like(u)


def _step(u):
    """[u > 0], and NaN where u is NaN: one third of the time of a comparison and a cast."""
    return u.clamp(0, 1).ceil_().abs_()  # abs turns -0 into 0


class _Spike(torch.autograd.Function):
    generate_vmap_rule = True  # torch.func asks for it

    @staticmethod
    def forward(u, surrogate):
        return _step(u)

    @staticmethod
    def setup_context(ctx, inputs, output):
        u, ctx.surrogate = inputs
        ctx.save_for_backward(u)

    @staticmethod
    def backward(ctx, grad):
        (u,) = ctx.saved_tensors
        return grad * ctx.surrogate(u), None


def spike(u: Tensor, surrogate: Surrogate = arctan) -> Tensor:
    """S(u) = 1 if u > 0 else 0; the backward pass uses surrogate(u) in place of the derivative.

    u = v - theta has any shape; the spikes are 0 and 1 in u's dtype, and NaN stays NaN. What
    surrogate itself holds, such as a slope in a Parameter, gets no gradient, because the slope
    is no part of the loss. The function raises ValueError if u is not a floating tensor or
    surrogate is not callable.

    >>> u = torch.tensor([-0.5, 0.0, 0.5], requires_grad=True)
    >>> spike(u, triangle).sum().backward()
    >>> spike(u).tolist(), u.grad.tolist()  # no spike at u = 0, where the slope is largest
    ([0.0, 0.0, 1.0], [0.5, 1.0, 0.5])
    """
    if not torch.is_floating_point(u):
        raise ValueError(f"u must be a floating tensor, got {u.dtype}")
    if not callable(surrogate):
        raise ValueError(f"surrogate must be a function of u, got {surrogate!r}")
    return _Spike.apply(u, surrogate) if u.requires_grad else _step(u)


class _Ternary(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(z, delta, unit, surrogate):
        size = z.abs()
        sign = torch.copysign(size.clamp(max=1).ceil_(), z)  # because torch.sign(NaN) is 0
        return sign * (size >= delta)

    @staticmethod
    def setup_context(ctx, inputs, output):
        z, delta, unit, ctx.surrogate = inputs
        ctx.has_unit = unit is not None
        ctx.save_for_backward(z, delta, unit if ctx.has_unit else delta)

    @staticmethod
    def backward(ctx, grad):
        z, delta, unit = ctx.saved_tensors
        grad = grad / unit if ctx.has_unit else grad
        if ctx.surrogate is straight_through:
            return grad, None, None, None
        above, below = (z - delta, -z - delta)
        if ctx.has_unit:
            above, below = above / unit, below / unit
        return grad * (ctx.surrogate(above) + ctx.surrogate(below)), None, None, None


def ternary(
    z: Tensor,
    delta: float | Tensor,
    surrogate: Surrogate = straight_through,
    *,
    unit: Tensor | None = None,
) -> Tensor:
    """Ter(z) = +1 if z >= delta, -1 if z <= -delta, else 0 (and Ter(0) = 0 for delta = 0).

    z has any shape and is floating, and NaN stays NaN; delta >= 0 broadcasts and carries no
    gradient. The backward pass takes dTer/dz = 1, straight through, unless another surrogate is
    given; then the slope is surrogate(z - delta) + surrogate(-z - delta), one bump at each of the
    two steps. unit > 0, which broadcasts, is what z is measured in: the values stay, because
    Ter(z / unit) with delta / unit is the same, and the slope is that of Ter(z / unit), the
    surrogate's divided by unit.
    The source is Stan & Rhodes 2024 (Gated Spiking Unit). The function raises ValueError for a
    negative delta and for a unit that is not positive.

    >>> ternary(torch.tensor([-0.9, 0.0, 0.2, 0.5]), 0.5)
    tensor([-1.,  0.,  0.,  1.])
    """
    delta = torch.as_tensor(delta, dtype=z.dtype, device=z.device).detach()
    free = torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
    if not free and not (delta >= 0).all():
        raise ValueError(f"delta must be at least 0 everywhere, got {delta.min()}")
    if not free and unit is not None and not (unit > 0).all():
        raise ValueError(f"unit must be positive everywhere, got {unit.min()}")
    return _Ternary.apply(z, delta, None if unit is None else unit.detach(), surrogate)


class _Bernoulli(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, generator):
        on = p.to(generator.device)  # The draws of a seed are the same on every device.
        return torch.bernoulli(on, generator=generator).to(p.device)

    @staticmethod
    def backward(ctx, grad):
        return grad, None  # because the mean of S is p, and dp/dp = 1


def stochastic_spike(u: Tensor, width: float, *, generator: torch.Generator) -> Tensor:
    """S ~ Bernoulli(p), p = 1 / (1 + exp(-u / width)); the gradient is that of p, the mean of S.

    u = v - theta has any shape and is floating. As width tends to 0 this becomes `spike`, save
    that p(0) is 1/2 at any width. The function raises ValueError unless width > 0.
    """
    if not width > 0:
        raise ValueError(f"width must be positive, got {width}")
    return _Bernoulli.apply(torch.sigmoid(u / width), generator)


def arctan_half_width(alpha: float) -> float:
    """The half width at half maximum of `arctan`, u = 2 / (pi alpha).

    The function raises ValueError unless alpha > 0.

    >>> w = torch.tensor(arctan_half_width(2.0))
    >>> round(w.item(), 3), arctan(w).item()  # the peak is alpha / 2 = 1
    (0.318, 0.5)
    """
    if not alpha > 0:
        raise ValueError(f"alpha must be positive, got {alpha}")
    return 2 / (math.pi * alpha)


def surrogate_of_width(family: str, alpha: float) -> Surrogate:
    """The surrogate of one family that is as wide at half its peak as `arctan` with alpha.

    For the fast sigmoid that means k = (sqrt 2 - 1) pi alpha / 2 = 0.65 alpha. Families can be
    compared at equal width only, because width decides how many neurons learn.
    The function raises ValueError for a family that is not in FAMILIES and unless alpha > 0.

    >>> surrogate_of_width("triangle", alpha=2.0)(torch.tensor(arctan_half_width(2.0)))
    tensor(0.5000)
    """
    w = arctan_half_width(alpha)
    if family == "arctan":
        return functools.partial(arctan, alpha=alpha)
    if family == "fast sigmoid":
        return functools.partial(fast_sigmoid, k=(math.sqrt(2) - 1) / w)
    if family == "triangle":
        return functools.partial(triangle, width=2 * w)
    if family == "sigmoid":
        return functools.partial(sigmoid, k=2 * math.acosh(math.sqrt(2)) / w)
    if family == "Gaussian":
        return functools.partial(gaussian, sd=w / math.sqrt(2 * math.log(2)))
    raise ValueError(f"family must be one of {FAMILIES}, got {family!r}")
