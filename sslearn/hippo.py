"""HiPPO: online projection on orthogonal polynomials, and the poles that S4D takes from it.

c' = A c + B u keeps the coefficients of the past. Matrices are float64; signs as in the formulas.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

MEASURES = ("legt", "legs", "legs_invariant", "fout")


class HiPPO(NamedTuple):
    """c' = A c + B u: A (N, N) and B (N,), float64."""

    A: Tensor
    B: Tensor


class NPLR(NamedTuple):
    """A = V (diag(Lambda) - p p*) V*, V unitary: complex128, Lambda and p (N,), V (N, N)."""

    Lambda: Tensor
    p: Tensor
    V: Tensor


def _count(N: int, even: bool = False) -> Tensor:
    if not isinstance(N, int) or N < 1 or (even and N % 2):
        rule = "an even whole number >= 2" if even else "a whole number >= 1"
        raise ValueError(f"N must be {rule}, got {N!r}")
    return torch.arange(N // 2 if even else N, dtype=torch.float64)


def legs(N: int) -> HiPPO:
    """LegS: A_nk = -sqrt((2n+1)(2k+1)) for n > k, -(n+1) for n = k, else 0; B_n = sqrt(2n+1).

    With dc/dt = (A c + B u) / t, c_n = (1/t) int_0^t u(s) sqrt(2n+1) P_n(2s/t - 1) ds. S4 drops
    the 1/t. The eigenvalues -1 ... -N stand on the diagonal of the triangle, so that a solver
    finds them to 1e-8 for N to 256. Gu, Dao, Ermon, Rudra, Re 2020 (HiPPO), theorem 2.
    """
    n = _count(N)
    R = (2 * n + 1).sqrt()
    return HiPPO(-torch.tril(torch.outer(R, R), -1) - torch.diag(n + 1), R)


def legt(N: int, theta: float = 1.0) -> HiPPO:
    """LegT: A_nk = -(1/theta) R_n R_k {1 if k <= n, (-1)^(n-k) if k > n}, B_n = R_n / theta.

    R_n = sqrt(2n+1). c_n = (1/theta) int_(t-theta)^t u(s) R_n P_n(1 - 2 (t-s)/theta) ds, were the
    input a polynomial of degree below N. Gu et al. 2020, theorem 1. Raises unless theta > 0.
    """
    n = _count(N)
    if not (math.isfinite(theta) and theta > 0):
        raise ValueError(f"theta must be a positive number, got {theta}")
    R = (2 * n + 1).sqrt()
    sign = torch.where(n[None] <= n[:, None], 1.0, (-1.0) ** (n[:, None] - n[None]))
    return HiPPO(-torch.outer(R, R) * sign / theta, R / theta)


def fout(N: int, theta: float = 1.0) -> HiPPO:
    """FouT: A_nk = (-2 p_n p_k + D_nk) / theta, B_n = 2 p_n / theta, on a sliding window.

    p_n is the basis at age 0: 1, then sqrt 2 for cosines (n odd) and 0 for sines (n even). D
    turns each pair: c_cos' = -2 pi m c_sin, c_sin' = 2 pi m c_cos. Since a periodic series meets
    both ends of the window in their mean, u(t - theta) = 2 sum_k p_k c_k - u(t). For even N
    the last cosine lacks its sine: without it to turn, it would be a copy of c_0, so p is 0 there
    and the state stays 0. Gu et al. 2022 (How to train your HiPPO), FouT. Raises unless theta > 0.
    """
    n = _count(N)
    if not (math.isfinite(theta) and theta > 0):
        raise ValueError(f"theta must be a positive number, got {theta}")
    p = torch.where(n == 0, 1.0, torch.where(n % 2 == 1, math.sqrt(2), 0.0)).to(torch.float64)
    if N % 2 == 0:
        p[-1] = 0
    A = -2 * torch.outer(p, p)
    for k in range(1, N - 1, 2):
        turn = math.pi * (k + 1)  # 2 pi m, m = (k + 1) / 2
        A[k, k + 1] -= turn
        A[k + 1, k] += turn
    return HiPPO(A / theta, 2 * p / theta)


def legendre_basis(N: int, x: Tensor) -> Tensor:
    """sqrt(2n+1) P_n(x), orthonormal under dx/2 on [-1, 1]. x (m,); returns (N, m), float64.

    By (n+1) P_(n+1) = (2n+1) x P_n - n P_(n-1), which is stable on [-1, 1].
    """
    _count(N)
    x = torch.as_tensor(x, dtype=torch.float64)
    P = [torch.ones_like(x), x]
    for n in range(1, N - 1):
        P.append(((2 * n + 1) * x * P[n] - n * P[n - 1]) / (n + 1))
    return torch.stack([math.sqrt(2 * n + 1) * P[n] for n in range(N)])


def fourier_basis(N: int, z: Tensor) -> Tensor:
    """1, then sqrt 2 cos(2 pi m z) and sqrt 2 sin(2 pi m z), m = 1, 2, ...: (N, len(z)), float64.

    Orthonormal on [0, 1].
    """
    n, z = _count(N)[:, None], torch.as_tensor(z, dtype=torch.float64)
    wave = 2 * math.pi * torch.ceil(n / 2) * z
    return torch.where(n == 0, 1.0, math.sqrt(2) * torch.where(n % 2 == 1, wave.cos(), wave.sin()))


def past_basis(N: int, age: Tensor, measure: str, window: float = 1.0) -> Tensor:
    """The functions of age whose sum with c gives the past, u(t - age) = sum_n c_n basis_n(age).

    legt: R_n P_n(1 - 2 age/window); fout: Fourier in age/window; legs: as legt with window t;
    legs_invariant: R_n P_n(2 e^(-age) - 1). age (m,) in the unit of window; returns (N, m).
    Raises ValueError for an unknown measure.
    """
    age = torch.as_tensor(age, dtype=torch.float64)
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {MEASURES}, got {measure!r}")
    if measure == "fout":
        return fourier_basis(N, age / window)
    if measure == "legs_invariant":
        return legendre_basis(N, 2 * torch.exp(-age) - 1)
    return legendre_basis(N, 1 - 2 * age / window)


def reconstruct(c: Tensor, age: Tensor, measure: str, window: float = 1.0) -> Tensor:
    """u(t - age) = sum_n c_n basis_n(age), the past that c remembers; see `past_basis`.

    c (..., N), age (m,); returns (..., m), float64.
    """
    return c.to(torch.float64) @ past_basis(c.shape[-1], age, measure, window)


def legs_online(u: Tensor, N: int) -> Tensor:
    """The coefficients c of dc/dt = (A c + B u) / t after each step, LegS over the whole past.

    Bilinear in ln t, from c = (u_1, 0, ...): c' = M^-1 ((4/h) c + 2 B u_k) - c, M = (2/h) I - A,
    h = ln(k / (k-1)). u (B, L), constant within each step; returns (B, L, N), float64.
    A is a lower triangle: a larger N adds coefficients and changes none. The equation is theorem 2
    of Gu et al. 2020; the paper steps by 1/k in place of h.
    """
    A, R = (x.numpy() for x in legs(N))
    v = u.detach().to(torch.float64).numpy().T  # (L, B)
    from scipy.linalg import solve_triangular  # here, because it is slow to import

    M, c = np.asfortranarray(-A), np.zeros((len(v), N, v.shape[1]))
    c[0, 0] = v[0]
    for k in range(1, len(v)):
        h = math.log1p(1 / k)
        np.fill_diagonal(M, 2 / h - A.diagonal())
        right = 4 / h * c[k - 1] + 2 * R[:, None] * v[k]
        c[k] = solve_triangular(M, right, lower=True, check_finite=False) - c[k - 1]
    return torch.from_numpy(np.ascontiguousarray(c.transpose(2, 0, 1)))


def nplr(N: int) -> NPLR:
    """A_LegS = V (Lambda - p p*) V*, from A + P P^T = -1/2 I + skew, P_n = sqrt(n + 1/2).

    A skew matrix times -i is Hermitian, so that Re Lambda is -1/2 exactly and V is unitary.
    Im Lambda ascends. Gu, Goel, Re 2022 (S4), appendix C.
    """
    A, P = legs(N).A, (_count(N) + 0.5).sqrt()
    skew = A + torch.outer(P, P) + 0.5 * torch.eye(N, dtype=torch.float64)
    w, V = torch.linalg.eigh(-1j * skew)
    return NPLR(torch.complex(torch.full_like(w, -0.5), w), V.mH @ P.to(V.dtype), V)


def s4d_lin(N: int) -> Tensor:
    """S4D-Lin: A_n = -1/2 + i pi n, one of each pair, (N/2,) complex128. Gu et al. 2022 (S4D)."""
    n = _count(N, even=True)
    return torch.complex(torch.full_like(n, -0.5), math.pi * n)


def s4d_inv(N: int) -> Tensor:
    """S4D-Inv: A_n = -1/2 + i (N/pi) (N/(2n+1) - 1), (N/2,) complex128. Gu et al. 2022 (S4D)."""
    n = _count(N, even=True)
    return torch.complex(torch.full_like(n, -0.5), N / math.pi * (N / (2 * n + 1) - 1))


def s4d_legs(N: int) -> Tensor:
    """S4D-LegS: the N/2 eigenvalues of A_LegS + P P^T with Im > 0, ascending. Gu et al. 2022."""
    _count(N, even=True)
    return nplr(N).Lambda[N // 2 :]


def s4d_real(N: int) -> Tensor:
    """S4D-Real: A_n = -(n+1), n < N/2, without imaginary part, (N/2,). Gu et al. 2022 (S4D)."""
    n = _count(N, even=True)
    return torch.complex(-(n + 1), torch.zeros_like(n))
