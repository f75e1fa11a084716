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
    "rheobase": "check_rheobase",  # rheobase -> check_rheobase
    "lif_step": "check_lif_step",  # lif_step -> check_lif_step
    "fi_rate": "check_fi_rate",  # fi_rate -> check_fi_rate
    "same_as_snntorch": "check_same_as_snntorch",  # same_as_snntorch -> check_same_as_snntorch
}

W("rheobase", "upside down")(lambda theta, R: R / theta)
W("rheobase", "product")(lambda theta, R: theta * R)
W("rheobase", "whole division")(lambda theta, R: theta // R)
W("rheobase", "R fixed at 10")(lambda theta, R: theta / 10.0)
W("rheobase", "in pA")(lambda theta, R: 1000 * theta / R)
W("rheobase", "rounded to 0.1")(lambda theta, R: round(theta / R, 1))
W("rheobase", "searched on the lab's slider, steps of 0.05")(
    lambda theta, R: max(k * 0.05 for k in range(81) if R * k * 0.05 <= theta + 1e-9))
W("rheobase", "constant")(lambda theta, R: 1.5)
R("rheobase", "np.float64")(lambda theta, R: np.float64(theta) / np.float64(R))
R("rheobase", "0-d tensor")(lambda theta, R: torch.tensor(theta, dtype=torch.float64) / R)


@R("rheobase", "bisection")
def _(theta, R):
    low, high = 0.0, 1.0
    while R * high <= theta:
        high *= 2
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (mid, high) if R * mid <= theta else (low, mid)
    return low


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


# --- fi_rate -> check_fi_rate
@W("fi_rate", "in kHz")
def _(I, *, tau, theta, R, t_ref):
    fires = R * I > theta
    d = torch.where(fires, R * I, 2 * theta)
    return torch.where(fires, 1 / (t_ref + tau * torch.log(d / (d - theta))), 0.0)


@W("fi_rate", "NaN below the rheobase")
def _(I, *, tau, theta, R, t_ref):
    return 1000 / (t_ref + tau * torch.log(R * I / (R * I - theta)))


@W("fi_rate", "nan_to_num: a negative current has a rate")
def _(I, *, tau, theta, R, t_ref):
    return torch.nan_to_num(1000 / (t_ref + tau * torch.log(R * I / (R * I - theta))))


@W("fi_rate", "without t_ref")
def _(I, *, tau, theta, R, t_ref):
    fires = R * I > theta
    d = torch.where(fires, R * I, 2 * theta)
    return torch.where(fires, 1000 / (tau * torch.log(d / (d - theta))), 0.0)


@W("fi_rate", "log10")
def _(I, *, tau, theta, R, t_ref):
    fires = R * I > theta
    d = torch.where(fires, R * I, 2 * theta)
    return torch.where(fires, 1000 / (t_ref + tau * torch.log10(d / (d - theta))), 0.0)


@W("fi_rate", "silent below 1.5 nA, whatever theta and R are")
def _(I, *, tau, theta, R, t_ref):
    fires = I > 1.5
    d = torch.where(fires, R * I, 2 * theta)
    return torch.where(fires, 1000 / (t_ref + tau * torch.log(d / (d - theta))), 0.0)


@W("fi_rate", "clamps I in place")
def _(I, *, tau, theta, R, t_ref):
    d = R * I.clamp_(min=0)
    fires = d > theta
    d = torch.where(fires, d, 2 * theta)
    return torch.where(fires, 1000 / (t_ref + tau * torch.log(d / (d - theta))), 0.0)


@W("fi_rate", "whole Hz")
def _(I, *, tau, theta, R, t_ref):
    fires = R * I > theta
    d = torch.where(fires, R * I, 2 * theta)
    return torch.where(fires, 1000 / (t_ref + tau * torch.log(d / (d - theta))), 0.0).round()


@R("fi_rate", "log1p, assigned where it fires")
def _(I, *, tau, theta, R, t_ref):
    f = torch.zeros_like(I)
    on = R * I > theta
    f[on] = 1000 / (t_ref - tau * torch.log1p(-theta / (R * I[on])))
    return f


@R("fi_rate", "Python loop in float64")
def _(I, *, R, theta, t_ref, tau):
    f = [1e3 / (t_ref + tau * math.log(R * c / (R * c - theta))) if R * c > theta else 0.0
         for c in I.tolist()]
    return torch.tensor(f, dtype=I.dtype)


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
