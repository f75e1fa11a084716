"""A diagonal state space model, for the tests of its definitions and of their fast twins."""

import math

import torch

EDGES = [1, 2, 3, 7, 31, 64, 65, 127, 128, 129, 784]  # lengths at which an algorithm may err


def seed(n):
    return torch.Generator().manual_seed(n)


def model(H=3, N=8, dtype=torch.float64, n=0, dt_min=1e-3, dt_max=1e-1):
    """Stable poles, B = 1, random C, dt from 1e-3 to 1e-1. All (H, N/2), complex."""
    g = seed(n)
    A = torch.complex(-0.5 * torch.ones(H, N // 2, dtype=dtype),
                      math.pi * torch.arange(N // 2, dtype=dtype).expand(H, -1))  # fmt: skip
    C = torch.randn(H, N // 2, 2, generator=g, dtype=dtype)
    low, high = math.log(dt_min), math.log(dt_max)
    dt = (low + (high - low) * torch.rand(H, 1, generator=g, dtype=dtype)).exp()
    return A, torch.ones_like(A), torch.view_as_complex(C), dt
