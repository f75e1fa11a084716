"""Layers of resonators, (B, L, H) to spikes: resonate-and-fire, PRF, and D-RF with dendrites."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from sslearn.fast import fft_conv, vandermonde
from sslearn.hippo import s4d_lin
from sslearn.layers.settings import Settings, require_sizes
from sslearn.neurons.dendrites import DRFState, adaptive_threshold, drf_rest, drf_step
from sslearn.neurons.resonator import RFState, rf_by_steps, rf_rest, rf_step
from sslearn.spikes import Surrogate, arctan, spike


def log_uniform(low: float, high: float, H: int, generator: torch.Generator) -> Tensor:
    """H logarithms of numbers between low and high, uniform in the logarithm."""
    if not 0 < low <= high < math.inf:
        raise ValueError(f"0 < dt_min <= dt_max is needed, finite, got {low} and {high}")
    return math.log(low) + math.log(high / low) * torch.rand(H, generator=generator)


class ResonateFire(Settings):
    """z' = exp(dt A) z + dt B u - s, s' = [Re z' > 1], A = -exp(log_A_real) + i exp(log_omega).

    One complex state a channel, which cannot grow. B (H,) starts so that white noise of variance 1
    leaves |z| with the spread 1, the threshold. dt starts log-uniform between dt_min and dt_max,
    omega uniform in (0, 2 pi), -Re A = 1 / tau. The step is `rf_step`, with its sources; there is
    no parallel form, because the reset needs the spike. The starts of dt, omega and tau = 2 are
    those of a public implementation of PRF. Raises ValueError for H, dt or tau out of range.

    >>> layer = ResonateFire(4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    slow = ("log_dt", "log_A_real", "log_omega")
    reset = "subtract"

    def __init__(
        self,
        H: int,
        *,
        tau: float = 2.0,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(H=H)
        if not 0 < tau < math.inf:
            raise ValueError(f"tau must be positive and finite, got {tau}")
        self.log_dt = nn.Parameter(log_uniform(dt_min, dt_max, H, generator))
        self.log_A_real = nn.Parameter(torch.full((H,), -math.log(tau)))
        share = 1 - torch.rand(H, generator=generator)  # in (0, 1], because 0 has no logarithm
        self.log_omega = nn.Parameter((2 * math.pi * share).log())
        with torch.no_grad():
            A_bar, dt = self.discrete()
            self.B = nn.Parameter((1 - A_bar.abs().square()).sqrt() / dt)
        self.surrogate = surrogate

    def extra_repr(self) -> str:
        """The size H."""
        return f"H={len(self.B)}"

    def discrete(self) -> tuple[Tensor, Tensor]:
        """A_bar = exp(dt A), complex (H,), and dt (H,)."""
        dt = self.log_dt.exp()
        return (dt * torch.complex(-self.log_A_real.exp(), self.log_omega.exp())).exp(), dt

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """dt becomes p dt, so that one step of the input stands for p of the old ones.

        The poles are then exact; the input, which enters as dt B u, is right to first order in dt.
        """
        self.log_dt += math.log(p)

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        A_bar, dt = self.discrete()
        how = {"reset": self.reset, "surrogate": self.surrogate}
        return rf_by_steps(self.B * u, A_bar=A_bar, dt=dt, **how).s

    def initial_state(self, batch: int) -> RFState:
        """Zeros."""
        return rf_rest(batch, self.discrete()[0].detach())

    def step(self, u_t: Tensor, state: RFState) -> tuple[Tensor, RFState]:
        """One step of u_t (B, H); returns (s_t, state)."""
        A_bar, dt = self.discrete()
        how = {"reset": self.reset, "surrogate": self.surrogate}
        state = rf_step(state.z, self.B * u_t, state.s, A_bar=A_bar, dt=dt, **how)
        return state.s, state


class PRF(ResonateFire):
    """s = [Re z > 1], z' = exp(dt A) z + dt B u: resonate-and-fire without a reset, in parallel.

    The swing of z takes the place of the reset. Parameters and arguments are those of
    `ResonateFire`, and `prf` is the definition. Huang et al. 2024 (arXiv 2410.03530), equations 19
    and 20, where the threshold is 1 and a linear layer in front has the part of B; there tau is
    given, and here it learns.

    >>> layer = PRF(4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).unique()
    tensor([0., 1.], grad_fn=<Unique2Backward0>)
    """

    reset = "none"

    def membrane(self, u: Tensor) -> Tensor:
        """Re z (B, L, H) of u (B, L, H), by FFT."""
        A_bar, dt = self.discrete()
        W = torch.complex(dt * self.B / 2, torch.zeros_like(dt))  # `vandermonde` gives 2 Re
        return fft_conv(u, vandermonde(A_bar.log()[:, None], W[:, None], u.shape[1]))

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        return spike(self.membrane(u) - 1, self.surrogate)


class DRF(Settings):
    """v = C Re z, z_n' = exp(dt A_n) z_n + gamma_n u, s = [v > 1 + sum_k alpha_k [v_(t-k) > 1]].

    Each of H neurons has N/2 dendrites, complex states with A = -exp(log_A_real) + i A_imag from
    init(N) and one dt, log-uniform between dt_min and dt_max. alpha = sigmoid(alpha_logit) (lags,)
    in (0, 1) is shared by the neurons. gamma starts so that white noise of variance 1 leaves each
    |z| with spread 1, and C ~ N(0, 2/N) so that v has it too. The definition is `drf`. Zhang et al.
    2025 (arXiv 2509.17186), equations 7, 8, 11 and 12, read in a translation; the starts are ours,
    because the text gives none. Raises ValueError for H, N, lags or dt out of range.

    >>> layer = DRF(4, N=8, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 20, 4)).shape
    torch.Size([2, 20, 4])
    """

    slow = ("log_dt", "log_A_real", "A_imag")

    def __init__(
        self,
        H: int,
        N: int = 16,
        *,
        lags: int = 4,
        init: Callable[[int], Tensor] = s4d_lin,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(H=H, N=N, lags=lags)
        if N % 2:
            raise ValueError(f"N must be even, got {N}")
        A = init(N).to(torch.get_default_dtype().to_complex()).expand(H, -1)  # (H, N/2)
        self.log_dt = nn.Parameter(log_uniform(dt_min, dt_max, H, generator))
        self.log_A_real = nn.Parameter((-A.real).log())
        self.A_imag = nn.Parameter(A.imag.clone())
        self.alpha_logit = nn.Parameter(torch.zeros(lags))
        C = torch.randn(H, N // 2, generator=generator) * (N // 2) ** -0.5
        self.C = nn.Parameter(C)
        with torch.no_grad():
            self.gamma = nn.Parameter((1 - self._exponent().exp().abs().square()).sqrt())
        self.surrogate = surrogate

    def extra_repr(self) -> str:
        """The sizes H, N and lags."""
        H, half = self.C.shape
        return f"H={H}, N={2 * half}, lags={len(self.alpha_logit)}"

    def _exponent(self):
        """Dt A, complex (H, N/2)."""
        return self.log_dt.exp()[:, None] * torch.complex(-self.log_A_real.exp(), self.A_imag)

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """dt becomes p dt and gamma p gamma: one step of the input stands for p of the old ones.

        The poles are then exact; the input is right to first order in dt.
        """
        self.log_dt += math.log(p)
        self.gamma *= p

    def membrane(self, u: Tensor) -> Tensor:
        """v (B, L, H) of u (B, L, H), by FFT."""
        W = self.C * self.gamma / 2
        a = self._exponent()
        return fft_conv(u, vandermonde(a, W.to(a.dtype), u.shape[1]))

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        v = self.membrane(u)
        return spike(v - adaptive_threshold(v, self.alpha_logit.sigmoid()), self.surrogate)

    def initial_state(self, batch: int) -> DRFState:
        """Zeros."""
        return drf_rest(batch, self._exponent().detach(), self.alpha_logit)

    def step(self, u_t: Tensor, state: DRFState) -> tuple[Tensor, DRFState]:
        """One step of u_t (B, H); returns (s_t, state)."""
        how = {"gamma": self.gamma, "C": self.C, "alpha": self.alpha_logit.sigmoid()}
        A_bar = self._exponent().exp()
        _, s, state = drf_step(u_t, state, A_bar=A_bar, **how, surrogate=self.surrogate)
        return s, state
