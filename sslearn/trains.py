"""The statistics of spike trains: rate, intervals, variability, and the PSTH."""

import math

import torch
from torch import Tensor


def _require_train(s: Tensor, dt: float) -> None:
    if s.ndim < 1 or not ((s == 0) | (s == 1)).all():
        raise ValueError("s must hold only 0 and 1, with time as its last axis")
    if not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"dt must be a positive number of ms, got {dt}")


def rate(s: Tensor, dt: float) -> Tensor:
    """Mean firing rate, 1000 sum_t s[t] / (L dt), in Hz. s (..., L), dt in ms; returns (...)."""
    _require_train(s, dt)
    return 1000 * s.sum(-1) / (s.shape[-1] * dt)


def isi(s: Tensor, dt: float) -> Tensor:
    """Inter-spike intervals t_(n+1) - t_n in ms of one train s (L,); empty below two spikes."""
    _require_train(s, dt)
    if s.ndim != 1:
        raise ValueError(f"s must be one train of shape (L,), got {tuple(s.shape)}")
    return s.nonzero()[:, 0].diff() * dt


def cv(intervals: Tensor) -> float:
    """Coefficient of variation, sd / mean of the intervals: 0 for a clock, 1 for Poisson.

    intervals (n,), any unit; nan below two intervals. Sample sd (n - 1).
    """
    x = intervals.to(torch.float64)
    return float(x.std() / x.mean()) if len(x) > 1 else math.nan


def fano(counts: Tensor) -> float:
    """Fano factor, variance / mean of the counts in equal windows: 1 for Poisson.

    counts (n,); nan below two windows or with no spike at all.
    """
    x = counts.to(torch.float64)
    return float(x.var() / x.mean()) if len(x) > 1 and x.sum() > 0 else math.nan


def psth(s: Tensor, dt: float, width: float) -> Tensor:
    """Peri-stimulus time histogram: mean rate in Hz over trials in bins of `width` ms.

    s (trials, L), dt and width in ms; returns (bins,); an incomplete last bin is dropped.
    """
    _require_train(s, dt)
    n = round(width / dt)
    if s.ndim != 2 or n < 1 or n > s.shape[1]:
        raise ValueError(f"width must be between dt and L dt for s (trials, L), got {width} ms")
    bins = s.shape[1] // n
    return 1000 * s[:, : bins * n].reshape(len(s), bins, n).mean((0, 2)) / dt
