"""What all models share: their methods, the embedding of tokens, and the pooling over time."""

import contextlib
import math

import numpy as np
import torch
from torch import Tensor, nn

from sslearn.layers import make_linear, param_groups
from sslearn.layers.settings import Settings

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


class Classifier(Settings):
    """A model (d_input, classes, *, H, depth, ...) that maps (B, L, d_input) to (B, classes)."""

    def param_groups(self, lr: float, weight_decay: float) -> list[dict]:
        """One or two groups for AdamW; see `layers.param_groups`."""
        return param_groups(self, lr, weight_decay)

    def rescale_time(self, p: float) -> None:
        """Let one step of the input stand for p of the old ones, without training.

        Raises ValueError where the model has no unit of time, and unless p is positive.
        """
        raise ValueError(f"{type(self).__name__} has no unit of time that could be rescaled")


class Tokens(nn.Embedding):
    """E[x]: whole numbers (...) of any integer type to vectors (..., H), entries N(0, 1)."""

    def __init__(self, symbols: int, H: int, *, generator: torch.Generator):
        super().__init__(symbols, H, _weight=torch.randn(symbols, H, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        """(...) to (..., H). Raises ValueError for a symbol that is not in 0 ... symbols - 1."""
        try:
            return super().forward(x.long())
        except IndexError:
            seen = f"{x.min().item()} ... {x.max().item()}"
            raise ValueError(
                f"x must be symbols in 0 ... {self.num_embeddings - 1}, got {seen}"
            ) from None


def make_encoder(d_input: int, H: int, tokens: bool, generator: torch.Generator) -> nn.Module:
    """The map of the input to H features: W x + b of d_input numbers, or E[x] of so many tokens.

    b starts at 0. At torch's default it is as large as W, and the norm of the first block then
    scales a small signal by the size of that constant, so that the network stays at chance.
    """
    if tokens:
        return Tokens(d_input, H, generator=generator)
    encoder = make_linear(d_input, H, generator)
    nn.init.zeros_(encoder.bias)
    return encoder


def as_input(x, tokens: bool, weight: Tensor) -> Tensor:
    """x as a model reads it: whole numbers if they are tokens, else numbers of the weights' type.

    NumPy arrays and lists are taken, and so are float64 and whole numbers. Raises ValueError for
    what is no array of numbers, for complex numbers, and for tokens that are not whole.
    """
    if not isinstance(x, Tensor):
        try:
            x = torch.as_tensor(np.asarray(x), device=weight.device)
        except (TypeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ValueError(f"x must be numbers in a tensor or an array ({reason})") from None
    if x.is_complex() or (tokens and x.is_floating_point()):
        kind = "whole numbers, the symbols" if tokens else "real numbers"
        raise ValueError(f"x must be {kind}, got {x.dtype}")
    return x if tokens or x.is_floating_point() and x.dtype == weight.dtype else x.to(weight.dtype)


def as_lengths(lengths):
    """lengths as a tensor, None as None; NumPy arrays and lists of whole numbers are taken."""
    if lengths is None or isinstance(lengths, Tensor):
        return lengths
    return torch.as_tensor(np.asarray(lengths))


def require_ratio(p: float, tokens: bool = False) -> None:
    """Raises ValueError unless time can be rescaled by p: tokens have no duration."""
    if tokens:
        raise ValueError("tokens have no duration, so the time of their model cannot be rescaled")
    if not 0 < p < math.inf:
        raise ValueError(f"p must be a positive number of old steps, got {p}")


def inside_of(lengths: Tensor | None, x: Tensor) -> Tensor | None:
    """[t < lengths] (B, L) for x (B, L, ...), or None without lengths (B,).

    Raises ValueError unless lengths are B whole numbers from 1 to L, on the device of x.
    """
    if lengths is None:
        return None
    B, L = x.shape[:2]
    whole = isinstance(lengths, Tensor) and lengths.dtype in WHOLE
    if not whole or lengths.shape != (B,) or lengths.device != x.device:
        raise ValueError(
            f"lengths must be a tensor of {B} whole numbers on {x.device}, one for each sequence, "
            f"got {lengths}"
        )
    compiling = torch.compiler.is_compiling()  # because then no branch may depend on data
    if not compiling and not ((lengths >= 1) & (lengths <= L)).all():
        wrong = lengths[(lengths < 1) | (lengths > L)].tolist()
        raise ValueError(f"lengths must lie between 1 and L = {L}, got {wrong}")
    return torch.arange(L, device=x.device) < lengths[:, None]


def cut(x: Tensor, inside: Tensor | None) -> Tensor:
    """x (B, L) or (B, L, ...) with zeros for the padding, so that nothing in it can count."""
    if inside is None:
        return x
    return x.masked_fill(~inside.view(*inside.shape, *[1] * (x.ndim - 2)), 0)


def mean_over(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The mean over time of x (B, L, H), for each sequence over its first lengths (B,): (B, H)."""
    if lengths is None:
        # x.mean(1) would be slower, because its gradient is a new tensor (B, L, H); that of a sum
        # is a view of (B, H).
        return x.sum(1) / x.shape[1]
    return cut(x, inside_of(lengths, x)).sum(1) / lengths[:, None]


def last_of(x: Tensor, lengths: Tensor | None) -> Tensor:
    """The last step of x (B, L, H), for each sequence step number lengths (B,): (B, H)."""
    if lengths is None:
        return x[:, -1]
    inside_of(lengths, x)  # It refuses wrong lengths.
    return x[torch.arange(len(x), device=x.device), lengths.long() - 1]


def each_of(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Every step of x (B, L, H) as it is, for a model that scores each of them."""
    return x


POOLS = {"mean": mean_over, "last": last_of, "each": each_of}


def require_pool(pool: str, *names: str) -> None:
    """Raises ValueError unless pool is one of the names, by default of those in POOLS."""
    if pool not in (names or POOLS):
        raise ValueError(f"pool must be one of {sorted(names or POOLS)}, got {pool!r}")


@contextlib.contextmanager
def seeded(generator: torch.Generator):
    """Within it torch's global generator is seeded from `generator`; afterwards it is as before."""
    seed = int(torch.randint(2**31, (1,), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
