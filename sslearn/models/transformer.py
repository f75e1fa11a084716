"""The Transformer baseline, and its positions."""

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
    make_encoder,
    require_pool,
    seeded,
)


class TransformerClassifier(Classifier):
    """Scores = head(mean_t encoder(encode(x) + P)), P sinusoidal; (B, L, d_input) to (B, classes).

    The encoder has `depth` layers with the norm before each part. ff is the width of their
    feed-forward parts, 4 H by default. tokens=True takes (B, L) whole numbers below d_input.
    With pool="each" the scores are (B, L, classes), each of what came until then. Vaswani et al.
    2017. Raises ValueError for a size below 1, another pool, and unless H is a multiple of twice
    heads.

    >>> net = TransformerClassifier(9, 8, H=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.ones(3, 100, 9)).shape
    torch.Size([3, 8])
    """

    settings = ("heads", "pooling")
    earlier = {"pooling": "mean"}
    later = ("pooling",)

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        depth: int = 2,
        heads: int = 4,
        ff: int | None = None,
        dropout: float = 0.0,
        pool: str = "mean",
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(d_input=d_input, classes=classes, H=H, depth=depth, heads=heads)
        if H % (2 * heads):
            raise ValueError(f"H must be a multiple of 2 heads = {2 * heads}, got {H}")
        require_pool(pool, "mean", "each")
        self.heads, self.pooling = heads, pool
        with seeded(generator):
            one = nn.TransformerEncoderLayer(
                H, heads, ff or 4 * H, dropout, batch_first=True, norm_first=True
            )
            self.layers = nn.TransformerEncoder(
                one, depth, norm=nn.LayerNorm(H), enable_nested_tensor=False
            )
            for p in self.layers.parameters():
                if p.ndim > 1:  # the encoder copies one layer, so each gets a start of its own
                    nn.init.xavier_uniform_(p)
        self.encode = make_encoder(d_input, H, tokens, generator)
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes)."""
        tokens = isinstance(self.encode, Tokens)
        x, lengths = as_input(x, tokens, self.head.weight), as_lengths(lengths)
        inside = inside_of(lengths, x)
        z = self.encode(cut(x, inside))
        L, H = z.shape[1:]
        z = z + positions(L, H).to(z)
        mask = None if inside is None else ~inside
        past = None
        if self.pooling == "each":  # A step may read what came before it, and itself.
            past = nn.Transformer.generate_square_subsequent_mask(L, device=z.device, dtype=z.dtype)
        z = self.layers(z, past, mask, is_causal=past is not None)
        return self.head(POOLS[self.pooling](z, lengths))


def positions(L: int, H: int) -> Tensor:
    """P[t, 2i] = sin(t / 10000^(2i/H)), P[t, 2i+1] = cos(...): (L, H). Vaswani et al. 2017, 3.5."""
    angle = torch.arange(L)[:, None] / 10000 ** (torch.arange(0, H, 2) / H)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
