"""The deep state space network of the course: encoder, blocks, pooling, head."""

import inspect
from collections import ChainMap
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.layers import (
    DRF,
    GLU,
    PRF,
    S4D,
    AdaptiveLIF,
    BinaryS4D,
    Block,
    Gain,
    GatedSpikingUnit,
    ResonateFire,
    SelectiveSpikes,
    SiLIF,
    SpikingSSM,
    make_linear,
)
from sslearn.layers.settings import require_sizes
from sslearn.models.parts import (
    POOLS,
    Classifier,
    as_input,
    as_lengths,
    cut,
    inside_of,
    make_encoder,
    require_pool,
    require_ratio,
)


def identity(x: Tensor) -> Tensor:
    """f(x) = x."""
    return x


def gsu_then_gelu(H: int, *, scaled: bool = True, generator: torch.Generator) -> nn.Sequential:
    """GELU(GSU(x) / sqrt(H)), the mixing of "S4D + GSU & GELU"; without scaled, GELU(GSU(x)).

    x Ter(W) sums H entries of x as they are, so that a GSU starts about sqrt(H) times as loud as
    its input, and a norm before the block does not hold that. scaled divides by sqrt(H) and takes
    the derivative of Ter relative to its token; `studies/gsu_scale.py` compares. W / sqrt(H) and
    b / sqrt(H) give the same values, because Ter(W) stays, so that it costs no multiplication.
    Stan & Rhodes 2024 have the form without scaled.
    """
    unit = GatedSpikingUnit(H, relative=scaled, generator=generator)
    if not scaled:
        return nn.Sequential(unit, nn.GELU())
    return nn.Sequential(unit, Gain(H**-0.5), nn.GELU())


RECIPES = {
    "s4d": {"layer": S4D, "act": gelu, "mix": GLU},
    "binary-s4d": {"layer": BinaryS4D, "act": identity, "mix": GLU},
    "gsu": {"layer": S4D, "act": identity, "mix": gsu_then_gelu},
}
LATER = {  # what came after the paper: layers whose output is spikes
    "rf": {"layer": ResonateFire, "act": identity, "mix": GLU},
    "prf": {"layer": PRF, "act": identity, "mix": GLU},
    "d-rf": {"layer": DRF, "act": identity, "mix": GLU},
    "ad-lif": {"layer": AdaptiveLIF, "act": identity, "mix": GLU},
    "silif": {"layer": SiLIF, "act": identity, "mix": GLU},
    "spiking-ssm": {"layer": SpikingSSM, "act": identity, "mix": GLU},
    "selective-spikes": {"layer": SelectiveSpikes, "act": identity, "mix": GLU},
}
COOKBOOK = ChainMap(LATER, RECIPES)


def recipe(name: str, **hyperparameters) -> dict:
    """The parts of a name in RECIPES or LATER, the layer with other hyperparameters, such as N=16.

    Those that its mix has, such as the GSU's scaled, go there. Raises ValueError for an unknown
    name.
    """
    if name not in COOKBOOK:
        raise ValueError(f"name must be one of {sorted(COOKBOOK)}, got {name!r}")
    parts, mixing = COOKBOOK[name], {}
    for own in set(inspect.signature(parts["mix"]).parameters) & set(hyperparameters):
        mixing[own] = hyperparameters.pop(own)
    parts = parts | {"layer": partial(parts["layer"], **hyperparameters)}
    return parts | {"mix": partial(parts["mix"], **mixing)} if mixing else parts


class Stream(NamedTuple):
    """What a streamed classifier carries: each block's state, the sum of outputs, the count."""

    blocks: list
    total: Tensor
    count: Tensor

    def detach(self) -> "Stream":
        """The same state without its past, for a training that goes on chunk by chunk."""
        return Stream([state.detach() for state in self.blocks], self.total.detach(), self.count)


