"""Two leaky integrators make a complex pole: the pair that a NIR graph holds for each of them.

NIR's LI node says tau dv/dt = (v_leak - v) + R I, and no more: a graph names neither a step nor a
rule of integration. Here v_leak = 0, the two neurons share tau and R, and they excite and inhibit
each other with one weight w:

    I_re = u - w v_im        I_im = w v_re        x = v_re + i v_im

So dx/dt = (-1 + i R w) / tau x + R / tau u, a complex pole. Which pair has A_bar after a step
depends on the rule that a simulator takes. `pair_for_euler` is the pair for the rule of those that
read NIR (snnTorch, Norse), `pair_of_pole` is the one whose equation is the model's own.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.ssm import discretize


class LeakyPair(NamedTuple):
    """tau and R of both neurons and the weight w between them, all real, one each pole (...)."""

    tau: Tensor
    r: Tensor
    w: Tensor


def pair_of_pole(A: Tensor) -> LeakyPair:
    """The pair with dx/dt = A x + u: tau = -1 / Re A, R = tau, w = Im A; A complex (...).

    This is the equation of the pole itself, so it is right at any step, if the simulator solves
    the two neurons together (`solve_pair`). Raises ValueError unless Re A is negative and finite.
    """
    _require(A, "A", A.real < 0, "finite, with a negative real part")
    tau = -1 / A.real
    return LeakyPair(tau, tau.clone(), A.imag.clone())


def pair_for_euler(A_bar: Tensor, dt: float) -> LeakyPair:
    """The pair whose Euler steps are x_k = A_bar x_(k-1) + u_k: tau = dt / (1 - Re A_bar).

    R = tau / dt, so that a step adds the current as it is, and w = Im A_bar. A_bar is complex
    (...), |A_bar| < 1; dt is in the unit of tau. snnTorch writes its neurons so, beta = 1 - dt /
    tau and R = tau / dt, with dt = 1e-4 s. At another step it is another pole. Raises ValueError
    for the A_bar and dt that break these rules.

    >>> pair = pair_for_euler(torch.tensor([0.9 + 0.3j], dtype=torch.complex128), dt=1.0)
    >>> [round(x.item(), 6) for x in pair]  # 1 - 1/10 is 0.9
    [10.0, 10.0, 0.3]
    """
    _require(A_bar, "A_bar", A_bar.abs() < 1, "finite, with |A_bar| < 1")
    _require_step(dt)
    tau = dt / (1 - A_bar.real)
    return LeakyPair(tau, tau / dt, A_bar.imag.clone())


def step_pair(pair: LeakyPair, v: Tensor, u: Tensor, dt: float) -> Tensor:
    """One Euler step of both neurons, v + dt / tau (-v + R I), I from u and the step before.

    v is (..., 2), v_re and v_im, and u broadcasts to (...). Returns the new v.
    """
    tau, r, w = (p[..., None] for p in pair)
    v_re, v_im = v.unbind(-1)
    current = torch.stack([u - pair.w * v_im, pair.w * v_re], -1)  # (..., 2)
    return v + dt / tau * (-v + r * current)


def run_pair(pair: LeakyPair, u: Tensor, dt: float) -> Tensor:
    """v (..., L, 2) after each of L Euler steps from rest; u is (..., L), pair (...) or scalar.

    Raises ValueError unless dt is positive.

    >>> pair = pair_for_euler(torch.tensor(0.8j), dt=1.0)
    >>> run_pair(pair, torch.tensor([1.0, 0.0, 0.0]), dt=1.0)  # 1, 0.8 i, 0.64 i^2
    tensor([[ 1.0000,  0.0000],
            [ 0.0000,  0.8000],
            [-0.6400,  0.0000]])
    """
    _require_step(dt)
    v, trace = u.new_zeros(*torch.broadcast_shapes(u.shape[:-1], pair.w.shape), 2), []
    for u_t in u.unbind(-1):
        v = step_pair(pair, v, u_t, dt)
        trace.append(v)
    return torch.stack(trace, -2)


def solve_pair(pair: LeakyPair, u: Tensor, dt: float) -> Tensor:
    """v (..., L, 2) after each of L steps over which u is held, solved exactly, from rest.

    Both neurons are one linear system, dv/dt = M v + (R / tau, 0) u with M = [[-1, -R w],
    [R w, -1]] / tau, whose steps are those of `discretize` by ZOH. Shapes and errors are those of
    `run_pair`.
    """
    _require_step(dt)
    A = torch.complex(-1 / pair.tau, pair.r * pair.w / pair.tau)  # M acts as this number
    A_bar, B_bar = discretize(A, (pair.r / pair.tau).to(A.dtype), dt)
    x, trace = torch.zeros((), dtype=A.dtype), []
    for u_t in u.unbind(-1):
        x = A_bar * x + B_bar * u_t
        trace.append(x)
    return torch.view_as_real(torch.stack(trace, -1))


def _require(z, name, good, rule):
    wrong = z[~(good & z.isfinite())] if z.is_complex() else z.flatten()
    if len(wrong):
        raise ValueError(f"{name} must be complex, {rule}, got {wrong[0].item()}")


def _require_step(dt):
    if not 0 < dt < float("inf"):
        raise ValueError(f"dt must be positive and finite, got {dt}")
