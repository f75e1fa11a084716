"""The reset made parallel: guess the spikes, run the linear rest of the neuron at once, repeat."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from sslearn.lif import require_lif_arguments
from sslearn.scan import scan_by_doubling
from sslearn.spikes import Surrogate, arctan, spike

Scan = Callable[[Tensor, Tensor], Tensor]


class FixedPoint(NamedTuple):
    """The membrane v and the spikes s (B, L, H), and the number of sweeps over the sequence."""

    v: Tensor
    s: Tensor
    sweeps: int


def sweep(
    i: Tensor,
    s: Tensor,
    *,
    beta: float | Tensor,
    theta: float | Tensor,
    reset: str = "subtract",
    scan: Scan = scan_by_doubling,
) -> Tensor:
    """v_t = beta v_(t-1) + i_t - theta s_(t-1), or beta (1 - s_(t-1)) v_(t-1) + i_t: one scan.

    The spikes s (B, L, H) are given, so that v (B, L, H) is linear in i. No gradient goes through
    s, as in `lif_step`. With reset none, s has no say.
    """
    before = pad(s.detach(), (0, 0, 1, 0))[:, :-1]  # the reset acts one step late
    a = torch.as_tensor(beta, dtype=i.dtype, device=i.device).expand_as(i)
    if reset == "zero":
        a = a * (1 - before)
    return scan(a, i - theta * before if reset == "subtract" else i)


def lif_by_fixed_point(
    i: Tensor,
    *,
    beta: float | Tensor,
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    surrogate: Surrogate = arctan,
    sweeps: int | None = None,
    scan: Scan = scan_by_doubling,
) -> FixedPoint:
    """s <- [v(s) > theta] until s repeats itself; v(s) is `sweep`, and s starts as no spikes.

    i is (B, L, H); the arguments are those of `lif_by_steps`, whose v, s and gradients this gives.
    After n sweeps the first n steps are right, because step t needs only the spikes before it, so
    that L sweeps suffice for all; far fewer do where few spikes depend on each other. A smaller
    number of sweeps may leave an error. scan is the scan that runs, such as the fast one.
    Feng et al. 2025 (arXiv 2506.12087) train by such an iteration; of that paper the abstract alone
    was read. NaN is passed on. Raises the other ValueErrors of `lif_by_steps`, and one unless
    sweeps is a whole number of at least 1.

    >>> i = torch.full((1, 4, 1), 0.6)
    >>> v, s, n = lif_by_fixed_point(i, beta=0.5)
    >>> s.flatten().tolist(), n  # as `lif_by_steps` has it
    ([0.0, 0.0, 1.0, 0.0], 3)
    """
    require_lif_arguments(i.detach().nan_to_num(), beta, theta, reset, 0)  # NaN is passed on
    limit = i.shape[1] if sweeps is None else sweeps
    if type(limit) is not int or limit < 1:
        raise ValueError(f"sweeps must be a whole number >= 1 or None, got {sweeps!r}")
    how = {"beta": beta, "theta": theta, "reset": reset, "scan": scan}
    s, n, same = torch.zeros_like(i), 0, False
    with torch.no_grad():  # because only the last sweep is part of the result
        while n < limit - 1 and not same:
            fired = spike(sweep(i, s, **how) - theta)
            same = not ((fired != s) & ~fired.isnan()).any()
            s, n = fired, n + 1
    v = sweep(i, s, **how)
    return FixedPoint(v, spike(v - theta, surrogate), n + 1 - same)
