"""The basis functions of LegS and of its normal part, as they are and averaged over a window."""

import torch

from sslearn.hippo import legendre_basis, legs, nplr

POINTS = 50  # The mean of the exact function is taken over so many points of the window.


def legs_basis(n: int, t: torch.Tensor, window: float = 0.0) -> torch.Tensor:
    """(e^(tA) B)_n of LegS, e^(-t) sqrt(2n+1) P_n(2 e^(-t) - 1), or its mean over t ... t + window.

    t (T,) is in the model's time. Notebook 05 derives the formula.
    """

    def exact(t):
        return torch.exp(-t) * legendre_basis(n + 1, 2 * torch.exp(-t) - 1)[n]

    offsets = window * (torch.arange(POINTS, dtype=t.dtype) + 0.5) / POINTS
    return torch.stack([exact(t + offset) for offset in offsets]).mean(0)


def normal_basis(N: int, n: int, t: torch.Tensor, window: float = 0.0) -> torch.Tensor:
    """(e^(t (A + P P^T)) B / 2)_n, or its mean over t ... t + window; t (T,).

    It is sum_m V_nm e^(lam_m t) (V* B / 2)_m with N states, and the mean of e^(lam t) over a window
    w is e^(lam t) (e^(lam w) - 1) / (lam w).
    """
    lam, _, V = nplr(N)
    weight = V[n] * (V.mH @ (legs(N).B / 2).to(V.dtype))
    if window:
        weight = weight * torch.expm1(lam * window) / (lam * window)
    return (weight @ torch.exp(lam[:, None] * t)).real
