"""The adaptive LIF neuron: a second current that follows the membrane and the spikes brakes it."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.neurons.resonator import require_sequence
from sslearn.spikes import Surrogate, arctan, spike


class AdaptiveState(NamedTuple):
    """The membrane v, the adaptation current w and the spikes s, all (B, H) or (B, L, H)."""

    v: Tensor
    w: Tensor
    s: Tensor

    def detach(self) -> "AdaptiveState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return AdaptiveState(*(x.detach() for x in self))


def adaptive_step(
    v: Tensor,
    w: Tensor,
    i: Tensor,
    s: Tensor,
    *,
    alpha: float | Tensor,
    beta: float | Tensor,
    a: float | Tensor,
    b: float | Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> AdaptiveState:
    """w' = beta w + a v + b s, v' = alpha (v - theta s) + (1 - alpha)(i - w'), s' = [v' > theta].

    All are (B, H); alpha and beta in [0, 1] are the decays of the membrane and of the adaptation,
    a couples the adaptation to the membrane and b to the spikes. i, w and theta are in units of v.
    No gradient goes through the reset theta s; it does go through b s, because that is the path by
    which the adaptation is learned. The equations are those of adLIFLayer in the public code of
    SiLIF (Maxtimer97/SSM-inspired-LIF, after idiap/sparch), where theta = 1.

    >>> one, none = torch.ones(1), torch.zeros(1)
    >>> v, w, s = adaptive_step(none, none, 3 * one, one, alpha=0.5, beta=0.5, a=0.0, b=1.0)
    >>> v, w, s  # 0.5 (0 - 1) + 0.5 (3 - 1)
    (tensor([0.5000]), tensor([1.]), tensor([0.]))
    """
    w = beta * w + a * v + b * s
    v = alpha * (v - theta * s.detach()) + (1 - alpha) * (i - w)
    return AdaptiveState(v, w, spike(v - theta, surrogate))


def adaptive_by_steps(
    i: Tensor,
    *,
    alpha: float | Tensor,
    beta: float | Tensor,
    a: float | Tensor,
    b: float | Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> AdaptiveState:
    """A layer of adaptive LIF neurons over i (B, L, H): `adaptive_step` from 0, for every t.

    Returns v, w and s, all (B, L, H). With a = b = 0 this is a LIF neuron that takes (1 - alpha) i.
    Raises ValueError unless i is (B, L, H) with L >= 1.
    """
    require_sequence(i)
    how = {"alpha": alpha, "beta": beta, "a": a, "b": b, "theta": theta, "surrogate": surrogate}
    state, states = AdaptiveState(*(torch.zeros_like(i[:, 0]) for _ in range(3))), []
    for i_t in i.unbind(1):
        state = adaptive_step(state.v, state.w, i_t, state.s, **how)
        states.append(state)
    return AdaptiveState(*(torch.stack(x, 1) for x in zip(*states, strict=True)))
