"""How far a discretized model is from its continuous one: Euler's limit, and errors by step."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike

from sslearn.ssm import discretize


def euler_limit(pole: complex) -> float:
    """The dt up to which Euler's |1 + dt pole| is at most 1, -2 Re pole / |pole|^2; dt in 1/pole.

    It is 0 where Re pole >= 0, because Euler then grows at any dt, save at pole = 0, where nothing
    moves and the limit is inf.

    >>> euler_limit(-1 + 10j)  # 2 / 101, fifty times shorter than for the pole -1
    0.019801980198019802
    """
    return 2 * max(0.0, -pole.real) / abs(pole) ** 2 if pole else math.inf


def step_errors(pole: complex, dt: ArrayLike, method: str) -> np.ndarray:
    """Error |x_k - x(k dt)| of a discretized x' = pole (x - 1), x(0) = 0, at the k dt nearest to 1.

    dt holds steps in the unit of 1/pole, each at most 1; the result has their shape. The exact
    solution is x(t) = 1 - e^(pole t). The function raises ValueError for another dt or method.

    >>> coarse, fine = step_errors(-4.0, [0.01, 0.005], "bilinear")
    >>> round(coarse / fine, 2)  # half the step, a quarter of the error: the method has order 2
    np.float64(4.0)
    """
    dt = np.asarray(dt, dtype=float)
    if not ((dt > 0) & (dt <= 1)).all():
        raise ValueError(f"dt must hold steps above 0 and at most 1, got {dt}")
    k = np.rint(1 / dt)
    pole_of_each = torch.full(dt.shape, pole, dtype=torch.complex128)
    A, B = (x.numpy() for x in discretize(pole_of_each, -pole_of_each, torch.as_tensor(dt), method))
    with np.errstate(invalid="ignore"):
        x = B * np.where(A == 1, k, (1 - A**k) / (1 - A))  # B (1 + A + ... + A^(k-1))
    return np.abs(x + np.expm1(pole * k * dt))
