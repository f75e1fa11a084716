"""Layers of LIF neurons under a linear readout."""

import math

import torch
from torch import Tensor, nn

from sslearn.fast import lif
from sslearn.layers import Norm, make_linear
from sslearn.models.parts import Tokens, mean_over
from sslearn.spikes import Surrogate, arctan


class LIFNetwork(nn.Module):
    """Layers of LIF neurons, s_n = LIF(W_n s_(n-1) + b_n); class scores = W mean_t s[t] + b.

    x (B, L, inputs), in units of theta once weighted, or with tokens=True (B, L) whole numbers
    below inputs; returns (B, classes). theta is 1, the reset subtracts. beta is one fixed number;
    with taus = (low, high) it is exp(-1 / tau), tau in steps, one a neuron, evenly spaced in log
    at the start, and learned (Fang et al. 2021). norm=True puts a batch norm over each layer's
    current (Zheng et al. 2021). Raises ValueError for a size below 1, beta out of [0, 1], and
    taus that are not 0 < low <= high.
    """

    def __init__(
        self,
        inputs: int,
        H: int,
        classes: int,
        *,
        layers: int = 1,
        beta: float = 0.9,
        taus: tuple[float, float] | None = None,
        norm: bool = False,
        tokens: bool = False,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        super().__init__()
        sizes = {"inputs": inputs, "H": H, "classes": classes, "layers": layers}
        for name, size in sizes.items():
            if not (isinstance(size, int) and size >= 1):
                raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
        if not 0 <= beta <= 1:
            raise ValueError(f"beta must be in [0, 1], got {beta}")
        if taus is not None and not 0 < taus[0] <= taus[1] < math.inf:
            raise ValueError(f"taus must be 0 < low <= high, in steps, got {taus}")
        self.encode = Tokens(inputs, H, generator=generator) if tokens else nn.Identity()
        self.hidden = nn.ModuleList(
            make_linear(inputs if n == 0 and not tokens else H, H, generator) for n in range(layers)
        )
        self.norms = nn.ModuleList(Norm(H, "batch") if norm else nn.Identity() for _ in self.hidden)
        self.readout = make_linear(H, classes, generator)
        self.beta, self.surrogate, self.log_taus = beta, surrogate, None
        if taus is not None:
            start = torch.linspace(math.log(taus[0]), math.log(taus[1]), H)
            self.log_taus = nn.ParameterList(nn.Parameter(start.clone()) for _ in self.hidden)

    def spikes(self, x: Tensor) -> list[Tensor]:
        """The spikes of each hidden layer for x (B, L, inputs): a list of (B, L, H)."""
        trains, x = [], self.encode(x)
        for n, (layer, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            beta = self.beta if self.log_taus is None else torch.exp(-torch.exp(-self.log_taus[n]))
            x = lif(norm(layer(x)), beta=beta, surrogate=self.surrogate).s  # (B, L, H)
            trains.append(x)
        return trains

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes) from the last layer's mean rate over the first lengths (B,)."""
        return self.readout(mean_over(self.spikes(x)[-1], lengths))
