"""Checks of notebook 10: ternary, the Gated Spiking Unit, and its two gradients."""

import torch
from torch.nn.functional import linear

from sslearn import spikes
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


def check_ternary(ternary) -> CheckResult:
    """The learner gives Ter(z) = 1 if z >= delta, -1 if z <= -delta, else 0.

    Its gradient is that of the identity.
    """
    z = torch.tensor([[-0.9, -0.3, 0.1], [0.3, 0.7, -0.2]])
    flat, broad = torch.tensor(0.3), torch.tensor([[0.3], [0.5]])
    levels = torch.tensor([[-1.0, -1.0, 0.0], [1.0, 1.0, 0.0]])

    def out(f, at=z, delta=flat):
        return f(at.clone().requires_grad_(), delta).detach()

    def gradient(f, wanted="z", times=1.0):
        at, delta = (times * z).requires_grad_(), flat.clone().requires_grad_()
        made = f(at, delta)
        if not made.requires_grad:
            return None
        made.backward(torch.arange(1.0, 7.0).reshape(2, 3))
        return at.grad if wanted == "z" else delta.grad

    def double(f):
        return f(z.double(), flat.double()).dtype == torch.float64

    def delta_alone(f):
        given = gradient(f, "delta")
        return given is None or not given.any()

    def other_cases(f):
        g = _rng(8)
        for n, d, kind in (((4,), (), torch.float64), ((1, 5), (1, 1), torch.float32),
                           ((3, 2, 7), (3, 2, 1), torch.float64),
                           ((), (), torch.float32)):  # fmt: skip
            at, delta = torch.randn(n, generator=g).to(kind), torch.rand(d, generator=g).to(kind)
            levels = spikes.ternary(at, delta)
            passed, none = gradients(f, at, delta)
            as_given = gradients(spikes.ternary, at, delta)
            if not (alike(f(at, delta), levels, dtype=True) and near(passed, as_given[0])
                    and not none.any()):  # fmt: skip
                return False
        return True

    ones = torch.arange(1.0, 7.0).reshape(2, 3)
    through = "hard + (z - z.detach()): the bracket is 0, its derivative is 1"
    return check("ternary", ternary, [
        Property(lambda f: torch.is_tensor(out(f)) and out(f).shape == (2, 3),
                 "return one tensor of z's shape", "compare the whole of z with delta at once"),
        Property(unlike(torch.sign(z), run=out),
                 "this is the sign: it has no level 0 and ignores delta", "0 while abs(z) < delta"),
        Property(unlike(z * (z.abs() >= flat), run=out),
                 "what is large keeps its value; Ter has the levels -1, 0, 1 only",
                 "the sign of z, where z is large"),
        Property(unlike((z >= flat).float(), run=out),
                 "this is the binary spike: negative values are lost", "- 1 where z <= -delta"),
        Property(unlike((z > flat).float() - (z < -flat).float(), run=out),
                 "z equal to delta is a spike already", "z >= delta, z <= -delta"),
        Property(lambda f: near(out(f), levels), "the levels are wrong for delta = 0.3",
                 "(z >= delta) - (z <= -delta), as floats"),
        Property(lambda f: near(out(f, delta=broad), torch.tensor([[-1., -1, 0], [0, 1, 0]])),
                 "delta may differ from token to token: (B, 1) beside z (B, H)",
                 "let delta broadcast as it is"),
        Property(lambda f: out(f, torch.linspace(-3, 3, 997)).unique().tolist() == [-1, 0, 1],
                 "the levels are not exactly -1, 0 and 1: a rounding error remains",
                 "put brackets around z - z.detach()"),
        Property(double, "z's dtype must be kept", ".to(z.dtype)"),
        Property(lambda f: gradient(f) is not None and gradient(f).any(),
                 "no gradient reaches z: a comparison has none", through),
        Property(unlike(ones * (z.abs() >= flat), run=gradient),
                 "the gradient reaches only what has spiked; the rest can never learn to", through),
        Property(unlike(ones * (z.abs() <= flat), run=gradient),
                 "the gradient reaches only what is small", through),
        Property(lambda f: near(gradient(f), ones), "the gradient must pass as through y = z",
                 through),
        Property(lambda f: near(gradient(f, times=4.0), ones),
                 "the gradient is cut off where z is large", through),
        Property(delta_alone, "delta gets a gradient; it is no parameter", "delta.detach()"),
        Property(lambda f: other_cases(f), "right for some sizes or dtypes only", through),
        own_work(z.clone().requires_grad_(), flat, without=[spikes.ternary, spikes.spike],
                 hint=through),
    ])  # fmt: skip


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
