# Answers of an unseen student. W registers a wrong answer, R a right one.
import copy, functools, itertools, math, statistics
import numpy as np
import torch

WRONG, RIGHT = {}, {}


def _into(table):
    def name(exercise, what):
        def put(f):
            table.setdefault(exercise, {})[what] = f
            return f
        return put
    return name


W, R = _into(WRONG), _into(RIGHT)
from sslearn.spikes import arctan, fast_sigmoid, spike
from sslearn.ssm import causal_conv

CHECK = {
    "binary_s4d": "check_binary_s4d",  # binary_s4d -> check_binary_s4d
    "two_rasters": "check_two_rasters",  # two_rasters -> check_two_rasters
    "rate_penalty": "check_rate_penalty",  # rate_penalty -> check_rate_penalty
    "block_step": "check_block_step",  # block_step -> check_block_step
}


def _y(u, K, D):
    return causal_conv(u, K) + D * u


W("binary_s4d", "comparison: no gradient")(lambda u, K, D, theta: (_y(u, K, D) > theta).to(u.dtype))
W("binary_s4d", "without the skip")(lambda u, K, D, theta: spike(causal_conv(u, K) - theta))
W("binary_s4d", "theta forgotten (right at 0)")(lambda u, K, D, theta: spike(_y(u, K, D)))
W("binary_s4d", "threshold on u, then the filter")(lambda u, K, D, theta: _y(spike(u - theta), K, D))
W("binary_s4d", "theta taken from the spike")(lambda u, K, D, theta: spike(_y(u, K, D)) - theta)
W("binary_s4d", "detached before the spike")(lambda u, K, D, theta: spike(_y(u, K, D).detach() - theta))
W("binary_s4d", "skip after the spike")(lambda u, K, D, theta: spike(causal_conv(u, K) - theta) + D * u)
W("binary_s4d", "sigmoid, not a spike")(lambda u, K, D, theta: torch.sigmoid(10 * (_y(u, K, D) - theta)))
W("binary_s4d", "one mean D for all channels (right for H = 1)")(lambda u, K, D, theta: spike(causal_conv(u, K) + D.mean() * u - theta))
W("binary_s4d", "spikes below theta")(lambda u, K, D, theta: spike(theta - _y(u, K, D)))
W("binary_s4d", "threshold on the modulus")(lambda u, K, D, theta: spike(_y(u, K, D).abs() - theta))


@W("binary_s4d", "straight through, no surrogate")
def _(u, K, D, theta):
    y = _y(u, K, D)
    return (y > theta).to(y.dtype) + (y - y.detach())


@W("binary_s4d", "resets: a spike takes theta from the next step")
def _(u, K, D, theta):
    y, s, out = _y(u, K, D), 0, []
    for y_t in y.unbind(1):
        s = spike(y_t - theta - theta * s)
        out.append(s)
    return torch.stack(out, 1)


@W("binary_s4d", "circular convolution")
def _(u, K, D, theta):
    L = u.shape[1]
    y = torch.fft.irfft(torch.fft.rfft(u, dim=1) * torch.fft.rfft(K, dim=0), n=L, dim=1)
    return spike(y + D * u - theta)


@W("binary_s4d", "adds the skip to the caller's K")
def _(u, K, D, theta):
    K.data[0] += D.data
    return spike(causal_conv(u, K) - theta)


@W("binary_s4d", "gradient to u, none to K and D")
def _(u, K, D, theta):
    return spike(_y(u, K.detach(), D.detach()) - theta)


R("binary_s4d", "einsum, threshold moved, fast sigmoid")(
    lambda u, K, D, theta: spike(torch.einsum("h,blh->blh", D, u) + (causal_conv(u, K) - theta), fast_sigmoid))


@R("binary_s4d", "the sum over the kernel, shifted copies")
def _(u, K, D, theta):
    y = D * u
    for j in range(u.shape[1]):
        y = y + torch.nn.functional.pad(K[j] * u[:, : u.shape[1] - j], (0, 0, j, 0))
    return spike(y - theta, surrogate=arctan)


@R("binary_s4d", "own sigmoid derivative: hard step in front, smooth twin behind")
def _(u, K, D, theta):
    v = causal_conv(u, K) + u * D - theta
    soft = torch.sigmoid(4 * v)
    return torch.heaviside(v.detach(), v.new_zeros(())) + (soft - soft.detach())


# --- two_rasters -> check_two_rasters
def _stream(layer, u, axis=1, lead=None):
    state, out = layer.initial_state(len(u)), []
    for t in range(u.shape[1]):
        s, state = layer.step(u[:, t], state)
        out.append(s)
    return torch.stack(out, axis)


