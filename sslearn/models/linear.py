"""The linear state space model of one real state a channel, with a readout at the last step."""

import math

import torch
from torch import Tensor, nn

from sslearn.layers import make_linear
from sslearn.layers.settings import require_sizes
from sslearn.models.parts import Classifier, as_input, require_ratio


class LinearSSM(Classifier):
    """Scores = W v[L-1] + b, v[t] = beta v[t-1] + i[t], i = U x + c: LIF without spike and reset.

    beta = exp(-1 / tau) is learned as log tau, which starts evenly spaced in [0, log tau_max]; tau
    is in steps. The last step of a filter is one product with its kernel turned round, v[L-1] =
    sum_j beta^(L-1-j) i[j]. Raises ValueError for a size below 1, and unless tau_max is finite and
    at least 1.

    >>> net = LinearSSM(9, 8, H=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.ones(3, 100, 9)).shape
    torch.Size([3, 8])
    """

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        tau_max: float = 1000.0,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(d_input=d_input, classes=classes, H=H)
        if not 1 <= tau_max < math.inf:
            raise ValueError(f"tau_max must be at least 1 step, and finite, got {tau_max}")
        self.encode = make_linear(d_input, H, generator)
        self.head = make_linear(H, classes, generator)
        self.log_tau = nn.Parameter(torch.linspace(0, math.log(tau_max), H))

    def membrane(self, x: Tensor) -> Tensor:
        """The membranes v[L-1] (B, H) after the last step of x (B, L, d_input)."""
        x = as_input(x, False, self.head.weight)
        back = torch.arange(x.shape[1] - 1, -1, -1, device=x.device)  # L-1 ... 0
        K = torch.exp(-back[:, None] * torch.exp(-self.log_tau))  # (L, H), beta^(L-1-j)
        return torch.einsum("blh,lh->bh", self.encode(x), K)

    def forward(self, x: Tensor) -> Tensor:
        """Class scores (B, classes) of x (B, L, d_input)."""
        return self.head(self.membrane(x))

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """tau becomes tau / p, and the current what p steps of it leave in the membrane.

        Because v after p steps of a held i is beta^p v + i (1 - beta^p) / (1 - beta), the rows of
        U and c are multiplied by that fraction. Raises ValueError unless p is positive.
        """
        require_ratio(p)
        rate = torch.exp(-self.log_tau)  # 1 / tau, so that beta = exp(-rate)
        gain = torch.expm1(-p * rate) / torch.expm1(-rate)
        self.encode.weight *= gain[:, None]
        self.encode.bias *= gain
        self.log_tau -= math.log(p)
