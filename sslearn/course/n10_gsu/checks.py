"""Checks of notebook 10: the Gated Spiking Unit and its two gradients."""

import torch
from torch.nn.functional import linear

from sslearn.course.check import (
    CheckResult,
    Property,
    agrees,
    alike,
    check,
    gradients,
    near,
    own_work,
    unlike,
)
from sslearn.layers import GatedSpikingUnit
from sslearn.spikes import ternary


def _rng(seed=0):
    return torch.Generator().manual_seed(seed)


def random_case(alpha=0.4, H=5):
    """x (2, 3, H) of loud and quiet tokens, W (H, H), b and c (H,), and alpha."""
    g = _rng(3)
    x = torch.randn(2, 3, H, generator=g) * torch.tensor([0.2, 1.0, 3.0])[:, None]
    W, b, c = (torch.randn(n, generator=g) for n in ((H, H), (H,), (H,)))
    W[0] *= 3
    return x, W, b, c, alpha


def _factors(x, W, b, c, alpha, *, of_x=None, of_W=None):
    """The two factors of the GSU, with other thresholds or operands if they are given."""
    s = ternary(x, alpha * x.abs().amax(-1, keepdim=True)) if of_x is None else of_x
    T = ternary(W, alpha * W.abs().max()) if of_W is None else of_W
    return linear(s, W, b), linear(x, T, c)


def check_gsu(gsu) -> CheckResult:
    """The learner gives GSU(x) = (Ter(x) W + b) * (x Ter(W) + c), with one W, for x (..., H)."""
    case = x, W, b, c, alpha = random_case()
    p, q = _factors(*case)
    whole_unit = lambda *a: torch.mul(*_factors(*a))  # noqa: E731

    def differs(y):
        return unlike(y, run=lambda f: f(*case))

    def product(**swapped):
        p, q = _factors(*case, **swapped)
        return p * q

    def right(f, n):
        return near(gradients(f, *case)[n], gradients(whole_unit, *case)[n], tolerance=1e-3)

    def other_cases(f):
        for H, kind, alpha in ((1, torch.float64, 0.5), (3, torch.float32, 0.9),
                               (7, torch.float64, 0.05)):  # fmt: skip
            x, W, b, c, _ = (t.to(kind) if torch.is_tensor(t) else t for t in random_case(H=H))
            for z in (x, x[0], x[1, 2], torch.stack([-x, x / 100])):
                args = z, W, b, c, alpha
                if not (alike(f(*args), whole_unit(*args), dtype=True)
                        and alike(gradients(f, *args), gradients(whole_unit, *args),
                                  tolerance=1e-4)):  # fmt: skip
                    return False
        return True

    per = "alpha times the largest abs(x) of each token: amax(-1, keepdim=True)"
    whole = "alpha * W.abs().max(), one number for the matrix"
    rows = ternary(W, alpha * W.abs().amax(-1, keepdim=True))
    s, T = ternary(x, alpha * x.abs().amax(-1, keepdim=True)), ternary(W, alpha * W.abs().max())
    return check("gsu", gsu, [
        Property(lambda f: torch.is_tensor(f(*case)) and f(*case).shape == x.shape,
                 "return one tensor of x's shape", "linear(..., W, b) * linear(..., c)"),
        Property(differs(p + q), "the two factors are added; a gate multiplies", "(...) * (...)"),
        Property(differs(p), "the second factor, x Ter(W) + c, is missing", "two factors"),
        Property(differs(q), "the first factor, Ter(x) W + b, is missing", "two factors"),
        Property(differs((p - b) * (q - c)), "the biases b and c are missing", "one a factor"),
        Property(differs((p - b + c) * (q - c + b)), "b and c are swapped", "b goes with Ter(x)"),
        Property(differs(product(of_x=torch.sign(x), of_W=torch.sign(W))),
                 "sign in place of ternary: no operand is ever 0", "use alpha"),
        Property(differs(product(of_x=x, of_W=W)), "no operand is ternary: this is a plain product",
                 "ternary(x, ...) in one factor, ternary(W, ...) in the other"),
        Property(differs(product(of_W=W)), "W is not ternary in the second factor", whole),
        Property(differs(product(of_x=x)), "x is not ternary in the first factor", per),
        Property(differs(linear(s, T, b) * linear(x, W, c)),
                 "both operands are ternary in one factor, and none in the other",
                 "Ter(x) goes with W, and x with Ter(W)"),
        Property(differs(product(of_x=ternary(x, alpha * x.amax(-1, keepdim=True)))),
                 "delta of x misses the absolute value: a large negative entry counts too", per),
        Property(unlike(p * q.sigmoid(), p.sigmoid() * q, run=lambda f: f(*case)),
                 "a sigmoid has come in from the GLU; here each factor gates as it is",
                 "(Ter(x) W + b) * (x Ter(W) + c)"),
        Property(differs(product(of_x=ternary(x, alpha * x.abs().max()))),
                 "delta of x is one for the whole batch: a quiet token never spikes", per),
        Property(differs(product(of_x=ternary(x, alpha))),
                 "delta is alpha itself, whatever the scale of x", per),
        Property(differs(product(of_W=rows)), "delta of W is one for each row", whole),
        Property(differs(linear(ternary(x, alpha * x.abs().amax(-1, True)), W.T, b)
                      * linear(x, ternary(W, alpha * W.abs().max()).T, c)),
                 "W is transposed: its rows are the outputs", "linear(x, W) is x @ W.T"),
        Property(lambda f: near(f(*case), p * q), "the values differ from the equation",
                 "(Ter(x) W + b) * (x Ter(W) + c)"),
        Property(lambda f: near(f(x[0, 0], W, b, c, 0.1),
                                 torch.mul(*_factors(x[0, 0], W, b, c, 0.1))),
                 "right for one alpha only, or for (B, L, H) only", "delta over axis -1"),
        Property(lambda f: right(f, 0), "the gradient of x lacks a path, or runs through delta too",
                 "delta.detach(), and ternary lets the gradient through"),
        Property(lambda f: right(f, 1), "the gradient of W lacks one of its two uses",
                 "one W in both factors, not detached"),
        Property(lambda f: other_cases(f),
                 "right for one size or dtype only, or b and c learn nothing",
                 "(Ter(x) W + b) * (x Ter(W) + c), nothing detached but delta"),
        own_work(*case, without=[GatedSpikingUnit.forward], hint="library_ternary and linear"),
    ])  # fmt: skip


