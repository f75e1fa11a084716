"""Two texts through one network, whose features are compared."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.layers import make_linear
from sslearn.models.parts import Classifier, inside_of


class PairClassifier(Classifier):
    """Scores = V gelu(U [a, b, a * b, a - b]), a and b the features of two texts; (B, 2, L).

    reader maps (B, L) tokens and their lengths (B,) to (B, H) features. Tay et al. 2021 (LRA),
    Retrieval. Raises ValueError for x that is not (B, 2, L), and lengths that are not from 1 to L.
    """

    def __init__(self, reader: nn.Module, classes: int, *, H: int, generator: torch.Generator):
        super().__init__()
        self.reader = reader
        self.compare = make_linear(4 * H, H, generator)
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x (B, 2, L), lengths (B, 2); returns (B, classes)."""
        if x.ndim != 3 or x.shape[1] != 2 or lengths.shape != x.shape[:2]:
            shapes = f"{tuple(x.shape)} and {tuple(lengths.shape)}"
            raise ValueError(f"x must be (B, 2, L) and lengths (B, 2), got {shapes}")
        inside_of(lengths.flatten(), x.flatten(0, 1))  # It refuses wrong lengths.
        a, b = self.reader(x.flatten(0, 1), lengths.flatten()).unflatten(0, (-1, 2)).unbind(1)
        return self.head(gelu(self.compare(torch.cat([a, b, a * b, a - b], -1))))
