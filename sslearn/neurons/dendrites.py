"""D-RF: several dendrites that swing at their own pace, and a threshold that follows their sum.

The equations are those of Zhang et al. 2025 (arXiv 2509.17186), section 4, read in a translation.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from sslearn.neurons.resonator import require_sequence
from sslearn.spikes import Surrogate, arctan, spike
from sslearn.ssm import causal_conv


class DRFState(NamedTuple):
    """The dendrites z, complex (B, H, n), and which of the last steps were loud (B, lags, H)."""

    z: Tensor
    loud: Tensor

    def detach(self) -> "DRFState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return DRFState(self.z.detach(), self.loud.detach())


def drf_rest(batch: int, A_bar: Tensor, alpha: Tensor) -> DRFState:
    """The state before the first step, zeros beside A_bar (H, n) and alpha (lags,)."""
    z = A_bar.new_zeros(batch, *A_bar.shape)
    return DRFState(z, z.real.new_zeros(batch, len(alpha), len(A_bar)))


def drf_step(
    i: Tensor,
    state: DRFState,
    *,
    A_bar: Tensor,
    gamma: Tensor,
    C: Tensor,
    alpha: Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor, DRFState]:
    """z' = A_bar z + gamma i, v = C Re z', s = [v > theta + sum_k alpha_k [v_(t-k) > theta]].

    i is (B, H); A_bar complex, gamma and C real are (H, n) for n dendrites; alpha (lags,) is shared
    by all neurons, alpha_1 the step before. Returns v and s, both (B, H), and the new state. The
    threshold looks at what would have fired against theta, not at the spikes, so that it needs no
    recurrence; no gradient goes through that look, as in equation 16. Zhang et al. 2025, equations
    7, 8, 11 and 12: theta is their V_pre, 11 looks at Re z and 12, taken here, at C Re z.
    """
    z = A_bar * state.z + gamma * i[..., None]  # (B, H, n)
    v = (C * z.real).sum(-1)
    rise = (alpha[:, None] * state.loud).sum(1)
    s = spike(v - theta - rise, surrogate)
    now = spike(v.detach() - theta)
    return v, s, DRFState(z, torch.cat([now[:, None], state.loud], 1)[:, : len(alpha)])


def drf_by_steps(
    i: Tensor,
    *,
    A_bar: Tensor,
    gamma: Tensor,
    C: Tensor,
    alpha: Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """`drf_step` from rest for every step of i (B, L, H); returns v and s, both (B, L, H).

    Raises ValueError unless i is (B, L, H) with L >= 1.
    """
    require_sequence(i)
    how = {"gamma": gamma, "C": C, "alpha": alpha, "theta": theta, "surrogate": surrogate}
    state, vs, ss = drf_rest(i.shape[0], A_bar, alpha), [], []
    for i_t in i.unbind(1):
        v, s, state = drf_step(i_t, state, A_bar=A_bar, **how)
        vs.append(v)
        ss.append(s)
    return torch.stack(vs, 1), torch.stack(ss, 1)


def adaptive_threshold(v: Tensor, alpha: Tensor, theta: float | Tensor = 1.0) -> Tensor:
    """theta_t = theta + sum_(k=1)^lags alpha_k [v_(t-k) > theta], a causal convolution; (B, L, H).

    v is (B, L, H) and alpha (lags,). No gradient goes through v. Zhang et al. 2025, equation 11.

    >>> v = torch.tensor([2.0, 0.0, 0.0, 0.0])[None, :, None]
    >>> adaptive_threshold(v, torch.tensor([0.5, 0.25])).flatten().tolist()
    [1.0, 1.5, 1.25, 1.0]
    """
    loud, L = spike(v.detach() - theta), v.shape[1]
    past = [pad(loud, (0, 0, k + 1, 0))[:, :L] for k in range(len(alpha))]
    return theta + sum(a * x for a, x in zip(alpha, past, strict=True))


def drf(
    i: Tensor,
    *,
    A_bar: Tensor,
    gamma: Tensor,
    C: Tensor,
    alpha: Tensor,
    theta: float | Tensor = 1.0,
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """v = K * i with K_l = sum_n C_n gamma_n Re A_bar_n^l, s = [v > theta_t], all steps at once.

    The arguments, the result and the error are those of `drf_by_steps`; theta_t is that of
    `adaptive_threshold`. Zhang et al. 2025, equations 12, 13 and 14.
    """
    require_sequence(i)
    l = torch.arange(i.shape[1], device=i.device)
    K = (C * gamma * (A_bar ** l[:, None, None]).real).sum(-1)  # (L, H)
    v = causal_conv(i, K)
    return v, spike(v - adaptive_threshold(v, alpha, theta), surrogate)
