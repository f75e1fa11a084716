"""State space models x' = A x + B u, y = C x: from time to steps, then ways to run them.

Diagonal models hold one state of each conjugate pair: A, B and C are complex (H, N/2), and
y = 2 Re sum_n C_n x_n. `sslearn.fast` holds the fast forms of `kernel` and `causal_conv`.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

METHODS = ("euler", "backward_euler", "bilinear", "zoh", "dirac")


class Discrete(NamedTuple):
    """A_bar and B_bar of x_k = A_bar x_(k-1) + B_bar u_k, in the shapes of A and B."""

    A: Tensor
    B: Tensor


def _expm1_over(z: Tensor) -> Tensor:
    """(e^z - 1) / z, and 1 at z = 0, by expm1.

    The plain e^z - 1 will not do, because in complex64 it is 10 % off at |z| = 1e-7.
    """
    zero = z == 0
    safe = torch.where(zero, torch.ones_like(z), z)
    return torch.where(zero, torch.ones_like(z), torch.expm1(safe) / safe)


def discretize(A: Tensor, B: Tensor, dt: float | Tensor, method: str = "zoh") -> Discrete:
    """A_bar and B_bar for steps of dt; zoh: A_bar = e^(dt A), B_bar = A^-1 (e^(dt A) - I) B.

    The other methods are
        euler           A_bar = I + dt A, B_bar = dt B
        backward_euler  A_bar = (I - dt A)^-1, B_bar = A_bar dt B
        bilinear        A_bar = (I - dt A/2)^-1 (I + dt A/2), B_bar = (I - dt A/2)^-1 dt B
        dirac           A_bar = e^(dt A), B_bar = dt B
    A dense model has A (N, N), B (N,) and a number dt; zoh and dirac carry no gradient there. A
    diagonal one has A and B of one shape (..., N), to which dt broadcasts. B_bar acts on u_k, the
    newest input. The source is Gu, Gupta, Goel, Re 2022 (S4D), section 3.1.
    The function raises ValueError for other shapes, an unknown method and a dt that is not > 0.

    >>> discretize(torch.tensor([-1.0]), torch.tensor([1.0]), dt=0.5, method="euler")
    Discrete(A=tensor([0.5000]), B=tensor([0.5000]))
    >>> A_bar, B_bar = discretize(torch.tensor([-1.0]), torch.tensor([1.0]), dt=0.5)
    >>> A_bar, B_bar  # e^-0.5 and 1 - e^-0.5
    (tensor([0.6065]), tensor([0.3935]))
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {METHODS}, got {method!r}")
    compiling = torch.compiler.is_compiling()  # because then no branch may depend on data
    if not compiling and not bool((torch.as_tensor(dt) > 0).all()):
        raise ValueError(f"dt must be positive, got {dt}")
    if A.shape == B.shape:
        return _diagonal(dt * A, dt * B, method)
    if A.ndim == 2 and A.shape == (len(B), len(B)) and B.ndim == 1:
        return _dense(dt * A, dt * B, method)
    shapes = f"{tuple(A.shape)} and {tuple(B.shape)}"
    raise ValueError(f"A and B must be (N, N) and (N,), or both (..., N), got {shapes}")


def _diagonal(A, B, method):
    """`discretize` for a diagonal model whose A and B are multiplied by dt already."""
    if method == "euler":
        return Discrete(1 + A, B)
    if method == "backward_euler":
        return Discrete(1 / (1 - A), B / (1 - A))
    if method == "bilinear":
        return Discrete((1 + A / 2) / (1 - A / 2), B / (1 - A / 2))
    return Discrete(A.exp(), B if method == "dirac" else _expm1_over(A) * B)


def _dense(A, B, method):
    """`discretize` for a dense model whose A and B are multiplied by dt already."""
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
    """e^A by SciPy, because torch's matrix_exp is 1.7e-11 off for some small float64 matrices."""
    from scipy.linalg import expm  # it stands here, because it is slow to import

    return torch.as_tensor(expm(A.detach().cpu().numpy()), dtype=A.dtype, device=A.device)


def whole_steps(L: int) -> int:
    """L as an int; the function raises ValueError unless L is a whole number, at least 1."""
    if not isinstance(L, (int, np.integer)) or L < 1:
        raise ValueError(f"L must be a whole number, at least 1, got {L}")
    return int(L)


