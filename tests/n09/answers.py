"""Answers to the exercises of notebook 09, right and wrong. The wrong ones: {message part: f}."""

import functools

import torch
from torch.nn.functional import conv1d

from sslearn.course.n09_binary import checks as binary
from sslearn.course.n09_binary import checks_block as whole_block
from sslearn.course.n09_binary import checks_sparse as sparse
from sslearn.spikes import fast_sigmoid, spike
from sslearn.ssm import causal_conv

CHECKS = {
    "binary_s4d": binary.check_binary_s4d,
    "two_rasters": binary.check_two_rasters,
    "rate_penalty": sparse.check_rate_penalty,
    "block_step": whole_block.check_block_step,
}


def linear(u, K, D):
    return causal_conv(u, K) + D * u


def by_conv1d(u, K, D, theta):
    K = torch.cat([K[:1] + D, K[1:]])  # the skip is a kernel at lag 0
    past = torch.nn.functional.pad(u.mT, (K.shape[0] - 1, 0))
    y = conv1d(past, K.flip(0).mT[:, None], groups=u.shape[2]).mT
    return spike(y - theta, fast_sigmoid)


def by_steps(layer, u):
    state, out = layer.initial_state(len(u)), torch.empty_like(u)
    for t in range(u.shape[1]):
        out[:, t], state = layer.step(u[:, t], state)
    return layer(u), out


def stream(layer, u, *, fresh=False, feed=False, order=1, skip=0, axis=1):
    state, s, spikes = layer.initial_state(len(u)), None, []
    for u_t in u.unbind(1)[skip:][::order]:
        s, state = layer.step(s if feed and s is not None else u_t, state)
        spikes.append(s)
        if fresh:
            state = layer.initial_state(len(u))
    return layer(u), torch.stack(spikes, axis)


def block_step(
    block,
    u,
    state,
    *,
    skip=lambda u, s: u,
    gate=torch.sigmoid,
    order=1,
    bias=1.0,
    norm=True,
    after=False,
    columns=None,
    count=None,
    old=False,
    analog=False,
    on=None,
):
    s, new = block.ssm.step(u, state)
    W, b = block.mix.both.weight, bias * block.mix.both.bias
    if analog:
        z = block.ssm.membrane_step(u, state)[0] @ W.T + b
    else:
        z = (b + (columns or (lambda s, W: W[:, s[0] > 0].sum(1)))(s, W))[None]
    value, g = z.chunk(2, -1)[::order]
    sum_of = value * gate(g) + (0 if after else skip(u, s))
    out = (block.norm(sum_of) if norm else sum_of) + (u if after else 0)
    out = on(block.norm, u, value * gate(g)) if on else out
    n = int(s.sum())
    return out, state if old else new, 2 * n * u.shape[1] if count is None else count(n, u.shape[1])


def column_by_column(block, u_t, state):
    s, state = block.ssm.step(u_t, state)
    W, y, n = block.mix.both.weight, block.mix.both.bias.clone(), 0
    for h, fires in enumerate(s[0].tolist()):
        if fires:
            y, n = y + W[:, h], n + W.shape[0]
    H = len(y) // 2
    return block.norm(y[:H] / (1 + torch.exp(-y[H:])) + u_t), state, n


RIGHT = {
    "binary_s4d": [lambda u, K, D, theta: spike(linear(u, K, D) - theta), by_conv1d],
    "two_rasters": [stream, by_steps],
    "rate_penalty": [
        lambda s, target: (s.mean((0, 1)) - target).square().mean(),
        lambda s, target: (
            ((s.flatten(0, 1).sum(0) / s[..., 0].numel() - target) ** 2).sum() / s.shape[2]
        ),
    ],
    "block_step": [block_step, column_by_column],
}


def with_reset(u, K, D, theta):
    y, extra, rows = linear(u, K, D), 0.0, []
    for y_t in y.unbind(1):
        rows.append(spike(y_t - extra - theta))
        extra = extra + theta * rows[-1]
    return torch.stack(rows, 1)


def circular(u, K, D, theta):
    n = u.shape[1]
    y = torch.fft.irfft(torch.fft.rfft(u, dim=1) * torch.fft.rfft(K, dim=0), n, 1)
    return spike(y + D * u - theta)


def in_place(u, K, D, theta):
    return spike(causal_conv(u, K) + u.mul_(D) - theta)


