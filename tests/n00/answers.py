"""Answers to the exercise of notebook 00, right and wrong. The wrong ones: {message part: f}."""

import torch

from sslearn.course.n00_start import checks as start

CHECKS = {"spike_counts": start.check_spike_counts}
RIGHT = {
    "spike_counts": [
        lambda v, theta: (v > theta).sum(1),
        lambda v, theta: torch.heaviside(v - theta, torch.zeros_like(v)).sum(dim=-2),
    ],
}


def in_place(v, theta):
    return v.sub_(theta).gt(0).sum(1)


WRONG = {
    "spike_counts": {
        "return one tensor": lambda v, theta: (v > theta).sum(1).tolist(),
        "step by step": lambda v, theta: v > theta,
        "one number for all": lambda v, theta: (v > theta).sum(),
        "over the batch": lambda v, theta: (v > theta).sum(0),
        "over the neurons": lambda v, theta: (v > theta).sum(2),
        "must be (B, H)": lambda v, theta: (v > theta).sum(1).T,
        "in place": in_place,
        "the silent steps": lambda v, theta: (v < theta).sum(1),
        "rises above theta": lambda v, theta: (
            (s := (v > theta).int())[:, 0] + (s.diff(dim=1) == 1).sum(1)
        ),
        "added up v": lambda v, theta: (v * (v > theta)).sum(1),
        "no count": lambda v, theta: (v > theta).float().mean(1),
        "v = theta was counted": lambda v, theta: (v >= theta).sum(1),
        "simple trains": lambda v, theta: (v.abs() > theta).sum(1),
        "theta = 1 only": lambda v, theta: (v > 1).sum(1),
        "one size only": [
            lambda v, theta: (v > theta).sum(1).squeeze(),
            lambda v, theta: (v > theta).byte().sum(1, dtype=torch.uint8),
            lambda v, theta: (v > theta)[:, :5].sum(1),
        ],
    },
}
