"""The statistics of spike trains: rate, intervals, variability, and the PSTH.

A train s holds 0 and 1, with time in steps of dt ms as its last axis. Any other s or dt is
refused with a ValueError.
"""

import math

import torch
from torch import Tensor


def _require_train(s: Tensor, dt: float) -> None:
    spikes = (s == 0) | (s == 1)
    if s.ndim < 1 or not spikes.all():
        wrong = f"{s[~spikes][0]:g}" if s.ndim else "no axis"
        raise ValueError(f"s must hold only 0 and 1, with time as its last axis, got {wrong}")
    if not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"dt must be a positive number of ms, got {dt}")


def rate(s: Tensor, dt: float) -> Tensor:
    """Mean firing rate, 1000 sum_t s[t] / (L dt), in Hz, of trains s (..., L).

    The result has the shape (...).

    >>> rate(torch.tensor([0.0, 1.0, 0.0, 1.0]), dt=5.0)  # two spikes in 20 ms
    tensor(100.)
    """
    _require_train(s, dt)
    return 1000 * s.sum(-1) / (s.shape[-1] * dt)


def isi(s: Tensor, dt: float) -> Tensor:
    """Inter-spike intervals t_(n+1) - t_n in ms of one train s (L,); empty below two spikes.

    >>> isi(torch.tensor([0.0, 1.0, 0.0, 0.0, 1.0]), dt=0.5)
    tensor([1.5000])
    """
    _require_train(s, dt)
    if s.ndim != 1:
        raise ValueError(f"s must be one train of shape (L,), got {tuple(s.shape)}")
    return s.nonzero()[:, 0].diff() * dt


def cv(intervals: Tensor) -> float:
    """Coefficient of variation, sd / mean of the intervals: 0 for a clock, 1 for Poisson.

    intervals (n,) may have any unit, and sd is that of a sample (n - 1). The result is nan below
    two intervals.
    """
    x = intervals.to(torch.float64)
    return float(x.std() / x.mean()) if len(x) > 1 else math.nan


def fano(counts: Tensor) -> float:
    """Fano factor, variance / mean of the counts in equal windows: 1 for Poisson.

    counts is (n,), and the variance is that of a sample (n - 1). The result is nan below two
    windows or without any spike.
    """
    x = counts.to(torch.float64)
    return float(x.var() / x.mean()) if len(x) > 1 and x.sum() > 0 else math.nan


def psth(s: Tensor, dt: float, width: float) -> Tensor:
    """Peri-stimulus time histogram: mean rate in Hz over trials in bins of `width` ms.

    s is (trials, L), dt and width are in ms, and the result is (bins,). An incomplete last bin is
    dropped. The function raises ValueError unless width lies between dt and L dt.
    """
    _require_train(s, dt)
    n = round(width / dt)
    if s.ndim != 2 or n < 1 or n > s.shape[1]:
        raise ValueError(f"width must be between dt and L dt for s (trials, L), got {width} ms")
    bins = s.shape[1] // n
    return 1000 * s[:, : bins * n].reshape(len(s), bins, n).mean((0, 2)) / dt
