"""A sequence classifier on integers alone, from the input to the class: what `quantise` makes."""

from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.deploy.arithmetic import (
    GATE_BITS,
    LayerNorm,
    draw_words,
    look_up,
    saturate,
)
from sslearn.deploy.fixed import Decay, shift_round


class Linear(NamedTuple):
    """(W s M + b) / 2^shift, rounded to the nearest: an integer matrix, its sums in another unit.

    W (out, in) has the bits of weights. M (out,) in 16 bits and shift are the ratio of the units,
    and b (out,) is the bias, in the unit of the product.
    """

    W: Tensor
    M: Tensor
    b: Tensor
    shift: int

    def __call__(self, s: Tensor) -> Tensor:
        """(B, in) to (B, out)."""
        return shift_round(s @ self.W.mT * self.M + self.b, self.shift, "nearest")


class Poles(NamedTuple):
    """x' = A_bar x + z, y = Re sum_n C_n x'_n + D z, for H channels of N/2 poles.

    decay: A_bar (H, N/2).   into, gain (H, N/2): z gain 2^into is z in the unit of the state /
    2^decay.shift; gain is 1 if it is None.
    C (H, N/2, 2): real part, and minus the imaginary one.   M (H,), D (H,): what brings a
    channel's sum and its input into the unit of y, which is far finer than that of either.
    state_bits, rounding: of the state's parts.
    """

    decay: Decay
    into: Tensor
    gain: Tensor | None
    C: Tensor
    M: Tensor
    D: Tensor
    state_bits: int
    rounding: str

    def step(self, z: Tensor, X: Tensor, words: Tensor | None) -> tuple[Tensor, Tensor]:
        """One step of z (B, H) from the state X (B, H, N/2, 2): returns y (B, H) and the state."""
        a, b = self.decay.real, self.decay.imag
        real, imag = X.unbind(-1)
        u = z[..., None] if self.gain is None else z[..., None] * self.gain
        real, imag = a * real - b * imag + (u << self.into), a * imag + b * real
        noise = (0, 0) if words is None else (words >> 16, words & 0xFFFF)
        parts = [
            saturate(shift_round(v, self.decay.shift, self.rounding, n), self.state_bits)
            for v, n in zip((real, imag), noise, strict=True)
        ]
        X = torch.stack(parts, -1)
        return (X * self.C).sum((-1, -2)) * self.M + z * self.D, X


class GLU(NamedTuple):
    """value(s) * sigmoid(gate(s)), the gate by a table; value is in the unit of the features."""

    value: Linear
    gate: Linear
    table: Tensor

    def __call__(self, s: Tensor) -> Tensor:
        """(B, H) to (B, H)."""
        gate = look_up(self.table, self.gate(s))
        return shift_round(self.value(s) * gate, GATE_BITS, "nearest")


class GSU(NamedTuple):
    """GELU((Ter(x) W + b) * (x Ter(W) + c)), GELU(x) = x Phi(x) by a table of Phi.

    first: of the spikes.   T (H, H): Ter(W).   c (H,): in the unit of x.   alpha: in units of
    2^-15.   shift: from the product's unit to that of the features.   index: from there to 1/32.
    """

    first: Linear
    T: Tensor
    c: Tensor
    alpha: int
    shift: int
    index: int
    table: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        """(B, H) to (B, H)."""
        size = x.abs()
        delta = size.amax(-1, keepdim=True) * self.alpha
        s = torch.where(size << GATE_BITS >= delta, x.sign(), 0)
        second = x @ self.T.mT + self.c
        out = saturate(shift_round(self.first(s) * second, self.shift, "nearest"), 31)
        if self.table is None:
            return out
        gate = look_up(self.table, shift_round(out, self.index, "nearest"))
        return shift_round(out * gate, GATE_BITS, "nearest")


