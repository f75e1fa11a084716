"""What `make bench` compares: each case has our form, its peers, and a check that they agree."""

import importlib.util
from collections.abc import Callable
from typing import NamedTuple

import snntorch
import torch
from torch._higher_order_ops.associative_scan import associative_scan
from torch.nn.functional import cross_entropy

from sslearn.layers import S4D
from sslearn.lif import lif
from sslearn.models import RECIPES, LIFNetwork, SequenceClassifier
from sslearn.scan import combine, scan
from sslearn.spikes import spike


class Case(NamedTuple):
    """ours() against peers[first](), at least `goal` times as fast; error() must be <= `near`."""

    name: str
    ours: Callable
    peers: dict[str, Callable]
    goal: float
    error: Callable[[], float]
    near: float


def seed(n=0):
    return torch.Generator().manual_seed(n)


def off(a, b):
    """The largest difference, over the largest entry of b."""
    a, b = a.detach(), b.detach()
    return float((a - b).abs().max() / b.abs().max())


# --- LIF


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


def both_ways(f, x):
    def run():
        y = x.detach().requires_grad_()
        f(y).sum().backward()
        return y.grad

    return run


def alone(f, *args):
    def run():
        with torch.no_grad():
            return f(*args)

    return run


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
        ("forward", lambda f: alone(f, i), 8), ("forward + backward", lambda f: both_ways(f, i), 6)
    ):  # fmt: skip
        mine, peers = wrap(ours), lif_peers(wrap)
        yield Case(f"LIF layer, {name}", mine, peers, goal,
                   lambda m=mine, p=peers: off(m(), p["snnTorch"]()), 1e-5)  # fmt: skip
    net = LIFNetwork(1, H, 10, generator=seed(1))
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
        return net.readout(total / L)

    yield Case("LIF network, training step", lambda: train(net),
               {"snnTorch": lambda: train(theirs)}, 4.5,
               lambda: off(train(net), train(theirs)), 1e-3)  # fmt: skip


# --- S4D; the published minimal form is s4d.py of state-spaces/s4, written out


def published_kernel(layer, L):
    C = torch.view_as_complex(layer.C[0])
    dt, A = layer.log_dt.exp(), -layer.log_A_real.exp() + 1j * layer.A_imag
    dtA = A * dt[:, None]
    K = dtA[..., None] * torch.arange(L)  # (H, N/2, L)
    C = C * (torch.exp(dtA) - 1.0) / A
    return 2 * torch.einsum("hn,hnl->hl", C, torch.exp(K)).real


def published_s4d(layer, u):
    L, u = u.shape[1], u.mT
    K = torch.fft.rfft(published_kernel(layer, L), n=2 * L)
    y = torch.fft.irfft(torch.fft.rfft(u, n=2 * L) * K, n=2 * L)[..., :L]
    return (y + u * layer.D[:, None]).mT


def exact_kernel(layer, L):
    """In float64, for the error of both."""
    return published_kernel(S4DDouble(layer), L)


class S4DDouble:
    """The layer's parameters in double precision."""

    def __init__(self, layer):
        for name, p in layer.named_parameters():
            setattr(self, name, p.detach().double())


def s4d_cases(small):
    H, N = (8, 16) if small else (128, 64)
    layer = S4D(H, N, generator=seed())

    def grads(f, g):
        layer.zero_grad()
        f().backward(g)
        return torch.cat([p.grad.flatten() for p in layer.parameters() if p.grad is not None])

    goals = {1024: (50, 25, 6), 4096: (100, 50, 6), 16384: (150, 100, 6)}
    for L, goal in {64: (0, 0, 0)}.items() if small else goals.items():
        ours = lambda L=L: layer.kernel(L)  # noqa: E731
        peer = lambda L=L: published_kernel(layer, L).T  # noqa: E731

        def worse(L=L):
            exact = exact_kernel(layer, L).T
            with torch.no_grad():
                return off(layer.kernel(L), exact) / off(published_kernel(layer, L).T, exact)

        yield Case(f"S4D kernel, forward, L = {L}", alone(ours), {"minimal S4D": alone(peer)},
                   goal[0], worse, 1.05)  # fmt: skip
        g = torch.randn(L, H, generator=seed(2))  # dLoss/dK, dLoss/dy
        mine, theirs = lambda f=ours, g=g: grads(f, g), lambda f=peer, g=g: grads(f, g)
        yield Case(f"S4D kernel, forward + backward, L = {L}", mine, {"minimal S4D": theirs},
                   goal[1], lambda a=mine, b=theirs: off(a(), b()), 1e-3)  # fmt: skip
        u = torch.randn(2 if small else 16, L, H, generator=seed(1))
        g = torch.randn(*u.shape, generator=seed(3))
        mine = lambda u=u, g=g: grads(lambda: layer(u), g)  # noqa: E731
        theirs = lambda u=u, g=g: grads(lambda: published_s4d(layer, u), g)  # noqa: E731
        yield Case(f"S4D layer, B = {len(u)}, forward + backward, L = {L}", mine,
                   {"minimal S4D": theirs}, goal[2],
                   lambda a=mine, b=theirs: off(a(), b()), 1e-3)  # fmt: skip


