"""A case of `make bench`: our form, its peers, and a check that they agree."""

from collections.abc import Callable
from typing import NamedTuple

import torch


class Case(NamedTuple):
    """Our form of a computation and its peers, which have to agree before they are timed.

    error() says by how much ours differs from the first peer, and `allowed` how much it may.
    `goal` says how many times as fast as the first peer ours is to be.
    """

    name: str
    ours: Callable
    peers: dict[str, Callable]
    goal: float
    error: Callable[[], float]
    allowed: float


def seed(n=0):
    return torch.Generator().manual_seed(n)


def relative_error(a, b):
    """The largest difference of a and b, divided by the largest entry of b."""
    a, b = a.detach(), b.detach()
    return float((a - b).abs().max() / b.abs().max())


def both_ways(f, x):
    """A call of f at x with its backward pass; it returns the gradient of x."""

    def run():
        y = x.detach().requires_grad_()
        f(y).sum().backward()
        return y.grad

    return run


def forward_only(f, *args):
    """A call of f that records nothing for a backward pass."""

    def run():
        with torch.no_grad():
            return f(*args)

    return run
