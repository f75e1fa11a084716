"""Check of notebook 10: the ternary function and its straight-through gradient."""

import torch

from sslearn import spikes
from sslearn.course.check import (
    CheckResult,
    Property,
    alike,
    check,
    gradients,
    near,
    own_work,
    unlike,
)


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
        g = torch.Generator().manual_seed(8)
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
