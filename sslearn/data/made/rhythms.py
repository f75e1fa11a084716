"""Heartbeats as a sensor would record them: a regular rhythm or an irregular one."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data.arguments import require_whole

WAVES = ((0.0, 0.04, 1.0), (0.1, 0.04, -0.2), (0.32, 0.1, 0.25))  # (s after the beat, width, mV)
JITTER = (0.03, 0.35)  # of each gap, as a share of the mean gap: regular, irregular


class Records(NamedTuple):
    """x (n, L) in mV with zeros behind each record's end, lengths (n,), y (n,) 1 if irregular."""

    x: Tensor
    lengths: Tensor
    y: Tensor


def rhythms(
    n: int, *, shortest: int = 100, longest: int = 250, rate: float = 25.0, seed: int = 0
) -> Records:
    """n records of a made heart, shortest to longest steps each, `rate` steps a second.

    A beat is three bumps, sum_k h_k exp(-((t - b - d_k) / w_k)^2 / 2), as the waves R, S and T of
    an electrocardiogram are. The mean gap between beats is 0.7 to 1.1 s, the same for both classes,
    and each gap differs from it by up to 3 % (y = 0) or 35 % (y = 1), so that only the times
    between beats tell the classes apart. Noise of 0.05 mV is added. Raises ValueError for n or a
    length below 1, for shortest above longest, and for a rate that is not positive.

    >>> x, lengths, y = rhythms(4, shortest=50, longest=60)
    >>> x.shape, y.tolist()
    (torch.Size([4, 60]), [0, 1, 0, 1])
    """
    require_whole(1, n=n, shortest=shortest, longest=longest)
    if shortest > longest or not rate > 0:
        raise ValueError(
            f"shortest must be at most longest and rate positive, got {shortest}, {longest}, {rate}"
        )
    g = torch.Generator().manual_seed(seed)
    y, t = torch.arange(n) % 2, torch.arange(longest) / rate  # (n,), (L,) in s
    mean = 0.7 + 0.4 * torch.rand(n, 1, generator=g)
    spread = torch.tensor(JITTER)[y][:, None]
    beats = int(longest / rate / (0.7 * (1 - max(JITTER)))) + 3  # enough for the fastest heart
    gaps = mean * (1 + spread * (2 * torch.rand(n, beats, generator=g) - 1))
    b = gaps.cumsum(1) - 2 * mean * torch.rand(n, 1, generator=g)  # (n, beats) in s
    x = 0.05 * torch.randn(n, longest, generator=g)
    for delay, width, height in WAVES:
        away = (t - b[..., None] - delay) / width  # (n, beats, L)
        x += height * torch.exp(-away.square() / 2).sum(1)
    lengths = torch.randint(shortest, longest + 1, (n,), generator=g)
    return Records(x.masked_fill(torch.arange(longest) >= lengths[:, None], 0), lengths, y)