def check_two_gradients(two_gradients) -> CheckResult:
    """The learner gives d sum(GSU) / dx through Ter(x) alone and through the real x alone.

    The two add to the whole gradient.
    """
    case = x, W, b, c, alpha = random_case()
    p, q = _factors(*case)
    T = ternary(W, alpha * W.abs().max())
    spike, real = linear(q, W.T), linear(p, T.T)
    ones = torch.ones_like(p)
    alone = linear(ones, W.T), linear(ones, T.T)

    def pair(f):
        out = f(*case)
        return len(out) == 2 and all(torch.is_tensor(g) and g.shape == x.shape for g in out)

    def both(f):
        return torch.stack(f(*case))

    def differs(*wrong):
        return unlike(torch.stack(wrong), run=both)

    def by_hand(x, W, b, c, alpha):
        p, q = _factors(x, W, b, c, alpha)
        return linear(q, W.T), linear(p, ternary(W, alpha * W.abs().max()).T)

    others = [
        tuple(t.double() if torch.is_tensor(t) else t for t in random_case(0.7, H)) for H in (2, 9)
    ]
    others.append((x[0, 1], W, b, c, 0.2))
    none, other = torch.zeros_like(x), (x[0], W, c, b, 0.0)
    apart = "a = x.clone().requires_grad_() for one factor, another clone for the other"
    return check("two_gradients", two_gradients, [
        Property(pair, "return two tensors of x's shape", "return through_spikes, through_real"),
        Property(differs(none, real), "no gradient through the spikes: Ter needs straight-through",
                 "use sslearn's ternary"),
        Property(differs(spike + real, spike + real), "both are the whole gradient", apart),
        Property(differs(real, spike), "the two are in the wrong order", "spikes first"),
        Property(differs(*alone), "the other factor is missing: this is each factor's own gradient",
                 "take the gradient of the product's sum"),
        Property(differs(spike / x.numel(), real / x.numel()),
                 "the gradient of the mean, not of the sum", ".sum()"),
        Property(differs(linear(q - c, W.T), linear(p - b, T.T)),
                 "the biases b and c are missing", "each belongs to the other factor's gradient"),
        Property(differs(spike, spike + real), "the second is the whole gradient", apart),
        Property(lambda f: near(both(f), torch.stack([spike, real]), tolerance=1e-3),
                 "the two do not add to the whole gradient", apart),
        Property(lambda f: near(sum(f(*other)), _whole(*other), tolerance=1e-3)
                 and agrees(by_hand, others)(f),
                 "right for one case only", "use every argument"),
    ])  # fmt: skip


def _whole(x, *rest):
    """The gradient of the sum of the GSU with respect to x."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(torch.mul(*_factors(x, *rest)).sum(), x)[0]
