"""S4D: kernel, layer, network and one step, against s4d.py of state-spaces/s4, the minimal form."""

import torch
from case import Case, forward_only, relative_error, seed
from torch.nn.functional import cross_entropy

from sslearn.layers import S4D
from sslearn.models import RECIPES, SequenceClassifier
from sslearn.spikes import spike


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
    """The kernel in float64, against which the errors of both forms are measured."""
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
                ours, theirs = layer.kernel(L), published_kernel(layer, L).T
                return relative_error(ours, exact) / relative_error(theirs, exact)

        yield Case(f"S4D kernel, forward, L = {L}", forward_only(ours),
                   {"minimal S4D": forward_only(peer)}, goal[0], worse, 1.05)  # fmt: skip
        g = torch.randn(L, H, generator=seed(2))  # this stands for dLoss/dK
        mine, theirs = lambda f=ours, g=g: grads(f, g), lambda f=peer, g=g: grads(f, g)
        yield Case(f"S4D kernel, forward + backward, L = {L}", mine, {"minimal S4D": theirs},
                   goal[1], lambda a=mine, b=theirs: relative_error(a(), b()), 1e-3)  # fmt: skip
        u = torch.randn(2 if small else 16, L, H, generator=seed(1))
        g = torch.randn(*u.shape, generator=seed(3))
        mine = lambda u=u, g=g: grads(lambda: layer(u), g)  # noqa: E731
        theirs = lambda u=u, g=g: grads(lambda: published_s4d(layer, u), g)  # noqa: E731
        yield Case(f"S4D layer, B = {len(u)}, forward + backward, L = {L}", mine,
                   {"minimal S4D": theirs}, goal[2],
                   lambda a=mine, b=theirs: relative_error(a(), b()), 1e-3)  # fmt: skip


class MinimalStyle(S4D):
    """S4D the published way: an exponential for every pole and step, one FFT of the whole batch."""

    def forward(self, u):
        """The output (B, L, H) of u (B, L, H)."""
        return published_s4d(self, u)


def network_cases(small):
    B, L, H = (4, 64, 8) if small else (64, 784, 64)
    x, y = torch.rand(B, L, 1, generator=seed(1)), torch.arange(B) % 10

    class PlainBinary(MinimalStyle):
        """Binary S4D on top of the published form."""

        def forward(self, u):
            """The spikes (B, L, H) of u (B, L, H)."""
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
               lambda: relative_error(train(ours), train(theirs)), 1e-2)  # fmt: skip


def streaming_cases(small):
    H, n = (8, 20) if small else (128, 200)
    layer = S4D(H, 64, generator=seed())
    u = torch.randn(n, 1, H, generator=seed(1))
    with torch.no_grad():
        zero = layer.initial_state(1)
        # The peer has its own order of memory.
        x0, A, W, D = (t.contiguous() for t in (zero.x, *layer.recurrence()))
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

    yield Case("S4D.step, B = 1", forward_only(ours), {"einsum": forward_only(einsum)}, 2.5,
               lambda: relative_error(ours(), einsum()), 1e-4)  # fmt: skip


def classifier_rate(steps=400):
    """A call that takes so many steps of a Binary S4D classifier of 4 layers, H = 128, at B = 1."""
    net = SequenceClassifier(1, 10, **RECIPES["binary-s4d"], depth=4, H=128, generator=seed())
    x = torch.rand(steps, 1, 1, generator=seed(1))

    def run():
        with torch.no_grad():
            state = net.initial_state(1)
            for x_t in x:
                _, state = net.step(x_t, state)

    return run
