"""A layer whose state chooses what to keep, (B, L, H) to spikes."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from sslearn.fast import scan
from sslearn.layers.mixing import make_linear
from sslearn.layers.settings import Settings, require_sizes
from sslearn.neurons.selective import Selection, selective, selective_step
from sslearn.spikes import Surrogate, arctan


class SelectiveState(NamedTuple):
    """The running state x (B, H, N), which is all that changes with time."""

    x: Tensor

    def detach(self) -> "SelectiveState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return SelectiveState(self.x.detach())


class SelectiveSpikes(Settings):
    """s = [C_t x_t + D u_t > theta], x_t = exp(dt_t A) x_(t-1) + dt_t B_t u_t: dt, B, C follow u.

    dt_t = softplus(W u_t + b) is positive and A = -exp(log_A), (H, N) real, is negative, so that
    no state can grow without bound; B_t and C_t (N,) are linear in u_t and shared by the channels.
    softplus(b) starts log-uniform between dt_min and dt_max, A_n = -n, D = 1, and theta =
    exp(log_theta) (H,) = 0.5. The step follows the input, so that there is no `rescale_time`. The
    definition is `selective`, with its source. Raises ValueError for H, N or dt out of range.

    >>> layer = SelectiveSpikes(4, N=2, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    slow = ("log_A",)

    def __init__(
        self,
        H: int,
        N: int = 8,
        *,
        dt_min: float = 1e-2,
        dt_max: float = 1e-1,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(H=H, N=N)
        if not 0 < dt_min <= dt_max < math.inf:
            raise ValueError(f"0 < dt_min <= dt_max is needed, finite, got {dt_min} and {dt_max}")
        self.log_A = nn.Parameter(torch.arange(1.0, N + 1).log().repeat(H, 1))
        self.D = nn.Parameter(torch.ones(H))
        self.log_theta = nn.Parameter(torch.full((H,), math.log(0.5)))
        self.pace = make_linear(H, H, generator)
        self.ways = make_linear(H, 2 * N, generator)
        dt = dt_min * (dt_max / dt_min) ** torch.rand(H, generator=generator)
        with torch.no_grad():
            self.pace.bias.copy_(dt.expm1().log())  # softplus of it is dt
        self.surrogate = surrogate

    def extra_repr(self) -> str:
        """The sizes H and N."""
        H, N = self.log_A.shape
        return f"H={H}, N={N}"

    def chosen(self, u: Tensor) -> Selection:
        """What u (..., H) chooses: dt (..., H), B and C (..., N)."""
        return Selection(softplus(self.pace(u)), *self.ways(u).chunk(2, -1))

    def _how(self, u):
        weights = {"A": -self.log_A.exp(), "D": self.D, "theta": self.log_theta.exp()}
        return weights | {"chosen": self.chosen(u), "surrogate": self.surrogate}

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        return selective(u, **self._how(u), scan=scan)[1]

    def initial_state(self, batch: int) -> SelectiveState:
        """Zeros."""
        return SelectiveState(self.log_A.new_zeros(batch, *self.log_A.shape))

    def step(self, u_t: Tensor, state: SelectiveState) -> tuple[Tensor, SelectiveState]:
        """One step of u_t (B, H); returns (s_t, state)."""
        x, s = selective_step(state.x, u_t, **self._how(u_t))
        return s, SelectiveState(x)
