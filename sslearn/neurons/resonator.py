"""The resonate-and-fire neuron: a membrane that swings, step by step and, without reset, at once.

PRF (Huang et al. 2024, arXiv 2410.03530) is this neuron without a reset. Its equations 19 and 20
were read in the paper's text; its parallel form is `prf`.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.spikes import Surrogate, arctan, spike
from sslearn.ssm import causal_conv

RF_RESETS = ("subtract", "none")


class RFTrace(NamedTuple):
    """What a sequence leaves: the complex state z and the spikes s, both (B, L, H)."""

    z: Tensor
    s: Tensor


class RFState(NamedTuple):
    """What a step leaves to the next: the complex state z and the spikes s, both (B, H)."""

    z: Tensor
    s: Tensor

    def detach(self) -> "RFState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return RFState(self.z.detach(), self.s.detach())


def rf_rest(batch: int, A_bar: Tensor) -> RFState:
    """The state before the first step, zeros (batch, H) beside the poles A_bar (H,)."""
    z = A_bar.new_zeros(batch, *A_bar.shape)
    return RFState(z, z.real)


def rf_step(
    z: Tensor,
    i: Tensor,
    s: Tensor,
    *,
    A_bar: Tensor,
    dt: float | Tensor,
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    surrogate: Surrogate = arctan,
) -> RFState:
    """One step z' = A_bar z + dt i - theta s, s' = [Re z' > theta], A_bar = exp(dt (b + i omega)).

    z is complex (B, H), i and s are (B, H), A_bar is complex (H,), dt in the unit of 1 / omega.
    With reset none, -theta s is left out, and this is PRF (Huang et al. 2024, equation 19), and
    the neuron of Zhang et al. 2025 (arXiv 2509.17186), equation 2, read in a translation. The reset
    from the real part, one step late, is that of ResonateFireLayer in the public code of SiLIF
    (Maxtimer97/SSM-inspired-LIF), which steps by Euler; no gradient goes through it. Izhikevich
    2001, who named the neuron and sets z to i after a spike, was not read.
    Raises ValueError for another reset.

    >>> half_turn = torch.tensor([-0.5 + 0j])  # half of it is left, on the other side
    >>> still = torch.zeros(1)
    >>> z, s = rf_step(torch.tensor([-2.0 + 0j]), torch.tensor([0.5]), still, A_bar=half_turn, dt=1)
    >>> z.real, s
    (tensor([1.5000]), tensor([1.]))
    """
    if reset not in RF_RESETS:
        raise ValueError(f"reset must be one of {RF_RESETS}, got {reset!r}")
    z = A_bar * z + dt * i
    if reset == "subtract":
        z = z - theta * s.detach()
    return RFState(z, spike(z.real - theta, surrogate))


def rf_by_steps(
    i: Tensor,
    *,
    A_bar: Tensor,
    dt: float | Tensor,
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    surrogate: Surrogate = arctan,
) -> RFTrace:
    """A layer of resonators over a sequence i (B, L, H): `rf_step` from z = 0, s = 0, for every t.

    Raises ValueError for another reset, and unless i is (B, L, H) with L >= 1.
    """
    require_sequence(i)
    how = {"theta": theta, "reset": reset, "surrogate": surrogate}
    state, states = rf_rest(i.shape[0], A_bar), []
    for i_t in i.unbind(1):
        state = rf_step(state.z, i_t, state.s, A_bar=A_bar, dt=dt, **how)
        states.append(state)
    return RFTrace(*(torch.stack(x, 1) for x in zip(*states, strict=True)))


def prf(
    i: Tensor,
    *,
    A_bar: Tensor,
    dt: float | Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """Re z = K * i with K_l = dt Re A_bar^l, and s = [Re z > theta], for all steps at once.

    i is (B, L, H), A_bar complex (H,), dt and theta numbers or (H,); returns Re z and s, both
    (B, L, H). This is `rf_by_steps` with reset none. Huang et al. 2024, equation 20, whose kernel
    stands below it.
    Raises ValueError unless i is (B, L, H) with L >= 1.
    """
    require_sequence(i)
    l = torch.arange(i.shape[1], device=i.device)
    K = dt * (A_bar ** l[:, None]).real  # (L, H)
    v = causal_conv(i, K)
    return v, spike(v - theta, surrogate)


def require_sequence(i: Tensor) -> None:
    """Raise ValueError unless i is floating, of shape (B, L, H), and L >= 1."""
    if i.ndim != 3 or i.shape[1] == 0 or not torch.is_floating_point(i):
        raise ValueError(f"i must be floating, of shape (B, L, H), got {i.dtype} {tuple(i.shape)}")