class MinimalStyle(S4D):
    """The published way: an exponential for every pole and step, FFT of the whole batch."""

    def forward(self, u):
        """u (B, L, H)."""
        return published_s4d(self, u)


def network_cases(small):
    B, L, H = (4, 64, 8) if small else (64, 784, 64)
    x, y = torch.rand(B, L, 1, generator=seed(1)), torch.arange(B) % 10

    class PlainBinary(MinimalStyle):
        """Binary S4D on the published form."""

        def forward(self, u):
            """u (B, L, H)."""
            return spike(super().forward(u))

    def make(layer):
        recipe = RECIPES["binary-s4d"] | ({"layer": layer} if layer else {})
        return SequenceClassifier(1, 10, **recipe, depth=2, H=H, generator=seed())

    ours, theirs = make(None), make(PlainBinary)

    def train(net):
        net.zero_grad()
        loss = cross_entropy(net(x), y)
        loss.backward()
        return loss.detach()

    yield Case("Binary S4D network, training step", lambda: train(ours),
               {"minimal S4D": lambda: train(theirs)}, 1.7,
               lambda: off(train(ours), train(theirs)), 1e-2)  # fmt: skip


def streaming_cases(small):
    H, n = (8, 20) if small else (128, 200)
    layer = S4D(H, 64, generator=seed())
    u = torch.randn(n, 1, H, generator=seed(1))
    with torch.no_grad():
        zero = layer.initial_state(1)
    x0, A, W, D = (t.contiguous() for t in zero)  # the peer in its own order of memory
    one = torch.ones_like(A)

    def ours():
        state, out = zero, []
        for u_t in u:
            y, state = layer.step(u_t, state)
            out.append(y)
        return torch.stack(out)

    def einsum():
        x, out = x0, []
        for u_t in u:
            x = torch.einsum("hn,bhn->bhn", A, x) + torch.einsum("hn,bh->bhn", one, u_t + 0j)
            out.append(torch.einsum("hn,bhn->bh", W, x).real + D * u_t)
        return torch.stack(out)

    yield Case("S4D.step, B = 1", alone(ours), {"einsum": alone(einsum)}, 2.5,
               lambda: off(ours(), einsum()), 1e-4)  # fmt: skip


def s5_scan(a, b):
    from s5.jax_compat import associative_scan as theirs

    return theirs(combine, (a, b), axis=1)[1]


def scan_cases(small):
    sizes = [(40, 8)] if small else [(784, 64), (784, 2048), (16384, 64), (4096, 512)]
    for L, lanes in sizes:
        a = torch.rand(1, L, lanes, generator=seed()) * 0.99
        b = torch.randn(1, L, lanes, generator=seed(1))
        ours = alone(scan, a, b)

        def generic(a=a, b=b):
            return associative_scan(combine, (a, b), 1, combine_mode="generic")[1]

        peer = alone(generic)
        peers = {"associative_scan": peer}
        if importlib.util.find_spec("s5"):
            peers["s5-pytorch"] = alone(s5_scan, a, b)
        yield Case(f"scan, L = {L}, {lanes} lanes", ours, peers, 2,
                   lambda m=ours, p=peer: off(m(), p()), 1e-4)  # fmt: skip


def classifier_rate(steps=400):
    """A Binary S4D classifier of 4 layers, H = 128, at B = 1: a function of that many steps."""
    net = SequenceClassifier(1, 10, **RECIPES["binary-s4d"], depth=4, H=128, generator=seed())
    x = torch.rand(steps, 1, 1, generator=seed(1))

    def run():
        with torch.no_grad():
            state = net.initial_state(1)
            for x_t in x:
                _, state = net.step(x_t, state)

    return run


def cases(small=False):
    """Every case, small ones for the smoke run."""
    for make in (lif_cases, s4d_cases, network_cases, streaming_cases, scan_cases):
        yield from make(small)


