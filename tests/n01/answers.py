"""Answers to the exercises of notebook 01, right and wrong. The wrong ones: {message part: f}."""

import math

import snntorch
import torch

from sslearn.course.n01_neuron import checks as neuron
from sslearn.course.n01_neuron import checks_rates, checks_snntorch
from sslearn.fast import lif
from sslearn.lif import fi_curve, lif_step

CHECKS = {
    "spike_times": checks_rates.check_spike_times,
    "lif_step": neuron.check_lif_step,
    "current_for": checks_rates.check_current_for,
    "same_as_snntorch": checks_snntorch.check_same_as_snntorch,
}


def leaky(i, beta, **options):
    cell, mem, out = snntorch.Leaky(beta=beta, **options), torch.zeros(1), []
    for i_k in i.split(1):
        spk, mem = cell(i_k, mem)
        out.append(spk.detach())
    return torch.cat(out)


def membrane(i, beta):
    cell, mem, out = snntorch.Leaky(beta=beta), torch.zeros(1), []
    for i_k in i.split(1):
        mem = cell(i_k, mem)[1]
        out.append(mem.detach())
    return torch.cat(out)


def loop(i, beta, step, first=0.0):
    v, s, out = torch.zeros(1), torch.full((1,), first), []
    for i_k in i.split(1):
        v, s = step(v, i_k, s, beta)
        out.append(s)
    return torch.cat(out)


def own(i, b):
    return loop(i, b, lambda v, x, s, b: spike(b * v + x - s))


def spike(v):
    return v, (v > 1).float()


def times(I, L, dt, tau, theta, R, *, leak=None, fires=None, at=1, reset=None, unit=None):
    beta, v, out = math.exp(-dt / tau), 0.0, []
    for k in range(L):
        v = leak(v, I, dt, tau, R) if leak else beta * v + (1 - beta) * R * I
        if fires(v, theta) if fires else v > theta:
            out.append((k + at) * (unit or dt))
            v = reset(v, theta) if reset else 0.0
    return out


def mended(**fault):
    return lambda *case: times(*case, **fault)


def euler(v, I, dt, tau, R):
    return v + dt / tau * (R * I - v)


def by_library(I, L, dt, tau, theta, R):
    i = torch.full((1, L, 1), (1 - math.exp(-dt / tau)) * R * I, dtype=torch.float64)
    s = lif(i, beta=math.exp(-dt / tau), theta=theta, reset="zero").s[0, :, 0]
    return [(k + 1) * dt for k in s.nonzero()[:, 0].tolist()]


def current(rate, *, tau, theta, R, t_ref):
    climb = 1000 / rate - t_ref
    return theta / R / (1 - math.exp(-climb / tau)) if climb > 0 else math.inf


def bisected(rate, *, tau, theta, R, t_ref):
    if rate * t_ref >= 1000:
        return math.inf
    low, high = theta / R, 2e6 * theta / R
    for _ in range(200):
        mid = math.sqrt(low * high)
        f = fi_curve(torch.tensor(mid).double(), tau=tau, theta=theta, R=R, t_ref=t_ref)
        low, high = (mid, high) if f < rate else (low, mid)
    return high


RIGHT = {
    "spike_times": [mended(), by_library],
    "lif_step": [
        lambda v, i, s, beta, theta: (
            (u := v * beta + i - s * theta), (u > theta).to(v.dtype)),
        lambda v, i, s, beta, theta: [
            (u := torch.where(s > 0, v * beta + i - theta, v * beta + i)),
            torch.heaviside(u - theta, torch.zeros_like(u))],
    ],
    "current_for": [current, bisected],
    "same_as_snntorch": [
        lambda i, b: (loop(i, b, lambda v, x, s, b: spike(b * v + x - s)), leaky(i, b)),
        lambda i, b: (loop(i, b, lambda v, x, s, b: spike(torch.add(x, v * b).sub(s))),
                      leaky(i, b, threshold=1.0, reset_mechanism="subtract")),
    ],
}  # fmt: skip


