"""The LSTM baseline."""

import torch
from torch import Tensor, nn

from sslearn.layers import make_linear
from sslearn.layers.settings import require_sizes
from sslearn.models.parts import (
    POOLS,
    Classifier,
    Tokens,
    as_input,
    as_lengths,
    cut,
    inside_of,
    require_pool,
    seeded,
)


class LSTMClassifier(Classifier):
    """Scores = W h_L + b after an LSTM of `depth` layers; (B, L, d_input) to (B, classes).

    The head reads the last output, since with a mean over time the model does not learn the digits
    of notebook 11, or with pool="each" all of them, for scores (B, L, classes). The forget gates
    start with a bias of 1, so that they remember. tokens=True takes (B, L) whole numbers below
    d_input. Hochreiter & Schmidhuber 1997, Gers, Schmidhuber & Cummins 2000. Raises ValueError for
    a size below 1 and another pool.

    >>> net = LSTMClassifier(9, 8, H=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.ones(3, 100, 9)).shape
    torch.Size([3, 8])
    """

    settings = ("pooling",)
    earlier = {"pooling": "last"}
    later = ("pooling",)

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        depth: int = 1,
        pool: str = "last",
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(d_input=d_input, classes=classes, H=H, depth=depth)
        require_pool(pool, "last", "each")
        self.pooling = pool
        with seeded(generator):
            self.lstm = nn.LSTM(H if tokens else d_input, H, depth, batch_first=True)
        with torch.no_grad():
            for n in range(depth):  # torch's order of gates is i, f, g, o
                getattr(self.lstm, f"bias_ih_l{n}")[H : 2 * H] = 1
                getattr(self.lstm, f"bias_hh_l{n}")[H : 2 * H] = 0
        self.encode = Tokens(d_input, H, generator=generator) if tokens else nn.Identity()
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes) from the output at the last step of each sequence."""
        tokens = isinstance(self.encode, Tokens)
        x, lengths = as_input(x, tokens, self.head.weight), as_lengths(lengths)
        z = self.encode(cut(x, inside_of(lengths, x)))
        return self.head(POOLS[self.pooling](self.lstm(z)[0], lengths))