W("two_rasters", "the convolution twice")(lambda layer, u: (layer(u), layer(u)))
W("two_rasters", "the stream twice")(lambda layer, u: (lambda s: (s, s))(_stream(layer, u)))
W("two_rasters", "time first")(lambda layer, u: (layer(u), _stream(layer, u, 0)))


@W("two_rasters", "a new state in each step")
def _(layer, u):
    return layer(u), torch.stack([layer.step(u[:, t], layer.initial_state(len(u)))[0] for t in range(u.shape[1])], 1)


@W("two_rasters", "state never replaced")
def _(layer, u):
    state = layer.initial_state(len(u))
    return layer(u), torch.stack([layer.step(u[:, t], state)[0] for t in range(u.shape[1])], 1)


@W("two_rasters", "batch 1: later sequences get the first one's stream")
def _(layer, u):
    return layer(u), _stream(layer, u[:1]).expand_as(u).clone()


@W("two_rasters", "late by one step")
def _(layer, u):
    s = _stream(layer, u)
    return layer(u), torch.cat([torch.zeros_like(s[:, :1]), s[:, :-1]], 1)


@W("two_rasters", "makes the layer float32")
def _(layer, u):
    layer.float()
    return layer(u.float()), _stream(layer, u.float())


@W("two_rasters", "first 50 steps streamed, the rest copied")
def _(layer, u):
    s = layer(u)
    return s, torch.cat([_stream(layer, u[:, :50]), s[:, 50:]], 1)


@W("two_rasters", "state carried on from sequence to sequence")
def _(layer, u):
    state, rows = layer.initial_state(1), []
    for one in u:
        out = []
        for u_t in one:
            s, state = layer.step(u_t[None], state)
            out.append(s[0])
        rows.append(torch.stack(out))
    return layer(u), torch.stack(rows)


W("two_rasters", "equal or not, only")(lambda layer, u: torch.equal(layer(u), _stream(layer, u)))


@R("two_rasters", "preallocated, no_grad, unbind")
def _(layer, u):
    with torch.no_grad():
        at_once, s = layer(u), torch.zeros_like(u)
        state = layer.initial_state(u.shape[0])
        for t, u_t in enumerate(u.unbind(1)):
            s[:, t], state = layer.step(u_t, state)
    return at_once, s


@R("two_rasters", "one sequence after the other, a list")
def _(layer, u):
    return [layer.forward(u), torch.cat([_stream(layer, one[None]) for one in u])]


# --- rate_penalty -> check_rate_penalty
W("rate_penalty", "one rate for the whole layer (right for H = 1)")(lambda s, target: (s.mean() - target) ** 2)
W("rate_penalty", "sum over the channels")(lambda s, target: (s.mean((0, 1)) - target).square().sum())
W("rate_penalty", "a rate for each sequence (right for B = 1)")(lambda s, target: (s.mean(1) - target).square().mean())
W("rate_penalty", "silent channels are free")(lambda s, target: (s.mean((0, 1)) - target).clamp(min=0).square().mean())
W("rate_penalty", "absolute distance")(lambda s, target: (s.mean((0, 1)) - target).abs().mean())
W("rate_penalty", "a Python number")(lambda s, target: (s.mean((0, 1)) - target).square().mean().item())
W("rate_penalty", "detached")(lambda s, target: (s.detach().mean((0, 1)) - target).square().mean())
W("rate_penalty", "one number a channel")(lambda s, target: (s.mean((0, 1)) - target).square())
W("rate_penalty", "target ignored")(lambda s, target: s.mean((0, 1)).square().mean())
W("rate_penalty", "each spike against the target")(lambda s, target: (s - target).square().mean())
W("rate_penalty", "spikes counted, not the rate")(lambda s, target: (s.sum((0, 1)) - target).square().mean())
W("rate_penalty", "only channels that spike")(
    lambda s, target: ((s.mean((0, 1)) - target).square() * (s.detach().sum((0, 1)) > 0)).mean())
W("rate_penalty", "variance about the channels' mean, plus")(
    lambda s, target: s.mean((0, 1)).var(unbiased=True) + (s.mean() - target) ** 2)
W("rate_penalty", "through the comparison s > 0")(
    lambda s, target: ((s > 0).to(s.dtype).mean((0, 1)) - target).square().mean())


@W("rate_penalty", "changes s in place")
def _(s, target):
    with torch.no_grad():
        s.sub_(target)
    return s.mean((0, 1)).square().mean()


R("rate_penalty", "mse_loss, einsum rate")(
    lambda s, target: (lambda r: torch.nn.functional.mse_loss(r, torch.full_like(r, target)))(
        torch.einsum("blh->h", s) / (s.shape[0] * s.shape[1])))
