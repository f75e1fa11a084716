"""State space layers, (B, L, H) to (B, L, H): S4D, and S4D followed by a spike."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from sslearn.fast import fft_conv, vandermonde
from sslearn.hippo import s4d_lin
from sslearn.spikes import Surrogate, arctan, spike, stochastic_spike
from sslearn.ssm import discretize


class S4DState(NamedTuple):
    """The running state x (B, H, N/2), with what every step needs: A_bar, W = 2 C B_bar, D."""

    x: Tensor
    A_bar: Tensor
    W: Tensor
    D: Tensor


class S4D(nn.Module):
    """Diagonal SSM, y = K * u + D u, K_l = 2 Re sum_n C_n B_bar_n A_bar_n^l, ZOH, B = 1.

    H channels of N real states (N/2 conjugate pairs). A = -exp(log_A_real) + i A_imag cannot
    leave the left half plane; dt = exp(log_dt), uniform in log [dt_min, dt_max] at the start.
    init(N) gives the poles (N/2,). C ~ CN(0, 1), D ~ N(0, 1). Bidirectional adds a kernel over
    the future. Gu, Gupta, Goel, Re 2022. Raises ValueError for H, N or dt out of range.
    """

    def __init__(
        self,
        H: int,
        N: int = 64,
        *,
        init: Callable[[int], Tensor] = s4d_lin,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        bidirectional: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        if H < 1 or N < 2 or N % 2:
            raise ValueError(f"H must be at least 1 and N even and at least 2, got {H} and {N}")
        if not 0 < dt_min <= dt_max:
            raise ValueError(f"0 < dt_min <= dt_max is needed, got {dt_min} and {dt_max}")
        A = init(N).to(torch.complex64).expand(H, -1)  # (H, N/2)
        ways = 2 if bidirectional else 1
        low, high = math.log(dt_min), math.log(dt_max)
        self.log_dt = nn.Parameter(low + (high - low) * torch.rand(H, generator=generator))
        self.log_A_real = nn.Parameter((-A.real).log())
        self.A_imag = nn.Parameter(A.imag.clone())
        C = torch.randn(ways, H, N // 2, 2, generator=generator) / math.sqrt(2)
        self.C = nn.Parameter(C)  # (ways, H, N/2, 2): real and imaginary parts
        self.D = nn.Parameter(torch.randn(H, generator=generator))

    def poles(self) -> tuple[Tensor, Tensor]:
        """A (H, N/2) and dt (H, 1) of the continuous model."""
        A = torch.complex(-self.log_A_real.exp(), self.A_imag)
        return A, self.log_dt.exp()[:, None]

    def _discrete(self):
        """dt A, A_bar (H, N/2) and W = C B_bar (ways, H, N/2)."""
        A, dt = self.poles()
        A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
        return dt * A, A_bar, torch.view_as_complex(self.C) * B_bar

    def kernel(self, L: int) -> Tensor:
        """K (L, H), without D; (2, L, H) if bidirectional, the past's kernel first."""
        dtA, _, W = self._discrete()
        K = torch.stack([vandermonde(dtA, w, L) for w in W]).mT  # (ways, L, H)
        return K if len(W) == 2 else K[0]

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to y (B, L, H), by FFT."""
        dtA, _, W = self._discrete()
        L = u.shape[1]
        K = [vandermonde(dtA, w, L) for w in W]  # (H, L) each
        K[0] = K[0] + pad(self.D[:, None], (0, L - 1))  # the skip is a kernel at lag 0
        return fft_conv(u, *K)

    def initial_state(self, batch: int) -> S4DState:
        """Zeros; the discretisation is done once here. Raises ValueError if bidirectional."""
        _, A_bar, W = self._discrete()
        if len(W) == 2:
            raise ValueError("a bidirectional S4D sees the future, so it cannot be streamed")
        # In memory the channels lie side by side: step sums over n and adds u_t along them.
        A_bar, W = A_bar.mT.contiguous(), (2 * W[0]).mT.contiguous()  # (N/2, H)
        zero = torch.zeros(batch, *A_bar.shape, dtype=A_bar.dtype, device=A_bar.device)
        return S4DState(zero.mT, A_bar.mT, W.mT, self.D)

    def step(self, u_t: Tensor, state: S4DState) -> tuple[Tensor, S4DState]:
        """x' = A_bar x + u_t, y_t = Re sum_n W_n x'_n + D u_t; u_t (B, H), returns (y_t, x')."""
        x, A_bar, W, D = state
        x = torch.addcmul(u_t.unsqueeze(-1), A_bar, x)  # (B, H, N/2)
        y = torch.addcmul((W * x).sum(-1).real, D, u_t)
        return y, S4DState(x, A_bar, W, D)


class BinaryS4D(S4D):
    """s = spike(S4D(u) - theta): the spike follows a linear state, so training stays parallel.

    No reset. surrogate(v - theta) stands in for the derivative; with a width the spike is drawn,
    S ~ Bernoulli(p), p = 1 / (1 + exp(-(v - theta) / width)), and the gradient goes through p in
    place of the surrogate. theta and width in the units of y, the rest as S4D. Stan & Rhodes
    2024 (Binary S4D, theta = 0, not drawn).
    """

    def __init__(
        self,
        H: int,
        N: int = 64,
        *,
        theta: float = 0.0,
        surrogate: Surrogate = arctan,
        width: float | None = None,
        init: Callable[[int], Tensor] = s4d_lin,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        bidirectional: bool = False,
        generator: torch.Generator,
    ):
        shape = {"init": init, "dt_min": dt_min, "dt_max": dt_max, "bidirectional": bidirectional}
        super().__init__(H, N, **shape, generator=generator)
        self.theta, self.surrogate, self.width, self.generator = theta, surrogate, width, generator

    def _fire(self, y):
        if self.width is None:
            return spike(y - self.theta, self.surrogate)
        return stochastic_spike(y - self.theta, self.width, generator=self.generator)

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        return self._fire(super().forward(u))

    def step(self, u_t: Tensor, state: S4DState) -> tuple[Tensor, S4DState]:
        """One step; returns (s_t, state)."""
        y, state = super().step(u_t, state)
        return self._fire(y), state


SLOW = ("log_dt", "log_A_real", "A_imag")


def param_groups(model: nn.Module, lr: float, weight_decay: float) -> list[dict]:
    """Two groups for AdamW: dt and A of every S4D at min(0.001, lr) without decay, and the rest.

    As in the code of S4 (state-spaces/s4). model may be any module.
    """
    slow = [p for name, p in model.named_parameters() if name.rpartition(".")[2] in SLOW]
    ids = {id(p) for p in slow}
    rest = [p for p in model.parameters() if id(p) not in ids]
    groups = [{"params": rest, "lr": lr, "weight_decay": weight_decay}]
    return groups + [{"params": slow, "lr": min(1e-3, lr), "weight_decay": 0.0}] * bool(slow)