def kernel(A_bar: Tensor, B_bar: Tensor, C: Tensor, L: int) -> Tensor:
    """K_l = 2 Re sum_n C_n B_bar_n A_bar_n^l, l = 0 ... L-1: a Vandermonde product.

    A_bar, B_bar and C are complex (H, N/2), the result is (L, H), real. The source is Gu et al.
    2022 (S4D), here for conjugate pairs; `sslearn.fast.vandermonde` is the fast form.
    The function raises ValueError unless L >= 1.

    >>> one = torch.ones(1, 1) + 0j
    >>> kernel(0.5 * one, one, one, L=4).flatten()
    tensor([2.0000, 1.0000, 0.5000, 0.2500])
    """
    L = whole_steps(L)
    zero = (A_bar == 0)[..., None]  # z^0 has the slope 0, where torch would say 0 / 0 at z = 0
    steps = torch.arange(L, device=A_bar.device)
    powers = torch.where(zero, 1, A_bar[..., None]) ** steps  # (H, N/2, L)
    powers = torch.where(zero, (steps == 0) + (steps == 1) * A_bar[..., None], powers)
    return 2 * torch.einsum("hn,hnl->lh", C * B_bar, powers).real


def causal_conv(u: Tensor, K: Tensor) -> Tensor:
    """y_t = sum_(j=0)^t K_j u_(t-j), by FFT, zero-padded to 2L so that nothing wraps round.

    u and y are (B, L, H), K is (L, H), real. `sslearn.fast.fft_conv` is the fast form.
    The function raises ValueError unless the lengths and the features agree.

    >>> u, K = torch.tensor([1.0, 0.0, 2.0]), torch.tensor([1.0, 10.0, 100.0])
    >>> y = causal_conv(u[None, :, None], K[:, None])
    >>> [round(v) for v in y.flatten().tolist()]  # 1, then 10, then 100 + 2
    [1, 10, 102]
    """
    if u.ndim != 3 or K.shape != u.shape[1:]:
        shapes = f"{tuple(K.shape)} and {tuple(u.shape)}"
        raise ValueError(f"K must be (L, H) for u (B, L, H), got {shapes}")
    L = u.shape[1]
    spectrum = torch.fft.rfft(u, n=2 * L, dim=1) * torch.fft.rfft(K, n=2 * L, dim=0)
    return torch.fft.irfft(spectrum, n=2 * L, dim=1)[:, :L]


def step(u_t: Tensor, x: Tensor, A_bar: Tensor, B_bar: Tensor, C: Tensor) -> tuple[Tensor, Tensor]:
    """One step x' = A_bar x + B_bar u_t, y_t = 2 Re sum_n C_n x'_n.

    u_t is (B, H), x is (B, H, N/2), and A_bar, B_bar and C are (H, N/2). The function returns
    (y_t, x'), the output first.
    """
    x = A_bar * x + B_bar * u_t[..., None]  # (B, H, N/2)
    return 2 * (C * x).sum(-1).real, x


def initial_state(u: Tensor, A_bar: Tensor) -> Tensor:
    """The state before any input: zeros (B, H, N/2) for u (B, ..., H)."""
    return torch.zeros(len(u), *A_bar.shape, dtype=A_bar.dtype, device=A_bar.device)


def recur(
    u: Tensor, A_bar: Tensor, B_bar: Tensor, C: Tensor, x: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """x_t = A_bar x_(t-1) + B_bar u_t, y_t = 2 Re sum_n C_n x_(t,n): `step` for every t.

    This is the definition of the model. u is (B, L, H), A_bar, B_bar and C are (H, N/2), and x is
    the state before the first step, zeros if None. The function returns y (B, L, H) and the last
    state (B, H, N/2), from which the next chunk goes on.

    >>> one = torch.ones(1, 1) + 0j
    >>> y, x = recur(torch.tensor([[[1.0], [0.0], [0.0]]]), 0.5 * one, one, one)
    >>> y.flatten().tolist(), x.item()  # the kernel, and what is left of the pulse
    ([2.0, 1.0, 0.5], (0.25+0j))
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

    It takes and returns the same as `recur`; the last state is
    A_bar^L x + sum_t A_bar^(L-1-t) B_bar u_t.

    >>> one = torch.ones(1, 1) + 0j
    >>> y, x = convolve(torch.tensor([[[1.0], [0.0], [0.0]]]), 0.5 * one, one, one)
    >>> y.flatten().tolist(), x.item()
    ([2.0, 1.0, 0.5], (0.25+0j))
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

    A_bar has any shape; the result has the same shape and is real. The function raises ValueError
    unless 0 < share < 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    rate = -A_bar.abs().log()
    return torch.where(rate > 0, -math.log(share) / rate, math.inf)
