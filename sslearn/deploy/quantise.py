"""From a trained sequence classifier to integers: `quantise`."""

import copy
import math

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
    largest,
    require_bits,
    require_rounding,
    round_to,
)
from sslearn.deploy.integer import GLU, GSU, Block, IntegerNetwork, Linear, Poles
from sslearn.deploy.known import require_calibration, require_model
from sslearn.layers import GLU as RealGLU
from sslearn.layers import S4D, BinaryS4D
from sslearn.models import SequenceClassifier

MANTISSA = 15  # the bits of what scales a sum, without its sign
SCORE_BITS = 12


def point(bound: float, bits: int = 16) -> int:
    """The most bits behind the point with which +-bound fits in so many bits."""
    return math.floor(math.log2(largest(bits) / max(bound, 2.0**-20)))


def channel_scale(W: Tensor, bits: int) -> Tensor:
    """The unit of each row (M, 1) of W (M, H) with the least squared error of 24 that clip more."""
    size = W.abs().amax(-1, keepdim=True)
    size = torch.where(size > 0, size, torch.ones_like(size)) / largest(bits)
    best, least = size, torch.full_like(size, math.inf)
    for share in torch.linspace(1.0, 0.4, 25):
        error = (round_to(W, bits, scale=size * share).value - W).square().sum(-1, keepdim=True)
        best, least = torch.where(error < least, size * share, best), error.minimum(least)
    return best


def fraction(ratio: Tensor, bias: Tensor) -> tuple[Tensor, Tensor, int]:
    """M in 16 bits, b and shift with M / 2^shift = ratio (M,) > 0 and b / 2^shift = bias (M,)."""
    shift = min(max(MANTISSA - math.frexp(ratio.abs().max().item())[1], 0), 40)
    unit = 2.0**shift
    return (ratio * unit).round().long(), (bias * unit).round().long(), shift


def linear(W: Tensor, b: Tensor, bits: int, *, unit_in: float, unit_out: float) -> Linear:
    """W s + b for s in unit_in, in unit_out, with W (M, H) in so many bits by channel."""
    q, scale = round_to(W, bits, scale=channel_scale(W, bits))
    return Linear(q, *fraction(scale[:, 0] * unit_in / unit_out, b / unit_out))


@torch.no_grad()
def largest_states(ssm: S4D, u: Tensor) -> tuple[Tensor, Tensor]:
    """Over all steps of u (n, L, H): max |part of x| (H, N/2), and max |y| (), from `step`."""
    state, top, peak = ssm.initial_state(len(u)), 0.0, torch.zeros(())
    for u_t in u.unbind(1):
        y, state = ssm.membrane_step(u_t, state)
        parts = torch.view_as_real(state.x).abs().amax((0, -1))
        top, peak = parts.maximum(torch.as_tensor(top)), peak.maximum(y.abs().max())
    return top, peak


def quantise(
    model: SequenceClassifier,
    x: Tensor,
    *,
    weight_bits: int = 8,
    state_bits: int = 16,
    decay_bits: int = 12,
    rounding: str = "nearest",
    decay: str = "complement",
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
    rounding: of the state: nearest, truncate or stochastic. Everything else goes to the nearest.
    levels: the integer input that stands for 1.0, 255 for MNIST and 16 for the digits of
        scikit-learn.
    seed: of the coins of stochastic rounding, which start anew with each sequence.

    Raises ValueError for another model, bits out of range, weights or inputs that are not finite.
    """
    for name, bits in (("weight_bits", weight_bits), ("state_bits", state_bits)):
        require_bits(name, bits)
    require_bits("decay_bits", decay_bits)
    require_rounding(rounding)
    require_model(model)
    require_calibration(x, levels, seed)
    settings = {
        "weight_bits": weight_bits, "state_bits": state_bits, "decay_bits": decay_bits,
        "rounding": rounding, "decay": decay,
    }  # fmt: skip
    with torch.no_grad():
        double = copy.deepcopy(model).double().eval()
        u = double.features(x.double())
        blocks, f = [], point(u[0].abs().max().item())
        encode = linear(
            double.encode.weight, double.encode.bias, 16, unit_in=1 / levels, unit_out=2.0**-f
        )
        for block, z in zip(double.blocks, u, strict=False):
            made, f = _block(block, z, f, settings)
            blocks.append(made)
        head = double.head
        head = linear(
            head.weight, head.bias, weight_bits, unit_in=2.0**-f, unit_out=2.0**-SCORE_BITS
        )
    return IntegerNetwork(encode, blocks, head, model.pooling, levels, SCORE_BITS, seed, settings)


def _block(block, u, f, settings):
    """The block on integers, and the bits behind the point of its output; u (n, L, H), in f."""
    bits, unit = settings["weight_bits"], 2.0**-f
    top, peak = largest_states(block.ssm, u)
    A_bar, W, D = block.ssm.recurrence()
    e = torch.ceil((top.clamp(min=2.0**-20) / largest(settings["state_bits"])).log2()).long()
    a = fixed_decay(A_bar, settings["decay_bits"], settings["decay"])
    more = max(0, int((f + e).max()) - a.shift)  # so that the input is a whole number there
    a = a._replace(
        real=a.real << more, imag=a.imag << more, shift=a.shift + more,
        e_real=a.e_real + more, e_imag=a.e_imag + more,
    )  # fmt: skip
    C = torch.view_as_real(W.conj().resolve_conj()) * (2.0**e)[..., None]  # (H, N/2, 2)
    q, scale = round_to(C.flatten(1), bits, scale=channel_scale(C.flatten(1), bits))
    M, D, shift = fraction(scale[:, 0], D * unit)
    poles = Poles(
        a, a.shift - f - e, q.view_as(C), M, D, settings["state_bits"], settings["rounding"]
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
