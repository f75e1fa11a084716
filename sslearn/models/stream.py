"""A language model as a stream that carries its own state, by its fast twin or by `step`."""

import itertools

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.fast import TokenStream
from sslearn.fast.stream import BlockStep, GLUStep, GSUStep, LayerNormStep, S4DStep
from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit, Norm, S4DState
from sslearn.layers.state_space import VERSION
from sslearn.models.parts import Tokens
from sslearn.models.sequence import SequenceClassifier, Stream, identity


def require_language_model(model: nn.Module) -> None:
    """Raises ValueError unless model reads symbols, scores each step and has `step`."""
    if not isinstance(model, SequenceClassifier):
        kind = type(model).__name__
        raise ValueError(f"model must be a SequenceClassifier, which has step, got {kind}")
    if not model.tokens:
        raise ValueError(f"model must read tokens, got one of {model.d_input} real inputs")
    if model.pooling != "each":
        raise ValueError(f"model must score each step, pool='each', got pool={model.pooling!r}")


PLACES = [{("cpu", kind)} for kind in (torch.float32, torch.float64)]


class PlainStream:
    """One sequence by `SequenceClassifier.step`, the definition, for any layers.

    state is the Stream that step returns, at first `initial_state(1)`, and can be set.
    Raises ValueError unless model reads tokens and scores each step.
    """

    def __init__(self, model: SequenceClassifier):
        require_language_model(model)
        self.model, self.state = model, model.initial_state(1)

    @torch.no_grad()
    def step(self, symbol: int) -> Tensor:
        """Read a symbol; returns the scores (classes,)."""
        x = torch.tensor([symbol], device=self.model.head.weight.device)
        scores, self.state = self.model.step(x, self.state)
        return scores[0]


class FastStream:
    """One sequence by the fast twin of `SequenceClassifier.step`, with the same scores.

    It knows the networks of RECIPES on the processor: S4D or BinaryS4D, then GLU or a Gated Spiking
    Unit, with layer norm before or after; `why_not_fast` names what it does not know. It copies
    the weights. Before each step it compares the version and the address of every parameter with
    those that it copied; if one differs it copies again and goes on from its state, as `step` does.
    It does not see what is written in place through `.data`, another setting such as theta, or a
    module that takes another's place: make a new stream then. Dropout has no part in it.
    Raises ValueError for a network that it does not know.

    >>> from sslearn.models import recipe
    >>> made = {"H": 8, "tokens": True, "pool": "each", "generator": torch.Generator()}
    >>> stream = FastStream(SequenceClassifier(96, 96, **recipe("gsu", N=16), **made))
    >>> stream.step(33).shape, stream.state.count.item()
    (torch.Size([96]), 1)
    """

    def __init__(self, model: SequenceClassifier):
        require_language_model(model)
        self.model, start = model, model.initial_state(1)  # for which S4D reads its weights anew
        self._read()
        self.state = start

    @torch.no_grad()
    def _read(self):
        reason = why_not_fast(self.model)
        if reason:
            raise ValueError(reason)
        self._owners = [m._parameters for m in self.model.modules()]
        self._held = self._weights()  # so that no other tensor comes to lie in their memory
        self._marks = self._versions()
        blocks, head = [_block(block) for block in self.model.blocks], self.model.head
        self._twin = TokenStream(self.model.encode.weight, blocks, head.weight, head.bias)

    def _weights(self):
        return list(itertools.chain.from_iterable(owner.values() for owner in self._owners))

    def _versions(self):
        weights = self._weights()
        return [*map(VERSION, weights), *map(Tensor.data_ptr, weights)]

    def step(self, symbol: int) -> Tensor:
        """Read a symbol; returns the scores (classes,). Raises ValueError if it is no symbol."""
        if not 0 <= symbol < self.model.d_input:
            raise ValueError(f"x must be symbols in 0 ... {self.model.d_input - 1}, got {symbol}")
        if self._versions() != self._marks:
            state = self.state
            self._read()
            self.state = state
        return self._twin.step(symbol)

    @property
    def spikes(self) -> list[np.ndarray | None]:
        """The spikes (H,) of each block in the last step, which the next overwrites.

        They are 0 or 1 behind a Binary S4D and -1, 0 or 1 in a Gated Spiking Unit, and None for
        a block that has neither.
        """
        return [block.spikes for block in self._twin.blocks]

    @property
    def state(self) -> Stream:
        """A copy of what is carried, in the form that `step` takes; it can be set."""
        blocks = [
            S4DState(torch.from_numpy(block.ssm.x.copy()).mT[None]) for block in self._twin.blocks
        ]
        total, count = torch.from_numpy(self._twin.total.copy())[None], self._twin.count
        return Stream(blocks, total, torch.tensor(count))

    @state.setter
    def state(self, state: Stream) -> None:
        if len(state.total) != 1:
            raise ValueError(f"state must be that of one sequence, got {len(state.total)}")
        for block, old in zip(self._twin.blocks, state.blocks, strict=True):
            block.ssm.x[...] = old.x[0].detach().cpu().mT
        self._twin.total[...] = state.total[0].detach().cpu()
        self._twin.count = int(state.count)


