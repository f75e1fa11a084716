"""Layers of adaptive LIF neurons, (B, L, H) to spikes: as they are, and with S4D's parameters."""

import math

import torch
from torch import Tensor, nn

from sslearn.layers.settings import Settings, require_sizes
from sslearn.neurons.adaptive import AdaptiveState, adaptive_by_steps, adaptive_step
from sslearn.spikes import Surrogate, arctan


class AdaptiveLIF(Settings):
    """w' = beta w + a v + b s, v' = alpha (v - s) + (1 - alpha)(B u - w'), s' = [v' > 1].

    alpha and beta are sigmoids of what learns, and start as exp(-1/5) ... exp(-1/25) and exp(-1/30)
    ... exp(-1/120); a = sigmoid in (0, 1) and b = 2 sigmoid in (0, 2) start uniform. The public
    code of SiLIF clamps them instead, a to (-1, 1); but v and w decay, by the criterion of Jury,
    only for a > beta - 1. B (H,) starts so that white noise of variance 1 leaves v with the spread
    1, where the spikes and w are left out. The step is `adaptive_step`, with its source. There is
    no unit of time, so that there is no `rescale_time`. Raises ValueError for H out of range.

    >>> layer = AdaptiveLIF(4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    slow = ("alpha_logit", "beta_logit")

    def __init__(self, H: int, *, surrogate: Surrogate = arctan, generator: torch.Generator):
        super().__init__()
        require_sizes(H=H)

        def uniform(low, high):
            return low + (high - low) * torch.rand(H, generator=generator)

        self.alpha_logit = nn.Parameter(uniform(math.exp(-1 / 5), math.exp(-1 / 25)).logit())
        self.beta_logit = nn.Parameter(uniform(math.exp(-1 / 30), math.exp(-1 / 120)).logit())
        self._couple(H, generator, surrogate)

    def _couple(self, H, generator, surrogate):
        self.a_logit = nn.Parameter(torch.rand(H, generator=generator).logit(eps=1e-3))
        self.b_logit = nn.Parameter(torch.rand(H, generator=generator).logit(eps=1e-3))
        with torch.no_grad():
            alpha = self.constants()["alpha"]
            self.B = nn.Parameter((1 - alpha.square()).sqrt() / (1 - alpha))
        self.surrogate = surrogate

    def extra_repr(self) -> str:
        """The size H."""
        return f"H={len(self.B)}"

    def constants(self) -> dict[str, Tensor]:
        """alpha, beta, a and b of `adaptive_step`, each (H,)."""
        return {
            "alpha": self.alpha_logit.sigmoid(),
            "beta": self.beta_logit.sigmoid(),
            "a": self.a_logit.sigmoid(),
            "b": 2 * self.b_logit.sigmoid(),
        }

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        return adaptive_by_steps(self.B * u, **self.constants(), surrogate=self.surrogate).s

    def initial_state(self, batch: int) -> AdaptiveState:
        """Zeros."""
        return AdaptiveState(*(self.B.new_zeros(batch, len(self.B)) for _ in range(3)))

    def step(self, u_t: Tensor, state: AdaptiveState) -> tuple[Tensor, AdaptiveState]:
        """One step of u_t (B, H); returns (s_t, state)."""
        how = self.constants() | {"surrogate": self.surrogate}
        state = adaptive_step(state.v, state.w, self.B * u_t, state.s, **how)
        return state.s, state


class SiLIF(AdaptiveLIF):
    """`AdaptiveLIF` with alpha = exp(-dt exp(log_fast)) and beta = exp(-dt exp(log_slow)).

    The decays are kept as S4D keeps its poles: rates as logarithms, which cannot turn negative, and
    a step dt = exp(log_dt) that learns, so that the layer has a unit of time. The start is that of
    SiLIFLayer in the public code of Fabre et al. 2025 (arXiv 2506.06374, of which the abstract was
    read): dt = 0.004 s, rates 10 ... 250 and 2.5 ... 10 / s; the code clamps a and b.

    >>> layer = SiLIF(4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    slow = ("log_dt", "log_fast", "log_slow")

    def __init__(
        self,
        H: int,
        *,
        dt: float = 0.004,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        nn.Module.__init__(self)
        require_sizes(H=H)
        if not 0 < dt < math.inf:
            raise ValueError(f"dt must be positive and finite, got {dt}")

        def uniform(low, high):
            low, high = math.log(low), math.log(high)
            return low + (high - low) * torch.rand(H, generator=generator)

        self.log_dt = nn.Parameter(torch.full((H,), math.log(dt)))
        self.log_fast = nn.Parameter(uniform(10.0, 250.0))
        self.log_slow = nn.Parameter(uniform(2.5, 10.0))
        self._couple(H, generator, surrogate)

    def constants(self) -> dict[str, Tensor]:
        """alpha, beta, a and b of `adaptive_step`, each (H,)."""
        dt = self.log_dt.exp()
        return {
            "alpha": (-dt * self.log_fast.exp()).exp(),
            "beta": (-dt * self.log_slow.exp()).exp(),
            "a": self.a_logit.sigmoid(),
            "b": 2 * self.b_logit.sigmoid(),
        }

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """dt becomes p dt, so that one step of the input stands for p of the old ones.

        The decays are then exact. The spikes are not, because there are fewer steps to fire in.
        """
        self.log_dt += math.log(p)
