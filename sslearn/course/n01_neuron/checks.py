"""Checks of notebook 01: a step, a rate, and a train that snnTorch would give too."""

import math

import torch

from sslearn.course.check import CheckResult, Property, check, is_number, near, unlike
from sslearn.fast import lif
from sslearn.lif import lif_step as library_step


def check_rheobase(rheobase) -> CheckResult:
    """The learner gives I_rh = theta / R in nA, for theta in mV and R in MOhm."""
    here = "at the rheobase the membrane settles exactly at theta: R I = theta"

    def mine(f):
        return f(15.0, 10.0)

    return check("rheobase", rheobase, [
        Property(lambda f: is_number(mine(f)), "return one number, the current in nA",
                 "return ... theta ... R"),
        Property(unlike(150.0, run=mine),
                 "you multiplied theta by R; that is no current", here),
        Property(unlike(10 / 15, run=mine),
                 "the fraction is upside down", "mV / MOhm is nA"),
        Property(unlike(5.0, run=mine),
                 "theta and R have different units: do not subtract them", here),
        Property(lambda f: near(mine(f), 1.5),
                 "theta = 15 mV and R = 10 MOhm must give 1.5 nA", here),
        Property(lambda f: near(f(20.0, 5.0), 4.0) and near(f(1.0, 4.0), 0.25),
                 "right for one neuron only: use the arguments theta and R", here),
    ])  # fmt: skip


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
        return f(v, i, s, 0.5, 1.0)[1].dtype == v.dtype

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
        Property(lambda f: not f(T(1.0), T(0.5), zero, 0.5, 1.0)[1].bool().item(),
                 "v equal to theta is no spike: the comparison is strict", "v > theta"),
        Property(lambda f: f(T(2.0), T(0.5), zero, 0.5, 1.0)[1].item() == 1,
                 "compare the new v with theta, not the old one's change", "s = v > theta"),
        Property(dtype, "s must have v's dtype, so that theta * s works",
                 "(v > theta).to(v.dtype)"),
        Property(same, "fifty steps of twelve neurons differ from the equation",
                 "use beta and theta as given, elementwise"),
    ])  # fmt: skip


def check_fi_rate(fi_rate) -> CheckResult:
    """The learner gives f(I) = 1000 / (t_ref + tau ln(RI / (RI - theta))) Hz.

    The rate is 0 for RI <= theta.
    """
    p = {"tau": 20.0, "theta": 15.0, "R": 10.0, "t_ref": 2.0}

    def truth(I, *, tau, theta, R, t_ref):
        return 1000 / (t_ref + tau * math.log(R * I / (R * I - theta)))

    two, right = torch.tensor([2.0]), truth(2.0, **p)
    climb = 1000 / right - 2.0

    def gives_not(wrong):
        return unlike([wrong], run=lambda f: f(two, **p))

    def shape(f):
        out = f(two, **p)
        return torch.is_tensor(out) and out.shape == (1,)

    silent = torch.tensor([0.0, 1.0, 1.5])
    return check("fi_rate", fi_rate, [
        Property(shape, "return a tensor of the same shape as I",
                 "work on the whole tensor at once"),
        Property(gives_not(right / 1000), "this is in spikes per ms: give Hz", "multiply by 1000"),
        Property(gives_not(1000 / right), "this is the interval, not the rate", "1 over it, in Hz"),
        Property(gives_not(1000 / climb), "the refractory time is missing",
                 "add t_ref to the climb"),
        Property(gives_not(1000 / climb + 2.0), "t_ref is a time: add it inside the denominator",
                 "1000 / (t_ref + climb)"),
        Property(gives_not(1000 / (2.0 - climb)), "the logarithm's fraction is upside down",
                 "RI / (RI - theta) is above 1"),
        Property(gives_not(1000 / (2.0 + climb / math.log(10))), "the logarithm is the natural one",
                 "torch.log"),
        Property(lambda f: near(f(two, **p), [right]), f"2 nA must give {right:.1f} Hz",
                 "1000 / (t_ref + tau ln(RI / (RI - theta)))"),
        Property(lambda f: not f(silent, **p).isnan().any(), "NaN where the neuron is silent",
                 "no logarithm of a negative number: put 2 theta there, then torch.where"),
        Property(lambda f: near(f(silent, **p), [0.0, 0.0, 0.0]),
                 "at and below the rheobase the rate is 0", "torch.where(R * I > theta, f, 0.0)"),
        Property(lambda f: near(
                     f(torch.tensor([1.0, 5.0]), tau=7.0, theta=3.0, R=4.0, t_ref=0.5),
                     [truth(x, tau=7.0, theta=3.0, R=4.0, t_ref=0.5) for x in (1.0, 5.0)]),
                 "right for one neuron only", "use all four arguments"),
    ])  # fmt: skip


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
    """The learner's loop and snntorch.Leaky give two equal trains (L,) for every current."""
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

    return check("same_as_snntorch", same_as_snntorch, [
        Property(shapes, "return two spike trains of the current's shape (L,)",
                 "collect one spike a step and join them with torch.cat"),
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
        Property(everywhere, "equal for one current and not for another", "use beta as given"),
        Property(strict, "v equal to the threshold 1 is no spike: the comparison is strict",
                 "s = (v > 1.0).to(v.dtype)"),
    ])  # fmt: skip
