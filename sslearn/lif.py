"""The leaky integrate-and-fire neuron: one step, and a whole sequence."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.spikes import Surrogate, arctan, spike

RESETS = ("subtract", "zero", "none")


class LIFTrace(NamedTuple):
    """What a run leaves: v the membrane potential and s the spikes, both (B, L, H)."""

    v: Tensor
    s: Tensor


def decay(tau: float, dt: float) -> float:
    """Beta = exp(-dt / tau), the exact decay of tau v' = -v in one step. Both in ms.

    Raises ValueError unless both are positive and finite.
    """
    for name, value in (("tau", tau), ("dt", dt)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a positive number of ms, got {value}")
    return math.exp(-dt / tau)


def lif_step(
    v: Tensor,
    i: Tensor,
    s: Tensor,
    *,
    beta: float | Tensor,
    theta: float = 1.0,
    reset: str = "subtract",
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """One step v' = beta v + i - theta s, s' = [v' > theta]; `zero`: v' = beta (1 - s) v + i.

    v, i, s all (B, H), i in units of v; s is the spike of the step before, so the reset acts one
    step late, as in snnTorch's Leaky. No gradient goes through the reset.
    Raises ValueError for an unknown reset.
    """
    s = s.detach()
    if reset == "subtract":
        v = beta * v + i - s * theta
    elif reset == "zero":
        v = beta * ((1 - s) * v) + i
    elif reset == "none":
        v = beta * v + i
    else:
        raise ValueError(f"reset must be one of {RESETS}, got {reset!r}")
    return v, spike(v - theta, surrogate)


def lif_by_steps(
    i: Tensor,
    *,
    beta: float | Tensor,
    theta: float = 1.0,
    reset: str = "subtract",
    refractory: int = 0,
    surrogate: Surrogate = arctan,
) -> LIFTrace:
    """A layer of LIF neurons over a sequence: `lif_step` from v = 0, s = 0, for every t.

    The definition that `lif` is tested against; same arguments, result and errors.
    """
    _require(i, beta, theta, reset, refractory)
    v, s = torch.zeros_like(i[:, 0]), torch.zeros_like(i[:, 0])  # (B, H)
    rest = torch.zeros_like(v)  # refractory steps that are left
    vs, ss = [], []
    for i_t in i.unbind(1):  # i[:, t] in a loop costs O(L^2) in the backward pass
        awake = (rest <= 0).to(i.dtype)
        v, s = lif_step(v, i_t * awake, s, beta=beta, theta=theta, reset=reset, surrogate=surrogate)
        s = s * awake
        rest = torch.where(s > 0, refractory, rest - 1)
        vs.append(v)
        ss.append(s)
    return LIFTrace(torch.stack(vs, 1), torch.stack(ss, 1))


def _require(i, beta, theta, reset, refractory):
    if i.ndim != 3 or i.shape[1] == 0 or not torch.is_floating_point(i):
        raise ValueError(f"i must be floating, of shape (B, L, H), got {i.dtype} {tuple(i.shape)}")
    b = torch.as_tensor(beta)
    if b.ndim > 1 or b.shape not in ((), (1,), i.shape[-1:]):
        raise ValueError(f"beta must be a number or (H,) in [0, 1], got {beta}")
    if not (math.isfinite(theta) and theta > 0):
        raise ValueError(f"theta must be positive, got {theta}")
    if reset not in RESETS:
        raise ValueError(f"reset must be one of {RESETS}, got {reset!r}")
    if not isinstance(refractory, int) or refractory < 0:
        raise ValueError(f"refractory must be a whole number of steps >= 0, got {refractory!r}")
    if torch.compiler.is_compiling():  # then no branch may depend on data
        return
    if not ((b >= 0) & (b <= 1)).all():
        raise ValueError(f"beta must be a number or (H,) in [0, 1], got {beta}")
    if not torch.isfinite(i.sum()) and not torch.isfinite(i).all():  # the sum alone is cheap
        raise ValueError("i must be finite, got a NaN or an infinity")


def fi_curve(I: Tensor, *, tau: float, theta: float, R: float, t_ref: float = 0.0) -> Tensor:
    """Firing rate f(I) = 1000 / (t_ref + tau ln(RI / (RI - theta))) Hz; 0 for RI <= theta.

    The exact rate of the continuous neuron with reset to zero; tau and t_ref in ms, I any shape.
    Derived by integrating tau v' = -v + RI from 0 to theta. Raises ValueError unless tau > 0.
    """
    if not (tau > 0 and theta > 0 and t_ref >= 0):
        raise ValueError(f"tau, theta > 0 and t_ref >= 0 are needed, got {tau}, {theta}, {t_ref}")
    drive = R * I
    safe = torch.where(drive > theta, drive, 2 * theta)  # no log of a negative below rheobase
    f = 1000 / (t_ref - tau * torch.log1p(-theta / safe))
    return torch.where(drive > theta, f, torch.zeros_like(f))


def recall(tau, delay, noise):
    """P(the sign of v is the sign of the pulse) = Phi(beta^delay / sd), sd^2 = noise^2/(1-beta^2).

    tau in ms, steps of 1 ms, a pulse of +1 or -1; white noise of sd `noise` in every step, since
    long before the pulse. Arrays or numbers; 1 without noise. Derived from v's stationary spread.
    """
    beta = np.exp(-1 / np.asarray(tau, float))
    signal, sd = beta ** np.asarray(delay, float), noise / np.sqrt(1 - beta**2)
    ratio = signal / sd if noise > 0 else np.full(signal.shape, np.inf)
    return np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)))(ratio)


def best_tau(delay: int) -> float:
    """The tau with the highest recall, 2 / ln(1 + 1/delay): a little above twice the delay.

    From beta^2 = delay / (delay + 1), where beta^(2 delay) (1 - beta^2) is largest.
    """
    return 2 / math.log1p(1 / delay)
