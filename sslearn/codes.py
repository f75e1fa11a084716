"""Numbers into spikes: rate, latency and delta codes, populations, and what a code still tells.

The codes are those of snntorch.spikegen in the layout (B, L, H); the tests prove them equal.
"""

import torch
from torch import Tensor


def _require_unit(x: Tensor, name: str) -> None:
    if not (torch.is_floating_point(x) and ((x >= 0) & (x <= 1)).all()):
        raise ValueError(f"{name} must be a floating tensor of numbers from 0 to 1")


def _require_steps(L: int) -> None:
    if not (isinstance(L, int) and L >= 1):
        raise ValueError(f"L must be a whole number of steps, at least 1, got {L}")


def rate_code(x: Tensor, L: int, *, generator: torch.Generator) -> Tensor:
    """P(s[t] = 1) = x in each of L steps, all independent: the count is binomial, mean L x.

    x (B, H) in 0 ... 1; returns (B, L, H). spikegen.rate, equal spike by spike for the same state
    of the generator. Raises ValueError for x outside 0 ... 1 and L below 1.
    """
    _require_unit(x, "x")
    _require_steps(L)
    p = x.repeat(L, *(1 for _ in x.shape))  # time first, so that the draws come in their order
    return torch.bernoulli(p, generator=generator).movedim(0, 1)


def _one_spike(k: Tensor, L: int, fires: Tensor) -> Tensor:
    """One spike at step k (B, H) where fires (B, H) and k < L. Returns (B, L, H) of 0 and 1."""
    steps = torch.arange(L)[None, :, None]
    return ((k[:, None] == steps) & fires[:, None]).float()


def latency_code(x: Tensor, L: int, *, tau: float, theta: float) -> Tensor:
    """One spike at step round(tau ln(x / (x - theta))), when an LIF neuron driven by x is at theta.

    x (B, H) in 0 ... 1, tau in steps, no spike at or below theta nor beyond L; returns (B, L, H).
    spikegen.latency with clip and bypass. Raises ValueError for x outside 0 ... 1, L below 1,
    tau not positive, theta outside 0 ... 1.
    """
    _require_unit(x, "x")
    _require_steps(L)
    if not (tau > 0 and 0 < theta < 1):
        raise ValueError(f"tau must be positive and theta in 0 ... 1, got {tau} and {theta}")
    fires = x > theta
    drive = torch.where(fires, x, 1.0)  # no logarithm where the neuron is silent
    return _one_spike((tau * (drive / (drive - theta)).log()).round(), L, fires)


def linear_latency_code(x: Tensor, L: int, *, theta: float) -> Tensor:
    """One spike at step round((L - 1) (1 - x)): the larger x, the earlier. None below theta.

    x (B, H) in 0 ... 1; returns (B, L, H). spikegen.latency with linear, normalize and clip.
    Raises ValueError for x outside 0 ... 1, L below 1, theta outside 0 ... 1.
    """
    _require_unit(x, "x")
    _require_steps(L)
    if not 0 < theta < 1:
        raise ValueError(f"theta must lie between 0 and 1, got {theta}")
    return _one_spike(((L - 1) * (1 - x)).round(), L, x >= theta)


def first_spike(s: Tensor) -> Tensor:
    """The step of each train's first spike, L for a silent one. s (B, L, H); returns (B, H)."""
    silent = (s == 0).all(1)
    return torch.where(silent, s.shape[1], (s != 0).to(torch.uint8).argmax(1))


def delta_code(x: Tensor, *, theta: float, off_spikes: bool = False) -> Tensor:
    """s[t] = [x[t] - x[t-1] >= theta], and -1 for a fall by theta with off_spikes; x[-1] = 0.

    x (B, L, H), any range; returns (B, L, H). spikegen.delta: it compares with the sample before,
    not with the value last told. Raises ValueError for theta not positive.
    """
    if not theta > 0:
        raise ValueError(f"theta must be positive, got {theta}")
    change = x.diff(dim=1, prepend=torch.zeros_like(x[:, :1]))
    on = (change >= theta).to(x.dtype)
    return on - (change <= -theta).to(x.dtype) if off_spikes else on


def population(p: Tensor, H: int, *, corr: float = 0.0, generator: torch.Generator) -> Tensor:
    """H trains with P(s = 1) = p[t] and pairwise correlation corr: s = m u, P(m) = p/c, P(u) = c.

    c = p + corr (1 - p); the mother train m is common to all neurons, u is each neuron's own
    (a multiple interaction process, Kuhn, Aertsen & Rotter 2003, here in discrete time). The
    population count has the Fano factor (1 - p) (1 + (H - 1) corr).
    p (B, L) in 0 ... 1; returns (B, L, H). Raises ValueError for p or corr outside 0 ... 1, H < 1.
    """
    _require_unit(p, "p")
    if not (isinstance(H, int) and H >= 1 and 0 <= corr <= 1):
        raise ValueError(f"H must be at least 1 and corr in 0 ... 1, got {H} and {corr}")
    c = p + corr * (1 - p)
    m = torch.rand(p.shape, generator=generator, dtype=p.dtype) * c < p  # (B, L)
    u = torch.rand(*p.shape, H, generator=generator, dtype=p.dtype) < c[..., None]
    return (m[..., None] & u).to(p.dtype)
