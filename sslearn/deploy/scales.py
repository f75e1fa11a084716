"""The units of integers: of a channel's weights, of a pole's state, of a sum in another unit."""

import math

import torch
from torch import Tensor

from sslearn.deploy.fixed import largest, round_to
from sslearn.layers import S4D

UNITS = ("powers", "any")
MANTISSA = 15  # the bits of what scales a sum, without its sign


def point(bound: float, bits: int = 16) -> int:
    """The most bits behind the point with which +-bound fits in so many bits."""
    return math.floor(math.log2(largest(bits) / max(bound, 2.0**-20)))


def channel_scale(W: Tensor, bits: int) -> Tensor:
    """The unit (M, 1) of each row of W (M, H) whose rounding has the least squared error.

    25 are tried, from that which clips nothing down to 0.4 of it.
    """
    size = W.abs().amax(-1, keepdim=True)
    size = torch.where(size > 0, size, torch.ones_like(size)) / largest(bits)
    best, least = size, torch.full_like(size, math.inf)
    for share in torch.linspace(1.0, 0.4, 25).tolist():
        error = (round_to(W, bits, scale=size * share).value - W).square().sum(-1, keepdim=True)
        best, least = torch.where(error < least, size * share, best), error.minimum(least)
    return best


def fraction(ratio: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, int]:
    """M in 16 bits, b and shift: M / 2^shift = ratio (M,) and b / 2^shift = bias (M,)."""
    shift = min(max(MANTISSA - math.frexp(ratio.abs().max().item())[1], 0), 40)
    return (ratio * 2.0**shift).round().long(), (bias * 2.0**shift).round().long(), shift


@torch.no_grad()
def largest_states(ssm: S4D, u: Tensor) -> tuple[Tensor, Tensor]:
    """Over all steps of u (n, L, H): max |part of x| (H, N/2), and max |y| (), from `step`."""
    state, top, peak = ssm.initial_state(len(u)), torch.zeros(()), torch.zeros(())
    for u_t in u.unbind(1):
        y, state = ssm.membrane_step(u_t, state)
        top = torch.view_as_real(state.x).abs().amax((0, -1)).maximum(top)
        peak = peak.maximum(y.abs().max())
    return top, peak


def state_units(top: Tensor, bits: int, units: str) -> tuple[Tensor | None, Tensor]:
    """m and e (H, N/2): the unit 2^e / m in which states up to top just fit in so many bits.

    With units "powers" m is None, for 1; with "any" it is 64 ... 127, so that hardly any of the
    range is left unused, where a power of two leaves up to half, at the price of one product more
    for each pole and step. Raises ValueError for other units.
    """
    if units not in UNITS:
        raise ValueError(f"units must be one of {list(UNITS)}, got {units!r}")
    unit = top.double().clamp(min=2.0**-20) / largest(bits)
    if units == "powers":
        return None, unit.log2().ceil().long()
    e = unit.log2().floor().long() + 7
    m = (2.0**e / unit).floor().long()  # It is 64 ... 128.
    return m.clamp(max=127), e


def value_of(units: tuple[Tensor | None, Tensor]) -> Tensor:
    """The unit 2^e / m of `state_units`."""
    m, e = units
    return 2.0 ** e.double() / (1 if m is None else m)
