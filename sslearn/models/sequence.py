"""The deep state space network of the course: encoder, blocks, pooling, head."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.layers import GLU, S4D, BinaryS4D, Block, GatedSpikingUnit, make_linear, param_groups
from sslearn.models.parts import POOLS, Tokens, last_of, mean_over


def identity(x: Tensor) -> Tensor:
    """f(x) = x."""
    return x


def gsu_then_gelu(H: int, *, generator: torch.Generator) -> nn.Sequential:
    """GELU(GSU(x)), the mixing of "S4D + GSU & GELU"; Stan & Rhodes 2024."""
    return nn.Sequential(GatedSpikingUnit(H, generator=generator), nn.GELU())


RECIPES = {
    "s4d": {"layer": S4D, "act": gelu, "mix": GLU},
    "binary-s4d": {"layer": BinaryS4D, "act": identity, "mix": GLU},
    "gsu": {"layer": S4D, "act": identity, "mix": gsu_then_gelu},
}


class Stream(NamedTuple):
    """What a streamed classifier carries: each block's state, the sum of outputs, the count."""

    blocks: list
    total: Tensor
    count: int


class SequenceClassifier(nn.Module):
    """Scores = head(pool_t(block_depth(... block_1(encode(x))))), (B, L, d_input) to (B, classes).

    layer(H, N, dt_min=, dt_max=, generator=), act(x) and mix(H, generator=) make the blocks:
    see RECIPES. d_input is the number of inputs, or with tokens=True of symbols, x then (B, L)
    whole numbers. pool is mean or last. Raises ValueError for an unknown pool or a size below 1.
    """

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        layer: Callable[..., nn.Module] = S4D,
        act: Callable[[Tensor], Tensor] = gelu,
        mix: Callable[..., nn.Module] = GLU,
        depth: int = 2,
        H: int = 64,
        N: int = 64,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        norm: str = "layer",
        prenorm: bool = False,
        dropout: float = 0.0,
        pool: str = "mean",
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        for name, size in {"d_input": d_input, "classes": classes, "depth": depth, "H": H}.items():
            if not (isinstance(size, int) and size >= 1):
                raise ValueError(f"{name} must be a whole number >= 1, got {size!r}")
        if pool not in POOLS:
            raise ValueError(f"pool must be one of {POOLS}, got {pool!r}")
        self.encode = make_linear(d_input, H, generator)
        if tokens:
            self.encode = Tokens(d_input, H, generator=generator)
        span = {"dt_min": dt_min, "dt_max": dt_max}
        around = {"H": H, "norm": norm, "prenorm": prenorm, "dropout": dropout}
        self.blocks = nn.ModuleList(
            Block(
                layer(H, N, **span, generator=generator), act, mix(H, generator=generator), **around
            )
            for _ in range(depth)
        )
        self.head = make_linear(H, classes, generator)
        self.pool, self.d_input, self.tokens = pool, d_input, tokens

    def features(self, x: Tensor) -> list[Tensor]:
        """The encoded input and each block's output: depth + 1 tensors (B, L, H)."""
        self._require(x)
        out = [self.encode(x)]
        for block in self.blocks:
            out.append(block(out[-1]))
        return out

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Class scores (B, classes); lengths (B,) leaves padding at the end out of the pool."""
        x = self.features(x)[-1]  # (B, L, H)
        return self.head((mean_over if self.pool == "mean" else last_of)(x, lengths))

    def running_scores(self, x: Tensor) -> Tensor:
        """The scores (B, L, classes) that a reader would give after each step."""
        z = self.features(x)[-1]
        if self.pool == "mean":
            z = z.cumsum(1) / torch.arange(1, z.shape[1] + 1, device=z.device)[:, None]
        return self.head(z)

    def initial_state(self, batch: int) -> Stream:
        """The state before the first step."""
        states = [block.initial_state(batch) for block in self.blocks]
        return Stream(states, self.head.weight.new_zeros(batch, self.head.in_features), 0)

    def step(self, x_t: Tensor, state: Stream) -> tuple[Tensor, Any]:
        """One step of x_t (B, d_input), or (B,) of tokens: the scores so far, and the new state."""
        z, blocks = self.encode(x_t), []
        for block, old in zip(self.blocks, state.blocks, strict=True):
            z, new = block.step(z, old)
            blocks.append(new)
        total, count = state.total + z, state.count + 1
        return self.head(z if self.pool == "last" else total / count), Stream(blocks, total, count)

    def param_groups(self, lr: float, weight_decay: float) -> list[dict]:
        """Two groups for AdamW; see `layers.param_groups`."""
        return param_groups(self, lr, weight_decay)

    def _require(self, x):
        good = x.ndim == 2 if self.tokens else x.ndim == 3 and x.shape[-1] == self.d_input
        if not good or x.shape[1] < 1:
            want = "(B, L) of tokens" if self.tokens else f"(B, L, {self.d_input})"
            raise ValueError(f"x must be {want} with L >= 1, got {tuple(x.shape)}")
