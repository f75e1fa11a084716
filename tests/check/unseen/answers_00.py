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
CHECK = {"spike_counts": "check_spike_counts"}  # spike_counts -> check_spike_counts

W("spike_counts", ">= for >")(lambda v, theta: (v >= theta).sum(1))
W("spike_counts", "sum over the batch")(lambda v, theta: (v > theta).sum(0))
W("spike_counts", "sum over the neurons")(lambda v, theta: (v > theta).sum(-1))
W("spike_counts", "mean, not a count")(lambda v, theta: (v > theta).float().mean(1))
W("spike_counts", "first sequence only")(lambda v, theta: (v[0] > theta).sum(0)[None])
W("spike_counts", "axis kept")(lambda v, theta: (v > theta).sum(1, keepdim=True))
W("spike_counts", "theta fixed at 1")(lambda v, theta: (v > 1.0).sum(1))


@W("spike_counts", "changes v in place")
def _(v, theta):
    v -= theta
    return (v > 0).sum(1)


@W("spike_counts", "upward crossings, not steps above")
def _(v, theta):
    s = (v > theta).int()
    return s[:, 0] + (s.diff(dim=1) == 1).sum(1)


W("spike_counts", "uint8 wraps at 256")(lambda v, theta: (v > theta).sum(1, dtype=torch.uint8))
W("spike_counts", "abs(v): negative swings counted")(lambda v, theta: (v.abs() > theta).sum(1))

R("spike_counts", "count_nonzero")(lambda v, theta: torch.count_nonzero(v > theta, dim=1))


@R("spike_counts", "loop over time, int32")
def _(v, theta):
    n = torch.zeros(v.shape[0], v.shape[2], dtype=torch.int32)
    for v_t in v.unbind(1):
        n += (v_t > theta).int()
    return n


@R("spike_counts", "NumPy and back")
def _(v, theta):
    return torch.from_numpy((v.detach().numpy() > theta).sum(axis=1))
