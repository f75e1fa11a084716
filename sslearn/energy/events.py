"""A product with spikes by events, s W^T from the rows that spiked, against the dense product."""

import math
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag


def event_product(s: Tensor, rows: Tensor) -> Tensor:
    """y = s W^T: for each s, the sum of the rows of W^T that its spikes choose.

    s (..., H) holds 0 and 1, rows (H, M) is W^T, so that what one input sends lies together in
    memory; returns (..., M). No weight of a silent input is read and nothing is multiplied. Raises
    ValueError for other values and shapes.

    >>> event_product(torch.tensor([1.0, 0.0, 1.0]), torch.tensor([[1.0], [10.0], [100.0]]))
    tensor([101.])
    """
    if rows.ndim != 2 or s.ndim < 1 or s.shape[-1] != rows.shape[0]:
        raise ValueError(
            f"s (..., H) and rows (H, M) are needed, got {tuple(s.shape)} and {tuple(rows.shape)}"
        )
    flat = s.reshape(-1, s.shape[-1])
    if not ((flat == 0) | (flat == 1)).all():
        raise ValueError("s must hold only 0 and 1")
    return _gathered(flat, rows).view(*s.shape[:-1], rows.shape[1])


def _gathered(flat: Tensor, rows: Tensor) -> Tensor:
    token, fired = flat.nonzero(as_tuple=True)  # in the order of the tokens
    starts = torch.searchsorted(token, torch.arange(len(flat), device=flat.device))
    return embedding_bag(fired, rows, starts, mode="sum")


def shared_rate(s: Tensor, width: int) -> float:
    """The share of groups of `width` inputs side by side in which at least one spikes.

    A machine that skips a group only if all of it is silent works at this rate. s (..., H) holds
    0 and 1; the last group may be shorter. Raises ValueError unless width is a whole number >= 1.
    """
    if not (isinstance(width, int) and width >= 1):
        raise ValueError(f"width must be a whole number >= 1, got {width!r}")
    groups = (s != 0).split(width, -1)
    sizes = torch.tensor([g.shape[-1] for g in groups], dtype=torch.float64)
    alive = torch.stack([g.any(-1).double().mean() for g in groups])
    return float((alive * sizes).sum() / sizes.sum())


def interleaved(
    functions: dict[str, Callable], *, repeats: int = 15, clock: Callable = time.perf_counter
) -> dict[str, float]:
    """The median time in ms of each function, all called in turn, after one round not counted.

    In turn, because what slows the machine for a while then slows all of them alike.
    """
    spans: dict[str, list] = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, f in functions.items():
            start = clock()
            f()
            if turn:
                spans[name].append(1000 * (clock() - start))
    return {name: statistics.median(times) for name, times in spans.items()}


def time_products(
    rates: Sequence[float], *, H: int, M: int, tokens: int = 1, generator: torch.Generator, **timing
) -> dict[str, list[float]]:
    """Times in ms of the product of `tokens` random spike vectors (H,) with W (M, H), by rate.

    {"dense": [...], "events": [...]}, one number a rate. timing holds keywords of `interleaved`.
    Raises ValueError for a rate that is not in [0, 1].
    """
    if not all(0 <= r <= 1 for r in rates):
        raise ValueError(f"rates must be in [0, 1], got {list(rates)}")
    W = torch.randn(M, H, generator=generator)
    rows, found = W.T.contiguous(), {"dense": [], "events": []}
    for r in rates:
        s = (torch.rand(tokens, H, generator=generator) < r).float()
        both = {"dense": lambda s=s: s @ rows, "events": lambda s=s: _gathered(s, rows)}
        for name, ms in interleaved(both, **timing).items():
            found[name].append(ms)
    return found


def crossing(rates: Sequence[float], events: Sequence[float], dense: Sequence[float]) -> float:
    """The rate up to which events take less time than dense, between rates on a log scale.

    It is nan if the events lose at the lowest rate, and the highest rate if they never lose.
    """
    gap = [math.log(e / d) for e, d in zip(events, dense, strict=True)]
    if gap[0] >= 0:
        return math.nan
    k = next((n for n, g in enumerate(gap) if g >= 0), None)
    if k is None:
        return float(rates[-1])
    share = gap[k - 1] / (gap[k - 1] - gap[k])
    return float(rates[k - 1] * (rates[k] / rates[k - 1]) ** share)