class SequenceClassifier(Classifier):
    """Scores = head(pool_t(block_depth(... block_1(encode(x))))), (B, L, d_input) to (B, classes).

    d_input is the number of inputs, or with tokens=True of symbols; x is then (B, L) whole numbers.
    layer(H, generator=) makes the state space layer of each block, and brings its own
    hyperparameters, as `functools.partial(S4D, N=16)` does; act(x) and mix(H, generator=) complete
    the block, as in RECIPES. pool is mean, last, or each, whose scores (B, L, classes) are one for
    each step, of what came until then. lengths (B,), from 1 to L, tell the steps of
    each sequence from the padding behind them, which has no say: the layers read zeros there.
    The forms to take elsewhere are those of torch.export, of the whole and of `step`, for any
    batch; ONNX is not supported, because its exporter is one more dependency. Raises ValueError for
    an unknown pool, a size below 1, and other x or lengths.

    >>> g = torch.Generator().manual_seed(0)
    >>> net = SequenceClassifier(1, 10, **recipe("gsu", N=16), depth=2, H=8, generator=g)
    >>> net(torch.ones(3, 100, 1)).shape
    torch.Size([3, 10])
    """

    settings = ("pooling",)

    def __init__(
        self,
        d_input: int,
        classes: int,
        *,
        H: int = 64,
        depth: int = 2,
        layer: Callable[..., nn.Module] = S4D,
        act: Callable[[Tensor], Tensor] = gelu,
        mix: Callable[..., nn.Module] = GLU,
        norm: str = "layer",
        prenorm: bool = False,
        dropout: float = 0.0,
        pool: str = "mean",
        tokens: bool = False,
        generator: torch.Generator,
    ):
        super().__init__()
        require_sizes(d_input=d_input, classes=classes, H=H, depth=depth)
        require_pool(pool)
        self.encode = make_encoder(d_input, H, tokens, generator)
        around = {"H": H, "norm": norm, "prenorm": prenorm, "dropout": dropout}
        self.blocks = nn.ModuleList(
            Block(layer(H, generator=generator), act, mix(H, generator=generator), **around)
            for _ in range(depth)
        )
        self.head = make_linear(H, classes, generator)
        self.pooling, self.d_input, self.tokens = pool, d_input, tokens

    def features(self, x: Tensor, lengths: Tensor | None = None) -> list[Tensor]:
        """The encoded input and each block's output: depth + 1 tensors (B, L, H)."""
        x, lengths = self._read(x), as_lengths(lengths)
        inside = inside_of(lengths, x)
        out = [self.encode(cut(x, inside))]
        for block in self.blocks:
            out.append(block(out[-1], inside))
        return out

    def pool(self, z: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What the head reads, (B, H) or (B, L, H), of the last block's output z (B, L, H)."""
        return POOLS[self.pooling](z, as_lengths(lengths))

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Scores (B, classes) of the first lengths steps; with pool each (B, L, classes)."""
        return self.head(self.pool(self.features(x, lengths)[-1], lengths))

    def running_scores(self, x: Tensor) -> Tensor:
        """The scores (B, L, classes) that a reader would give after each step."""
        z = self.features(x)[-1]
        if self.pooling == "mean":
            z = z.cumsum(1) / torch.arange(1, z.shape[1] + 1, device=z.device)[:, None]
        return self.head(z)

    def initial_state(self, batch: int) -> Stream:
        """The state before the first step."""
        states = [block.initial_state(batch) for block in self.blocks]
        total = self.head.weight.new_zeros(batch, self.head.in_features)
        return Stream(states, total, torch.zeros((), dtype=torch.long, device=total.device))

    def step(self, x_t: Tensor, state: Stream) -> tuple[Tensor, Any]:
        """One step of x_t (B, d_input), or (B,) of tokens: the scores so far, and the new state."""
        z, blocks = self.encode(as_input(x_t, self.tokens, self.head.weight)), []
        for block, old in zip(self.blocks, state.blocks, strict=True):
            z, new = block.step(z, old)
            blocks.append(new)
        total, count = state.total + z, state.count + 1
        pooled = total / count if self.pooling == "mean" else z
        return self.head(pooled), Stream(blocks, total, count)

    def rescale_time(self, p: float) -> None:
        """Let one step of the input stand for p of the old ones: each layer's dt becomes p dt.

        Raises ValueError for tokens, for a layer without a unit of time, and unless p is positive.
        """
        require_ratio(p, self.tokens)
        layers = [block.ssm for block in self.blocks]
        for layer in layers:
            if not hasattr(layer, "rescale_time"):
                raise ValueError(f"{type(layer).__name__} has no unit of time to rescale")
        for layer in layers:
            layer.rescale_time(p)

    def _read(self, x) -> Tensor:
        x = as_input(x, self.tokens, self.head.weight)
        good = x.ndim == 2 if self.tokens else x.ndim == 3 and x.shape[-1] == self.d_input
        if not good or x.shape[1] < 1:
            want = "(B, L) of tokens" if self.tokens else f"(B, L, {self.d_input})"
            raise ValueError(f"x must be {want} with L >= 1, got {tuple(x.shape)}")
        return x