def in_place(v, i, s, beta, theta):
    v.mul_(beta).add_(i).sub_(theta * s)
    return v, (v > theta).to(v.dtype)


def new_spike_reset(v, i, s, beta, theta):
    v = beta * v + i - theta * s
    s = (v > theta).to(v.dtype)
    return v - theta * s, s


WRONG = {
    "spike_times": {
        "list of numbers": lambda *case: [str(t) for t in times(*case)],
        "still Euler's": [
            mended(leak=euler),
            mended(leak=euler, at=0),
            mended(leak=euler, at=0, fires=lambda v, theta: v >= theta,
                   reset=lambda v, theta: v - theta),
        ],
        "surplus": [
            mended(reset=lambda v, theta: v - theta),
            mended(reset=lambda v, theta: v - theta, at=0),
        ],
        "start of its step": mended(at=0),
        "counted as a spike": mended(fires=lambda v, theta: v >= theta),
        "these are steps": mended(unit=1),
        "too strong": mended(
            leak=lambda v, I, dt, tau, R: math.exp(-dt / tau) * v + R * I),
        "other times": mended(at=2),
        "some neurons only": lambda I, L, dt, tau, theta, R: times(I, L, dt, tau, theta, R)
        if I > 1 else [],
    },
    "lif_step": {
        "two tensors": lambda v, i, s, beta, theta: beta * v + i - theta * s,
        "in place": in_place,
        "decay by the factor": lambda v, i, s, beta, theta: spike(v + i - theta * s),
        "without a factor": lambda v, i, s, beta, theta: spike(beta * v + (1 - beta) * i),
        "threshold once": lambda v, i, s, beta, theta: spike(beta * v + i),
        "after the decay": lambda v, i, s, beta, theta: (
            (u := beta * (v - theta * s) + i), (u > theta).to(v.dtype)),
        "throws the surplus": lambda v, i, s, beta, theta: (
            (u := beta * v * (1 - s) + i), (u > theta).to(v.dtype)),
        "old spike": new_spike_reset,
        "strict": lambda v, i, s, beta, theta: (
            (u := beta * v + i - theta * s), (u >= theta).to(v.dtype)),
        "dtype": [
            lambda v, i, s, beta, theta: ((u := beta * v + i - theta * s), u > theta),
            lambda v, i, s, beta, theta: (
                (u := (beta * v + i - theta * s)).float(), (u > theta).to(v.dtype)),
        ],
        "some sizes, signs or dtypes": [
            lambda v, i, s, beta, theta: (
                (u := (beta * v + i - theta * s).clamp(-1)), (u > theta).to(v.dtype)),
            lambda v, i, s, beta, theta: (
                (u := beta * v + i.abs() - theta * s), (u > theta).to(v.dtype)),
            lambda v, i, s, beta, theta: (
                (u := beta * v + i - theta * s), (u > theta).to(v.dtype).squeeze(1)
                if v.ndim == 3 else (u > theta).to(v.dtype)),
        ],
        "finished function": lambda v, i, s, beta, theta: lif_step(
            v, i, s, beta=beta, theta=theta),
        "not its change": lambda v, i, s, beta, theta: (
            (u := beta * v + i - theta * s), (u - v > theta).to(v.dtype)),
        "fifty steps": lambda v, i, s, beta, theta: (
            (u := beta * v + i - theta * s), (u > 1).to(v.dtype)),
        "takes 1 away": lambda v, i, s, beta, theta: (
            (u := beta * v + i - s), (u > theta).to(v.dtype)),
        "v that came in": lambda v, i, s, beta, theta: (
            beta * v + i - theta * s, (v > theta).to(v.dtype)),
        "keep the shape": lambda v, i, s, beta, theta: spike((beta * v + i - theta * s).sum()),
    },
    "current_for": {
        "one number": lambda rate, **p: torch.full((2,), current(rate, **p)),
        "rheobase": lambda rate, **p: p["theta"] / p["R"],
        "other way round": lambda rate, **p: float(fi_curve(torch.tensor(rate), **p)),
        "time is missing": lambda rate, **p: current(rate, **p | {"t_ref": 0.0}),
        "not more": lambda rate, **p: current(rate, **p | {"t_ref": -p["t_ref"]}),
        "negative": lambda rate, *, tau, theta, R, t_ref: theta / R / (
            1 - math.exp((1000 / rate - t_ref) / tau)),
        "below the rheobase": lambda rate, *, tau, theta, R, t_ref: theta / R * (
            1 - math.exp(-(1000 / rate - t_ref) / tau)),
        "in mV": lambda rate, **p: p["R"] * current(rate, **p),
        "40 Hz needs": lambda rate, **p: current(rate, **p) + 0.01,
        "out of reach, you say": lambda rate, *, tau, theta, R, t_ref: (
            math.inf if 1 / rate <= t_ref else theta / R / (
                1 - math.exp((t_ref - 1 / rate) / tau))),
        "in s, and tau": [
            lambda rate, *, tau, theta, R, t_ref: theta / R / (
                1 - math.exp((t_ref - 1 / rate) / tau)),
            lambda rate, *, tau, theta, R, t_ref: theta / R / (
                1 - math.exp((t_ref / 1000 - 1 / rate) / tau)),
        ],
        "at exactly 1000": lambda rate, *, tau, theta, R, t_ref: (
            math.inf if rate * t_ref > 1000 else theta / R / (
                1 - math.exp((t_ref - 1000 / rate) / tau))),
        "with t_ref = 0": lambda rate, **p: (
            math.inf if rate >= 1000 / p["t_ref"] else current(rate, **p)),
        "math.inf": lambda rate, *, tau, theta, R, t_ref: theta / R / (
            1 - math.exp(-(1000 / rate - t_ref) / tau)) if rate * t_ref < 1000 else 0.0,
        "some rates or neurons": [
            lambda rate, **p: current(rate, **p | {"R": 10.0}),
            lambda rate, **p: current(rate, **p) * (1 + (rate > 90) * 1e-4),
        ],
    },
    "same_as_snntorch": {
        "not 0 and 1": lambda i, b: (own(i, b), membrane(i, b)),
        "input's shape": lambda i, b: (leaky(i, b).sum(), leaky(i, b).sum()),
        "not snntorch.Leaky's": lambda i, b: (leaky(i, b), leaky(i, b, reset_mechanism="zero")),
        "never resets": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * v + x)), leaky(i, b)),
        "resets to zero": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * v * (1 - s) + x)), leaky(i, b)),
        "scales the input": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * v + (1 - b) * x - s)), leaky(i, b)),
        "forgets v": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(x - s)), leaky(i, b)),
        "one step later": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * (v - s) + x)), leaky(i, b)),
        "starts with a spike": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * v + x - s), first=1.0), leaky(i, b)),
        "strict": lambda i, b: (
            loop(i, b, lambda v, x, s, b: ((u := b * v + x - s), (u >= 1).float())), leaky(i, b)),
        "trains differ": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(b * v + x - 0.7 * s)), leaky(i, b)),
        "and not for another": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike(0.9 * v + x - s)), leaky(i, b)),
        "none or negative ones": lambda i, b: (
            loop(i, b, lambda v, x, s, b: spike((b * v + x - s).clamp(min=-1))), leaky(i, b)),
        "not compared": [
            lambda i, b: (leaky(i, b), leaky(i, b)),
            lambda i, b: (own(i, b), own(i, b)),
            lambda i, b: (leaky(i, b), own(i, b)),
        ],
        "finished function": lambda i, b: (
            lif(i[None, :, None], beta=b).s[0, :, 0], leaky(i, b)),
    },
}  # fmt: skip