R("rate_penalty", "loop over the channels")(
    lambda s, target: sum((s[..., h].mean() - target) ** 2 for h in range(s.shape[-1])) / s.shape[-1])
R("rate_penalty", "flattened tokens, norm squared")(
    lambda s, target: torch.linalg.vector_norm(s.flatten(0, 1).mean(0) - target, ord=2).pow(2) / s.shape[2]
    if float((s.mean((0, 1)) - target).abs().max()) > 0 else (s.flatten(0, 1).mean(0) - target).pow(2).mean())

# --- block_step -> check_block_step
def _parts(block, u_t, state):
    s, new = block.ssm.step(u_t, state)
    return s, new, block.mix.both.weight, block.mix.both.bias


def _finish(block, u_t, z):
    a, g = z[: len(z) // 2], z[len(z) // 2 :]
    return block.norm(u_t + a * torch.sigmoid(g))


def _cols(s, W):
    return W[:, s[0] == 1].sum(1)


W("block_step", "hands it to block.step, counts by hand")(lambda block, u, state: (
    *block.step(u, state), int(block.ssm.step(u, state)[0].sum()) * 2 * u.shape[1]))
W("block_step", "block.after of the spikes")(lambda block, u, state: (lambda p: (
    block.after(u, p[0]), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "mix called as a function")(lambda block, u, state: (lambda p: (
    block.norm(u + block.mix(p[0])), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "product with the spikes, W s by @")(lambda block, u, state: (lambda p: (
    _finish(block, u, p[2] @ p[0][0] + p[3]), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "product with a mask")(lambda block, u, state: (lambda p: (
    _finish(block, u, (p[2] * p[0]).sum(1) + p[3]), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "counts the entries of W")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], p[2].numel()))(_parts(block, u, state)))
W("block_step", "counts spikes")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], int(p[0].sum())))(_parts(block, u, state)))
W("block_step", "counts H a spike")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], int(p[0].sum()) * u.shape[1]))(_parts(block, u, state)))
W("block_step", "first column free")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], max(0, int(p[0].sum()) - 1) * len(p[2])))(_parts(block, u, state)))
W("block_step", "bias counted as a column")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], (int(p[0].sum()) + 1) * len(p[2])))(_parts(block, u, state)))
W("block_step", "old state")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), state, int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "a fresh state")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1], int(p[0].sum()) * len(p[2])))(
        _parts(block, u, block.initial_state(1))))
W("block_step", "gate first")(lambda block, u, state: (lambda p: (_finish(
    block, u, torch.roll(_cols(p[0], p[2]) + p[3], u.shape[1])), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "even and odd rows")(lambda block, u, state: (lambda p, z: (
    block.norm(u + z[::2] * torch.sigmoid(z[1::2])), p[1], int(p[0].sum()) * len(p[2])))(
        _parts(block, u, state), _cols(*_parts(block, u, state)[::2]) + block.mix.both.bias))
W("block_step", "norm before the sum")(lambda block, u, state: (lambda p, z: (
    block.norm(u) + z[: len(z) // 2] * torch.sigmoid(z[len(z) // 2 :]), p[1], int(p[0].sum()) * len(p[2])))(
        _parts(block, u, state), _cols(*_parts(block, u, state)[::2]) + block.mix.both.bias))
W("block_step", "hard gate")(lambda block, u, state: (lambda p, z: (
    block.norm(u + z[: len(z) // 2] * (z[len(z) // 2 :] > 0)), p[1], int(p[0].sum()) * len(p[2])))(
        _parts(block, u, state), _cols(*_parts(block, u, state)[::2]) + block.mix.both.bias))
W("block_step", "silent channels' columns")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(1 - p[0], p[2]) + p[3]), p[1], int(p[0].sum()) * len(p[2])))(_parts(block, u, state)))
W("block_step", "no additions")(lambda block, u, state: (lambda p: (
    _finish(block, u, _cols(p[0], p[2]) + p[3]), p[1]))(_parts(block, u, state)))

R("block_step", "where, np.int64")(lambda block, u, state: (lambda p: (
    _finish(block, u, p[3] + torch.where(p[0] > 0, p[2], p[2].new_zeros(())).sum(1)), p[1],
    np.int64(np.count_nonzero(p[0].detach().numpy()) * len(p[2]))))(_parts(block, u, state)))


@R("block_step", "index_select, glu of torch, a list")
def _(block, u_t, state):
    s, state = block.ssm.step(u_t, state)
    both = block.mix.both
    z = torch.cat([both.bias[:, None], both.weight.index_select(1, s[0].nonzero()[:, 0])], 1).sum(1)
    return [block.norm(u_t + torch.nn.functional.glu(z[None])), state, int(s.sum()) * both.out_features]
