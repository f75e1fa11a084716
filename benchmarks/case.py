"""A case of `make bench`: our form, its peers, and a check that they agree."""

from collections.abc import Callable
from typing import NamedTuple

import torch


class Case(NamedTuple):
    """ours() against peers[first](), at least `goal` times as fast; error() must be <= `near`."""

    name: str
    ours: Callable
    peers: dict[str, Callable]
    goal: float
    error: Callable[[], float]
    near: float


def seed(n=0):
    return torch.Generator().manual_seed(n)


def off(a, b):
    """The largest difference, over the largest entry of b."""
    a, b = a.detach(), b.detach()
    return float((a - b).abs().max() / b.abs().max())


def both_ways(f, x):
    def run():
        y = x.detach().requires_grad_()
        f(y).sum().backward()
        return y.grad

    return run


def alone(f, *args):
    def run():
        with torch.no_grad():
            return f(*args)

    return run
