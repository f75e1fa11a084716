"""Answers to the exercises of notebook 01, right and wrong. The wrong ones: {message part: f}."""

import snntorch
import torch

from sslearn.course.n01_neuron import checks as neuron
from sslearn.course.n01_neuron import checks_snntorch
from sslearn.fast import lif
from sslearn.lif import fi_curve, lif_step

CHECKS = {
    "rheobase": neuron.check_rheobase,
    "lif_step": neuron.check_lif_step,
    "fi_rate": neuron.check_fi_rate,
    "same_as_snntorch": checks_snntorch.check_same_as_snntorch,
}


def leaky(i, beta, **options):
    cell, mem, out = snntorch.Leaky(beta=beta, **options), torch.zeros(1), []
    for i_k in i.split(1):
        spk, mem = cell(i_k, mem)
        out.append(spk.detach())
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


def rate(climb, *, scale=1000.0, outside=0.0, silent=0.0):
    def f(I, *, tau, theta, R, t_ref):
        fires = R * I > theta
        drive = torch.where(fires, R * I, torch.full_like(I, 2 * theta))
        out = scale / (t_ref * (outside == 0) + climb(drive, tau, theta)) + outside * t_ref
        return torch.where(fires, out, torch.full_like(out, silent))

    return f


def log_climb(drive, tau, theta):
    return tau * torch.log(drive / (drive - theta))


RIGHT = {
    "rheobase": [lambda theta, R: theta / R, lambda theta, R: theta * (1 / R)],
    "lif_step": [
        lambda v, i, s, beta, theta: (
            (u := v * beta + i - s * theta), (u > theta).to(v.dtype)),
        lambda v, i, s, beta, theta: [
            (u := torch.where(s > 0, v * beta + i - theta, v * beta + i)),
            torch.heaviside(u - theta, torch.zeros_like(u))],
    ],
    "fi_rate": [
        rate(log_climb),
        rate(lambda drive, tau, theta: -tau * torch.log1p(-theta / drive)),
    ],
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
    "rheobase": {
        "one number": lambda theta, R: f"{theta / R} nA",
        "multiplied": lambda theta, R: theta * R,
        "upside down": lambda theta, R: R / theta,
        "do not subtract": lambda theta, R: theta - R,
        "must give 1.5 nA": lambda theta, R: theta / R + 1,
        "one neuron only": [
            lambda theta, R: 1.5,
            lambda theta, R: round(theta / R, 2),
            lambda theta, R: theta / R + 1e-5,
        ],
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
        "old one's change": lambda v, i, s, beta, theta: (
            (u := beta * v + i - theta * s), (u - v > theta).to(v.dtype)),
        "fifty steps": lambda v, i, s, beta, theta: (
            (u := beta * v + i - theta * s), (u > 1).to(v.dtype)),
        "keep the shape": lambda v, i, s, beta, theta: spike((beta * v + i - theta * s).sum()),
    },
    "fi_rate": {
        "per ms": rate(log_climb, scale=1.0),
        "interval": lambda I, **p: 1000 / rate(log_climb)(I, **p),
        "refractory time is missing": lambda I, **p: rate(log_climb)(I, **p | {"t_ref": 0.0}),
        "inside the denominator": rate(log_climb, outside=1.0),
        "upside down": rate(lambda d, tau, theta: tau * torch.log((d - theta) / d)),
        "natural one": rate(lambda d, tau, theta: tau * torch.log10(d / (d - theta))),
        "NaN": lambda I, *, tau, theta, R, t_ref: 1000 / (t_ref + log_climb(R * I, tau, theta)),
        "rate is 0": rate(log_climb, silent=5.0),
        "same shape": lambda I, **p: float(rate(log_climb)(I, **p).sum()),
        "2 nA must give": rate(lambda d, tau, theta: 2 * log_climb(d, tau, theta)),
        "some currents only": [
            lambda I, **p: rate(log_climb)(I, tau=20.0, theta=15.0, R=10.0, t_ref=2.0),
            lambda I, **p: rate(log_climb)(I.abs(), **p),
            lambda I, tau, theta, R, t_ref: torch.nan_to_num(
                1000 / (t_ref + tau * torch.log(R * I / (R * I - theta))), posinf=0.0),
        ],
        "finished function": lambda I, **p: fi_curve(I, **p),
        "in place": lambda I, **p: rate(log_climb)(I.mul_(p["R"]), **p | {"R": 1.0}),
    },
    "same_as_snntorch": {
        "current's shape": lambda i, b: (leaky(i, b).sum(), leaky(i, b).sum()),
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
