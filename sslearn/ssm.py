"""State space models x' = A x + B u, y = C x: from clocks to steps, then four evaluations.

Diagonal models hold one of each conjugate pair: A, B, C complex (H, N/2), y = 2 Re sum_n C_n x_n.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

METHODS = ("euler", "backward_euler", "bilinear", "zoh", "dirac")


class Discrete(NamedTuple):
    """x_k = A x_(k-1) + B u_k: A_bar and B_bar, in the shapes of A and B."""

    A: Tensor
    B: Tensor


def _expm1_over(z: Tensor) -> Tensor:
    """(e^z - 1) / z, and 1 at z = 0. In complex64 e^z - 1 itself is 10 % off at |z| = 1e-7."""
    zero = z == 0
    safe = torch.where(zero, torch.ones_like(z), z)
    return torch.where(zero, torch.ones_like(z), torch.expm1(safe) / safe)


def discretize(A: Tensor, B: Tensor, dt: float | Tensor, method: str = "zoh") -> Discrete:
    """A_bar, B_bar for steps of dt; e.g. zoh A_bar = e^(dt A), B_bar = A^-1 (e^(dt A) - I) B.

    euler I + dt A, dt B; backward_euler (I - dt A)^-1, (...) dt B; bilinear (I - dt A/2)^-1
    (I + dt A/2), (...) dt B; dirac e^(dt A), dt B. Dense: A (N, N), B (N,), dt a number; zoh and
    dirac are not differentiable there.
    Diagonal: A and B of one shape (..., N), dt broadcasts. All act on u_k, the newest input;
    Gu, Gupta, Goel, Re 2022 (S4D), section 3.1. Raises ValueError for another shape or method.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}")
    compiling = torch.compiler.is_compiling()  # then no branch may depend on data
    if not compiling and not bool((torch.as_tensor(dt) > 0).all()):
        raise ValueError(f"dt must be positive, got {dt}")
    if A.shape == B.shape:
        return _diagonal(dt * A, dt * B, method)
    if A.ndim == 2 and A.shape == (len(B), len(B)) and B.ndim == 1:
        return _dense(dt * A, dt * B, method)
    shapes = f"{tuple(A.shape)} and {tuple(B.shape)}"
    raise ValueError(f"A and B must be (N, N) and (N,), or both (..., N), got {shapes}")


def _diagonal(A, B, method):
    """A and B are times dt already."""
    if method == "euler":
        return Discrete(1 + A, B)
    if method == "backward_euler":
        return Discrete(1 / (1 - A), B / (1 - A))
    if method == "bilinear":
        return Discrete((1 + A / 2) / (1 - A / 2), B / (1 - A / 2))
    return Discrete(A.exp(), B if method == "dirac" else _expm1_over(A) * B)


def _dense(A, B, method):
    one = torch.eye(len(B), dtype=A.dtype, device=A.device)
    if method == "euler":
        return Discrete(one + A, B)
    if method == "backward_euler":
        return Discrete(torch.linalg.inv(one - A), torch.linalg.solve(one - A, B))
    if method == "bilinear":
        half = one - A / 2
        return Discrete(torch.linalg.solve(half, one + A / 2), torch.linalg.solve(half, B))
    if method == "dirac":
        return Discrete(_expm(A), B)
    block = torch.zeros(len(B) + 1, len(B) + 1, dtype=A.dtype, device=A.device)
    block[:-1, :-1], block[:-1, -1] = A, B  # e^[[A, B], [0, 0]] = [[A_bar, B_bar], [0, 1]]
    block = _expm(block)
    return Discrete(block[:-1, :-1], block[:-1, -1])


def _expm(A):
    """SciPy's: torch's matrix_exp is 1.7e-11 off for some small matrices in float64."""
    from scipy.linalg import expm  # here, because it is slow to import

    return torch.as_tensor(expm(A.detach().cpu().numpy()), dtype=A.dtype, device=A.device)


def kernel(A_bar: Tensor, B_bar: Tensor, C: Tensor, L: int) -> Tensor:
    """K_l = 2 Re sum_n C_n B_bar_n A_bar_n^l, l = 0 ... L-1: a Vandermonde product.

    A_bar, B_bar, C (H, N/2), complex; returns (L, H), real. Gu et al. 2022 (S4D), in pairs.
    `fast.vandermonde` is the fast form. Raises ValueError unless L >= 1.
    """
    if L < 1:
        raise ValueError(f"L must be at least 1, got {L}")
    powers = A_bar[..., None] ** torch.arange(L, device=A_bar.device)  # (H, N/2, L)
    return 2 * torch.einsum("hn,hnl->lh", C * B_bar, powers).real


