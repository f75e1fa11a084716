"""Answers to the exercises of notebook 11, right and wrong. The wrong ones: {message part: f}."""

import copy
import statistics
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy, gelu

from sslearn.course.n11_network import checks as network
from sslearn.course.n11_network import checks_interval, checks_own
from sslearn.course.n11_network.checks import _route, _size
from sslearn.course.n11_network.checks_own import _prepared
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier, count_parameters
from sslearn.training import accuracy, fit

CHECKS = {
    "classify": network.check_classify,
    "size": network.check_size,
    "overfit": network.check_overfit,
    "interval": checks_interval.check_interval,
    "prepare": checks_own.check_prepare,
}


def classify(net, x):
    z = net.encode(x)
    for block in net.blocks:
        z = block.norm(z + block.mix(block.act(block.ssm(z))))
    return net.head(z.mean(1))


def with_gelu(net, x):
    z = net.encode(x)
    for block in net.blocks:
        z = block.norm(z + block.mix(gelu(block.ssm(z))))
    return net.head(z.mean(1))


def by_building(d, classes, depth, H, N):
    g = torch.Generator().manual_seed(0)
    layer = partial(S4D, N=N)
    return count_parameters(
        SequenceClassifier(d, classes, depth=depth, H=H, layer=layer, generator=g))  # fmt: skip


def wrong_route(**how):
    return lambda net, x: _route(net, x, **how)


def with_fit(net, x, y, epochs=120):
    fit(net, (x, y), (x, y), epochs=epochs, batch=8, lr=0.01,
        generator=torch.Generator().manual_seed(0))  # fmt: skip
    return accuracy(net, (x, y))


def by_hand(net, x, y):
    steps = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(150):
        steps.zero_grad()
        cross_entropy(net(x), y).backward()
        steps.step()
    return float((net(x).argmax(-1) == y).float().mean())


def loss_after(net, x, y):
    with_fit(net, x, y)
    return 1.5 + cross_entropy(net(x), y).item()


def before_training(net, x, y):
    first = accuracy(net, (x, y))
    with_fit(net, x, y)
    return first


def boast(net, x, y):
    with_fit(net, x, y, epochs=1)
    return 1.0


def interval(runs, new):
    mean, sd = statistics.mean(runs), statistics.stdev(runs)
    return mean, sd, abs(new - mean) <= 2 * sd


def spread(scale, n=2.0, ddof=1):
    def f(runs, new):
        mean, sd = np.mean(runs), np.std(runs, ddof=ddof) * scale(len(runs))
        return [mean, sd, abs(new - mean) <= n * sd]

    return f


def in_place(runs, new):
    runs.sort()
    return interval(runs, new)


def prepare(x, lengths, x_test, lengths_test):
    real = torch.arange(x.shape[1]) < lengths[:, None]
    mean, std = x[real].mean(), x[real].std()
    ends = torch.arange(x_test.shape[1]) >= lengths_test[:, None]
    ready = ((x - mean) / std).masked_fill(~real, 0)
    return ready[..., None].float(), ((x_test - mean) / std).masked_fill(ends, 0)[..., None].float()


def record_by_record(x, lengths, x_test, lengths_test):
    steps = np.concatenate([r[:n].numpy() for r, n in zip(x, lengths, strict=True)])
    out = []
    for records, ends in ((x, lengths), (x_test, lengths_test)):
        z = np.zeros((*records.shape, 1), np.float32)
        for row, record, n in zip(z, records, ends, strict=True):
            row[:n, 0] = (record[:n].numpy() - steps.mean()) / steps.std()
        out.append(torch.from_numpy(z))
    return out


def unready(**how):
    return lambda *case: _prepared(*case, **how)


RIGHT = {
    "classify": [classify, wrong_route(blocks=99)],
    "size": [
        lambda d, k, depth, H, N: (
            H * d + H + depth * (H * (2 + 2 * N) + 2 * H * H + 4 * H) + k * H + k),
        lambda *case: np.int64(_size(*case)),
    ],
    "overfit": [with_fit, by_hand],
    "interval": [interval, spread(lambda n: 1.0)],
    "prepare": [prepare, record_by_record],
}  # fmt: skip

