"""LIF: a layer and a network against snnTorch, norse and SpikingJelly."""

import importlib.util

import snntorch
import torch
from case import Case, both_ways, forward_only, relative_error, seed
from torch.nn.functional import cross_entropy

from sslearn.fast import lif
from sslearn.models import LIFNetwork


def leaky(i, reset="subtract"):
    neuron = snntorch.Leaky(beta=0.9, reset_mechanism=reset)
    mem, out = neuron.init_leaky(), []
    for i_t in i.unbind(1):
        s, mem = neuron(i_t, mem)
        out.append(s)
    return torch.stack(out, 1)


def norse_box(i):
    import norse.torch as norse

    cell, state, out = norse.LIFBoxCell(), None, []
    for i_t in i.unbind(1):
        s, state = cell(i_t, state)
        out.append(s)
    return torch.stack(out, 1)


def spikingjelly(i):
    from spikingjelly.activation_based import neuron

    return neuron.LIFNode(tau=10.0, step_mode="m")(i.transpose(0, 1)).transpose(0, 1)


def lif_peers(wrap):
    peers = {"snnTorch": wrap(leaky)}
    if importlib.util.find_spec("norse"):
        peers["norse"] = wrap(norse_box)
    if importlib.util.find_spec("spikingjelly"):
        peers["SpikingJelly"] = wrap(spikingjelly)
    return peers


def lif_cases(small):
    B, L, H = (4, 50, 16) if small else (64, 784, 128)
    i = torch.rand(B, L, H, generator=seed()) * 0.5

    def ours(x):
        return lif(x, beta=0.9).s

    for name, wrap, goal in (
        ("forward", lambda f: forward_only(f, i), 8),
        ("forward + backward", lambda f: both_ways(f, i), 6),
    ):
        mine, peers = wrap(ours), lif_peers(wrap)
        yield Case(f"LIF layer, {name}", mine, peers, goal,
                   lambda m=mine, p=peers: relative_error(m(), p["snnTorch"]()), 1e-5)  # fmt: skip
    net = LIFNetwork(1, 10, H=H, generator=seed(1))
    x, y = torch.rand(B, L, 1, generator=seed(2)), torch.arange(B) % 10

    def train(scores):
        net.zero_grad()
        cross_entropy(scores(x), y).backward()
        return net.hidden[0].weight.grad.clone()

    def theirs(x):
        neuron, mem, total = snntorch.Leaky(beta=0.9), torch.zeros(B, H), 0
        for x_t in x.unbind(1):
            s, mem = neuron(net.hidden[0](x_t), mem)
            total = total + s
        return net.head(total / L)

    yield Case("LIF network, training step", lambda: train(net),
               {"snnTorch": lambda: train(theirs)}, 4.5,
               lambda: relative_error(train(net), train(theirs)), 1e-3)  # fmt: skip
