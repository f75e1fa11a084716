# Answers of an unseen student. W registers a wrong answer, R a right one.
import copy, functools, itertools, math, statistics
import numpy as np
import torch

WRONG, RIGHT = {}, {}


def _into(table):
    def name(exercise, what):
        def put(f):
            table.setdefault(exercise, {})[what] = f
            return f
        return put
    return name


W, R = _into(WRONG), _into(RIGHT)
import snntorch

CHECK = {
    "spike_times": "check_spike_times",  # spike_times -> check_spike_times
    "lif_step": "check_lif_step",  # lif_step -> check_lif_step
    "current_for": "check_current_for",  # current_for -> check_current_for
    "same_as_snntorch": "check_same_as_snntorch",  # same_as_snntorch -> check_same_as_snntorch
}

# The answers of spike_times and current_for were written by one who knew the checks.
def _simulate(I, L, dt, tau, theta, R, *, step=None, above=None, time=None, after=None):
    beta, v, out = math.exp(-dt / tau), 0.0, []
    for k in range(L):
        v = step(v, I, dt, tau, R) if step else beta * v + (1 - beta) * R * I
        if above(v, theta) if above else v > theta:
            out.append(time(k, dt) if time else (k + 1) * dt)
            v = after(v, theta) if after else 0.0
    return out


def _with(**change):
    return lambda *case: _simulate(*case, **change)


def _as_given(I, L, dt, tau, theta, R):
    return _simulate(I, L, dt, tau, theta, R, step=lambda v, I, dt, tau, R: v + dt / tau * (R * I - v),
                     above=lambda v, theta: v >= theta, time=lambda k, dt: k * dt,
                     after=lambda v, theta: v - theta)


W("spike_times", "left as it was given")(_as_given)
W("spike_times", "only the leak mended")(_with(
    above=lambda v, theta: v >= theta, time=lambda k, dt: k * dt, after=lambda v, theta: v - theta))
W("spike_times", "all but the leak mended")(_with(
    step=lambda v, I, dt, tau, R: v + dt / tau * (R * I - v)))
W("spike_times", "beta = 1 - dt / tau")(_with(
    step=lambda v, I, dt, tau, R: (1 - dt / tau) * v + dt / tau * R * I))
W("spike_times", "beta with the sign lost")(_with(
    step=lambda v, I, dt, tau, R: math.exp(dt / tau) * v + (1 - math.exp(dt / tau)) * R * I))
W("spike_times", "no reset at all")(_with(after=lambda v, theta: v))
W("spike_times", "reset to theta")(_with(after=lambda v, theta: theta))
W("spike_times", "numbers of steps")(_with(time=lambda k, dt: k + 1))
W("spike_times", "middle of the step")(_with(time=lambda k, dt: (k + 0.5) * dt))
W("spike_times", "R forgotten")(_with(
    step=lambda v, I, dt, tau, R: math.exp(-dt / tau) * v + (1 - math.exp(-dt / tau)) * I))
W("spike_times", "how many, not when")(lambda *case: [len(_simulate(*case))])
R("spike_times", "1 - beta by expm1, a NumPy array")(
    lambda I, L, dt, tau, theta, R: np.array(_simulate(
        I, L, dt, tau, theta, R,
        step=lambda v, I, dt, tau, R: v - np.expm1(-dt / tau) * (R * I - v))))


@R("spike_times", "by the closed form of each climb")
def _(I, L, dt, tau, theta, R):
    if R * I <= theta:
        return []
    n = next(n for n in itertools.count(1) if R * I * (1 - math.exp(-n * dt / tau)) > theta)
    return [n * m * dt for m in range(1, L // n + 1)]


# --- lif_step -> check_lif_step
def _spk(v, theta):
    return (v > theta).to(v.dtype)


@W("lif_step", ">= for >")
def _(v, i, s, beta, theta):
    v = beta * v + i - theta * s
    return v, (v >= theta).to(v.dtype)


@W("lif_step", "reset by the new spike, at once")
def _(v, i, s, beta, theta):
    v = beta * v + i
    s = _spk(v, theta)
    return v - theta * s, s


@W("lif_step", "theta taken before the leak")
def _(v, i, s, beta, theta):
    v = beta * (v - theta * s) + i
    return v, _spk(v, theta)


@W("lif_step", "reset to zero")
def _(v, i, s, beta, theta):
    v = beta * v * (1 - s) + i
    return v, _spk(v, theta)


@W("lif_step", "takes away 1, not theta")
def _(v, i, s, beta, theta):
    v = beta * v + i - s
    return v, _spk(v, theta)


@W("lif_step", "changes v in place")
def _(v, i, s, beta, theta):
    v *= beta
    v += i - theta * s
    return v, _spk(v, theta)


@W("lif_step", "spikes are bool")
def _(v, i, s, beta, theta):
    v = beta * v + i - theta * s
    return v, v > theta


@W("lif_step", "spikes float32 whatever v is")
def _(v, i, s, beta, theta):
    v = beta * v + i - theta * s
    return v, (v > theta).float()


@W("lif_step", "input scaled by 1 - beta")
def _(v, i, s, beta, theta):
    v = beta * v + (1 - beta) * i - theta * s
    return v, _spk(v, theta)


@W("lif_step", "spike of the old v")
def _(v, i, s, beta, theta):
    return beta * v + i - theta * s, _spk(v, theta)


@W("lif_step", "one spike of the layer resets all neurons")
def _(v, i, s, beta, theta):
    v = beta * v + i - theta * float(s.any())
    return v, _spk(v, theta)


@R("lif_step", "torch.where")
def _(v, i, s, beta, theta):
    v = torch.where(s > 0, beta * v + i - theta, beta * v + i)
    return v, torch.where(v > theta, torch.ones_like(v), torch.zeros_like(v))


@R("lif_step", "in place on a clone, list returned")
def _(v, i, s, beta, theta):
    new = v.clone().mul_(beta).add_(i).sub_(s * theta)
    return [new, torch.gt(new, theta).type_as(new)]


# --- current_for -> check_current_for
def _climb(rate, t_ref):
    return 1000 / rate - t_ref


W("current_for", "rate in kHz")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 - math.exp(-(1 / rate - t_ref) / tau)))
W("current_for", "t_ref forgotten")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 - math.exp(-1000 / rate / tau)))
W("current_for", "t_ref added")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 - math.exp(-(1000 / rate + t_ref) / tau)))
W("current_for", "rheobase")(lambda rate, *, tau, theta, R, t_ref: theta / R)
W("current_for", "times R")(lambda rate, *, tau, theta, R, t_ref: theta * R / (
    1 - math.exp(-_climb(rate, t_ref) / tau)))