WRONG = {
    "binary_s4d": {
        "u's shape": lambda u, K, D, theta: spike(linear(u, K, D) - theta).sum(1),
        "in place": in_place,
        "before the filter": lambda u, K, D, theta: (
            causal_conv(spike(u - theta), K) + D * u),
        "nothing but 0 and 1": lambda u, K, D, theta: torch.sign(linear(u, K, D) - theta),
        "taken off u": lambda u, K, D, theta: spike(linear(u - theta, K, D)),
        "the state is missing": lambda u, K, D, theta: spike(u - theta),
        "wrong sign": lambda u, K, D, theta: spike(linear(u, K, D) + theta),
        "theta is not used": lambda u, K, D, theta: spike(linear(u, K, D)),
        "swapped": lambda u, K, D, theta: spike(theta - linear(u, K, D)),
        "skip D u is missing": lambda u, K, D, theta: spike(causal_conv(u, K) - theta),
        "inside the recurrence": with_reset,
        "wraps round": circular,
        "the spikes differ": lambda u, K, D, theta: spike(causal_conv(u, K.flip(0)) - theta),
        "strict": lambda u, K, D, theta: (linear(u, K, D) >= theta).to(u.dtype),
        "no gradient": lambda u, K, D, theta: (linear(u, K, D) > theta).to(u.dtype),
        "one size or dtype": [
            lambda u, K, D, theta: spike(linear(u, K, D).double() - theta),
            lambda u, K, D, theta: spike(linear(u[:, :20], K[:20], D) - theta) if len(K) > 20
            else spike(linear(u, K, D) - theta),
            lambda u, K, D, theta: spike(linear(u, K, D) - max(theta, -0.25)),
        ],
        "lacks a path": [
            lambda u, K, D, theta: spike(causal_conv(u.detach(), K) + D * u - theta),
            lambda u, K, D, theta: spike(causal_conv(u, K.detach()) + D * u - theta),
            lambda u, K, D, theta: spike(causal_conv(u, K) + D.detach() * u - theta),
            lambda u, K, D, theta: spike(linear(u, K, D) - theta, lambda y: -fast_sigmoid(y)),
        ],
    },
    "two_rasters": {
        "return two rasters": lambda layer, u: layer(u),
        "first raster is not": lambda layer, u: stream(layer, u)[::-1] and (u, layer(u)),
        "nothing was streamed": lambda layer, u: (layer(u), layer(u)),
        "made anew": lambda layer, u: stream(layer, u, fresh=True),
        "its own spikes": lambda layer, u: stream(layer, u, feed=True),
        "one step for each": lambda layer, u: stream(layer, u, skip=1),
        "first to last": lambda layer, u: stream(layer, u, order=-1),
        "(B, L, H) like the other": lambda layer, u: stream(layer, u, axis=0),
        "differ": lambda layer, u: (layer(u), 1 - stream(layer, u)[1]),
        "not compared": [
            lambda layer, u: (s := stream(layer, u)[1], s),
            lambda layer, u: (s := stream(layer, u)[1], s.clone()),
            lambda layer, u: (s := stream(layer, u)[0], s.clone()),
        ],
    },
    "rate_penalty": {
        "one number": lambda s, target: (s.mean((0, 1)) - target).square(),
        "every slot": lambda s, target: (s - target).square().mean(),
        "cancel": lambda s, target: (s.mean() - target).square(),
        "for each step": lambda s, target: (s.mean((0, 2)) - target).square().mean(),
        "each sequence": lambda s, target: (s.mean(1) - target).square().mean(),
        "step of a channel": lambda s, target: (s.mean(0) - target).square().mean(),
        "a root is taken": lambda s, target: (s.mean((0, 1)) - target).square().mean().sqrt(),
        "divided by the target": lambda s, target: (
            s.mean((0, 1)) / target - 1).square().mean(),
        "the sum grows": lambda s, target: (s.mean((0, 1)) - target).square().sum(),
        "square the difference": lambda s, target: (s.mean((0, 1)) - target).abs().mean(),
        "target is not used": lambda s, target: s.mean((0, 1)).square().mean(),
        "nothing wakes it": lambda s, target: (
            (s.mean((0, 1)) - target).clamp(min=0).square().mean()),
        "not the mean square": lambda s, target: (s.mean((0, 1)) - target).square().mean() / 2,
        "no gradient": lambda s, target: (s.detach().mean((0, 1)) - target).square().mean(),
        "one target only": lambda s, target: (s.mean((0, 1)) - 0.2).square().mean(),
        "some sizes only": lambda s, target: (s.mean((0, 1)) - target)[:5].square().sum() / min(
            5, s.shape[2]),
        "not that of the penalty": lambda s, target: (
            (r := s.mean((0, 1))) * r.detach() - 2 * target * r + target**2).mean(),
    },
    "block_step": {
        "the new state, and a whole number": lambda block, u, state: block.step(u, state),
        "finished function": lambda block, u, state: (*block.step(u, state), 2 * u.numel()),
        "the one that went in": functools.partial(block_step, old=True),
        "the norm is missing": functools.partial(block_step, norm=False),
        "input alone": functools.partial(block_step, on=lambda norm, u, z: norm(u) + z),
        "the residual is missing": functools.partial(block_step, skip=lambda u, s: 0),
        "after the norm": [
            functools.partial(block_step, after=True),
            functools.partial(block_step, on=lambda norm, u, z: u + norm(z[0])),
        ],
        "adds the spikes": functools.partial(block_step, skip=lambda u, s: s),
        "lacks its sigmoid": functools.partial(block_step, gate=lambda g: g),
        "swapped": functools.partial(block_step, order=-1),
        "the bias b": functools.partial(block_step, bias=0.0),
        "membrane enters": functools.partial(block_step, analog=True),
        "not that of the block": functools.partial(block_step, gate=torch.tanh),
        "multiply by zero": functools.partial(block_step, columns=lambda s, W: W @ s[0]),
        "a matrix product": functools.partial(
            block_step, columns=lambda s, W: W[:, s[0] > 0] @ s[0][s[0] > 0]),
        "a whole column": functools.partial(block_step, count=lambda n, H: n),
        "dense count": functools.partial(block_step, count=lambda n, H: 2 * H * H),
        "2H entries": functools.partial(block_step, count=lambda n, H: n * H),
        "number of additions is wrong": functools.partial(
            block_step, count=lambda n, H: 2 * (n - 1) * H),
        "without a spike": functools.partial(
            block_step, count=lambda n, H: 2 * n * H or 2 * H),
        "not in a stream": [
            functools.partial(block_step, count=lambda n, H: 10 * n),
            lambda block, u, state: block_step(block, u, state)[:2] + (
                2 * u.shape[1] * int((block.ssm.membrane_step(u, state)[0] > 0).sum())
                if block.ssm.theta < 1 else 0,),
        ],
    },
}  # fmt: skip
