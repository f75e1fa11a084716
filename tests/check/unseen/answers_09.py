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
    "spiking_linear": "check_spiking_linear",  # spiking_linear -> check_spiking_linear
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

# --- spiking_linear -> check_spiking_linear
W("spiking_linear", "matrix product")(lambda s, W, b: (W @ s + b, int((s > 0).sum()) * len(W)))
W("spiking_linear", "product with a mask: inf * 0")(lambda s, W, b: (b + (W * (s > 0)).sum(1), int((s > 0).sum()) * len(W)))
W("spiking_linear", "product, the nan hidden by nan_to_num")(
    lambda s, W, b: (b + torch.nan_to_num(W * s, nan=0.0).sum(1), int((s > 0).sum()) * len(W)))
W("spiking_linear", "product in NumPy, inf replaced first")(
    lambda s, W, b: (b + torch.from_numpy(np.where(np.isinf(W.numpy()), 0, W.numpy()) @ s.numpy()), int(s.sum()) * len(W)))
W("spiking_linear", "product in Python lists of the columns that fire")(
    lambda s, W, b: (b + torch.tensor([sum(w * x for w, x in zip(row, s.tolist()) if x) for row in W.tolist()], dtype=W.dtype), int(s.sum()) * len(W)))
W("spiking_linear", "counts spikes, not additions")(lambda s, W, b: (b + W[:, s > 0].sum(1), int((s > 0).sum())))
W("spiking_linear", "counts H rows (right for a square W)")(lambda s, W, b: (b + W[:, s > 0].sum(1), int((s > 0).sum()) * W.shape[1]))
W("spiking_linear", "counts a dense product")(lambda s, W, b: (b + W[:, s > 0].sum(1), W.numel()))
W("spiking_linear", "first column free: n - 1")(lambda s, W, b: (b + W[:, s > 0].sum(1), max(0, int((s > 0).sum()) - 1) * len(W)))
W("spiking_linear", "bias counted as well")(lambda s, W, b: (b + W[:, s > 0].sum(1), (int((s > 0).sum()) + 1) * len(W)))
W("spiking_linear", "bias forgotten")(lambda s, W, b: (W[:, s > 0].sum(1), int((s > 0).sum()) * len(W)))
W("spiking_linear", "rows, not columns (right for a symmetric W)")(
    lambda s, W, b: (b + (W[s > 0].sum(0) if W.shape[0] == W.shape[1] else W[:, s > 0].sum(1)), int((s > 0).sum()) * len(W)))


@W("spiking_linear", "sums into the caller's bias")
def _(s, W, b):
    for h in s.nonzero()[:, 0]:
        b += W[:, h]
    return b, int(s.sum()) * len(W)


@W("spiking_linear", "empties the silent columns of the caller's W")
def _(s, W, b):
    W[:, s == 0] = 0
    return b + W.sum(1), int(s.sum()) * len(W)


@W("spiking_linear", "first spike only")
def _(s, W, b):
    return b + W[:, int(s.argmax())], len(W)


@R("spiking_linear", "adds column by column, counts on the way")
def _(s, W, b):
    y, count = b.clone(), 0
    for h, fires in enumerate(s.tolist()):
        if fires:
            y += W[:, h]
            count += W.shape[0]
    return [y, count]


R("spiking_linear", "where, np.int64")(
    lambda s, W, b: (b + torch.where(s > 0, W, W.new_zeros(())).sum(1), np.int64(np.count_nonzero(s.numpy()) * W.shape[0])))
R("spiking_linear", "index_select, sum from b, 0-d count")(
    lambda s, W, b: (torch.cat([b[:, None], W.index_select(1, s.nonzero()[:, 0])], 1).sum(1), (s != 0).sum() * len(W)))