W("current_for", "exponent upside down")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 - math.exp(-tau / max(_climb(rate, t_ref), 1e-9))))
W("current_for", "1 + e^-x")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 + math.exp(-_climb(rate, t_ref) / tau)))
W("current_for", "out of reach is 0")(lambda rate, *, tau, theta, R, t_ref: 0.0 if (
    _climb(rate, t_ref) <= 0) else theta / R / (1 - math.exp(-_climb(rate, t_ref) / tau)))
W("current_for", "out of reach is negative")(lambda rate, *, tau, theta, R, t_ref: theta / R / (
    1 - math.exp(-_climb(rate, t_ref) / tau)) if _climb(rate, t_ref) else math.inf)
W("current_for", "to 0.01 nA")(lambda rate, *, tau, theta, R, t_ref: math.inf if (
    _climb(rate, t_ref) <= 0) else round(theta / R / (1 - math.exp(-_climb(rate, t_ref) / tau)), 2))


@R("current_for", "expm1, a tensor")
def _(rate, *, tau, theta, R, t_ref):
    if rate * t_ref >= 1000:
        return torch.tensor(math.inf)
    return torch.tensor(-theta / R / math.expm1(-_climb(rate, t_ref) / tau), dtype=torch.float64)


@R("current_for", "e^x / (e^x - 1)")
def _(rate, *, tau, theta, R, t_ref):
    climb = _climb(rate, t_ref)
    return np.inf if climb <= 0 else theta / R * (1 + 1 / (np.exp(climb / tau) - 1))


# --- same_as_snntorch -> check_same_as_snntorch
def _own(i, beta, reset="subtract", gain=1.0, late=True):
    v, s, out = torch.zeros(1), torch.zeros(1), []
    for i_k in i.split(1):
        v = (beta * v + gain * i_k - s) if reset == "subtract" else beta * (1 - s) * v + i_k
        s = (v > 1.0).to(v.dtype)
        if not late:
            v, keep = v - s, s
            out.append(keep)
            s = torch.zeros(1)
        else:
            out.append(s)
    return torch.cat(out)


def _theirs(i, beta, **more):
    neuron, mem, out = snntorch.Leaky(beta=beta, threshold=1.0, **more), torch.zeros(1), []
    for i_k in i.split(1):
        spk, mem = neuron(i_k, mem)
        out.append(spk.detach())
    return torch.cat(out)


W("same_as_snntorch", "my loop twice")(lambda i, beta: (_own(i, beta), _own(i, beta)))


@W("same_as_snntorch", "snnTorch twice")
def _(i, beta):
    s = _theirs(i, beta)
    return s, s.clone()


W("same_as_snntorch", "both reset to zero")(
    lambda i, beta: (_own(i, beta, "zero"), _theirs(i, beta, reset_mechanism="zero")))
W("same_as_snntorch", "my loop scales the input by 1 - beta")(
    lambda i, beta: (_own(i, beta, gain=1 - beta), _theirs(i, beta)))
W("same_as_snntorch", "my reset acts at once")(
    lambda i, beta: (_own(i, beta, late=False), _theirs(i, beta)))
W("same_as_snntorch", "beta fixed at 0.9")(lambda i, beta: (_own(i, 0.9), _theirs(i, 0.9)))
W("same_as_snntorch", "shape (L, 1)")(
    lambda i, beta: (_own(i, beta)[:, None], _theirs(i, beta)[:, None]))
W("same_as_snntorch", "both without spikes returned: zeros")(
    lambda i, beta: (torch.zeros_like(i), torch.zeros_like(i)))
W("same_as_snntorch", "first 100 steps only")(
    lambda i, beta: (_own(i[:100], beta), _theirs(i[:100], beta)))


@W("same_as_snntorch", "normalises i in place first")
def _(i, beta):
    i.clamp_(min=0)
    return _own(i, beta), _theirs(i, beta)


@R("same_as_snntorch", "NumPy float32 loop; neuron with init_leaky and no_grad")
def _(i, beta):
    b, v, s, mine = np.float32(beta), np.float32(0), np.float32(0), []
    for i_k in i.numpy():
        v = b * v + i_k - s
        s = np.float32(v > 1)
        mine.append(s)
    neuron = snntorch.Leaky(beta=beta, threshold=1.0)
    mem, theirs = neuron.init_leaky(), torch.zeros_like(i)
    with torch.no_grad():
        for k in range(len(i)):
            theirs[k], mem = neuron(i[k], mem)
    return torch.tensor(np.array(mine)), theirs


R("same_as_snntorch", "two loops, a list")(lambda i, beta: [_own(i, beta), _theirs(i, beta)])
