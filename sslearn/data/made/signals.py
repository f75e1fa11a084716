"""Test currents: float32 tensors (L,), sampled at t = k dt. Random ones take a generator."""

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
    """t[k] = k dt in ms, k = 0 ... L-1 with L = duration / dt, rounded. Returns (L,)."""
    return torch.arange(_steps(duration, dt)) * dt


def step(duration: float, dt: float, *, start: float = 0.0) -> Tensor:
    """x(t) = 1 for t >= start, else 0. All in ms; returns (L,)."""
    return (times(duration, dt) >= start - dt * 1e-3).float()


def pulse(duration: float, dt: float, *, start: float, width: float) -> Tensor:
    """x(t) = 1 for start <= t < start + width, else 0. All in ms; returns (L,)."""
    t = times(duration, dt) + dt * 1e-3
    return ((t >= start) & (t < start + width)).float()


def sine(duration: float, dt: float, *, period: float) -> Tensor:
    """x(t) = (1 + sin(2 pi t / period)) / 2, between 0 and 1, mean 1/2. ms; returns (L,)."""
    if not period > 0:
        raise ValueError(f"period must be positive, got {period}")
    return (1 + torch.sin(2 * math.pi * times(duration, dt) / period)) / 2


def noise(
    duration: float, dt: float, *, sd: float = 0.5, corr: float = 5.0, generator: torch.Generator
) -> Tensor:
    """Ornstein-Uhlenbeck current of mean 1: x' = (1 - x)/corr + white noise, stationary sd `sd`.

    Exact one-step update x[k] = 1 + a (x[k-1] - 1) + sd sqrt(1 - a^2) n[k], a = exp(-dt / corr),
    so that its statistics do not depend on dt. corr in ms; returns (L,).
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
    """Events that arrive independently, each a pulse of height 1 and `width` ms. Returns (L,).

    P(event in a step) = 1 - exp(-rate dt / 1000), rate in Hz; the width is at least one step, and
    pulses that overlap add up, so that the mean is rate * width / 1000.
    """
    if not (rate >= 0 and width >= 0):
        raise ValueError(f"rate and width must be at least 0, got {rate} Hz and {width} ms")
    p = 1 - math.exp(-rate * dt / 1000)
    total = (torch.rand(_steps(duration, dt), generator=generator) < p).float().cumsum(0)
    n = max(1, round(width / dt))
    total[n:] -= total[:-n].clone()  # events in the last n steps
    return total
