"""Numbers of notebook 02: what many draws of a train or a population say, beside the theory."""

import math

import torch

from sslearn.course.n02_codes.rasters import raster_view
from sslearn.fast import lif
from sslearn.lif import decay
from sslearn.trains import cv, isi, rate

JUMP = 0.5  # mV by which one arrival lifts or lowers the membrane


def confidence(values) -> tuple[float, float]:
    """The mean of some draws, and half of its 95 % confidence interval, 1.96 standard errors."""
    x = torch.tensor(list(values), dtype=torch.float64)
    return x.mean().item(), 1.96 * x.std().item() / len(x) ** 0.5


def bombarded(
    excitation: float, inhibition: float, *, L: int = 40_000, seed: int = 0
) -> tuple[float, float]:
    """Rate (Hz) and CV of the neuron of notebook 01 (tau 20, theta 15) among random arrivals.

    excitation and inhibition are arrivals a ms, each of which lifts or lowers v by 0.5 mV. There
    are L steps of 0.5 ms.
    """
    g, dt = torch.Generator().manual_seed(seed), 0.5
    up, down = (torch.poisson(torch.full((1, L, 1), r * dt), generator=g)
                for r in (excitation, inhibition))  # fmt: skip
    s = lif(JUMP * (up - down), beta=decay(20.0, dt), theta=15.0, reset="zero").s[0, :, 0]
    return rate(s, dt).item(), cv(isi(s, dt))


def pair_correlation(s: torch.Tensor) -> float:
    """The mean correlation of every two neurons of a raster s (L, H)."""
    pairs = torch.corrcoef(s.T)[torch.triu_indices(s.shape[1], s.shape[1], 1).unbind()]
    return pairs.mean().item()


def psth_error(n: int, *, draws: int = 20) -> tuple[float, float]:
    """The rms error in Hz of the lab's PSTH over some draws of n neurons at 40 Hz, and in theory.

    The stimulus is constant, and the bins are those of the lab, 20 ms.
    """
    views = [raster_view(n=n, kind="constant", seed=k)[0] for k in range(draws)]
    return math.sqrt(sum(v["error"] ** 2 for v in views) / draws), views[0]["expected"]


def counted(corr: float, *, n: int = 200, draws: int = 20) -> dict[str, tuple[float, float]]:
    """Mean rate and Fano factor of the count of n neurons at 20 Hz, each with its confidence."""
    views = [raster_view(n=n, hz=20, kind="constant", corr=corr, seed=k)[0] for k in range(draws)]
    return {name: confidence(v[name] for v in views) for name in ("mean", "fano", "fano_theory")}
