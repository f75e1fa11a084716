"""Checks of notebook 11: the network from its parts, its size, overfitting, and an interval."""

import copy
from functools import partial

import torch
from torch.nn.functional import gelu

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    check,
    is_number,
    is_whole,
    near,
    own_work,
    unlike,
)
from sslearn.layers import S4D, BinaryS4D, Block
from sslearn.models import SequenceClassifier, count_parameters
from sslearn.models.sequence import gsu_then_gelu
from sslearn.training import accuracy


def _tiny(seed=0, **sizes) -> SequenceClassifier:
    sizes, g = {"depth": 2, "H": 6, "layer": S4D} | sizes, torch.Generator().manual_seed(seed)
    sizes["layer"] = partial(sizes["layer"], N=4)
    net = SequenceClassifier(2, 3, **sizes, generator=g)
    return net.eval()


def _route(
    net, x, *, residual=True, norm="after", pool="mean", act=True, blocks=2, order="act first"
) -> torch.Tensor:
    """The scores by the parts of the network, or those of a typical mistake."""
    z = net.encode(x)
    for block in list(net.blocks)[:blocks]:
        u = block.norm(z) if norm == "before" else z
        v, f = block.ssm(u), block.act if act else torch.nn.Identity()
        v = block.mix(f(v)) if order == "act first" else f(block.mix(v))
        if norm == "branch":
            v = block.norm(v)
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

    others = [(_tiny(seed=3, depth=3, H=5), x[:2, :5]), (_tiny(seed=4, depth=1, H=3), x[:1, :1]),
              (_tiny(seed=5, depth=4, act=torch.tanh), x[:, :7]),
              (_tiny(seed=6, act=torch.relu, mix=gsu_then_gelu, layer=BinaryS4D), x)]  # fmt: skip

    @torch.enable_grad()
    def whole_gradient(f, net, x):
        x, weights = x.clone().requires_grad_(), list(net.parameters())
        loss = f(net, x).pow(3).sum() + 0 * sum(w.sum() for w in (x, *weights))
        return torch.cat([g.flatten() for g in torch.autograd.grad(loss, (x, *weights))])

    return check("classify", classify, [
        Property(lambda f: torch.is_tensor(run(f)), "return the scores, a tensor",
                 "the last line is return net.head(...)"),
        Property(lambda f: run(f).shape == (4, 3), "the scores must be (B, classes)",
                 "pool over time, dimension 1, before the head"),
        Property(not_like(residual=False), "the residual is missing",
                 "z + mix(act(ssm(z)))"),
        Property(not_like(norm="before"), "the norm comes after the sum here, not before the SSM",
                 "z = block.norm(z + ...)"),
        Property(not_like(norm="branch"),
                 "the norm is taken of the branch alone; here it comes after the sum with z",
                 "z = block.norm(z + ...)"),
        Property(not_like(norm="none"), "the norm is missing", "z = block.norm(z + ...)"),
        Property(not_like(act=False), "the activation between SSM and mixing is missing",
                 "block.mix(block.act(block.ssm(z)))"),
        Property(not_like(order="mix first"),
                 "the activation follows the mixing; it comes before it",
                 "block.mix(block.act(block.ssm(z)))"),
        Property(unlike(net(x).softmax(-1), net(x).log_softmax(-1), run=run),
                 "these are probabilities; scores are what the head gives, without softmax",
                 "return net.head(...)"),
        Property(not_like(pool="last"), "this pools by the last step; the mean is asked for",
                 "z.mean(1)"),
        Property(not_like(pool="sum"), "a sum over time grows with the length: take the mean",
                 "z.mean(1)"),
        Property(not_like(blocks=1), "only the first block is used",
                 "for block in net.blocks"),
        Property(lambda f: near(run(f), net(x)), "the scores differ from the library's",
                 "encode, then for each block z = norm(z + mix(act(ssm(z)))), then the head"),
        Property(lambda f: all(near(run(f, m, z), m(z)) for m, z in others),
                 "right for one network only",
                 "use net.blocks, whatever their number, and the parts of each: block.act"),
        Property(lambda f: near(whole_gradient(f, net, x),
                                whole_gradient(lambda n, x: n(x), net, x)),
                 "the gradient does not reach every part", "no detach and no numpy on the way"),
        own_work(net, x, without=[SequenceClassifier.forward, SequenceClassifier.features,
                                  SequenceClassifier.running_scores, Block.forward],
                 hint="z = block.norm(z + block.mix(block.act(block.ssm(z)))), block by block"),
    ])  # fmt: skip


def _size(d, classes, depth, H, N, *, c=2, pairs=2, D=1, norm=2, bias=1, mix=2) -> int:
    """The number of real parameters, or that of a typical mistake."""
    block = H * (1 + D + 2 * N // pairs + c * N // 2) + mix * (H * H + H) + norm * H
    return H * d + bias * H + depth * block + classes * H + bias * classes


def check_size(size) -> CheckResult:
    """The learner counts the real parameters of a network of S4D and GLU."""
    case = (1, 10, 2, 32, 16)
    right = _size(*case)
    sizes = [(7, 3, 1, 5, 2), (1, 2, 9, 64, 64), (12, 100, 3, 17, 6), (2, 2, 2, 2, 2)]

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
        Property(lambda f: library(f) and agrees(_size, sizes, tolerance=1e-12)(f),
                 "right for one size only", "use all five arguments"),
        own_work(*case, without=[count_parameters, SequenceClassifier.__init__],
                 hint="H (2 + 2N) + 2 H^2 + 2 H + 2 H a block"),
    ])  # fmt: skip


class _Stuck(torch.nn.Module):
    """A network of equal scores, whatever it learns; it says class 0 at most 1,000 times."""

    def __init__(self):
        super().__init__()
        self.weight, self.calls = torch.nn.Parameter(torch.zeros(4)), 0

    def forward(self, x, lengths=None):
        self.calls += 1
        if self.calls > 1000:
            raise RuntimeError("this network never learns")
        return 0 * self.weight.expand(len(x), 4) + torch.tensor([1.0, 0.0, 0.0, 0.0])


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

    def measured(f):
        """A network that cannot learn gets a quarter of the samples right, so 1 is no measure."""
        try:
            return abs(f(_Stuck(), x, y) - 0.25) < 1e-6
        except Exception:  # It was trained until it is right, or its parts were used.
            return True

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
        Property(measured, "the number is not measured: it is the same for a network that fails",
                 "return accuracy(net, (x, y))"),
    ])  # fmt: skip