def causal_conv(u: Tensor, K: Tensor) -> Tensor:
    """y_t = sum_(j=0)^t K_j u_(t-j), by FFT, zero-padded to 2L so that nothing wraps round.

    u (B, L, H); K (L, H) real. Returns (B, L, H) in u's dtype. Raises ValueError unless the
    lengths and the features agree.
    """
    if u.ndim != 3 or K.shape != u.shape[1:]:
        shapes = f"{tuple(K.shape)} and {tuple(u.shape)}"
        raise ValueError(f"K must be (L, H) for u (B, L, H), got {shapes}")
    L = u.shape[1]
    spectrum = torch.fft.rfft(u, n=2 * L, dim=1) * torch.fft.rfft(K, n=2 * L, dim=0)
    return torch.fft.irfft(spectrum, n=2 * L, dim=1)[:, :L]


def step(u_t: Tensor, x: Tensor, A_bar: Tensor, B_bar: Tensor, C: Tensor) -> tuple[Tensor, Tensor]:
    """One step x' = A_bar x + B_bar u_t, y_t = 2 Re sum_n C_n x'_n.

    u_t (B, H), x (B, H, N/2); A_bar, B_bar, C (H, N/2). Returns (y_t, x'), the output first.
    """
    x = A_bar * x + B_bar * u_t[..., None]  # (B, H, N/2)
    return 2 * (C * x).sum(-1).real, x


def initial_state(u: Tensor, A_bar: Tensor) -> Tensor:
    """The state before any input: zeros (B, H, N/2) for u (B, ..., H)."""
    return torch.zeros(len(u), *A_bar.shape, dtype=A_bar.dtype, device=A_bar.device)


def recur(
    u: Tensor, A_bar: Tensor, B_bar: Tensor, C: Tensor, x: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """`step` for every t from state x (zeros if None): the definition of the model.

    u (B, L, H); A_bar, B_bar, C (H, N/2). Returns y (B, L, H) and the last state (B, H, N/2),
    from which the next chunk goes on.
    """
    x = initial_state(u, A_bar) if x is None else x
    ys = []
    for u_t in u.unbind(1):
        y, x = step(u_t, x, A_bar, B_bar, C)
        ys.append(y)
    return torch.stack(ys, 1), x


def convolve(
    u: Tensor, A_bar: Tensor, B_bar: Tensor, C: Tensor, x: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """`recur` without a loop over time: y = K * u + 2 Re C A_bar^(t+1) x, and the last state.

    Same arguments and results. The state is x_L = A_bar^L x + sum_t A_bar^(L-1-t) B_bar u_t.
    """
    L = u.shape[1]
    y = causal_conv(u, kernel(A_bar, B_bar, C, L).to(u.dtype))
    powers = A_bar[..., None] ** torch.arange(L + 1, device=A_bar.device)  # (H, N/2, L+1)
    back = (B_bar[..., None] * powers[..., :-1]).flip(-1)
    last = torch.einsum("blh,hnl->bhn", u.to(A_bar.dtype), back)
    if x is not None:
        y = y + 2 * torch.einsum("hn,bhn,hnl->blh", C, x, powers[..., 1:]).real
        last = last + powers[..., -1] * x
    return y, last


def memory_horizon(A_bar: Tensor, share: float = 0.05) -> Tensor:
    """Steps until the state has decayed to `share`: ln(share) / ln |A_bar|, inf without decay.

    A_bar any shape; returns the same shape, real. Raises ValueError unless 0 < share < 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    rate = -A_bar.abs().log()
    return torch.where(rate > 0, -math.log(share) / rate, math.inf)


def euler_limit(pole: complex) -> float:
    """Euler keeps |1 + dt pole| < 1 exactly for dt < 2 |Re pole| / |pole|^2; inf at pole 0."""
    return 2 * abs(pole.real) / abs(pole) ** 2 if pole else math.inf


def step_errors(pole: complex, dt, method: str) -> np.ndarray:
    """Error |x_k - x(k dt)| of the response of x' = pole (x - 1) at the step nearest t = 1.

    dt: a sequence of steps. The exact solution is x(t) = 1 - e^(pole t).
    """
    dt = np.asarray(dt, dtype=float)
    k = np.rint(1 / dt)
    pole_of_each = torch.full(dt.shape, pole, dtype=torch.complex128)
    A, B = (x.numpy() for x in discretize(pole_of_each, -pole_of_each, torch.as_tensor(dt), method))
    with np.errstate(invalid="ignore"):
        x = B * np.where(A == 1, k, (1 - A**k) / (1 - A))  # B (1 + A + ... + A^(k-1))
    return np.abs(x + np.expm1(pole * k * dt))