class Block(NamedTuple):
    """norm(z + mix(act(poles(z)))), z (B, H) in 16 bits.

    theta: a spike is y > theta; or None, and then y goes to mix in 16 bits, by the shift to_mix,
    and through GELU if there is a table of it.
    """

    poles: Poles
    theta: int | None
    to_mix: int
    gelu: Tensor | None
    index: int
    mix: GLU | GSU
    norm: LayerNorm

    def act(self, y: Tensor) -> Tensor:
        """What mix reads of the poles' y (B, H)."""
        if self.theta is not None:
            return (y > self.theta).long()
        y = saturate(shift_round(y, self.to_mix, "nearest"), 16)
        if self.gelu is None:
            return y
        gate = look_up(self.gelu, shift_round(y, self.index, "nearest"))
        return shift_round(y * gate, GATE_BITS, "nearest")

    def step(self, z: Tensor, X: Tensor, words: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """One step: returns the block's output (B, H), its state, and what mix read (B, H)."""
        y, X = self.poles.step(z, X, words)
        s = self.act(y)
        return self.norm(z + self.mix(s)), X, s


class State(NamedTuple):
    """All that lives from one step to the next, int64 tensors.

    X: each block's state (B, H, N/2, 2).   total (B, H): the sum of the last block's outputs.
    count (): the steps.   word (): the generator of stochastic rounding.
    """

    X: list[Tensor]
    total: Tensor
    count: Tensor
    word: Tensor


class IntegerNetwork(NamedTuple):
    """Scores = head(pool_t(blocks(encode(x)))) on integers; `quantise` makes it, `step` runs it.

    encode: of the number x.   levels: how many units of x are 1.0 of the model.   score_bits: a
    score is in units of 2^-score_bits.   pooling: mean or last.   seed: of the coins.
    settings: the bits and forms by name, for a report.
    """

    encode: Linear
    blocks: list[Block]
    head: Linear
    pooling: str
    levels: int
    score_bits: int
    seed: int
    settings: dict

    @property
    def stochastic(self) -> bool:
        """Whether the state is rounded by coins."""
        return self.blocks[0].poles.rounding == "stochastic"

    def initial_state(self, batch: int) -> State:
        """Zeros, and the generator at its seed."""
        X = [torch.zeros(batch, *b.poles.C.shape, dtype=torch.int64) for b in self.blocks]
        total = torch.zeros(batch, len(self.blocks[-1].norm.G), dtype=torch.int64)
        return State(X, total, torch.tensor(0), torch.tensor(self.seed))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One step of x (B,), whole numbers in 16 bits: the scores so far (B, classes), the state.

        Raises ValueError for other x.
        """
        return self.look(x, state)[:2]

    def look(self, x: Tensor, state: State) -> tuple[Tensor, State, list[Tensor]]:
        """`step` that also returns what each block's mixing read (B, H): its spikes."""
        self.require_input(x, 1)
        z, word = saturate(self.encode(x.long()[:, None]), 16), state.word
        states, seen = [], []
        for block, X in zip(self.blocks, state.X, strict=True):
            words = None
            if self.stochastic:
                words, word = draw_words(word, block.poles.into.numel())
                words = words.view_as(block.poles.into)
            z, X, s = block.step(z, X, words)
            states.append(X)
            seen.append(s)
        total, count = saturate(state.total + z, 32), state.count + 1
        return self.scores_of(z, total, count), State(states, total, count, word), seen

    def scores_of(self, z: Tensor, total: Tensor, count: Tensor) -> Tensor:
        """The scores of the last output z (B, H), or of the mean total / count."""
        W, M, b, shift = self.head
        if self.pooling == "last":
            acc = z @ W.mT
        else:
            acc = (total @ W.mT).div(count, rounding_mode="floor")
        return saturate(shift_round(acc * M + b, shift, "nearest"), 32)

    def scores(self, x: Tensor) -> Tensor:
        """The scores (B, classes) after all steps of x (B, L)."""
        self.require_input(x, 2)
        state, scores = self.initial_state(len(x)), None
        for x_t in x.unbind(1):
            scores, state = self.step(x_t, state)
        return scores

    def classify(self, x: Tensor) -> Tensor:
        """The class (B,) of each sequence of x (B, L): the first of the highest scores."""
        return self.scores(x).argmax(-1)

    def read(self, x: Tensor) -> Tensor:
        """The integers (B, L) of the model's own input x (B, L, 1): round(levels x)."""
        return (x[..., 0] * self.levels + 0.5).floor().long()

    @staticmethod
    def require_input(x: Tensor, ndim: int) -> None:
        """Raises ValueError unless x holds whole numbers in 16 bits and has ndim dimensions."""
        shape = "(B,)" if ndim == 1 else "(B, L)"
        if not isinstance(x, Tensor) or x.is_floating_point() or x.is_complex() or x.ndim != ndim:
            got = f"{x.dtype} {tuple(x.shape)}" if isinstance(x, Tensor) else repr(x)
            raise ValueError(f"x must be whole numbers {shape}, got {got}")
        if x.numel() == 0 or x.min() < -(2**15) or x.max() >= 2**15:
            raise ValueError(f"x must be numbers in 16 bits, at least one, got {tuple(x.shape)}")
