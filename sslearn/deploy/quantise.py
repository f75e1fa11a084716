"""From a trained sequence classifier to integers: `quantise`."""

import copy
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from sslearn.deploy.arithmetic import (
    GATE_BITS,
    INDEX_BITS,
    LayerNorm,
    normal_table,
    sigmoid_table,
)
from sslearn.deploy.fixed import (
    SEED,
    fixed_decay,
    require_rounding,
    round_to,
)
from sslearn.deploy.integer import GLU, GSU, Block, IntegerNetwork, Linear, Poles
from sslearn.deploy.known import (
    require_all_bits,
    require_calibration,
    require_levels,
    require_model,
    require_room,
)
from sslearn.deploy.scales import (
    channel_scale,
    fraction,
    largest_states,
    point,
    state_units,
    value_of,
)
from sslearn.layers import GLU as RealGLU
from sslearn.layers import BinaryS4D
from sslearn.models import SequenceClassifier

SCORE_BITS = 12


def linear(W: Tensor, b: Tensor, bits: int, *, unit_in: float, unit_out: float) -> Linear:
    """W s + b for s in unit_in, in unit_out, with W (M, H) in so many bits by channel."""
    q, scale = round_to(W, bits, scale=channel_scale(W, bits))
    return Linear(q, *fraction(scale[:, 0] * unit_in / unit_out, b / unit_out))


def quantise(
    model: SequenceClassifier,
    x: Tensor,
    *,
    weight_bits: int = 8,
    state_bits: int = 16,
    decay_bits: int = 12,
    rounding: str = "nearest",
    decay: str = "complement",
    units: str = "powers",
    tops: Sequence[Tensor] | None = None,
    levels: int = 255,
    seed: int = SEED,
) -> IntegerNetwork:
    """The classifier on integers: W = scale q by channel, x = 2^e X by pole, z in 16 bits.

    model: a SequenceClassifier of one number a step, with S4D, Binary S4D or the GSU, and layer
        norm behind the sum. It is read as it is now and stays unchanged.
    x: inputs (n, L, 1) of the model, a hundred or so: the largest state that a pole has on them
        sets its unit, a power of two. Larger ones are clipped.
    weight_bits: of C, of the mixing and of the head, by channel. What there is one of for a
        channel, such as D, biases and gains, has 16 bits, or 32 where it is added to a sum.
    state_bits: of each of the two parts of each pole's state.
    decay_bits, decay: as `fixed_decay` takes them.
    units: of the state, powers (of two) or any: `scales.state_units`.
    tops: for each block the largest states (H, N/2) from which the units come, in the place of
        those on x: those that a fine-tuned network has learned with, `aware.tops_of`.
    rounding: of the state: nearest, truncate or stochastic. Everything else goes to the nearest.
    levels: the integer input that stands for 1.0, 255 for MNIST and 16 for the digits of
        scikit-learn.
    seed: of the coins of stochastic rounding, which start anew with each sequence.

    Raises ValueError for another model, bits out of range, weights or inputs that are not finite.
    """
    require_all_bits(weight_bits, state_bits, decay_bits)
    require_rounding(rounding)
    require_model(model)
    require_calibration(x)
    require_levels(levels, seed)
    settings = {
        "weight_bits": weight_bits, "state_bits": state_bits, "decay_bits": decay_bits,
        "rounding": rounding, "decay": decay, "units": units,
    }  # fmt: skip
    with torch.no_grad():
        double = copy.deepcopy(model).double().eval()
        u = double.features(x.double())
        blocks, f = [], point(u[0].abs().max().item())
        encode = linear(
            double.encode.weight, double.encode.bias, 16, unit_in=1 / levels, unit_out=2.0**-f
        )
        for i, (block, z) in enumerate(zip(double.blocks, u, strict=False)):
            made, f = _block(block, z, f, settings, None if tops is None else tops[i])
            blocks.append(made)
        head = double.head
        head = linear(
            head.weight, head.bias, weight_bits, unit_in=2.0**-f, unit_out=2.0**-SCORE_BITS
        )
    return IntegerNetwork(encode, blocks, head, model.pooling, levels, SCORE_BITS, seed, settings)


