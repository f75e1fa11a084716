"""What poles can do on a delay at best, and how far training has moved them."""

import math

import torch

from sslearn.layers import S4D
from sslearn.ssm import discretize

NOISE = 0.01


def best_delay_error(A: torch.Tensor, *, dt: float, delay: int, band: float) -> float:
    """The smallest error of y_t = u_(t-delay) that a readout of fixed poles can reach.

    min over C and D of |H(w) - e^(-i w delay)|, relative, over the frequencies from 0 to `band`
    (cycles a step) of the input, which has equal power at all of them; H(w) = D + sum_n
    (W_n / (1 - A_bar_n e^(-i w)) + its conjugate twin), W = C B_bar. Each state carries noise of
    1 % of its size, so that what has decayed is lost. 1 is the error of silence. A (N/2,) complex.
    """
    A = A.to(torch.complex128)
    a, b = discretize(A, torch.ones_like(A), dt)
    w = 2 * math.pi * band * (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    z, goal = torch.exp(-1j * w)[:, None], torch.exp(-1j * w * delay)
    g, twin = b / (1 - a * z), b.conj() / (1 - a.conj() * z)
    M = torch.cat([g + twin, 1j * (g - twin), torch.ones_like(z)], 1)
    M, goal = torch.cat([M.real, M.imag]), torch.cat([goal.real, goal.imag])
    M = M / M.norm(dim=0).clamp_min(1e-30) * goal.norm()  # Every state gets size 1.
    noise = NOISE * goal.norm() * torch.eye(M.shape[1], dtype=torch.float64)
    M, goal = torch.cat([M, noise]), torch.cat([goal, torch.zeros(len(noise))])
    c = torch.linalg.lstsq(M, goal).solution
    return ((M @ c - goal).norm() / goal.norm()).item()


def pole_drift(layer: S4D, start: torch.Tensor, *, dt: float, delay: int, band: float) -> dict:
    """How far a trained layer's poles (H, N/2) have gone from `start` (N/2,), and what it brings.

    The result is a dict: `first`, `one` and `all` are the `best_delay_error` of the first poles,
    of the best trained channel alone and of all channels together; `Im` is the largest move of an
    imaginary part, `dt` and `Re` the largest relative distances between channels.
    """
    A, step = (x.detach().to(torch.complex128) for x in layer.poles())  # (H, N/2), (H, 1)
    task = {"dt": dt, "delay": delay, "band": band}
    now = A * step / dt  # These give the same A_bar with a step of dt.

    def apart(x):
        return ((x.amax(0) - x.amin(0)) / x.mean(0).abs()).max().item()

    return {
        "first": best_delay_error(start, **task),
        "one": min(best_delay_error(a, **task) for a in now),
        "all": best_delay_error(now.ravel(), **task),
        "Im": (A - start).imag.abs().max().item(),
        "dt": apart(step.real),
        "Re": apart(A.real),
    }
