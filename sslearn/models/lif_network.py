"""Layers of LIF neurons under a linear readout."""

import torch
from torch import Tensor, nn

from sslearn.layers import make_linear
from sslearn.lif import lif
from sslearn.spikes import Surrogate, arctan


class LIFNetwork(nn.Module):
    """Layers of LIF neurons, s_n = LIF(W_n s_(n-1) + b_n); class scores = W mean_t s[t] + b.

    x (B, L, inputs), in units of theta once weighted; returns (B, classes). beta is fixed, theta
    is 1, the reset subtracts. Raises ValueError for a size below 1 and for a beta out of [0, 1].
    """

    def __init__(
        self,
        inputs: int,
        H: int,
        classes: int,
        *,
        layers: int = 1,
        beta: float = 0.9,
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
        self.hidden = nn.ModuleList(
            make_linear(inputs if n == 0 else H, H, generator) for n in range(layers)
        )
        self.readout = make_linear(H, classes, generator)
        self.beta, self.surrogate = beta, surrogate

    def spikes(self, x: Tensor) -> list[Tensor]:
        """The spikes of each hidden layer for x (B, L, inputs): a list of (B, L, H)."""
        trains = []
        for layer in self.hidden:
            x = lif(layer(x), beta=self.beta, surrogate=self.surrogate).s  # (B, L, H)
            trains.append(x)
        return trains

    def forward(self, x: Tensor) -> Tensor:
        """Class scores (B, classes) from the mean rate of the last layer."""
        return self.readout(self.spikes(x)[-1].mean(1))
