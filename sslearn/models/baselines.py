"""The baselines: an LSTM and a Transformer with the same call as `SequenceClassifier`."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from sslearn.layers import make_linear
from sslearn.models.sequence import Tokens, last_of, mean_over


class LSTMClassifier(nn.Module):
    """Scores = W h_L + b after an LSTM of `depth` layers; (B, L, d_input) to (B, classes).

    The last output, since with a mean over time it does not learn the digits of notebook 11. The
    forget gates start with a bias of 1, so that they remember. tokens=True takes (B, L) whole
    numbers below d_input. Hochreiter & Schmidhuber 1997, Gers, Schmidhuber & Cummins 2000.
    """

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        depth: int = 1,
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        with seeded(generator):
            self.lstm = nn.LSTM(H if tokens else d_input, H, depth, batch_first=True)
        with torch.no_grad():
            for n in range(depth):  # torch's order of gates: i, f, g, o
                getattr(self.lstm, f"bias_ih_l{n}")[H : 2 * H] = 1
                getattr(self.lstm, f"bias_hh_l{n}")[H : 2 * H] = 0
        self.encode = Tokens(d_input, H, generator=generator) if tokens else nn.Identity()
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes) from the output at the last step of each sequence."""
        return self.head(last_of(self.lstm(self.encode(x))[0], lengths))


class TransformerClassifier(nn.Module):
    """Pre-norm encoder with sinusoidal positions, mean pooling; (B, L, d_input) to (B, classes).

    ff is the width of the feed-forward layers, 4 H by default. H must be a multiple of 2 heads.
    Vaswani et al. 2017. Raises ValueError otherwise.
    """

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
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        if H % (2 * heads):
            raise ValueError(f"H must be a multiple of 2 heads = {2 * heads}, got {H}")
        with seeded(generator):
            one = nn.TransformerEncoderLayer(
                H, heads, ff or 4 * H, dropout, batch_first=True, norm_first=True
            )
            self.layers = nn.TransformerEncoder(
                one, depth, norm=nn.LayerNorm(H), enable_nested_tensor=False
            )
            for p in self.layers.parameters():
                if p.ndim > 1:  # the encoder copies one layer: each gets its own start
                    nn.init.xavier_uniform_(p)
        self.encode = make_linear(d_input, H, generator)
        if tokens:
            self.encode = Tokens(d_input, H, generator=generator)
        self.head = make_linear(H, classes, generator)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes)."""
        z = self.encode(x)
        L, H = z.shape[1:]
        z = z + positions(L, H).to(z)
        mask = None if lengths is None else torch.arange(L, device=x.device) >= lengths[:, None]
        return self.head(mean_over(self.layers(z, src_key_padding_mask=mask), lengths))


def positions(L: int, H: int) -> Tensor:
    """P[t, 2i] = sin(t / 10000^(2i/H)), P[t, 2i+1] = cos(...): (L, H). Vaswani et al. 2017, 3.5."""
    angle = torch.arange(L)[:, None] / 10000 ** (torch.arange(0, H, 2) / H)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


class seeded:
    """Within: torch's global generator is set from `generator`; after: as it was before."""

    def __init__(self, generator: torch.Generator):
        self.seed = int(torch.randint(2**31, (1,), generator=generator))
        self.fork = torch.random.fork_rng(devices=[])

    def __enter__(self):
        self.fork.__enter__()
        torch.manual_seed(self.seed)

    def __exit__(self, *error):
        self.fork.__exit__(*error)


def count_parameters(model: nn.Module) -> int:
    """The number of trainable real numbers."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def width_for(make: Callable[[int], nn.Module], parameters: int, *, step: int = 1) -> int:
    """The width H, a multiple of step, for which make(H) is nearest to so many parameters.

    Raises ValueError if no width comes within 5 %.
    """
    H = step
    while count_parameters(make(H)) < parameters and H < 4096:
        H += step
    best = min((h for h in (H - step, H) if h > 0), key=lambda h: _off(make, h, parameters))
    if _off(make, best, parameters) > 0.05:
        raise ValueError(f"parameters must be in reach within 5 % by some width, got {parameters}")
    return best


def _off(make, H, parameters):
    return abs(math.log(count_parameters(make(H)) / parameters))
