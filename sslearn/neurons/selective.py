"""A selective state: its step, input and read-out follow the input, and its output is spikes."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.neurons.fixed_point import Scan
from sslearn.scan import scan_by_doubling
from sslearn.spikes import Surrogate, arctan, spike


class Selection(NamedTuple):
    """What the input chooses: the step dt (..., H), and B and C (..., N) of all channels."""

    dt: Tensor
    B: Tensor
    C: Tensor


def selective_step(
    x: Tensor,
    u: Tensor,
    *,
    A: Tensor,
    D: Tensor,
    chosen: Selection,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """x' = exp(dt A) x + dt B u, v = C x' + D u, s = [v > theta]; dt, B and C belong to this step.

    x is (B, H, N), u (B, H), A (H, N) and negative, D (H,). Returns x' and s. The state is that of
    Gu & Dao 2023 (Mamba), algorithm 2, as johnma2006/mamba-minimal has it, read there; the spike
    behind it is ours. It is parallel because x does not see the spikes.

    >>> one = torch.ones(1, 1)
    >>> chosen = Selection(dt=torch.tensor([[2.0]]), B=one, C=one)
    >>> x, s = selective_step(torch.zeros(1, 1, 1), one, A=-one, D=torch.zeros(1), chosen=chosen)
    >>> x.item(), s.item()
    (2.0, 1.0)
    """
    a, b = _pair(u, A, chosen)
    x = a * x + b
    return x, _fire(x, u, D, chosen.C, theta, surrogate)[1]


def selective(
    u: Tensor,
    *,
    A: Tensor,
    D: Tensor,
    chosen: Selection,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
    scan: Scan = scan_by_doubling,
) -> tuple[Tensor, Tensor]:
    """`selective_step` for all steps of u (B, L, H) from x = 0 by one scan; returns v and s.

    chosen holds dt (B, L, H) and B and C (B, L, N). v and s are (B, L, H). A convolution cannot
    take the place of the scan, because the step of each input is its own.
    """
    return _fire(scan(*_pair(u, A, chosen)), u, D, chosen.C, theta, surrogate)


def _pair(u, A, chosen):
    """The a and b (..., H, N) of x' = a x + b."""
    dt = chosen.dt[..., None]  # (..., H, 1)
    return torch.exp(dt * A), dt * chosen.B[..., None, :] * u[..., None]


def _fire(x, u, D, C, theta, surrogate):
    v = (x * C[..., None, :]).sum(-1) + D * u
    return v, spike(v - theta, surrogate)
