"""Three blobs in the plane, and a linear model that learns to tell them apart."""

import torch
from torch import nn

from sslearn.training import fit


def seed(n=0):
    return torch.Generator().manual_seed(n)


def blobs(n=90, classes=3):
    """(x, y): n points around centres that are far apart."""
    y = torch.arange(n) % classes
    centre = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return centre[y] + 0.3 * torch.randn(n, 2, generator=seed(1)), y


def line(zero=True):
    model = nn.Linear(2, 3)
    for p in model.parameters():
        nn.init.zeros_(p) if zero else nn.init.normal_(p, generator=seed(2))
    return model


class Dropped(nn.Module):
    """A linear model behind dropout, which keeps what the dropout let through."""

    def __init__(self):
        super().__init__()
        self.inner, self.drop, self.let_through = line(zero=False), nn.Dropout(0.3), []

    def forward(self, x, scale=None):
        if self.training:
            self.let_through.append(self.drop(torch.ones(len(x), 2)))
            x = x * self.let_through[-1]
        return self.inner(x) * (1 if scale is None else scale[:, None])


SETTINGS = {"epochs": 5, "batch": 16, "lr": 0.1}  # 90 examples: six steps an epoch


def run(model, test=None, **settings):
    settings = SETTINGS | {"generator": seed()} | settings
    return fit(model, blobs(), test or blobs(30), **settings)


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
