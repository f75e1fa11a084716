"""Test currents, float32 tensors (L,) sampled at t = k dt; the random ones take a generator.

duration and dt are in ms. All functions raise ValueError for a dt that is not positive, for a
duration below dt, and for any other argument that is not finite or out of its range.
"""

import math

import torch
from torch import Tensor

from sslearn.data.arguments import require_number, require_positive


def _steps(duration: float, dt: float) -> int:
    require_positive(dt=dt)
    require_number(dt, duration=duration)
    return round(duration / dt)


def times(duration: float, dt: float) -> Tensor:
    """t[k] = k dt in ms, k = 0 ... L-1 with L = duration / dt, rounded; returns (L,).

    >>> times(2, 0.5)
    tensor([0.0000, 0.5000, 1.0000, 1.5000])
    """
    return torch.arange(_steps(duration, dt), dtype=torch.float32) * dt


def step(duration: float, dt: float, *, start: float = 0.0) -> Tensor:
    """x(t) = 1 for t >= start, else 0; start is in ms. Returns (L,).

    >>> step(2, 0.5, start=1)
    tensor([0., 0., 1., 1.])
    """
    require_number(start=start)
    return (times(duration, dt) >= start - dt * 1e-3).float()


def pulse(duration: float, dt: float, *, start: float, width: float) -> Tensor:
    """x(t) = 1 for start <= t < start + width, else 0; both are in ms. Returns (L,).

    Raises ValueError for a width below 0.
    """
    require_number(start=start)
    require_number(0, width=width)
    t = times(duration, dt) + dt * 1e-3
    return ((t >= start) & (t < start + width)).float()


def sine(duration: float, dt: float, *, period: float) -> Tensor:
    """x(t) = (1 + sin(2 pi t / period)) / 2, which is in 0 ... 1; period is in ms. Returns (L,).

    Raises ValueError for a period that is not positive.
    """
    require_positive(period=period)
    return (1 + torch.sin(2 * math.pi * times(duration, dt) / period)) / 2


def noise(
    duration: float, dt: float, *, sd: float = 0.5, corr: float = 5.0, generator: torch.Generator
) -> Tensor:
    """Ornstein-Uhlenbeck current of mean 1: x' = (1 - x)/corr + white noise, stationary sd `sd`.

    The update x[k] = 1 + a (x[k-1] - 1) + sd sqrt(1 - a^2) n[k], a = exp(-dt / corr), is exact for
    one step, so that the statistics do not depend on dt. corr is in ms. Returns (L,). Raises
    ValueError for a corr that is not positive and an sd below 0.

    >>> current = noise(1000, 0.1, generator=torch.Generator().manual_seed(0))
    >>> current.shape
    torch.Size([10000])
    """
    require_positive(corr=corr)
    require_number(0, sd=sd)
    L = _steps(duration, dt)
    n = torch.randn(L, generator=generator, dtype=torch.float32).tolist()
    a = math.exp(-dt / corr)
    b = sd * math.sqrt(1 - a * a)
    x, out = sd * n[0], []
    for n_k in n[1:]:
        out.append(1 + x)
        x = a * x + b * n_k
    return torch.tensor([*out, 1 + x], dtype=torch.float32)


def poisson(
    duration: float, dt: float, *, rate: float, width: float = 0.0, generator: torch.Generator
) -> Tensor:
    """Independent events with P(event in a step) = 1 - exp(-rate dt / 1000); returns (L,).

    rate is in Hz. Each event is a pulse of height 1 that lasts `width` ms, and at least one step.
    Pulses that overlap add up, so that the mean is rate * width / 1000. Raises ValueError for a
    rate or a width below 0.
    """
    require_number(0, rate=rate, width=width)
    L = _steps(duration, dt)
    p = 1 - math.exp(-rate * dt / 1000)
    drawn = torch.rand(L, generator=generator, dtype=torch.float32)
    total = (drawn < p).float().cumsum(0)
    n = max(1, round(width / dt))
    total[n:] -= total[:-n].clone()  # This leaves the events of the last n steps.
    return total
