"""A step of every model: those that have none get one, equal to `forward` by test."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from sslearn.lif import lif_step
from sslearn.models import (
    LIFNetwork,
    LinearSSM,
    LSTMClassifier,
    SequenceClassifier,
    TransformerClassifier,
)
from sslearn.models.transformer import positions


def stream_of(model: nn.Module) -> nn.Module:
    """A module with `initial_state(batch)` and `step(x_t, state)` that has the model's weights.

    A model that has both is returned as it is. After the last step the scores are those of the
    model. A Transformer's are those of its causal twin, because a token of the model itself reads
    the tokens that follow, unless pool is each. Raises ValueError for another model.
    """
    if hasattr(model, "initial_state") and hasattr(model, "step"):
        return model
    for kind, stream in STREAMS.items():
        if isinstance(model, kind):
            return stream(model)
    names = [kind.__name__ for kind in (SequenceClassifier, *STREAMS)]
    raise ValueError(
        f"model must be one of {names}, or have initial_state and step, got {type(model).__name__}"
    )


class _Neurons(nn.Module):
    """A layer of LIF neurons by its definition, `lif_step`."""

    part = "state"

    def __init__(self, model, n):
        super().__init__()
        self.decay, self.reset, self.surrogate = (
            lambda: model.decay(n),
            model.reset,
            model.surrogate,
        )

    def forward(self, i, v, s):
        return lif_step(v, i, s, beta=self.decay(), reset=self.reset, surrogate=self.surrogate)


class _LIFStream(nn.Module):
    """`LIFNetwork`, one step at a time: v and s of each layer, the sum of spikes and the count."""

    def __init__(self, model: LIFNetwork):
        super().__init__()
        self.encode, self.hidden, self.norms = model.encode, model.hidden, model.norms
        self.neurons = nn.ModuleList(_Neurons(model, n) for n in range(len(model.hidden)))
        self.head, self.pooling = model.head, model.pooling

    def initial_state(self, batch):
        zero = self.head.weight.new_zeros(batch, self.head.in_features)
        layers = [(zero.clone(), zero.clone()) for _ in self.hidden]
        return layers, zero, zero.new_zeros((), dtype=torch.long)

    def step(self, x_t, state):
        z, layers = self.encode(x_t), []
        for layer, norm, neurons, old in zip(
            self.hidden, self.norms, self.neurons, state[0], strict=True
        ):
            v, z = neurons(norm(layer(z)), *old)
            layers.append((v, z))
        if self.pooling != "mean":
            return self.head(z), (layers, *state[1:])
        total, count = state[1] + z, state[2] + 1
        return self.head(total / count), (layers, total, count)


class _Filter(nn.Module):
    """v' = beta v + i, the membranes of `LinearSSM`."""

    part = "state"

    def __init__(self, model):
        super().__init__()
        self.log_tau = model.log_tau

    def forward(self, i, v):
        return torch.exp(-torch.exp(-self.log_tau)) * v + i


class _LinearStream(nn.Module):
    """`LinearSSM`, one step at a time."""

    def __init__(self, model: LinearSSM):
        super().__init__()
        self.encode, self.filter, self.head = model.encode, _Filter(model), model.head

    def initial_state(self, batch):
        return self.head.weight.new_zeros(batch, self.head.in_features)

    def step(self, x_t, state):
        v = self.filter(self.encode(x_t), state)
        return self.head(v), v


