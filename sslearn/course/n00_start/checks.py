"""Check of notebook 00: the two conventions that every later notebook relies on."""

import operator

import torch

from sslearn.course.check import CheckResult, Property, check, unlike

LEVEL = "a spike is v strictly above theta: at v = theta there is none"
AXES = "v is (B, L, H): time is axis 1, so count along it and keep B and H"


def check_spike_counts(spike_counts) -> CheckResult:
    """The learner counts the steps with v > theta for each sequence and neuron.

    v is (B, L, H), the counts are (B, H).
    """
    g = torch.Generator().manual_seed(0)
    v = torch.randint(-8, 9, (2, 5, 3), generator=g) / 4.0  # Many values equal a threshold.

    def shaped(wrong):
        return unlike(wrong, run=lambda f: f(v, 1.0).shape, same=operator.eq)

    def one(f, *levels, theta=1.0):
        return int(f(torch.tensor(levels).reshape(1, -1, 1), theta))

    def right(theta):
        return lambda f: torch.equal(f(v, theta).long(), (v > theta).sum(1))

    def everywhere(f):
        cases = [(3, 7, 2), (1, 1, 1), (4, 6, 1), (1, 301, 5)]
        made = [torch.randint(-8, 9, n, generator=g).double() / 4.0 for n in cases]
        return all(
            torch.equal(f(x, t).long(), (x > t).sum(1)) for x in made for t in (-3.0, 0.0, 1.5)
        )

    return check("spike_counts", spike_counts, [
        Property(lambda f: torch.is_tensor(f(v, 1.0)), "return one tensor", AXES),
        Property(shaped((2, 5, 3)), "these are the spikes step by step: count them", AXES),
        Property(shaped(()), "one number for all: keep sequences and neurons apart", AXES),
        Property(shaped((5, 3)), "you counted over the batch, axis 0", AXES),
        Property(shaped((2, 5)), "you counted over the neurons, axis 2", AXES),
        Property(lambda f: f(v, 1.0).shape == (2, 3), "counts must be (B, H)", AXES),
        Property(unlike(3, run=lambda f: one(f, 2.0, 2.0, 0.0, 0.0, 0.0)),
                 "you counted the silent steps", LEVEL),
        Property(unlike(2, run=lambda f: one(f, 2.0, 2.0, 0.0, 2.0, 0.0)),
                 "you counted the times that v rises above theta: each step above it is a spike",
                 "no difference between neighbouring steps: every step with v > theta counts"),
        Property(unlike(6, run=lambda f: one(f, 2.0, 2.0, 0.0, 2.0, 0.0)),
                 "you added up v where it spikes: a spike counts 1, however high v is",
                 "sum what is true, not v"),
        Property(unlike(0, 1, run=lambda f: one(f, 2.0, 0.0, 2.0, 0.0, 2.0, 2.0)),
                 "count every step, a share is no count", "sum, not mean or any"),
        Property(unlike(2, run=lambda f: one(f, 0.5, 1.0, 1.5)),
                 "v = theta was counted as a spike", LEVEL),
        Property(right(1.0), "right for simple trains only", LEVEL),
        Property(right(-0.5), "right for theta = 1 only: use the argument theta", LEVEL),
        Property(everywhere, "right for one size only", "keep B and H, even where they are 1"),
    ])  # fmt: skip
