"""Three memories under one readout: LIF neurons, LSTM, and a linear state space model.

Each maps x (B, L, inputs) to class scores W h[L-1] + b (B, classes): it answers from what it holds
at the last step, and from nothing before it.
"""

import math

import torch
from torch import Tensor, nn

from sslearn.fast import lif


def _uniform(kind: type, inputs: int, outputs: int, fan: int, generator, **how) -> nn.Module:
    """A Linear or LSTM, all parameters uniform in +-1 / sqrt(fan), torch's own default."""
    layer = kind(inputs, outputs, device="meta", **how).to_empty(device="cpu")
    for p in layer.parameters():
        nn.init.uniform_(p, -(fan**-0.5), fan**-0.5, generator=generator)
    return layer


class _LastStep(nn.Module):
    """Scores = W h[L-1] + b; a subclass has last(x), which is h[L-1] (B, H)."""

    def __init__(self, inputs: int, H: int, classes: int, generator: torch.Generator):
        super().__init__()
        for name, size in {"inputs": inputs, "H": H, "classes": classes}.items():
            if not (isinstance(size, int) and size >= 1):
                raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
        self.readout = _uniform(nn.Linear, H, classes, H, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Class scores (B, classes) for x (B, L, inputs)."""
        return self.readout(self.last(x))


class LIFClassifier(_LastStep):
    """h[t] = s[t], the spikes of H LIF neurons fed by W x[t] + b: reset subtracts, theta = 1.

    x (B, L, inputs); returns (B, classes). beta is fixed, one number or (H,). Raises ValueError
    for a size below 1.
    """

    def __init__(
        self,
        inputs: int,
        H: int,
        classes: int,
        *,
        beta: float | Tensor = 0.9,
        generator: torch.Generator,
    ):
        super().__init__(inputs, H, classes, generator)
        self.hidden = _uniform(nn.Linear, inputs, H, inputs, generator)
        self.beta = beta

    def last(self, x: Tensor) -> Tensor:
        """The spikes of the last step (B, H)."""
        return lif(self.hidden(x), beta=self.beta).s[:, -1]


class LSTMClassifier(_LastStep):
    """h[t] of an LSTM with H cells; the forget gates start with a bias of 1.

    x (B, L, inputs); returns (B, classes). Hochreiter & Schmidhuber 1997, with forget gates (Gers,
    Schmidhuber, Cummins 2000). Raises ValueError for a size below 1.
    """

    def __init__(self, inputs: int, H: int, classes: int, *, generator: torch.Generator):
        super().__init__(inputs, H, classes, generator)
        self.lstm = _uniform(nn.LSTM, inputs, H, H, generator, batch_first=True)
        with torch.no_grad():
            self.lstm.bias_ih_l0[H : 2 * H] = 1  # torch's order of gates: i, f, g, o
            self.lstm.bias_hh_l0[H : 2 * H] = 0

    def last(self, x: Tensor) -> Tensor:
        """The last hidden vector (B, H)."""
        return self.lstm(x)[0][:, -1]


class LinearSSM(_LastStep):
    """h[t] = v[t] = beta v[t-1] + W x[t] + b: H leaky neurons without threshold and reset.

    x (B, L, inputs); returns (B, classes). beta = exp(-1 / tau), learned as log tau, which starts
    evenly spaced in [0, log tau_max]. The last step of a filter is one product with its kernel
    turned round: v[L-1] = sum_j beta^(L-1-j) i[j]. Raises ValueError for a size below 1 and for
    tau_max below 1.
    """

    def __init__(
        self,
        inputs: int,
        H: int,
        classes: int,
        *,
        tau_max: float = 1000.0,
        generator: torch.Generator,
    ):
        super().__init__(inputs, H, classes, generator)
        if not tau_max >= 1:
            raise ValueError(f"tau_max must be at least 1 step, got {tau_max}")
        self.hidden = _uniform(nn.Linear, inputs, H, inputs, generator)
        self.log_tau = nn.Parameter(torch.linspace(0, math.log(tau_max), H))

    def last(self, x: Tensor) -> Tensor:
        """The membranes at the last step (B, H)."""
        back = torch.arange(x.shape[1] - 1, -1, -1, device=x.device)  # L-1 ... 0
        K = torch.exp(-back[:, None] * torch.exp(-self.log_tau))  # (L, H), beta^(L-1-j)
        return torch.einsum("blh,lh->bh", self.hidden(x), K)
