"""The closed form of each model's step: what a token costs, worked out from the equations."""

from collections import Counter

import torch

from sslearn.layers.batch_norm import BatchNorm


class Form(Counter):
    """{(part, operation): number} for all tokens of a run, and terms that are easy to write."""

    def put(self, part, **numbers):
        for name, number in numbers.items():
            self[part, name.replace("_", " ")] += number
        return self

    def product(self, part, k, m, n, *, bias=True):
        """W x + b of real numbers: k products and k sums for each of m outputs."""
        adds = k if bias else k - 1
        return self.put(
            part, multiply=n * k * m, add=n * adds * m, read_weight=n * (k * m + bias * m)
        )

    def spiking(self, part, nonzero, m, n):
        """W s + b of spikes: as many sums as there are spikes, and the weights of these."""
        return self.put(part, multiply=0, add=nonzero * m, read_weight=nonzero * m + n * m)

    def norm(self, inner, H, n):
        if isinstance(inner, BatchNorm):  # x scale + shift
            return self.put("norm", multiply=n * H, add=n * H, read_weight=2 * n * H)
        # mean: H - 1, 1. x - mean: H. mean square: H, H - 1, 1. + eps, root. scale, weight, bias.
        adds = (H - 1) + H + (H - 1) + 1 + H
        row = {"multiply": 1 + H + 1 + H + H, "add": adds, "root": 1, "read_weight": 2 * H}
        return self.put("norm", **{name: n * number for name, number in row.items()})

    def pooling(self, H, n, *, mean=True):
        """total + z and count + 1, both carried, and total / count."""
        moved = n * (H + 1)
        self.put("pooling", add=moved, read_state=moved, write_state=moved)
        return self.put("pooling", divide=n * H) if mean else self

    def gelu(self, part, H, n):
        """x / 2 (1 + erf(x / sqrt 2))."""
        return self.put(part, multiply=3 * n * H, add=n * H, erf=n * H)

    def s4d(self, H, N, n, *, spikes=False):
        """x' = A_bar x + u; y = Re sum W x' + D u, for H N/2 complex poles."""
        P = H * N // 2
        adds = (
            2 * P + P + 2 * P + 2 * (P - H) + H + spikes * H
        )  # A x, + u, W x, sum, + D u, - theta
        self.put("state", multiply=n * (8 * P + H), add=n * adds)
        self.put("state", read_weight=n * (4 * P + H), read_state=2 * n * P, write_state=2 * n * P)
        return self.put("state", compare=n * H) if spikes else self


def sequence(net, x):
    """`SequenceClassifier` on x (B, L, d), with the spikes that the layers show on sequences."""
    form, n, H = Form(), x.shape[0] * x.shape[1], net.head.in_features
    if net.tokens:
        form.put("encoder", read_weight=n * H)
    else:
        form.product("encoder", x.shape[-1], H, n)
    for z, block in zip(net.features(x)[:-1], net.blocks, strict=True):
        y = block.ssm(block.before(z))
        binary = hasattr(block.ssm, "theta")
        form.s4d(H, 2 * block.ssm.C.shape[2], n, spikes=binary)
        kind = type(block.mix).__name__
        if kind == "GLU":
            if binary:
                form.spiking("products", int(y.sum()), 2 * H, n)
            else:
                form.gelu("activation", H, n).product("products", H, 2 * H, n)
            form.put("gate", exp=n * H, add=n * H, divide=n * H, multiply=n * H)
        else:
            s, T = block.mix[0].ternary_inputs(y)
            form.spiking("products", int(s.abs().sum()), H, n)
            form.put("products", add=n * int(T.abs().sum()), read_weight=n * (H * H + H))
            # max |x|, Ter(x), alpha max, the product of the factors, the gain
            gains = any(type(part).__name__ == "Gain" for part in block.mix)
            limit = block.mix[0].relative
            form.put("gate", compare=n * (H - 1 + 2 * H + limit), multiply=n * (1 + H + gains * H))
            form.gelu("activation", H, n)
        form.put("residual", add=n * H).norm(block.norm.inner, H, n)
    form.pooling(H, n, mean=net.pooling == "mean")
    return form.product("head", H, net.head.out_features, n)


