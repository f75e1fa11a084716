"""Two texts through one network, whose features are compared."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.layers import make_linear, param_groups


class PairClassifier(nn.Module):
    """Scores = V gelu(U [a, b, a * b, a - b]), a and b the features of two texts; (B, 2, L).

    inner maps (B, L) tokens to (B, H) features. Tay et al. 2021 (LRA), Retrieval.
    """

    def __init__(self, inner: nn.Module, H: int, classes: int, *, generator: torch.Generator):
        super().__init__()
        self.inner = inner
        self.compare = make_linear(4 * H, H, generator)
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x (B, 2, L), lengths (B, 2); returns (B, classes)."""
        a, b = self.inner(x.flatten(0, 1), lengths.flatten()).unflatten(0, (-1, 2)).unbind(1)
        return self.head(gelu(self.compare(torch.cat([a, b, a * b, a - b], -1))))

    def param_groups(self, lr: float, weight_decay: float) -> list[dict]:
        """Two groups for AdamW; see `layers.param_groups`."""
        return param_groups(self, lr, weight_decay)
