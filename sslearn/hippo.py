"""HiPPO: online projection on orthogonal polynomials, and the poles that S4D takes from it.

The state c of c' = A c + B u holds the coefficients of the past of u. All matrices are float64.
A function that takes N raises ValueError unless N is a whole number, at least 1 (even for poles);
one that takes a signal, an age or coefficients raises it where they are complex.
"""

import math
from numbers import Integral
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

MEASURES = ("legt", "legs", "legs_invariant", "fout")


class HiPPO(NamedTuple):
    """A (N, N) and B (N,) of c' = A c + B u, float64."""

    A: Tensor
    B: Tensor


class NPLR(NamedTuple):
    """Lambda (N,), p (N,) and unitary V (N, N) with A = V (diag(Lambda) - p p*) V*; complex128."""

    Lambda: Tensor
    p: Tensor
    V: Tensor


def _count(N: int, even: bool = False) -> Tensor:
    if not isinstance(N, Integral) or N < 1 or (even and N % 2):
        rule = "an even whole number >= 2" if even else "a whole number >= 1"
        raise ValueError(f"N must be {rule}, got {N!r}")
    return torch.arange(N // 2 if even else N, dtype=torch.float64)


def _double(x: Tensor, name: str) -> Tensor:
    x = torch.as_tensor(x)
    if x.is_complex():
        raise ValueError(f"{name} must be real, got {x.dtype}")
    return x.to(torch.float64)


def legs(N: int) -> HiPPO:
    """LegS: A_nk = -sqrt((2n+1)(2k+1)) for n > k, -(n+1) for n = k, else 0; B_n = sqrt(2n+1).

    With dc/dt = (A c + B u) / t the state is c_n = (1/t) int_0^t u(s) sqrt(2n+1) P_n(2s/t - 1) ds;
    S4 drops the 1/t. The eigenvalues -1 ... -N stand on the diagonal of the triangle, so that a
    solver finds them to 1e-8 for N up to 256.
    The source is Gu, Dao, Ermon, Rudra, Re 2020 (HiPPO), theorem 2.

    >>> A, B = legs(3)
    >>> A.diagonal().tolist()
    [-1.0, -2.0, -3.0]
    >>> B
    tensor([1.0000, 1.7321, 2.2361], dtype=torch.float64)
    """
    n = _count(N)
    R = (2 * n + 1).sqrt()
    return HiPPO(-torch.tril(torch.outer(R, R), -1) - torch.diag(n + 1), R)


def legt(N: int, theta: float = 1.0) -> HiPPO:
    """LegT: A_nk = -(1/theta) R_n R_k {1 if k <= n, (-1)^(n-k) if k > n}, B_n = R_n / theta.

    Here R_n = sqrt(2n+1), and theta is the length of a sliding window. If the input is a
    polynomial of degree below N, then c_n = (1/theta) int_(t-theta)^t u(s) R_n P_n(1 -
    2 (t-s)/theta) ds. The source is Gu et al. 2020, theorem 1.
    The function raises ValueError unless theta > 0.

    >>> legt(2, theta=2.0).B  # 1 / 2 and sqrt(3) / 2
    tensor([0.5000, 0.8660], dtype=torch.float64)
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
    turns each pair: c_cos' = -2 pi m c_sin, c_sin' = 2 pi m c_cos. A periodic series meets both
    ends of the window of length theta in their mean, hence u(t - theta) = 2 sum_k p_k c_k - u(t).
    For even N the last cosine lacks its sine and would be a copy of c_0, because nothing turns it;
    p is 0 there, so that this state stays 0.
    The source is Gu et al. 2022 (How to train your HiPPO), FouT. The function raises ValueError
    unless theta > 0.
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
    """sqrt(2n+1) P_n(x) for x (m,), orthonormal under dx/2 on [-1, 1]: (N, m), float64.

    The recurrence (n+1) P_(n+1) = (2n+1) x P_n - n P_(n-1) is stable on [-1, 1].
    """
    _count(N)
    x = _double(x, "x")
    P = [torch.ones_like(x), x]
    for n in range(1, N - 1):
        P.append(((2 * n + 1) * x * P[n] - n * P[n - 1]) / (n + 1))
    return torch.stack([math.sqrt(2 * n + 1) * P[n] for n in range(N)])


def fourier_basis(N: int, z: Tensor) -> Tensor:
    """1, then sqrt 2 cos(2 pi m z) and sqrt 2 sin(2 pi m z), m = 1, 2, ...: (N, len(z)), float64.

    These functions of z are orthonormal on [0, 1].
    """
    z = _double(z, "z")
    n = _count(N)[:, None].to(z.device)
    wave = 2 * math.pi * torch.ceil(n / 2) * z
    return torch.where(n == 0, 1.0, math.sqrt(2) * torch.where(n % 2 == 1, wave.cos(), wave.sin()))


def past_basis(N: int, age: Tensor, measure: str, window: float = 1.0) -> Tensor:
    """The functions of age whose sum with c gives the past, u(t - age) = sum_n c_n basis_n(age).

    The basis is R_n P_n(1 - 2 age/window) for legt, the same with window t for legs, the Fourier
    basis in age/window for fout, and R_n P_n(2 e^(-age) - 1) for legs_invariant. age is (m,), in
    the unit of window, and the result (N, m).
    The function raises ValueError for an unknown measure.
    """
    if not (math.isfinite(window) and window > 0):
        raise ValueError(f"window must be a positive number, got {window}")
    age = _double(age, "age")
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {MEASURES}, got {measure!r}")
    if measure == "fout":
        return fourier_basis(N, age / window)
    if measure == "legs_invariant":
        return legendre_basis(N, 2 * torch.exp(-age) - 1)
    return legendre_basis(N, 1 - 2 * age / window)


def reconstruct(c: Tensor, age: Tensor, measure: str, window: float = 1.0) -> Tensor:
    """u(t - age) = sum_n c_n basis_n(age), the past that c remembers; see `past_basis`.

    c is (..., N), age is (m,), and the result (..., m), float64.

    >>> c = legs_online(torch.full((1, 100), 3.0), N=4)[0, -1]  # a constant past comes back
    >>> reconstruct(c, torch.tensor([0.0, 50.0]), "legs", window=100.0)
    tensor([3.0000, 3.0000], dtype=torch.float64)
    """
    c = _double(c, "c")
    return c @ past_basis(c.shape[-1], torch.as_tensor(age).to(c.device), measure, window)


def legs_online(u: Tensor, N: int) -> Tensor:
    """The coefficients c of dc/dt = (A c + B u) / t after each step, LegS over the whole past.

    The steps are bilinear in ln t, from c = (u_1, 0, ...): c' = M^-1 ((4/h) c + 2 B u_k) - c with
    M = (2/h) I - A and h = ln(k / (k-1)); the paper steps by 1/k in place of h. u is (B, L) and
    constant within each step, the result (B, L, N), float64. Because A is a lower triangle, a
    larger N adds coefficients and changes none.
    The source of the equation is theorem 2 of Gu et al. 2020.
    """
    if u.ndim != 2 or not u.shape[1] or u.is_complex():
        raise ValueError(f"u must be real (B, L), L >= 1, got {u.dtype} {tuple(u.shape)}")
    A, R = (x.numpy() for x in legs(N))
    v = u.detach().to(torch.float64).numpy().T  # (L, B)
    from scipy.linalg import solve_triangular  # it stands here, because it is slow to import

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

    A skew matrix times -i is Hermitian, so that Re Lambda is -1/2 exactly and V is unitary. The
    imaginary parts of Lambda ascend. The source is Gu, Goel, Re 2022 (S4), appendix C.
    """
    A, P = legs(N).A, (_count(N) + 0.5).sqrt()
    skew = A + torch.outer(P, P) + 0.5 * torch.eye(N, dtype=torch.float64)
    w, V = torch.linalg.eigh(-1j * skew)
    return NPLR(torch.complex(torch.full_like(w, -0.5), w), V.mH @ P.to(V.dtype), V)


def s4d_lin(N: int) -> Tensor:
    """S4D-Lin: A_n = -1/2 + i pi n, one of each pair, (N/2,) complex128 (Gu et al. 2022, S4D).

    >>> s4d_lin(4)
    tensor([-0.5000+0.0000j, -0.5000+3.1416j], dtype=torch.complex128)
    """
    n = _count(N, even=True)
    return torch.complex(torch.full_like(n, -0.5), math.pi * n)


def s4d_inv(N: int) -> Tensor:
    """S4D-Inv: A_n = -1/2 + i (N/pi) (N/(2n+1) - 1), (N/2,) complex128 (Gu et al. 2022, S4D)."""
    n = _count(N, even=True)
    return torch.complex(torch.full_like(n, -0.5), N / math.pi * (N / (2 * n + 1) - 1))


def s4d_legs(N: int) -> Tensor:
    """S4D-LegS: the N/2 eigenvalues of A_LegS + P P^T with Im > 0, ascending (Gu et al. 2022)."""
    _count(N, even=True)
    return nplr(N).Lambda[N // 2 :]


def s4d_real(N: int) -> Tensor:
    """S4D-Real: A_n = -(n+1), n < N/2, (N/2,), without an imaginary part (Gu et al. 2022, S4D)."""
    n = _count(N, even=True)
    return torch.complex(-(n + 1), torch.zeros_like(n))
