"""A residual block around a state space layer and a mixing layer, with norm and dropout."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from sslearn.layers.batch_norm import BatchNorm
from sslearn.layers.settings import Settings


class Norm(nn.Module):
    """Layer norm (kind layer, over H) or batch norm (kind batch, over all tokens) of (..., H).

    Raises ValueError for another kind.
    """

    def __init__(self, H: int, kind: str = "layer"):
        super().__init__()
        kinds = {"layer": nn.LayerNorm, "batch": BatchNorm}
        if kind not in kinds:
            raise ValueError(f"norm must be one of {sorted(kinds)}, got {kind!r}")
        self.inner = kinds[kind](H)

    def forward(self, x: Tensor, inside: Tensor | None = None) -> Tensor:
        """(..., H) to (..., H); a batch's statistics are those of the tokens inside (...)."""
        tokens = x.reshape(-1, x.shape[-1])  # A lone (H,) is one token.
        if inside is None or isinstance(self.inner, nn.LayerNorm):
            return self.inner(tokens).view_as(x)
        return self.inner(tokens, inside.flatten()).view_as(x)


class TiedDropout(nn.Module):
    """Dropout with one mask for all time steps of a sequence: (B, 1, H) on (B, L, H).

    Raises ValueError unless p is in [0, 1).
    """

    def __init__(self, p: float):
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"dropout must be in [0, 1), got {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x is (B, L, H), or any (..., H) outside training. Raises ValueError for others."""
        if not self.training or self.p == 0:
            return x
        if x.ndim != 3:
            shape = tuple(x.shape)
            raise ValueError(f"x must be a whole sequence (B, L, H) in training, got {shape}")
        keep = torch.empty_like(x[:, :1]).bernoulli_(1 - self.p) / (1 - self.p)
        return x * keep

    def extra_repr(self) -> str:
        """The probability p of a drop."""
        return f"p={self.p}"


class Block(Settings):
    """after(x, ssm(before(x))): x + drop(mix(drop(act(y)))), y the SSM's output.

    The norm stands before the SSM if prenorm, else after the sum. ssm maps (B, L, H) to (B, L, H)
    and has `initial_state` and `step`; act and mix are functions of (..., H). inside (B, L) is
    True for the steps of each sequence and False for the padding behind it, of which the SSM reads
    zeros and a batch norm's statistics nothing. Raises ValueError for an unknown norm and a
    dropout out of [0, 1).

    >>> from sslearn.layers import GLU, S4D
    >>> g = torch.Generator().manual_seed(0)
    >>> block = Block(S4D(4, generator=g), torch.relu, GLU(4, generator=g), H=4)
    >>> block(torch.ones(2, 100, 4)).shape
    torch.Size([2, 100, 4])
    """

    settings = ("act", "prenorm")
    later = ("act",)

    def __init__(
        self,
        ssm: nn.Module,
        act: Callable[[Tensor], Tensor],
        mix: nn.Module,
        *,
        H: int,
        norm: str = "layer",
        prenorm: bool = False,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.ssm, self.act, self.mix, self.prenorm = ssm, act, mix, prenorm
        self.norm, self.drop = Norm(H, norm), TiedDropout(dropout)

    def forward(self, x: Tensor, inside: Tensor | None = None) -> Tensor:
        """(B, L, H) to (B, L, H)."""
        return self.after(x, self.ssm(self.before(x, inside)), inside)

    def before(self, x: Tensor, inside: Tensor | None = None) -> Tensor:
        """What the SSM reads of the block's input x (..., H)."""
        u = self._norm(x, inside) if self.prenorm else x
        return u if inside is None else u.masked_fill(~inside[..., None], 0)

    def after(self, x: Tensor, y: Tensor, inside: Tensor | None = None) -> Tensor:
        """The block's output, from its input x and the SSM's output y, both (..., H)."""
        return self.add(x, self.mix(self.drop(self.act(y))), inside)

    def add(self, x: Tensor, z: Tensor, inside: Tensor | None = None) -> Tensor:
        """The residual sum of the input x and the mixed z (..., H), and the norm after it."""
        out = x + self.drop(z)
        return out if self.prenorm else self._norm(out, inside)

    def _norm(self, x, inside):
        return self.norm(x) if inside is None else self.norm(x, inside)

    def initial_state(self, batch: int) -> Any:
        """The SSM's initial state, which is all that a block carries."""
        return self.ssm.initial_state(batch)

    def step(self, x_t: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One token (B, H); returns (y_t, state).

        Raises ValueError in training with dropout or batch norm, because a token alone has neither
        the sequence's mask nor the batch's statistics.
        """
        if self.training and (self.drop.p or isinstance(self.norm.inner, BatchNorm)):
            raise ValueError(
                "step needs eval(), because in training dropout and batch norm need "
                "the whole sequence, got a block in training"
            )
        y_t, state = self.ssm.step(self.before(x_t), state)
        return self.after(x_t, y_t), state
