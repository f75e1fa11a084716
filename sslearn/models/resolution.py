"""A trained network at another resolution of its input."""

import copy

from torch import nn


def rescaled(model: nn.Module, p: float) -> nn.Module:
    """A copy of model whose step lasts p of the old ones, dt' = p dt; model stays as it is.

    It reads `sslearn.data.averaged(x, p)` (n, L/p, H) in place of x (n, L, H), without training.
    Raises ValueError where the model has no unit of time, and unless p is positive.

    >>> import torch
    >>> from sslearn.models import LinearSSM
    >>> net = LinearSSM(1, 2, H=4, tau_max=8.0, generator=torch.Generator().manual_seed(0))
    >>> [m.log_tau.exp()[-1].item() for m in (net, rescaled(net, 2))]
    [8.0, 4.0]
    """
    twin = copy.deepcopy(model)
    twin.rescale_time(p)
    return twin
