"""Check of notebook 01: one step of the neuron."""

import torch

from sslearn.course.check import CheckResult, Property, agrees, check, near, own_work, unlike
from sslearn.lif import lif_step as library_step


def check_lif_step(lif_step) -> CheckResult:
    """The learner writes V' = beta v + i - theta s, s' = [V' > theta], for tensors of any shape."""
    T = lambda *x: torch.tensor(x)  # noqa: E731
    zero = T(0.0)

    def pair(f):
        out = f(T(0.5), T(0.1), zero, 0.5, 1.0)
        return isinstance(out, tuple) and len(out) == 2 and all(map(torch.is_tensor, out))

    def shapes(f):
        v, i, s = torch.zeros(2, 3), torch.ones(2, 3), torch.zeros(2, 3)
        return all(x.shape == (2, 3) for x in f(v, i, s, 0.5, 1.0))

    def dtype(f):
        v, i, s = (x.double() for x in (T(2.0), T(0.5), zero))
        return all(x.dtype == v.dtype for x in f(v, i, s, 0.5, 1.0))

    def cases():
        g = torch.Generator().manual_seed(1)
        for n, kind, beta, theta in (
            ((), torch.float64, 0.25, 0.5), ((1,), torch.float32, 0.0, 1.0),
            ((7,), torch.float64, 1.0, 2.0), ((3, 1, 4), torch.float32, 0.5, 0.25),
        ):  # fmt: skip
            v, i = torch.randint(-12, 13, (2, *n), generator=g).to(kind) / 4
            yield v, i, torch.randint(2, n, generator=g).to(kind), beta, theta

    def plain(v, i, s, beta, theta):
        v = beta * v + i - theta * s
        return v, (v > theta).to(v.dtype)

    def same(f):
        g = torch.Generator().manual_seed(0)
        v, i, s = torch.zeros(3, 4), torch.zeros(3, 4), torch.zeros(3, 4)
        V, S = v, s
        for _ in range(50):
            i = torch.rand(3, 4, generator=g) * 0.6
            v, s = f(v, i, s, 0.9, 0.7)
            V, S = library_step(V, i, S, beta=0.9, theta=0.7)
            if not (near(v, V) and torch.equal(s, S)):
                return False
        return True

    return check("lif_step", lif_step, [
        Property(pair, "return two tensors, the new v and the new s", "return v, s"),
        Property(shapes, "v and s must keep the shape of the v that came in",
                 "no sum, no item(), no if: v and s may hold many neurons"),
        Property(lambda f: near(f(T(0.5), zero, zero, 0.5, 1.0)[0], T(0.25)),
                 "without input v must decay by the factor beta", "v = beta * v + ..."),
        Property(lambda f: near(f(zero, T(0.5), zero, 0.5, 1.0)[0], T(0.5)),
                 "the input is added as it is, without a factor 1 - beta",
                 "i is already (1 - beta) R I"),
        Property(unlike(T(1.5), run=lambda f: f(T(2.0), T(0.5), T(1.0), 0.5, 1.0)[0]),
                 "after a spike, subtract the threshold once", "- theta * s, with the old s"),
        Property(unlike(T(0.5), run=lambda f: f(T(1.8), zero, T(1.0), 0.5, 0.8)[0]),
                 "subtract the threshold after the decay, not before it",
                 "beta * v + i - theta * s"),
        Property(unlike(T(0.1), run=lambda f: f(T(1.8), T(0.1), T(1.0), 0.5, 0.8)[0]),
                 "this resets to zero and throws the surplus away", "subtract theta instead"),
        Property(lambda f: near(f(T(2.0), zero, zero, 0.9, 1.0)[0], T(1.8)),
                 "the reset uses the old spike s, not the new one", "take theta away where s is 1"),
        Property(unlike(T(0.0), run=lambda f: f(T(2.0), zero, T(1.0), 0.5, 0.5)[0] + 0.0),
                 "this takes 1 away after a spike, and not theta", "- theta * s"),
        Property(unlike(T(1.0), run=lambda f: f(T(2.0), zero, zero, 0.25, 1.0)[1] + 0.0),
                 "compare the new v with theta, and not the v that came in",
                 "assign v first, then s = v > theta"),
        Property(lambda f: not f(T(1.0), T(0.5), zero, 0.5, 1.0)[1].bool().item(),
                 "v equal to theta is no spike: the comparison is strict", "v > theta"),
        Property(lambda f: f(T(2.0), T(0.5), zero, 0.5, 1.0)[1].item() == 1,
                 "v itself is compared with theta, not its change", "s = v > theta"),
        Property(dtype, "s must have v's dtype, so that theta * s works",
                 "(v > theta).to(v.dtype)"),
        Property(same, "fifty steps of twelve neurons differ from the equation",
                 "use beta and theta as given, elementwise"),
        Property(agrees(plain, list(cases()), dtype=True, tolerance=1e-6),
                 "right for some sizes, signs or dtypes only", "beta * v + i - theta * s"),
        own_work(T(1.0), T(1.0), zero, 0.5, 1.0, without=[library_step],
                 hint="beta * v + i - theta * s"),
    ])  # fmt: skip
