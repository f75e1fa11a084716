"""Layers of LIF neurons under a linear readout."""

import math

import torch
from torch import Tensor, nn

from sslearn.fast import lif
from sslearn.layers import Norm, make_linear
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
    require_ratio,
)
from sslearn.spikes import Surrogate, arctan


class LIFNetwork(Classifier):
    """Layers of LIF neurons, s_n = LIF(W_n s_(n-1) + b_n); class scores = head(pool_t s[t]).

    x (B, L, d_input) is in units of theta once weighted, or with tokens=True (B, L) whole numbers
    below d_input. theta is 1, and reset is subtract or zero, as in `lif_step`. beta is fixed, one
    number or (H,); with taus = (low, high) it is exp(-1 / tau), tau in steps, one a neuron, evenly
    spaced in log at the start, and learned (Fang et al. 2021). norm=True puts a batch norm over
    each layer's current (Zheng et al. 2021). pool is mean, the rate, or last, the spikes of the
    last step. Raises ValueError for a size below 1, an unknown pool or reset, beta out of [0, 1],
    taus that are not 0 < low <= high, and lengths that are not from 1 to L.

    >>> net = LIFNetwork(9, 8, H=16, generator=torch.Generator().manual_seed(0))
    >>> net(torch.ones(3, 100, 9)).shape
    torch.Size([3, 8])
    """

    settings = ("beta", "pooling", "reset")
    earlier = {"reset": "subtract"}
    later = ("reset",)

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        depth: int = 1,
        beta: float | Tensor = 0.9,
        taus: tuple[float, float] | None = None,
        norm: bool = False,
        reset: str = "subtract",
        pool: str = "mean",
        tokens: bool = False,
        surrogate: Surrogate = arctan,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(d_input=d_input, classes=classes, H=H, depth=depth)
        require_pool(pool)
        b = torch.as_tensor(beta)
        if b.shape not in ((), (H,)) or not ((b >= 0) & (b <= 1)).all():
            raise ValueError(f"beta must be a number or ({H},) in [0, 1], got {beta}")
        if reset not in ("subtract", "zero"):
            raise ValueError(f"reset must be subtract or zero, got {reset!r}")
        if taus is not None and not 0 < taus[0] <= taus[1] < math.inf:
            raise ValueError(f"taus must be 0 < low <= high, in steps, got {taus}")
        self.encode = Tokens(d_input, H, generator=generator) if tokens else nn.Identity()
        self.hidden = nn.ModuleList(
            make_linear(d_input if n == 0 and not tokens else H, H, generator) for n in range(depth)
        )
        self.norms = nn.ModuleList(Norm(H, "batch") if norm else nn.Identity() for _ in self.hidden)
        self.head = make_linear(H, classes, generator)
        self.beta, self.surrogate, self.log_taus = beta if taus is None else None, surrogate, None
        self.pooling, self.tokens, self.reset = pool, tokens, reset
        if taus is not None:
            start = torch.linspace(math.log(taus[0]), math.log(taus[1]), H)
            self.log_taus = nn.ParameterList(nn.Parameter(start.clone()) for _ in self.hidden)

    def decay(self, n: int) -> float | Tensor:
        """beta of layer n, counted from 0: a number or (H,)."""
        return self.beta if self.log_taus is None else torch.exp(-torch.exp(-self.log_taus[n]))

    def spikes(self, x: Tensor, lengths: Tensor | None = None) -> list[Tensor]:
        """The spikes of each hidden layer for x (B, L, d_input): a list of (B, L, H)."""
        x, lengths = as_input(x, self.tokens, self.head.weight), as_lengths(lengths)
        inside = inside_of(lengths, x)
        trains, x = [], self.encode(cut(x, inside))
        for n, (layer, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            i = layer(x)
            i = norm(i, inside) if isinstance(norm, Norm) else i
            x = lif(
                i, beta=self.decay(n), reset=self.reset, surrogate=self.surrogate
            ).s  # (B, L, H)
            trains.append(x)
        return trains

    def pool(self, s: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What the head reads (B, H) of the last layer's spikes s (B, L, H)."""
        return POOLS[self.pooling](s, as_lengths(lengths))

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes) of the last layer's spikes, of the first lengths (B,) steps."""
        return self.head(self.pool(self.spikes(x, lengths)[-1], lengths))

    @torch.no_grad()
    def rescale_time(self, p: float) -> None:
        """Let one step stand for p of the old ones: beta becomes beta^p, and tau becomes tau / p.

        The decay over the same time is then the old one. The current is one charge a step, and it
        stays as it is, because a spike brings the same charge whatever the step is. An input that
        is held over the p steps must therefore be given (1 - beta^p) / (1 - beta) times as large.
        A neuron fires at most once a step, so the scores are not the old ones. Raises ValueError
        for tokens, and unless p is positive.
        """
        require_ratio(p, self.tokens)
        self.beta = None if self.beta is None else self.beta**p
        for log_tau in self.log_taus or ():
            log_tau -= math.log(p)
