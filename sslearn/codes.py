"""Numbers into spikes: rate, latency and delta codes, and populations with a correlation.

The codes are those of snntorch.spikegen in the layout (B, L, H); the tests prove them equal.
"""

from numbers import Integral

import torch
from torch import Tensor


def _require_unit(x: Tensor, name: str) -> None:
    inside = (x >= 0) & (x <= 1)
    if not (torch.is_floating_point(x) and inside.all()):
        wrong = f"{x[~inside][0]:g}" if not inside.all() else x.dtype
        raise ValueError(f"{name} must be a floating tensor of numbers from 0 to 1, got {wrong}")


def _require_steps(L: int) -> None:
    if not (isinstance(L, Integral) and L >= 1):
        raise ValueError(f"L must be a whole number of steps, at least 1, got {L}")


def rate_code(x: Tensor, L: int, *, generator: torch.Generator) -> Tensor:
    """P(s[t] = 1) = x in each of L steps, all independent: the count is binomial, mean L x.

    x is (B, H) in 0 ... 1, the result (B, L, H). spikegen.rate draws the same spikes for the same
    state of the generator. The function raises ValueError for x outside 0 ... 1 and L below 1.

    >>> x, generator = torch.tensor([[0.0, 0.5, 1.0]]), torch.Generator().manual_seed(0)
    >>> rate_code(x, 1000, generator=generator).mean(1).round(decimals=1)
    tensor([[0.0000, 0.5000, 1.0000]])
    """
    _require_unit(x, "x")
    _require_steps(L)
    p = x.repeat(L, *(1 for _ in x.shape))  # (L, B, H), the order in which spikegen draws
    return torch.bernoulli(p, generator=generator).movedim(0, 1)


def _one_spike(k: Tensor, L: int, fires: Tensor) -> Tensor:
    """One spike at step k (B, H) wherever fires (B, H) is true and k < L: (B, L, H) of 0 and 1."""
    if k.ndim != 2:
        raise ValueError(f"x must be (B, H), got {tuple(k.shape)}")
    steps = torch.arange(L, device=k.device)[None, :, None]
    return ((k[:, None] == steps) & fires[:, None]).to(k.dtype)


def latency_code(x: Tensor, L: int, *, tau: float, theta: float) -> Tensor:
    """One spike at step round(tau ln(x / (x - theta))), when an LIF neuron driven by x is at theta.

    x is (B, H) in 0 ... 1, tau is in steps, and the result is (B, L, H). A neuron does not fire
    for x at or below theta, nor where its step would lie beyond the last.
    This is spikegen.latency with clip and bypass. The function raises ValueError for x outside
    0 ... 1, L below 1, tau not positive and theta outside 0 ... 1.

    >>> s = latency_code(torch.tensor([[1.0, 0.4, 0.1]]), 20, tau=10.0, theta=0.2)
    >>> first_spike(s).tolist()  # 10 ln(1 / 0.8), 10 ln(0.4 / 0.2), and L for no spike
    [[2, 7, 20]]
    """
    _require_unit(x, "x")
    _require_steps(L)
    if not (tau > 0 and 0 < theta < 1):
        raise ValueError(f"tau must be positive and theta in 0 ... 1, got {tau} and {theta}")
    fires = x > theta
    drive = torch.where(fires, x, 1.0)  # where the neuron is silent there is no logarithm
    return _one_spike((tau * (drive / (drive - theta)).log()).round(), L, fires)


def linear_latency_code(x: Tensor, L: int, *, theta: float) -> Tensor:
    """One spike at step round((L - 1) (1 - x)), the earlier the larger x is; none below theta.

    x is (B, H) in 0 ... 1, the result (B, L, H). This is spikegen.latency with linear, normalize
    and clip. The function raises ValueError for x outside 0 ... 1, L below 1 and theta outside
    0 ... 1.

    >>> s = linear_latency_code(torch.tensor([[1.0, 0.4, 0.1]]), 11, theta=0.2)
    >>> first_spike(s).tolist()
    [[0, 6, 11]]
    """
    _require_unit(x, "x")
    _require_steps(L)
    if not 0 < theta < 1:
        raise ValueError(f"theta must lie between 0 and 1, got {theta}")
    return _one_spike(((L - 1) * (1 - x)).round(), L, x >= theta)


def first_spike(s: Tensor) -> Tensor:
    """The step (B, H) of the first spike of each train in s (B, L, H), and L for a silent one.

    The function raises ValueError for complex or NaN entries and for L = 0.
    """
    if s.ndim != 3 or not s.shape[1] or s.is_complex() or s.isnan().any():
        raise ValueError(f"s must be real (B, L, H) without NaN, got {s.dtype} {tuple(s.shape)}")
    silent = (s == 0).all(1)
    return torch.where(silent, s.shape[1], (s != 0).to(torch.uint8).argmax(1))


def delta_code(x: Tensor, *, theta: float, off_spikes: bool = False) -> Tensor:
    """s[t] = [x[t] - x[t-1] >= theta], and -1 for a fall by theta with off_spikes; x[-1] = 0.

    x is (B, L, H) of any range, as is the result. This is spikegen.delta: it compares each sample
    with the one before it, and not with the value at the last spike.
    The function raises ValueError for theta not positive.

    >>> x = torch.tensor([0.0, 0.5, 0.75, 0.0])[None, :, None]
    >>> delta_code(x, theta=0.5, off_spikes=True).flatten().tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    if not theta > 0:
        raise ValueError(f"theta must be positive, got {theta}")
    if not torch.is_floating_point(x) or x.isnan().any():
        raise ValueError(f"x must be floating and without NaN, got {x.dtype}")
    change = x.diff(dim=1, prepend=torch.zeros_like(x[:, :1]))
    on = (change >= theta).to(x.dtype)
    return on - (change <= -theta).to(x.dtype) if off_spikes else on


def population(p: Tensor, H: int, *, corr: float = 0.0, generator: torch.Generator) -> Tensor:
    """H trains with P(s = 1) = p[t] and pairwise correlation corr: s = m u, P(m) = p/c, P(u) = c.

    Here c = p + corr (1 - p); the mother train m is common to all neurons, and u is each neuron's
    own. It is the multiple interaction process of Kuhn, Aertsen & Rotter 2003 in discrete time.
    The population count has the Fano factor (1 - p) (1 + (H - 1) corr).
    p is (B, L) in 0 ... 1, the result (B, L, H). The function raises ValueError for p or corr
    outside 0 ... 1 and for H below 1.
    """
    _require_unit(p, "p")
    if not (isinstance(H, Integral) and H >= 1 and 0 <= corr <= 1):
        raise ValueError(f"H must be at least 1 and corr in 0 ... 1, got {H} and {corr}")
    c = p + corr * (1 - p)
    m = torch.rand(p.shape, generator=generator, dtype=p.dtype, device=p.device) * c < p  # (B, L)
    u = torch.rand(*p.shape, H, generator=generator, dtype=p.dtype, device=p.device) < c[..., None]
    return (m[..., None] & u).to(p.dtype)
