"""State space layers, (B, L, H) to (B, L, H): S4D, and S4D followed by a spike."""

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from sslearn.fast import fft_conv, scan, vandermonde
from sslearn.hippo import s4d_lin
from sslearn.layers.settings import Settings, require_sizes
from sslearn.spikes import Surrogate, arctan, spike, stochastic_spike
from sslearn.ssm import discretize, memory_horizon

WEIGHTS = {"log_dt", "log_A_real", "A_imag", "C", "D"}
THETA = 1e-4  # of Binary S4D. The FFT leaves up to 2e-6 in silence where u is of size 1.
VERSION = torch.Tensor._version.__get__  # which counts the changes in place of a tensor


class S4DState(NamedTuple):
    """The running state x (B, H, N/2), which is all that changes with time."""

    x: Tensor

    def detach(self) -> "S4DState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return S4DState(self.x.detach())


class S4D(Settings):
    """Diagonal SSM, y = K * u + D u, K_l = 2 Re sum_n C_n B_bar_n A_bar_n^l, ZOH, B = 1.

    The layer has H channels of N real states, which are N/2 conjugate pairs. A = -exp(log_A_real)
    + i A_imag cannot leave the left half plane. dt = exp(log_dt) starts uniform in the logarithm
    between dt_min and dt_max. init(N) gives the poles (N/2,). C ~ CN(0, 1), D ~ N(0, 1).
    bidirectional adds a kernel over the future. Gu, Gupta, Goel, Re 2022. Raises ValueError for
    H, N or dt out of range.

    >>> layer = S4D(4, N=8, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 100, 4)).shape
    torch.Size([2, 100, 4])
    """

    slow = ("log_dt", "log_A_real", "A_imag")  # they learn slowly and without decay
    _kept = ((), (), None)  # the weights that `recurrence` saw, their versions, what it keeps

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
        require_sizes(H=H, N=N)
        H, N = int(H), int(N)
        if N % 2:
            raise ValueError(f"N must be even, got {N}")
        if not 0 < dt_min <= dt_max < math.inf:
            raise ValueError(f"0 < dt_min <= dt_max is needed, finite, got {dt_min} and {dt_max}")
        A = init(N).to(torch.get_default_dtype().to_complex()).expand(H, -1)  # (H, N/2)
        ways = 2 if bidirectional else 1
        low, high = math.log(dt_min), math.log(dt_max)
        self.log_dt = nn.Parameter(low + (high - low) * torch.rand(H, generator=generator))
        self.log_A_real = nn.Parameter((-A.real).log())
        self.A_imag = nn.Parameter(A.imag.clone())
        C = torch.randn(ways, H, N // 2, 2, generator=generator) / math.sqrt(2)
        self.C = nn.Parameter(C)  # (ways, H, N/2, 2): real and imaginary parts
        self.D = nn.Parameter(torch.randn(H, generator=generator))

    def extra_repr(self) -> str:
        """The sizes H and N, bidirectional, and the settings."""
        ways, H, half, _ = self.C.shape
        sizes = f"H={H}, N={2 * half}, bidirectional={ways == 2}"
        return ", ".join(filter(None, (sizes, super().extra_repr())))

    def poles(self) -> tuple[Tensor, Tensor]:
        """A (H, N/2) and dt (H, 1) of the continuous model."""
        A = torch.complex(-self.log_A_real.exp(), self.A_imag)
        return A, self.log_dt.exp()[:, None]

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """dt becomes p dt, so that one step of the input stands for p of the old ones.

        This is exact where the input is held between the new steps, because ZOH supposes it.
        """
        self.log_dt += math.log(p)

    def _discrete(self):
        """dt A, A_bar, B_bar (H, N/2) and W = C B_bar (ways, H, N/2)."""
        if self.log_dt.dtype not in (torch.float32, torch.float64):
            raise ValueError(f"S4D's weights must be float32 or float64, got {self.log_dt.dtype}")
        A, dt = self.poles()
        A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
        return dt * A, A_bar, B_bar, torch.view_as_complex(self.C) * B_bar

    def kernel(self, L: int) -> Tensor:
        """K (L, H), without D; (2, L, H) if bidirectional, the past's kernel first.

        Raises ValueError unless L is a whole number of at least 1.
        """
        require_sizes(L=L)
        dtA, _, _, W = self._discrete()
        K = [vandermonde(dtA, w, int(L)).mT for w in W]  # (L, H) each
        return torch.stack(K) if len(W) == 2 else K[0]

    def states(self, u: Tensor) -> Tensor:
        """x_t = A_bar x_(t-1) + B_bar u_t after every step, (B, L, H, N/2); u (B, L, H)."""
        _, A_bar, B_bar, _ = self._discrete()
        return scan(A_bar[None, None], B_bar * u[..., None])

    def horizon(self) -> Tensor:
        """The steps (H,) until a channel's slowest state has decayed to 5 %."""
        return memory_horizon(self._discrete()[1]).amax(-1)

    def membrane(self, u: Tensor) -> Tensor:
        """y = K * u + D u (B, L, H) by FFT, before any threshold; u (B, L, H)."""
        dtA, _, _, W = self._discrete()
        L = u.shape[1]
        K = [vandermonde(dtA, w, L) for w in W]  # (H, L) each
        K[0] = K[0] + pad(self.D[:, None], (0, L - 1))  # the skip is a kernel at lag 0
        return fft_conv(u, *K)

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to y (B, L, H)."""
        return self.membrane(u)

    def recurrence(self) -> tuple[Tensor, Tensor, Tensor]:
        """A_bar and W = 2 C B_bar (H, N/2) and D (H,) of a step, from the weights as they are now.

        Where no gradient is wanted they are kept until a weight changes. Raises ValueError if
        bidirectional.
        """
        own = self._parameters  # self.C and the like would take a third of a step's time
        learning = torch.is_grad_enabled() and any(w.requires_grad for w in own.values())
        if learning or torch.compiler.is_compiling() or not own.keys() >= WEIGHTS:
            return self._recurrence()  # The last is so where a weight is computed from others.
        held, versions, kept = self._kept
        same = len(held) == len(own) and all(map(operator.is_, held, own.values()))
        if not same or versions != [*map(VERSION, own.values())]:
            kept = self._recurrence()
            self._kept = [*own.values()], [*map(VERSION, own.values())], kept
        return kept

    def _recurrence(self):
        _, A_bar, _, W = self._discrete()
        if len(W) == 2:
            raise ValueError("a bidirectional S4D sees the future, so it cannot be streamed")
        # In memory the channels lie side by side, because a step sums over n along them.
        return A_bar.mT.contiguous().mT, (2 * W[0]).mT.contiguous().mT, self.D

    def _apply(self, fn, recurse=True):
        self._kept = S4D._kept  # because .to() and .double() leave the weights' versions alone
        return super()._apply(fn, recurse)

    def __getstate__(self):
        return self.__dict__ | {"_kept": S4D._kept}  # a copy has weights of its own

    @torch.no_grad()
    def initial_state(self, batch: int) -> S4DState:
        """Zeros. Raises ValueError if bidirectional."""
        self._kept = S4D._kept  # so that a stream begins with the weights of now
        A_bar = self.recurrence()[0].mT
        zero = torch.zeros(batch, *A_bar.shape, dtype=A_bar.dtype, device=A_bar.device)
        return S4DState(zero.mT)

    def membrane_step(self, u_t: Tensor, state: S4DState) -> tuple[Tensor, S4DState]:
        """x' = A_bar x + u_t, y_t = Re sum_n W_n x'_n + D u_t; u_t (B, H), returns (y_t, x')."""
        A_bar, W, D = self.recurrence()
        x = torch.addcmul(u_t.unsqueeze(-1), A_bar, state.x)  # (B, H, N/2)
        y = torch.addcmul((W * x).sum(-1).real, D, u_t)
        return y, S4DState(x)

    def step(self, u_t: Tensor, state: S4DState) -> tuple[Tensor, S4DState]:
        """One step of u_t (B, H); returns (y_t, state)."""
        return self.membrane_step(u_t, state)


class BinaryS4D(S4D):
    """s = spike(y - theta), y = S4D(u): the spike follows a linear state, so training is parallel.

    There is no reset. surrogate(y - theta) stands in for the derivative. With a width the spike
    is drawn, S ~ Bernoulli(p), p = 1 / (1 + exp(-(y - theta) / width)), and the gradient goes
    through p in place of the surrogate. theta and width are in the units of y; the other arguments
    are those of S4D. Stan & Rhodes 2024 (Binary S4D, theta = 0, not drawn). Here theta = 1e-4,
    because in silence the FFT leaves rounding of either sign in place of 0, and half of it would
    fire; it stays below 2e-6 where u is of size 1, so there is room for u up to 50 times as large.

    >>> layer = BinaryS4D(4, N=8, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.ones(2, 100, 4)).unique()
    tensor([0., 1.], grad_fn=<Unique2Backward0>)
    """

    settings = ("theta", "width")

    def __init__(
        self,
        H: int,
        N: int = 64,
        *,
        theta: float = THETA,
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

    def fire(self, y: Tensor) -> Tensor:
        """The spikes of the membrane y, any shape: 1 where y > theta, or drawn; else 0."""
        if self.width is None:
            return spike(y - self.theta, self.surrogate)
        return stochastic_spike(y - self.theta, self.width, generator=self.generator)

    def forward(self, u: Tensor) -> Tensor:
        """u (B, L, H) to spikes (B, L, H), 0 or 1."""
        return self.fire(self.membrane(u))

    def step(self, u_t: Tensor, state: S4DState) -> tuple[Tensor, S4DState]:
        """One step; returns (s_t, state)."""
        y, state = self.membrane_step(u_t, state)
        return self.fire(y), state


def both_forms(layer: S4D, u: Tensor) -> tuple[Tensor, Tensor]:
    """The membrane y (B, L, H) of u (B, L, H), by convolution and step by step."""
    state, steps = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.membrane_step(u_t, state)
        steps.append(y_t)
    return layer.membrane(u), torch.stack(steps, 1)
