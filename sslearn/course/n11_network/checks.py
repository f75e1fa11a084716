"""Checks of notebook 11: the network from its parts, its size, overfitting, and an interval."""

import copy
import math
import statistics
from functools import partial

import torch
from torch.nn.functional import gelu

from sslearn.course.check import CheckResult, Property, check, is_number, is_whole, near, unlike
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier, count_parameters
from sslearn.training import accuracy


def _tiny(seed=0, **sizes) -> SequenceClassifier:
    sizes, g = {"depth": 2, "H": 6} | sizes, torch.Generator().manual_seed(seed)
    net = SequenceClassifier(2, 3, layer=partial(S4D, N=4), **sizes, generator=g)
    return net.eval()


def _route(net, x, *, residual=True, norm="after", pool="mean", act=True, blocks=2) -> torch.Tensor:
    """The scores by the parts of the network, or those of a typical mistake."""
    z = net.encode(x)
    for block in list(net.blocks)[:blocks]:
        u = block.norm(z) if norm == "before" else z
        v = block.ssm(u)
        v = block.mix(block.act(v) if act else v)
        z = z + v if residual else v
        z = block.norm(z) if norm == "after" else z
    pooled = {"mean": z.mean(1), "sum": z.sum(1), "last": z[:, -1]}[pool]
    return net.head(pooled)


@torch.no_grad()
def check_classify(classify) -> CheckResult:
    """The learner gives head(mean_t z), with z = norm(z + mix(act(ssm(z)))) block by block."""
    net, g = _tiny(), torch.Generator().manual_seed(1)
    x = torch.randn(4, 9, 2, generator=g)

    def run(f, net=net, x=x):
        return f(net, x)

    def not_like(**mistake):
        return unlike(_route(net, x, **mistake), run=run)

    other = _tiny(seed=3, depth=3, H=5)
    return check("classify", classify, [
        Property(lambda f: torch.is_tensor(run(f)), "return the scores, a tensor",
                 "the last line is return net.head(...)"),
        Property(lambda f: run(f).shape == (4, 3), "the scores must be (B, classes)",
                 "pool over time, dimension 1, before the head"),
        Property(not_like(residual=False), "the residual is missing",
                 "z + mix(act(ssm(z)))"),
        Property(not_like(norm="before"), "the norm comes after the sum here, not before the SSM",
                 "z = block.norm(z + ...)"),
        Property(not_like(norm="none"), "the norm is missing", "z = block.norm(z + ...)"),
        Property(not_like(act=False), "the activation between SSM and mixing is missing",
                 "block.mix(block.act(block.ssm(z)))"),
        Property(not_like(pool="last"), "this pools by the last step; the mean is asked for",
                 "z.mean(1)"),
        Property(not_like(pool="sum"), "a sum over time grows with the length: take the mean",
                 "z.mean(1)"),
        Property(not_like(blocks=1), "only the first block is used",
                 "for block in net.blocks"),
        Property(lambda f: near(run(f), net(x)), "the scores differ from the library's",
                 "encode, then for each block z = norm(z + mix(act(ssm(z)))), then the head"),
        Property(lambda f: near(run(f, other, x[:2, :5]), other(x[:2, :5])),
                 "right for one network only", "use net.blocks, whatever their number"),
    ])  # fmt: skip


