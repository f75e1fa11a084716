"""S4D followed by a LIF neuron whose reset is kept, and still in parallel: SpikingSSM."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sslearn.fast import scan
from sslearn.fast.door import readable
from sslearn.hippo import s4d_lin
from sslearn.layers.state_space import S4D, S4DState
from sslearn.lif import lif_by_steps, lif_step
from sslearn.neurons.fixed_point import lif_by_fixed_point
from sslearn.spikes import Surrogate, arctan


class SpikingSSMState(NamedTuple):
    """The running state x (B, H, N/2) of S4D, and the neuron's v and s, both (B, H)."""

    x: Tensor
    v: Tensor
    s: Tensor

    def detach(self) -> "SpikingSSMState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return SpikingSSMState(*(part.detach() for part in self))


class SpikingSSM(S4D):
    """s = [v > 1], v' = beta (1 - s) v + y / theta, y = S4D(u): a LIF neuron that resets to zero.

    theta = exp(log_theta) (H,) starts at 1 and cannot turn negative; beta in [0, 1] is the decay
    of the neuron in one step, which `rescale_time` leaves alone. The other arguments are those of
    S4D. All steps run at once, `lif_by_fixed_point`, whose result is that of the sequence; Shen et
    al. 2024 (arXiv 2408.14909) let a small network guess v instead. The neuron, beta = 0.125, the
    reset to 0 and the learned threshold are those of their public code (shenshuaijie/SDN); of the
    paper the abstract was read. Raises ValueError for beta, and for what S4D refuses.

    >>> layer = SpikingSSM(4, N=8, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    settings = ("beta",)

    def __init__(
        self,
        H: int,
        N: int = 64,
        *,
        beta: float = 0.125,
        surrogate: Surrogate = arctan,
        init: Callable[[int], Tensor] = s4d_lin,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        bidirectional: bool = False,
        generator: torch.Generator,
    ):
        shape = {"init": init, "dt_min": dt_min, "dt_max": dt_max, "bidirectional": bidirectional}
        super().__init__(H, N, **shape, generator=generator)
        if not 0 <= beta <= 1:
            raise ValueError(f"beta must be in [0, 1], got {beta}")
        self.log_theta = nn.Parameter(torch.zeros(H))
        self.beta, self.surrogate = float(beta), surrogate

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        i = self.membrane(u) / self.log_theta.exp()
        how = {"beta": self.beta, "reset": "zero", "surrogate": self.surrogate}
        if readable():
            return lif_by_steps(i, **how).s
        return lif_by_fixed_point(i, **how, scan=scan).s

    def initial_state(self, batch: int) -> SpikingSSMState:
        """Zeros. Raises ValueError if bidirectional."""
        zero = self.D.detach().new_zeros(batch, len(self.D))
        return SpikingSSMState(super().initial_state(batch).x, zero, zero)

    def step(self, u_t: Tensor, state: SpikingSSMState) -> tuple[Tensor, SpikingSSMState]:
        """One step of u_t (B, H); returns (s_t, state)."""
        y, now = self.membrane_step(u_t, S4DState(state.x))
        how = {"beta": self.beta, "reset": "zero", "surrogate": self.surrogate}
        v, s = lif_step(state.v, y / self.log_theta.exp(), state.s, **how)
        return s, SpikingSSMState(now.x, v, s)