def stream_of(model: SequenceClassifier) -> FastStream | PlainStream:
    """The fast stream of a model where there is one, else the stream by `step`.

    Raises ValueError unless model reads tokens and scores each step.
    """
    return PlainStream(model) if why_not_fast(model) else FastStream(model)


def why_not_fast(model: nn.Module) -> str | None:
    """A sentence on what `FastStream` does not know in a model, or None.

    Raises ValueError unless model reads tokens and scores each step.
    """
    require_language_model(model)
    plain = type(model) is SequenceClassifier and type(model.encode) is Tokens
    if not plain or type(model.head) is not nn.Linear:
        got = [type(part).__name__ for part in (model, model.encode, model.head)]
        return f"model must have the encoder and head of a SequenceClassifier, got {got}"
    if any(m._forward_hooks or m._forward_pre_hooks for m in model.modules()):
        return "model must have no hooks, because arrays call none, got a module with hooks"
    places = {(w.device.type, w.dtype) for w in model.parameters()}
    if places not in PLACES:
        return f"weights must be all float32 or all float64, on the processor, got {places}"
    for k, block in enumerate(model.blocks):
        if not _known(block):
            got = " ".join(str(block).split())
            return f"block {k} must have the layers of RECIPES and layer norm, got {got}"
        if model.training and block.drop.p:
            return f"block {k} must be in eval(), got dropout {block.drop.p} in training"
    return None


def _known(block: Block) -> bool:
    ssm, norm = block.ssm, block.norm
    return (
        type(block) is Block
        and type(ssm) in (S4D, BinaryS4D)
        and len(ssm.C) == 1  # not bidirectional
        and getattr(ssm, "width", None) is None
        and block.act in (gelu, identity)
        and type(norm) is Norm
        and type(norm.inner) is nn.LayerNorm
        and _mixing(block.mix) is not None
    )


def _mixing(mix: nn.Module) -> tuple[nn.Module, float, bool] | None:
    """A GLU or a Gated Spiking Unit, the gain behind it and whether GELU follows; else None."""
    unit, *behind = [*mix] or [None] if type(mix) is nn.Sequential else [mix]
    if type(unit) is GLU and type(unit.both) is nn.Linear and not behind:
        return unit, 1.0, False
    gain = behind.pop(0).gain if behind and type(behind[0]) is Gain else 1.0
    last = behind.pop(0) if behind else None
    smooth = type(last) is nn.GELU and last.approximate == "none"
    if type(unit) is not GatedSpikingUnit or behind or not (last is None or smooth):
        return None
    return unit, gain, smooth


def _block(block: Block) -> BlockStep:
    """The arrays of a block that is known."""
    norm, theta = block.norm.inner, getattr(block.ssm, "theta", None)
    ssm = S4DStep(*block.ssm.recurrence(), theta=theta)
    unit, gain, smooth = _mixing(block.mix)
    if isinstance(unit, GLU):
        mix = GLUStep(unit.both.weight, unit.both.bias)
    else:
        _, T = unit.ternary_inputs(unit.c)
        mix = GSUStep(unit.W, unit.b, T, unit.c, alpha=unit.alpha, gain=gain, gelu=smooth)
    normed = LayerNormStep(norm.weight, norm.bias, norm.eps)
    return BlockStep(ssm, mix, normed, prenorm=block.prenorm, gelu=block.act is gelu)