class _Cell(nn.Module):
    """One layer of an LSTM: c' = f c + i g, h' = o tanh c', torch's order of gates i, f, g, o."""

    part = "gate"

    def __init__(self, lstm: nn.LSTM, n: int):
        super().__init__()
        for name in ("weight_ih", "bias_ih", "weight_hh", "bias_hh"):
            setattr(self, name, getattr(lstm, f"{name}_l{n}"))

    def forward(self, x, h, c):
        gates = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)
        i, f, g, o = gates.chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class _LSTMStream(nn.Module):
    """`LSTMClassifier`, one step at a time."""

    def __init__(self, model: LSTMClassifier):
        super().__init__()
        self.encode, self.head = model.encode, model.head
        self.cells = nn.ModuleList(_Cell(model.lstm, n) for n in range(model.lstm.num_layers))

    def initial_state(self, batch):
        zero = self.head.weight.new_zeros(batch, self.head.in_features)
        return [(zero.clone(), zero.clone()) for _ in self.cells]

    def step(self, x_t, state):
        z, new = self.encode(x_t), []
        for cell, (h, c) in zip(self.cells, state, strict=True):
            z, c = cell(z, h, c)
            new.append((z, c))
        return self.head(z), new


class _Attention(nn.Module):
    """Softmax(q K^T / sqrt(d)) V of one token over the keys and values in the cache."""

    part = "attention"

    def __init__(self, inner: nn.MultiheadAttention):
        super().__init__()
        self.weight, self.bias = inner.in_proj_weight, inner.in_proj_bias
        self.out, self.heads = inner.out_proj, inner.num_heads

    def forward(self, z: Tensor, keys: list, values: list) -> tuple[Tensor, list, list]:
        parts = linear(z, self.weight, self.bias).chunk(3, -1)  # (B, H) each
        q, k, v = (p.unflatten(-1, (self.heads, 1, -1)).flatten(0, 1) for p in parts)
        keys, values = [*keys, k], [*values, v]  # (B heads, 1, d) each
        K, V = torch.cat(keys, 1), torch.cat(values, 1)
        share = torch.bmm(q * q.shape[-1] ** -0.5, K.mT).softmax(-1)  # (B heads, 1, t)
        return self.out(torch.bmm(share, V).reshape(z.shape)), keys, values


class _EncoderLayer(nn.Module):
    """A Transformer's layer with the norm before each part, for one token."""

    part = "residual"

    def __init__(self, inner: nn.TransformerEncoderLayer):
        super().__init__()
        self.norm1, self.attention = inner.norm1, _Attention(inner.self_attn)
        self.norm2, self.linear1, self.linear2 = inner.norm2, inner.linear1, inner.linear2

    def forward(self, z, keys, values):
        mixed, keys, values = self.attention(self.norm1(z), keys, values)
        z = z + mixed
        return z + self.linear2(self.linear1(self.norm2(z)).relu()), keys, values


class _Positions(nn.Module):
    """z + P[t], whose row of the table of positions is read and not computed."""

    part = "encoder"

    def forward(self, z, t):
        return z + positions(t + 1, z.shape[-1])[t].to(z)


class _TransformerStream(nn.Module):
    """The causal twin of `TransformerClassifier`: token t attends to tokens 0 ... t by a cache."""

    def __init__(self, model: TransformerClassifier):
        super().__init__()
        self.encode, self.positions = model.encode, _Positions()
        self.layers = nn.ModuleList(_EncoderLayer(layer) for layer in model.layers.layers)
        self.norm, self.head, self.pooling = model.layers.norm, model.head, model.pooling

    def initial_state(self, batch):
        zero = self.head.weight.new_zeros(batch, self.head.in_features)
        return [([], []) for _ in self.layers], zero, zero.new_zeros((), dtype=torch.long)

    def step(self, x_t, state):
        caches, new = state[0], []
        z = self.positions(self.encode(x_t), len(caches[0][0]))
        for layer, (keys, values) in zip(self.layers, caches, strict=True):
            z, keys, values = layer(z, keys, values)
            new.append((keys, values))
        z = self.norm(z)
        if self.pooling == "each":
            return self.head(z), (new, *state[1:])
        total, count = state[1] + z, state[2] + 1
        return self.head(total / count), (new, total, count)


STREAMS = {
    LIFNetwork: _LIFStream,
    LinearSSM: _LinearStream,
    LSTMClassifier: _LSTMStream,
    TransformerClassifier: _TransformerStream,
}
