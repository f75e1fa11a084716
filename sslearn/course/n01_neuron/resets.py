"""Numbers of notebook 01: where the lab's neuron falls silent, and which reset fires more often."""

from typing import NamedTuple

import torch

from sslearn.course.n01_neuron.neuron import R, lif_view
from sslearn.fast import lif
from sslearn.lif import decay


def strongest_silent(*, step: float = 0.05, **values) -> float:
    """The strongest input I in nA, in steps of `step`, that leaves the lab's neuron silent.

    values are other controls of the LIF lab. The lab ends after 200 ms.
    """
    k = 0
    while not lif_view(I=(k + 1) * step, **values)[0]["count"]:
        k += 1
    return k * step


class Resets(NamedTuple):
    """Spikes by reset, (n,) each for n currents, and v (n,) in mV where `zero` first spikes."""

    I: torch.Tensor
    zero: torch.Tensor
    subtract: torch.Tensor
    v_spike: torch.Tensor

    def shares(self) -> dict[str, float]:
        """In how many % of the currents subtraction fires more, as often, and less often."""
        more = self.subtract - self.zero
        return {
            "more often": 100 * (more > 0).double().mean().item(),
            "equally often": 100 * (more == 0).double().mean().item(),
            "less often": 100 * (more < 0).double().mean().item(),
        }


def both_resets(*, theta: float, dt: float, tau: float = 20.0, L: int = 2000) -> Resets:
    """The spikes of both resets in L steps, for every 0.01 nA from theta / R to 3 theta / R."""
    I = theta / R + 0.01 * torch.arange(1, round(200 * theta / R) + 1, dtype=torch.float64)
    beta = decay(tau, dt)
    i = ((1 - beta) * R * I).expand(1, L, len(I)).contiguous()
    zero, subtract = (lif(i, beta=beta, theta=theta, reset=r) for r in ("zero", "subtract"))
    v_spike = torch.where(zero.s[0] > 0, zero.v[0], 0.0).amax(0)  # It is the same at every spike.
    return Resets(I, zero.s[0].sum(0), subtract.s[0].sum(0), v_spike)
