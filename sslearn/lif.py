"""The leaky integrate-and-fire neuron: one step, a whole sequence, its rate and its memory.

`sslearn.fast.lif` is the fast form of `lif_by_steps`.
"""

import math
from numbers import Integral
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sslearn.spikes import Surrogate, arctan, spike

RESETS = ("subtract", "zero", "none")


class LIFTrace(NamedTuple):
    """What a sequence leaves: the membrane potential v and the spikes s, both (B, L, H)."""

    v: Tensor
    s: Tensor


class LIFState(NamedTuple):
    """What a step leaves to the next: v, s and the refractory steps that are left, all (B, H)."""

    v: Tensor
    s: Tensor
    rest: Tensor

    def detach(self) -> "LIFState":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return LIFState(*(x.detach() for x in self))


def resting(i: Tensor) -> LIFState:
    """The state before the first step of the input i (B, L, H): zeros of its dtype and device."""
    return LIFState(*(torch.zeros_like(i[:, 0]) for _ in range(3)))


def decay(tau: float, dt: float) -> float:
    """Beta = exp(-dt / tau), the exact decay of tau v' = -v in one step; tau and dt in ms.

    The function raises ValueError unless both are positive and finite.
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
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    surrogate: Surrogate = arctan,
) -> tuple[Tensor, Tensor]:
    """One step v' = beta v + i - theta s, s' = [v' > theta]; `zero`: v' = beta (1 - s) v + i.

    v, i and s are (B, H), i in units of v. The function returns v' and s'. s is the spike of the
    step before, so that the reset acts one step late, as in snnTorch's Leaky, and no gradient goes
    through it. NaN is passed on. The function raises ValueError for the beta, theta and reset that
    `lif_by_steps` refuses.

    >>> v, s = lif_step(torch.tensor([1.2]), torch.tensor([0.7]), torch.tensor([1.0]), beta=0.5)
    >>> v, s  # 0.5 * 1.2 + 0.7 - 1, because the neuron fired in the step before
    (tensor([0.3000]), tensor([0.]))
    """
    _require_neuron(i, beta, theta, reset)
    return _step(v, i, s.detach(), beta, theta, reset, surrogate)


def _step(v, i, s, beta, theta, reset, surrogate):
    if reset == "zero":
        v = beta * ((1 - s) * v) + i
    else:
        v = beta * v + i
        v = v - s * theta if reset == "subtract" else v
    return v, spike(v - theta, surrogate)


def lif_by_steps(
    i: Tensor,
    *,
    beta: float | Tensor,
    theta: float | Tensor = 1.0,
    reset: str = "subtract",
    refractory: int = 0,
    surrogate: Surrogate = arctan,
    state: LIFState | None = None,
) -> LIFTrace | tuple[LIFTrace, LIFState]:
    """A layer of LIF neurons over a sequence: `lif_step` from v = 0, s = 0, for every t.

    This is the definition of `sslearn.fast.lif`, which takes the same arguments and is tested
    equal to it; the arguments and the errors are described there.

    >>> lif_by_steps(torch.full((1, 4, 1), 0.6), beta=0.5).s.flatten().tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    require_lif_arguments(i, beta, theta, reset, refractory, state)
    v, s, rest = resting(i) if state is None else state  # (B, H) each
    vs, ss = [], []
    for i_t in i.unbind(1):  # because i[:, t] in a loop costs O(L^2) in the backward pass
        awake = (rest <= 0).to(i.dtype)
        v, s = _step(v, i_t * awake, s.detach(), beta, theta, reset, surrogate)
        s = s * awake
        rest = torch.where(s > 0, refractory, rest - 1)
        vs.append(v)
        ss.append(s)
    trace = LIFTrace(torch.stack(vs, 1), torch.stack(ss, 1))
    return trace if state is None else (trace, LIFState(v, s, rest.clamp(min=0)))


def require_lif_arguments(
    i: Tensor,
    beta: float | Tensor,
    theta: float | Tensor,
    reset: str,
    refractory: int,
    state: LIFState | None = None,
) -> None:
    """Raise the ValueErrors of `lif_by_steps` and of its fast twin, which refuse the same input."""
    if i.ndim != 3 or i.shape[1] == 0 or not torch.is_floating_point(i):
        raise ValueError(f"i must be floating, of shape (B, L, H), got {i.dtype} {tuple(i.shape)}")
    _require_neuron(i, beta, theta, reset)
    if not isinstance(refractory, Integral) or refractory < 0:
        raise ValueError(f"refractory must be a whole number of steps >= 0, got {refractory!r}")
    want = (i.shape[0], i.shape[2])
    if state is not None and any(x.shape != want or x.device != i.device for x in state):
        shapes = ", ".join(f"{tuple(x.shape)} on {x.device}" for x in state)
        raise ValueError(f"state must hold three times {want} on {i.device}, got {shapes}")
    if _traced():
        return
    if not torch.isfinite(i.sum()) and not torch.isfinite(i).all():  # the sum alone costs little
        raise ValueError("i must be finite, got a NaN or an infinity")


def _traced():
    """Whether no branch may depend on data."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()


def _require_neuron(i, beta, theta, reset):
    if reset not in RESETS:
        raise ValueError(f"reset must be one of {RESETS}, got {reset!r}")
    for name, x, rule, fits in (
        ("beta", beta, "in [0, 1]", lambda x: (x >= 0) & (x <= 1)),
        ("theta", theta, "positive", lambda x: (x > 0) & (x < math.inf)),
    ):
        if isinstance(x, float):  # this takes a hundredth of the time of a tensor's check
            good = fits(x)
        else:
            t = torch.as_tensor(x)
            good = t.shape in ((), (1,), i.shape[-1:])
            good = good and (_traced() or bool(fits(t).all()))
        if not good:
            raise ValueError(f"{name} must be a number or (H,), {rule}, got {x}")


def fi_curve(I: Tensor, *, tau: float, theta: float, R: float, t_ref: float = 0.0) -> Tensor:
    """Firing rate f(I) = 1000 / (t_ref + tau ln(RI / (RI - theta))) Hz; 0 for RI <= theta.

    This is the exact rate of the continuous neuron with the reset to zero; it follows from
    tau v' = -v + RI, integrated from 0 to theta. I has any shape; tau and t_ref are in ms, R I and
    theta in one unit, such as MOhm nA = mV.
    The function raises ValueError unless tau and theta are positive and t_ref is not negative.

    >>> fi_curve(torch.tensor([1.0, 2.0]), tau=10.0, theta=15.0, R=10.0)  # 10 mV stays below 15
    tensor([ 0.0000, 72.1348])
    """
    if not (tau > 0 and theta > 0 and t_ref >= 0):
        raise ValueError(f"tau, theta > 0 and t_ref >= 0 are needed, got {tau}, {theta}, {t_ref}")
    drive = R * I
    safe = torch.where(drive > theta, drive, 2 * theta)  # below rheobase there is no logarithm
    f = 1000 / (t_ref - tau * torch.log1p(-theta / safe))
    return torch.where(drive > theta, f, torch.zeros_like(f))


def recall(tau: ArrayLike, delay: ArrayLike, noise: float) -> np.ndarray:
    """P(sign of v = sign of the pulse) = Phi(beta^delay / sd), sd^2 = noise^2 / (1 - beta^2).

    A leaky integrator without threshold, in steps of 1 ms with beta = exp(-1 ms / tau), takes a
    pulse of +1 or -1 and reads v's sign `delay` steps later. White noise of standard deviation
    `noise` enters at every step, since so long before the pulse that its sum is stationary, with
    the spread sd. tau (ms) and delay (steps) broadcast; without noise the probability is 1.
    The function raises ValueError unless tau > 0, delay >= 0 and noise >= 0.

    >>> recall(20.0, 20, 0.3).round(2)  # e^-1 of the pulse is left, in noise of sd 0.97
    np.float64(0.65)
    """
    if not (np.all(np.asarray(tau) > 0) and np.all(np.asarray(delay) >= 0) and noise >= 0):
        raise ValueError(f"tau > 0, delay and noise >= 0 are needed, got {tau}, {delay}, {noise}")
    beta = np.exp(-1 / np.asarray(tau, float))
    signal, sd = beta ** np.asarray(delay, float), noise / np.sqrt(1 - beta**2)
    ratio = signal / sd if noise > 0 else np.full(signal.shape, np.inf)
    return np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)))(ratio)


def best_tau(delay: int) -> float:
    """The tau in ms with the highest recall, 2 / ln(1 + 1/delay): a little above twice the delay.

    `recall` grows with beta^delay sqrt(1 - beta^2), whatever the noise, and the square of that,
    beta^(2 delay) (1 - beta^2), is largest at beta^2 = delay / (delay + 1).
    The function raises ValueError unless delay, in steps of 1 ms, is positive.

    >>> round(best_tau(50), 1)
    101.0
    """
    if not delay > 0:
        raise ValueError(f"delay must be positive, got {delay}")
    return 2 / math.log1p(1 / delay)
