"""Check of notebook 01: a train that snnTorch would give too."""

from unittest import mock

import snntorch
import torch

from sslearn.course.check import CheckResult, Property, check, own_work, unlike
from sslearn.fast import lif
from sslearn.lif import lif_step as library_step


def _train(i, beta, *, reset=True, delay=True, gain=1.0, to_zero=False, first=0.0):
    """The train (L,) of snntorch.Leaky for a current (L,), or one with a typical mistake."""
    v, s, out = torch.zeros(1), torch.full((1,), first), []
    for i_k in i.split(1):
        if to_zero:
            v = v * (1 - s)
        v = beta * v + gain * i_k - (s if reset and not to_zero else 0)
        s = (v > 1).float()
        out.append(s)
        if not delay:
            v, s = v - s, torch.zeros(1)
    return torch.cat(out)


def check_same_as_snntorch(same_as_snntorch) -> CheckResult:
    """The learner's loop and snntorch.Leaky give two equal trains (L,) for every input i (L,)."""
    beta = 0.9
    i = torch.rand(120, generator=torch.Generator().manual_seed(1)) * 1.5
    right = lif(i[None, :, None], beta=beta).s[0, :, 0]

    def mine(f):
        return f(i, beta)[0]

    def not_like(**mistake):
        return unlike(_train(i, beta, **mistake), run=mine, same=torch.equal)

    def shapes(f):
        out = f(i, beta)
        return len(out) == 2 and all(torch.is_tensor(x) and x.shape == i.shape for x in out)

    def spikes(f):
        return all(x.eq(0).logical_or(x.eq(1)).all() for x in f(i, beta))

    def strict(f):
        x = torch.tensor([1.0, 0.5, 0.5])  # For beta = 0.5 it holds v at exactly 1.
        return not any(train.any() for train in f(x, 0.5))

    def everywhere(f):
        for seed in range(3):
            x = torch.rand(80, generator=torch.Generator().manual_seed(seed)) * 0.9
            for b in (0.5, 0.95):
                a, c = f(x, b)
                if not (torch.equal(a, c) and torch.equal(a, _train(x, b))):
                    return False
        return True

    def edges(f):
        g = torch.Generator().manual_seed(9)
        currents = (torch.zeros(5), torch.tensor([3.0]), torch.randn(61, generator=g) * 2)
        return all(torch.equal(t, _train(x, b)) for x in currents for b in (0.0, 0.7, 1.0)
                   for t in f(x, b))  # fmt: skip

    def compared(f):
        """Leaky is made to spike where it does not; only the second train may follow."""
        whole = snntorch.Leaky.forward

        def swapped(self, *args, **kwargs):
            out = whole(self, *args, **kwargs)
            return (1 - out[0], *out[1:]) if isinstance(out, tuple) else 1 - out

        with mock.patch.object(snntorch.Leaky, "forward", swapped):
            try:
                out = f(i, beta)
            except AssertionError:  # The learner compares them too.
                return True
        return torch.equal(out[0], right) and torch.equal(out[1], 1 - right)

    return check("same_as_snntorch", same_as_snntorch, [
        Property(shapes, "return two spike trains of the input's shape (L,)",
                 "i.split(1) gives steps (1,), which torch.cat joins; torch.stack joins numbers"),
        Property(spikes, "these are not 0 and 1: spikes are asked, and not the membrane",
                 "Leaky gives two tensors back, first the spikes and then mem"),
        Property(lambda f: torch.equal(f(i, beta)[1], right),
                 "the second train is not snntorch.Leaky's with reset by subtraction",
                 "give mem back at every step: spk, mem = neuron(i_k, mem)"),
        Property(not_like(reset=False), "your loop never resets", "subtract the last spike"),
        Property(not_like(to_zero=True), "your loop resets to zero, Leaky subtracts", "- s"),
        Property(not_like(gain=1 - beta), "your loop scales the input by 1 - beta; Leaky does not",
                 "v = beta * v + i_k - s"),
        Property(unlike(_train(i, 0.0), run=mine, same=torch.equal),
                 "your loop forgets v: it must carry over from step to step",
                 "start v and s before the loop, not in it"),
        Property(not_like(delay=False), "your loop resets at once, Leaky one step later",
                 "v = beta * v + i_k - s, with the spike of the step before"),
        Property(not_like(first=1.0), "your loop starts with a spike", "start s at zero"),
        Property(lambda f: torch.equal(mine(f), right), "the two trains differ",
                 "the reset takes the spike of the step before: v = beta * v + i_k - s"),
        Property(everywhere, "equal for one input and not for another", "use beta as given"),
        Property(strict, "v equal to the threshold 1 is no spike: the comparison is strict",
                 "s = (v > 1.0).to(v.dtype)"),
        Property(edges, "equal for large inputs and not for none or negative ones",
                 "no clamp; every step counts"),
        Property(compared, "one is not compared with the other: both come from the same neuron",
                 "one train from your loop, one from snntorch.Leaky"),
        own_work(i, beta, without=[library_step, lif], hint="v = beta * v + i_k - s"),
    ])  # fmt: skip