def _block(block, u, f, settings, top):
    """The block on integers, and the bits behind the point of its output; u (n, L, H), in f."""
    bits, unit = settings["weight_bits"], 2.0**-f
    seen, peak = largest_states(block.ssm, u)
    A_bar, W, D = block.ssm.recurrence()
    top = seen if top is None else top
    units = state_units(top, settings["state_bits"], settings["units"])
    gain, e = units
    a = fixed_decay(A_bar, settings["decay_bits"], settings["decay"])
    more = max(0, int((f + e).max()) - a.shift)  # so that the input is a whole number there
    a = a._replace(
        real=a.real << more, imag=a.imag << more, shift=a.shift + more,
        e_real=a.e_real + more, e_imag=a.e_imag + more,
    )  # fmt: skip
    C = torch.view_as_real(W.conj().resolve_conj()) * value_of(units)[..., None]  # (H, N/2, 2)
    q, scale = round_to(C.flatten(1), bits, scale=channel_scale(C.flatten(1), bits))
    M, D, shift = fraction(scale[:, 0], D * unit)
    poles = Poles(
        a, a.shift - f - e, gain, q.view_as(C), M, D, settings["state_bits"], settings["rounding"]
    )
    theta, to_mix, g = None, 0, f
    if isinstance(block.ssm, BinaryS4D):
        theta, unit_s = math.floor(block.ssm.theta * 2.0**shift), 1.0
    else:
        g = point(1.5 * peak.item())
        to_mix, unit_s = shift - g, 2.0**-g
    table = normal_table() if block.act is gelu else None
    mix = _mix(block.mix, bits, unit_s, f)
    made, f = _norm(block.norm.inner, f)
    require_room(poles)
    return Block(poles, theta, to_mix, table, g - INDEX_BITS, mix, made), f


def _mix(mix, bits, unit_s, f):
    """The mixing of s in unit_s on integers, its output with f bits behind the point."""
    if isinstance(mix, RealGLU):
        W, b = mix.both.weight.chunk(2), mix.both.bias.chunk(2)
        value, gate = (
            linear(W[i], b[i], bits, unit_in=unit_s, unit_out=unit)
            for i, unit in enumerate((2.0**-f, 2.0**-INDEX_BITS))
        )
        return GLU(value, gate, sigmoid_table())
    gain, after = 1.0, isinstance(mix, nn.Sequential)
    unit = mix[0] if after else mix
    for layer in mix[1:] if after else ():
        gain *= getattr(layer, "gain", 1.0)
    reach = gain * (unit.W.abs().sum(-1) + unit.b.abs()).max().item()
    g = point(reach)
    first = linear(gain * unit.W, gain * unit.b, bits, unit_in=1.0, unit_out=2.0**-g)
    W2 = unit.W if unit.W2 is None else unit.W2
    T = unit._ternary("W", W2, W2.abs().max()).long()
    c = (unit.c / unit_s).round().long()
    alpha = round(unit.alpha * 2**GATE_BITS)
    shift = g + round(-math.log2(unit_s)) - f
    return GSU(first, T, c, alpha, shift, f - INDEX_BITS, normal_table() if after else None)


def _norm(norm, f):
    """The layer norm of integers with f bits behind the point, and those of its output."""
    H = len(norm.weight)
    bound = norm.weight.abs() * math.sqrt(H - 1) + norm.bias.abs()
    g = point(bound.max().item())
    eps = max(1, round(norm.eps * H**3 * 4.0**f))
    # A deviation is in units of 2^-15 of the root of the sum of squares.
    G, o, shift = fraction(norm.weight * math.sqrt(H) * 2.0 ** (g - 15), norm.bias * 2.0**g)
    return LayerNorm(G, o, eps, shift), g
