"""Two texts through one network, whose features are compared."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.layers import make_linear
from sslearn.models.parts import Classifier


class PairClassifier(Classifier):
    """Scores = V gelu(U [a, b, a * b, a - b]), a and b the features of two texts; (B, 2, L).

    reader maps (B, L) tokens and their lengths (B,) to (B, H) features. Tay et al. 2021 (LRA),
    Retrieval.
    """

    def __init__(self, reader: nn.Module, classes: int, *, H: int, generator: torch.Generator):
        super().__init__()
        self.reader = reader
        self.compare = make_linear(4 * H, H, generator)
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x (B, 2, L), lengths (B, 2); returns (B, classes)."""
        a, b = self.reader(x.flatten(0, 1), lengths.flatten()).unflatten(0, (-1, 2)).unbind(1)
        return self.head(gelu(self.compare(torch.cat([a, b, a * b, a - b], -1))))
