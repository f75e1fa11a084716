"""What all models share: the embedding of tokens, pooling over time, and their sizes."""

import contextlib

import torch
from torch import Tensor, nn

POOLS = ("mean", "last")


class Tokens(nn.Embedding):
    """E[x]: whole numbers (...) of any integer type to vectors (..., H), entries N(0, 1)."""

    def __init__(self, symbols: int, H: int, *, generator: torch.Generator):
        super().__init__(symbols, H, _weight=torch.randn(symbols, H, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        """(...) to (..., H)."""
        return super().forward(x.long())


def mean_over(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The mean over time of x (B, L, H), for each sequence over its first lengths (B,): (B, H)."""
    if lengths is None:
        return x.sum(1) / x.shape[1]  # the gradient of mean would be written out, (B, L, H)
    inside = torch.arange(x.shape[1], device=x.device) < lengths[:, None]  # (B, L)
    return (x * inside[..., None]).sum(1) / lengths[:, None]


def last_of(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The last step of x (B, L, H), for each sequence step number lengths (B,): (B, H)."""
    if lengths is None:
        return x[:, -1]
    return x[torch.arange(len(x), device=x.device), lengths - 1]


@contextlib.contextmanager
def seeded(generator: torch.Generator):
    """Within: torch's global generator is seeded from `generator`; afterwards it is as before."""
    seed = int(torch.randint(2**31, (1,), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