def lif(net, x, *, folded=False):
    """`LIFNetwork`: beta v, + i, - theta s, v - theta, [> 0] for each neuron."""
    form, n, H = Form(), x.shape[0] * x.shape[1], net.head.in_features
    if net.tokens:
        form.put("encoder", read_weight=n * H)
    d = H if net.tokens else x.shape[-1]
    *trains, last = net.spikes(x)
    for norm, s in zip(net.norms, [None, *trains], strict=True):
        form.product("products", d, H, n) if s is None else form.spiking(
            "products", int(s.sum()), H, n
        )
        if hasattr(norm, "inner") and not folded:
            form.norm(norm.inner, H, n)
        form.put("state", multiply=n * H, add=3 * n * H, compare=n * H)
        form.put("state", read_state=2 * n * H, write_state=2 * n * H)
        if isinstance(net.decay(0), torch.Tensor):
            form.put("state", read_weight=n * H)
    if net.pooling != "mean":  # The head reads spikes.
        return form.spiking("head", int(last.sum()), net.head.out_features, n)
    return form.pooling(H, n).product("head", H, net.head.out_features, n)


def linear(net, x):
    """`LinearSSM`: v' = beta v + i."""
    n, H = x.shape[0] * x.shape[1], net.head.in_features
    form = Form().product("encoder", x.shape[-1], H, n)
    form.put("state", multiply=n * H, add=n * H, read_weight=n * H)
    form.put("state", read_state=n * H, write_state=n * H)
    return form.product("head", H, net.head.out_features, n)


def lstm(net, x):
    """`LSTMClassifier`: gates of x and h; three sigmoids, two tanh, c' = f c + i g, o tanh c'."""
    form, n, H = Form(), x.shape[0] * x.shape[1], net.head.in_features
    tokens = not isinstance(net.encode, torch.nn.Identity)
    if tokens:
        form.put("encoder", read_weight=n * H)
    for layer in range(net.lstm.num_layers):
        d = H if layer or tokens else x.shape[-1]
        form.product("products", d, 4 * H, n).product("products", H, 4 * H, n)
        form.put("gate", add=n * 4 * H)  # the two products' sum
        form.put("gate", exp=3 * n * H, add=3 * n * H, divide=3 * n * H)
        form.put("gate", exp=2 * n * H, add=6 * n * H, divide=2 * n * H)
        form.put("gate", multiply=3 * n * H, add=n * H)
        form.put("products", read_state=n * H).put("gate", read_state=n * H, write_state=2 * n * H)
    return form.product("head", H, net.head.out_features, n)


def transformer(net, x, *, first=0):
    """`TransformerClassifier` with a cache: token t reads t keys and values of H numbers."""
    B, L = x.shape[:2]
    H, form, n = net.head.in_features, Form(), x.shape[0] * (x.shape[1] - first)
    if isinstance(net.encode, torch.nn.Embedding):
        form.put("encoder", read_weight=n * H)
    else:
        form.product("encoder", x.shape[-1], H, n)
    form.put("encoder", add=n * H, read_weight=n * H)  # the position
    for layer in net.layers.layers:
        ff = layer.linear1.out_features
        form.product("products", H, 3 * H, n).product("products", H, H, n)
        form.product("products", H, ff, n).product("products", ff, H, n)
        form.norm(None, H, n).norm(None, H, n).put("residual", add=2 * n * H)
        form.put("activation", compare=n * ff)
        form.put("attention", multiply=n * H)  # q / sqrt(d)
        for t in range(first, L):
            seen, h = t + 1, net.heads
            form.put("attention", multiply=2 * B * seen * H)  # q K^T, share V
            form.put("attention", add=B * (h * seen * (H // h - 1) + H * (seen - 1)))
            form.put("attention", compare=B * h * (seen - 1), exp=B * h * seen, divide=B * h * seen)
            form.put("attention", add=B * h * (seen + seen - 1), read_state=2 * B * t * H)
        form.put("products", write_state=2 * n * H)
    form.norm(None, H, n)
    if net.pooling == "mean":
        form.pooling(H, n)
    return form.product("head", H, net.head.out_features, n)