WRONG = {
    "classify": {
        "a tensor": lambda net, x: 3.0,
        "(B, classes)": lambda net, x: net.head(net.features(x)[-1]),
        "residual is missing": wrong_route(residual=False),
        "not before the SSM": wrong_route(norm="before"),
        "norm is taken of the branch": wrong_route(norm="branch"),
        "norm is missing": wrong_route(norm="none"),
        "follows the mixing": wrong_route(order="mix first"),
        "these are probabilities": [
            lambda net, x: classify(net, x).softmax(-1),
            lambda net, x: torch.log_softmax(classify(net, x), -1),
        ],
        "activation between": wrong_route(act=False),
        "last step": wrong_route(pool="last"),
        "grows with the length": wrong_route(pool="sum"),
        "only the first block": wrong_route(blocks=1),
        "differ from the library": lambda net, x: classify(net, x) + 1,
        "one network only": [
            lambda net, x: _route(net, x, blocks=2),
            with_gelu,
            lambda net, x: classify(net, x.flip(0)).flip(0) if len(net.blocks) < 4
            else classify(net, x.clone().mul_(2)),
        ],
        "does not reach": [
            lambda net, x: classify(net, x).detach(),
            lambda net, x: classify(net, x.detach()),
        ],
        "finished function": [
            lambda net, x: net(x),
            lambda net, x: net.head(net.features(x)[-1].mean(1)),
        ],
    },
    "size": {
        "whole number": lambda *a: float(_size(*a)),
        "one block is counted": lambda d, k, depth, H, N: _size(d, k, 1, H, N),
        "C is complex": lambda *a: _size(*a, c=1),
        "conjugate pair": lambda *a: _size(*a, pairs=1),
        "skip D": lambda *a: _size(*a, D=0),
        "gain and shift": lambda *a: _size(*a, norm=0),
        "biases too": lambda *a: _size(*a, bias=0),
        "two matrices": lambda *a: _size(*a, mix=1),
        "this network has": lambda *a: 7,
        "one size only": [
            lambda *a: _size(1, 10, 2, 32, 16),
            lambda d, k, depth, H, N: _size(d, k, min(depth, 4), H, N),
        ],
        "finished function": by_building,
    },
    "overfit": {
        "one number": lambda net, x, y: "all",
        "did not change": lambda net, x, y: with_fit(copy.deepcopy(net), x, y),
        "between 0 and 1": loss_after,
        "still errs": boast,
        "some of the samples": lambda net, x, y: with_fit(net, x, y, epochs=1),
        "not the network's accuracy": before_training,
        "not measured": lambda net, x, y: min(1.0, 1 + with_fit(net, x, y)),
    },
    "interval": {
        "argument runs in place": in_place,
        "three values": lambda runs, new: statistics.mean(runs),
        "must be the mean": lambda runs, new: (1.5 * statistics.mean(runs), 0.1, True),
        "divides by n;": spread(lambda n: 1.0, ddof=0),
        "standard error": spread(lambda n: n**-0.5),
        "variance": lambda runs, new: (
            statistics.mean(runs), statistics.variance(runs), True),
        "the sd of": spread(lambda n: 3.0),
        "1.5 sd": spread(lambda n: 1.0, n=1.0),
        "2.5 sd from the mean is outside": spread(lambda n: 1.0, n=3.0),
        "far below": lambda runs, new: (
            *interval(runs, new)[:2], new - statistics.mean(runs) <= 2 * statistics.stdev(runs)),
        "median": lambda runs, new: (statistics.median(runs), *interval(runs, new)[1:]),
        "one list only": [spread(lambda n: 1.0, n=1.96),
            lambda runs, new: (
            statistics.mean(runs), 0.01 if len(runs) == 2 else statistics.stdev(runs),
            abs(new - statistics.mean(runs)) <= 2 * statistics.stdev(runs))],
    },
    "prepare": {
        "two tensors": lambda *case: _prepared(*case)[0],
        "(n, L, 1)": lambda *case: [z[..., 0] for z in _prepared(*case)],
        "float32": lambda *case: [z.double() for z in _prepared(*case)],
        "no measurement": unready(padding=True),
        "must not tell": unready(own=True),
        "loud and soft": unready(each=True),
        "mean is still in it": unready(mean=False),
        "variance": unready(spread="var"),
        "no longer zero": unready(zero=False),
        "not (x - mean)": lambda *case: [z + 1 for z in _prepared(*case)],
        "one set of records only": lambda x, n, x_test, n_test: _prepared(x, n, x_test, n_test)
        if len(x) == 6 else [2 * z for z in _prepared(x, n, x_test, n_test)],
    },
}  # fmt: skip
