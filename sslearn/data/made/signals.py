"""Test currents, float32 tensors (L,) sampled at t = k dt; the random ones take a generator.

duration and dt are in ms. All functions raise ValueError for a dt that is not a positive number and
for a duration below dt.
"""

import math

import torch
from torch import Tensor


def _steps(duration: float, dt: float) -> int:
    if not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"dt must be a positive number of ms, got {dt}")
    if not (math.isfinite(duration) and duration >= dt):
        raise ValueError(f"duration must be at least one step of {dt} ms, got {duration}")
    return round(duration / dt)


def times(duration: float, dt: float) -> Tensor:
    """t[k] = k dt in ms, k = 0 ... L-1 with L = duration / dt, rounded; returns (L,).

    >>> times(2, 0.5)
    tensor([0.0000, 0.5000, 1.0000, 1.5000])
    """
    return torch.arange(_steps(duration, dt)) * dt


def step(duration: float, dt: float, *, start: float = 0.0) -> Tensor:
    """x(t) = 1 for t >= start, else 0; start is in ms. Returns (L,).

    >>> step(2, 0.5, start=1)
    tensor([0., 0., 1., 1.])
    """
    return (times(duration, dt) >= start - dt * 1e-3).float()


def pulse(duration: float, dt: float, *, start: float, width: float) -> Tensor:
    """x(t) = 1 for start <= t < start + width, else 0; both are in ms. Returns (L,)."""
    t = times(duration, dt) + dt * 1e-3
    return ((t >= start) & (t < start + width)).float()


def sine(duration: float, dt: float, *, period: float) -> Tensor:
    """x(t) = (1 + sin(2 pi t / period)) / 2, which is in 0 ... 1; period is in ms. Returns (L,).

    Raises ValueError for a period that is not positive.
    """
    if not period > 0:
        raise ValueError(f"period must be positive, got {period}")
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
    if not (corr > 0 and sd >= 0):
        raise ValueError(f"corr must be positive and sd at least 0, got {corr} and {sd}")
    n = torch.randn(_steps(duration, dt), generator=generator).tolist()
    a = math.exp(-dt / corr)
    b = sd * math.sqrt(1 - a * a)
    x, out = sd * n[0], []
    for n_k in n[1:]:
        out.append(1 + x)
        x = a * x + b * n_k
    return torch.tensor([*out, 1 + x])


def poisson(
    duration: float, dt: float, *, rate: float, width: float = 0.0, generator: torch.Generator
) -> Tensor:
    """Independent events with P(event in a step) = 1 - exp(-rate dt / 1000); returns (L,).

    rate is in Hz. Each event is a pulse of height 1 that lasts `width` ms, and at least one step.
    Pulses that overlap add up, so that the mean is rate * width / 1000. Raises ValueError for a
    rate or a width below 0.
    """
    if not (rate >= 0 and width >= 0):
        raise ValueError(f"rate and width must be at least 0, got {rate} Hz and {width} ms")
    p = 1 - math.exp(-rate * dt / 1000)
    total = (torch.rand(_steps(duration, dt), generator=generator) < p).float().cumsum(0)
    n = max(1, round(width / dt))
    total[n:] -= total[:-n].clone()  # This leaves the events of the last n steps.
    return total