def _size(d, classes, depth, H, N, *, c=2, pairs=2, D=1, norm=2, bias=1, mix=2) -> int:
    """The number of real parameters, or that of a typical mistake."""
    block = H * (1 + D + 2 * N // pairs + c * N // 2) + mix * (H * H + H) + norm * H
    return H * d + bias * H + depth * block + classes * H + bias * classes


def check_size(size) -> CheckResult:
    """The learner counts the real parameters of a network of S4D and GLU."""
    case = (1, 10, 2, 32, 16)
    right = _size(*case)

    def mine(f):
        return f(*case)

    def not_like(**mistake):
        return unlike(_size(*case, **mistake), run=mine)

    def library(f):
        for d, classes, depth, H, N in ((1, 10, 2, 8, 4), (3, 5, 4, 6, 8)):
            net = SequenceClassifier(
                d, classes, depth=depth, H=H, layer=partial(S4D, N=N),
                generator=torch.Generator().manual_seed(0),
            )  # fmt: skip
            if f(d, classes, depth, H, N) != count_parameters(net):
                return False
        return True

    return check("size", size, [
        Property(lambda f: is_whole(mine(f)), "return one whole number",
                 "use // where you halve"),
        Property(unlike(_size(1, 10, 1, 32, 16), run=mine),
                 "one block is counted, not depth of them", "depth * (...)"),
        Property(not_like(c=1), "C is complex: two real numbers for each of its N/2 entries",
                 "C holds N real numbers a channel"),
        Property(not_like(pairs=1), "only one pole of each conjugate pair is kept",
                 "A is N/2 real and N/2 imaginary parts a channel"),
        Property(not_like(D=0), "the skip D is missing", "one number a channel"),
        Property(not_like(norm=0), "the norm's gain and shift are missing", "2 H a block"),
        Property(not_like(bias=0), "encoder and head have biases too", "H and classes more"),
        Property(not_like(mix=1), "the GLU has two matrices", "2 H^2 + 2 H"),
        Property(lambda f: mine(f) == right, f"this network has {right} parameters",
                 "H (2 + 2N) + 2 H^2 + 2 H + 2 H a block"),
        Property(library, "right for one size only", "use all five arguments"),
    ])  # fmt: skip


def check_overfit(overfit) -> CheckResult:
    """The learner trains the given network in place until it knows a few samples by heart.

    The answer is the accuracy on these samples.
    """
    g = torch.Generator().manual_seed(0)
    y = torch.arange(8) % 4
    x = y[:, None, None] / 2 + 0.1 * torch.randn(8, 12, 1, generator=g)

    def fresh():
        layer = partial(S4D, N=8, dt_min=0.05, dt_max=0.5)
        return SequenceClassifier(1, 4, depth=1, H=16, layer=layer, act=gelu,
                                  generator=torch.Generator().manual_seed(0))  # fmt: skip

    trained = []

    def run(f):
        if not trained:
            net = fresh()
            before = copy.deepcopy(net.state_dict())
            answer = f(net, x, y)
            moved = any(not torch.equal(before[k], v) for k, v in net.state_dict().items())
            trained.append((answer, moved, accuracy(net, (x, y))))
        return trained[0]

    return check("overfit", overfit, [
        Property(lambda f: is_number(run(f)[0]), "return one number",
                 "the share of right answers"),
        Property(lambda f: run(f)[1], "the network that you were given did not change",
                 "train net itself, not a copy of it"),
        Property(lambda f: 0 <= run(f)[0] <= 1, "an accuracy lies between 0 and 1",
                 "accuracy(net, (x, y)), not the loss and not per cent"),
        Property(lambda f: run(f)[2] == 1.0 or run(f)[0] < 1,
                 "you return 1 and the network still errs: measure it", "accuracy(net, (x, y))"),
        Property(lambda f: run(f)[2] == 1.0, "the network still gets some of the samples wrong",
                 "more epochs, a learning rate near 0.01"),
        Property(lambda f: abs(run(f)[0] - run(f)[2]) < 1e-6,
                 "the number that you return is not the network's accuracy after training",
                 "measure after the last step"),
    ])  # fmt: skip


def check_interval(interval) -> CheckResult:
    """The learner gives the sample's mean and sd (n - 1), and whether |new - mean| <= 2 sd."""
    runs = [0.97, 0.98, 0.96]
    mean, sd = statistics.mean(runs), statistics.stdev(runs)

    def given(f, new):
        return f(list(runs), new)

    def three(f):
        out = given(f, 0.97)
        return isinstance(out, tuple) and len(out) == 3

    return check("interval", interval, [
        Property(three, "return three values: mean, sd, inside", "return mean, sd, ..."),
        Property(lambda f: near(given(f, 0.97)[0], mean), "the first value must be the mean",
                 "sum over n"),
        Property(unlike(statistics.pstdev(runs), run=lambda f: given(f, 0.97)[1]),
                 "this sd divides by n; a sample's divides by n - 1", "statistics.stdev"),
        Property(unlike(sd / math.sqrt(3), run=lambda f: given(f, 0.97)[1]),
                 "this is the standard error of the mean, not the spread of the runs",
                 "no division by the root of n"),
        Property(unlike(sd**2, run=lambda f: given(f, 0.97)[1]), "this is the variance",
                 "take its root"),
        Property(lambda f: near(given(f, 0.97)[1], sd), f"the sd of {runs} is {sd:.2f}",
                 "statistics.stdev"),
        Property(lambda f: bool(given(f, 0.97 + 1.5 * sd)[2]),
                 "1.5 sd from the mean is inside: the interval is mean - 2 sd to mean + 2 sd",
                 "abs(new - mean) <= 2 * sd"),
        Property(lambda f: not given(f, 0.97 + 2.5 * sd)[2], "2.5 sd from the mean is outside",
                 "abs(new - mean) <= 2 * sd"),
        Property(lambda f: not given(f, 0.97 - 2.5 * sd)[2],
                 "far below the mean is outside as well", "take the absolute difference"),
        Property(lambda f: near(f([1.0, 3.0], 2.0)[1], math.sqrt(2)), "right for one list only",
                 "use the runs that you are given"),
    ])  # fmt: skip
