"""Counting what a step of a network costs, by hooks and by torch's own dispatch.

SpikingJelly's counters agree where they count the same (tests/library/test_energy_peer.py). They
differ where a value happens to be 0 or 1, because they look at the values of each call. Its counts
of MACs and ACs leave out what is no matrix product, batch norm or sum: the decay of a membrane, a
gate, a comparison and a division cost nothing there, and neither does a bias.
"""

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from sslearn.energy.ledger import Ledger, Row
from sslearn.energy.places import InTorch, by_definition, evaluating, placed
from sslearn.energy.sources import SHARED, TOKENS, WEIGHTS, Source
from sslearn.energy.streams import stream_of
from sslearn.energy.tally import Tally
from sslearn.models.parts import Tokens, as_input


def count(model: nn.Module, x, *, first: int = 0, fold_norm: bool = False) -> Ledger:
    """The operations, the memory traffic and the rates of a step, as means over the tokens of x.

    x (B, L, d_input) numbers, or (B, L) tokens, is read step by step; steps `first` to L - 1 are
    counted, which are B (L - first) tokens. Each runs `step` as it stands, in evaluation, and
    torch reports what it runs; `stream_of` makes the step of a model that has none, of a
    Transformer by a cache, so that its cost grows with the tokens before. The scores are read at
    every token. A spike is counted by its definition, one comparison, and Ter by two.

    Complex operations count as real ones: a product as 4 multiplications and 2 additions. What is
    computed from weights alone (A_bar, W, Ter(W), the scale of a batch norm) is done once and
    costs a token nothing. A sum that begins with a bias has as many additions as terms. A product
    with spikes or ternary numbers has additions only, one for each term that is not 0. That x
    holds only 0 and 1, and both, is looked up; in the network an operation must have made the
    spikes. A batch norm costs a product and a sum, and with fold_norm nothing after a linear map.

    Memory: a token reads each weight that it uses, of spike-fed products those of the inputs that
    fired. It reads and writes the state. Each layer reads once what others made, and writes what
    others read; what stays within a layer is free.

    Raises ValueError for a model that cannot be streamed, weights or an x that are not finite,
    first out of 0 ... L - 1, and an operation of unknown cost, of torch or beyond it.

    >>> from sslearn.models import SequenceClassifier, recipe
    >>> g = torch.Generator().manual_seed(0)
    >>> net = SequenceClassifier(1, 10, **recipe("s4d", N=16), depth=1, H=8, generator=g)
    >>> ledger = count(net, torch.rand(2, 5, 1, generator=g))
    >>> ledger.by("part", "operation")["state", "multiply"]  # 8 a pole, and D u: 8 (8 * 8 + 1)
    520.0
    """
    stream = stream_of(model)
    x, values = _input(model, x)
    B, L = x.shape[:2]
    if not (isinstance(first, int) and 0 <= first < L):
        raise ValueError(f"first must be a step in 0 ... {L - 1}, got {first!r}")
    tally = Tally(B, fold_norm)
    with evaluating(model), torch.no_grad(), by_definition(), placed(stream, tally.places):
        with InTorch(), tally:
            state = stream.initial_state(B)
        _own(tally, state)
        # A first step, which is not counted, tells which parts of the state are spikes.
        _, after = _step(tally, stream, x[:, 0], values, state)
        once = dict(tally.once)
        for x_t in x[:, :first].unbind(1):
            _, state = stream.step(x_t, state)
        _own(tally, state)
        _learn(tally, state, after)
        tally.clear()
        for x_t in x[:, first:].unbind(1):
            _, state = _step(tally, stream, x_t, values, state)
            _own(tally, state)
    tokens = B * (L - first)
    rows = [Row(*key, number / tokens) for key, number in tally.rows.items()]
    return Ledger(tuple(rows), tally.account.products(tokens), tokens, once)


def _step(tally, stream, x_t, values, state):
    """One step, counted; its scores and its new state are written."""
    tally.sources[x_t] = Source(x_t, TOKENS, None, values)
    with InTorch(), tally:
        scores, state = stream.step(x_t, state)
    tally.write(tally.source(scores))
    for leaf in _tensors(state):
        source = tally.source(leaf)
        if source.level > WEIGHTS:
            tally.write(source, "write state")
    return scores, state


def _tensors(state) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(state) if isinstance(leaf, Tensor)]


def _own(tally, state) -> None:
    """Let each tensor of the state be one that the next step may read from memory, once."""
    for leaf in _tensors(state):
        source = tally.source(leaf)
        if source.level == WEIGHTS:  # the zeros of the initial state
            source = Source(leaf, TOKENS if leaf.ndim else SHARED, None)
            tally.sources[leaf] = source
        source.state, source.readers = True, set()


def _learn(tally, state, after) -> None:
    """Let the initial state hold spikes where every later state does."""
    before, later = _tensors(state), _tensors(after)
    if len(before) == len(later):
        for old, new in zip(before, later, strict=True):
            tally.source(old).values = tally.source(new).values


def _input(model, x) -> tuple[Tensor, str]:
    """x as the model reads it, and whether it is spikes, ternary or real. Raises ValueError."""
    for name, w in [*model.named_parameters(), *model.named_buffers()]:
        if not torch.isfinite(w).all():
            raise ValueError(f"weights must be finite, got a NaN or an infinity in {name}")
    encode = getattr(model, "encode", None)
    tokens = isinstance(encode, Tokens)
    x = as_input(x, tokens, next(model.parameters(), torch.zeros(())))
    if x.ndim != 3 - tokens or 0 in x.shape:
        want = "(B, L) of tokens" if tokens else "(B, L, d_input)"
        raise ValueError(f"x must be {want} with B, L >= 1, got {tuple(x.shape)}")
    if not torch.isfinite(x).all():
        raise ValueError("x must be finite, got a NaN or an infinity")
    maps = [m for m in model.modules() if isinstance(m, nn.Linear | nn.LSTM)]
    inner = encode if isinstance(encode, nn.Linear) else maps[0] if maps else None
    d_input = getattr(inner, "in_features", getattr(inner, "input_size", None))
    if not tokens and d_input not in (None, x.shape[-1]):
        raise ValueError(f"x must be (B, L, {d_input}), got {tuple(x.shape)}")
    seen = set(x.unique().tolist()) if not tokens else set()
    spiky = {0.0, 1.0} <= seen <= {-1.0, 0.0, 1.0}
    return x, ("ternary" if -1.0 in seen else "spikes") if spiky else "real"
