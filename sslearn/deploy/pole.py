"""One pole in integers beside the exact one, with a proved bound on how far they part."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.deploy.fixed import (
    SEED,
    WORD,
    fixed_decay,
    largest,
    next_word,
    require_bits,
    require_finite,
    require_rounding,
    shift_round,
)


class PoleRun(NamedTuple):
    """One pole, exact and in integers, after each of L steps.

    exact, value: x and scale X, complex128 (L,).   X: the integers, int64 (L, 2), real and
    imaginary part.   scale: the unit of X.   decay: the A_bar that ran.   bound: the proved bound
    (L,) on |value - exact|.   clipped: how many parts were clipped; the bound holds up to the
    first of them.
    """

    exact: Tensor
    value: Tensor
    X: Tensor
    scale: float
    decay: complex
    bound: Tensor
    clipped: int


def pole_steps(
    A_bar: complex,
    B_bar: complex,
    u: Tensor,
    *,
    state_bits: int,
    decay_bits: int,
    rounding: str = "nearest",
    decay: str = "plain",
    scale: float | None = None,
    seed: int = SEED,
) -> PoleRun:
    """X' = round((a X + U) / 2^k): x' = A_bar x + B_bar u in integers, u (L,) of real numbers.

    a is `fixed_decay` of A_bar with k bits behind the point, U is B_bar u in units of scale / 2^k,
    and the state's two parts have state_bits each. scale is by default the power of two that just
    holds the exact run. With e = scale X - x,
        |e'| <= |A_bar| |e| + |a / 2^k - A_bar| scale |X| + sqrt 2 scale r + scale / 2^k,
    r = 1/2 for nearest and 1 otherwise, because a part is rounded by at most r units and U by half
    of its own. Raises ValueError for bits, rounding, form, scale or seed out of range, and for
    numbers that are not finite.
    """
    require_bits("state_bits", state_bits)
    require_rounding(rounding)
    require_finite("u, A_bar and B_bar", torch.cat([u.flatten() * (1 + 0j), _row(A_bar, B_bar)]))
    if not 1 <= seed <= WORD:
        raise ValueError(f"seed must be a whole number from 1 to 2^32 - 1, got {seed}")
    A, B, top = complex(A_bar), complex(B_bar), largest(state_bits)
    a = fixed_decay(_row(A), decay_bits, decay)
    ar, ai, k = int(a.real), int(a.imag), a.shift
    exact, x = [], 0j
    for u_t in u.tolist():
        x = A * x + B * u_t
        exact.append(x)
    if scale is None:
        size = max((max(abs(x.real), abs(x.imag)) for x in exact), default=0.0)
        scale = 2.0 ** math.ceil(math.log2(size / top)) if size > 0 else 1.0
    if not 0 < scale < math.inf:
        raise ValueError(f"scale must be a positive number, got {scale}")
    gap, slip = abs(complex(a.value) - A), 0.5 if rounding == "nearest" else 1.0
    steps, bounds, e, clipped, r = [], [], 0.0, 0, seed
    X, Y = 0, 0
    for u_t in u.tolist():
        e = abs(A) * e + scale * (gap * math.hypot(X, Y) + math.sqrt(2) * slip + 0.5**k)
        U = B * u_t / scale * 2**k
        r = next_word(r)
        p = ar * X - ai * Y + math.floor(U.real + 0.5)
        q = ar * Y + ai * X + math.floor(U.imag + 0.5)
        X, Y = shift_round(p, k, rounding, r >> 16), shift_round(q, k, rounding, r & 0xFFFF)
        clipped += (abs(X) > top) + (abs(Y) > top)
        X, Y = min(max(X, -top), top), min(max(Y, -top), top)
        steps.append((X, Y))
        bounds.append(e)
    X = torch.tensor(steps, dtype=torch.int64).view(-1, 2)
    value = torch.view_as_complex(X.double() * scale)
    exact = torch.tensor(exact, dtype=torch.complex128)
    bound = torch.tensor(bounds, dtype=torch.float64)
    return PoleRun(exact, value, X, scale, complex(a.value), bound, clipped)


def _row(*numbers):
    return torch.tensor([complex(n) for n in numbers], dtype=torch.complex128)
