"""Networks that classify sequences: (B, L, inputs) to (B, classes)."""

import torch
from torch import Tensor, nn

from sslearn.lif import lif
from sslearn.spikes import Surrogate, arctan


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """A linear map with weights and biases uniform in +-1 / sqrt(inputs), torch's own default."""
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    for p in layer.parameters():
        nn.init.uniform_(p, -(inputs**-0.5), inputs**-0.5, generator=generator)
    return layer


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
            _linear(inputs if n == 0 else H, H, generator) for n in range(layers)
        )
        self.readout = _linear(H, classes, generator)
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
