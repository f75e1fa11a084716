"""A residual block around a state space layer and a mixing layer, with norm and dropout."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


class Norm(nn.Module):
    """Layer norm (kind layer, over H) or batch norm (kind batch, over all tokens) of (..., H)."""

    def __init__(self, H: int, kind: str = "layer"):
        super().__init__()
        kinds = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
        if kind not in kinds:
            raise ValueError(f"norm must be one of {sorted(kinds)}, got {kind!r}")
        self.inner = kinds[kind](H)

    def forward(self, x: Tensor) -> Tensor:
        """(..., H) to (..., H)."""
        return self.inner(x.flatten(0, -2)).view_as(x)


class TiedDropout(nn.Module):
    """Dropout with one mask for all time steps of a sequence: (B, 1, H) on (B, L, H)."""

    def __init__(self, p: float):
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"dropout must be in [0, 1), got {p}")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x (B, L, H), or (B, H) when streaming, which is never training."""
        if not self.training or self.p == 0:
            return x
        keep = torch.empty_like(x[:, :1]).bernoulli_(1 - self.p) / (1 - self.p)
        return x * keep


class Block(nn.Module):
    """x + drop(mix(drop(act(ssm(x))))), with the norm before the SSM or after the sum.

    ssm: (B, L, H) to (B, L, H) with step; act and mix: functions of (..., H).
    """

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

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, H) to (B, L, H)."""
        return self._around(x, lambda z: self.ssm(z))

    def initial_state(self, batch: int) -> Any:
        """The SSM's."""
        return self.ssm.initial_state(batch)

    def step(self, x_t: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One token (B, H); returns (y_t, state)."""
        kept = []

        def one(z):
            y, new = self.ssm.step(z, state)
            kept.append(new)
            return y

        return self._around(x_t, one), kept[0]

    def _around(self, x, ssm):
        z = ssm(self.norm(x) if self.prenorm else x)
        z = x + self.drop(self.mix(self.drop(self.act(z))))
        return z if self.prenorm else self.norm(z)
