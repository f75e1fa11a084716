"""Numbers as integers: symmetric rounding, the coins of stochastic rounding, a pole's decay."""

from typing import NamedTuple

import torch
from torch import Tensor

ROUNDINGS = ("nearest", "truncate", "stochastic")
DECAYS = ("plain", "complement")
SEED = 2463534242  # Marsaglia's own; any number in 1 ... 2^32 - 1 will do
WORD = 2**32 - 1


def require_bits(name: str, bits: int, low: int = 2, high: int = 24) -> None:
    """Raises ValueError, with the name, unless bits is a whole number from low to high."""
    if isinstance(bits, bool) or not isinstance(bits, int) or not low <= bits <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, got {bits!r}")


def require_rounding(rounding: str) -> None:
    """Raises ValueError unless rounding is a name in ROUNDINGS."""
    if rounding not in ROUNDINGS:
        raise ValueError(f"rounding must be one of {list(ROUNDINGS)}, got {rounding!r}")


def require_finite(name: str, x: Tensor) -> None:
    """Raises ValueError, with the name, if an entry of x is NaN or infinite."""
    if not x.isfinite().all():
        raise ValueError(f"{name} must be finite everywhere, and holds NaN or infinity")


class Rounded(NamedTuple):
    """Integers q (int64) and the scale whose multiples they count: `value` = scale q."""

    q: Tensor
    scale: Tensor

    @property
    def value(self) -> Tensor:
        """The numbers that the integers stand for, in the scale's dtype."""
        return self.q.to(self.scale.dtype) * self.scale


def largest(bits: int) -> int:
    """The largest integer of symmetric numbers of so many bits, 2^(bits-1) - 1."""
    return 2 ** (bits - 1) - 1


def round_to(
    x: Tensor,
    bits: int,
    rounding: str = "nearest",
    *,
    dim: int | None = None,
    scale: Tensor | float | None = None,
    generator: torch.Generator | None = None,
) -> Rounded:
    """q = round(x / scale), at most 2^(bits-1) - 1 in size; x any floating shape.

    scale is max |x| / (2^(bits-1) - 1) by default, over all of x or, by channel, along dim. nearest
    rounds half up, truncate rounds down as a dropped bit does, and stochastic rounds up with a
    probability equal to what is dropped, so that the mean is right; its coins are the generator's.
    Larger entries are clipped. Raises ValueError for bits out of 2 ... 24, an unknown rounding, a
    scale that is not positive, stochastic without a generator, and an x that is not finite.

    >>> round_to(torch.tensor([0.9, -0.5, 0.1]), 3)
    Rounded(q=tensor([ 3, -2,  0]), scale=tensor(0.3000))
    """
    require_bits("bits", bits)
    require_rounding(rounding)
    require_finite("x", x)
    top = largest(bits)
    if scale is None:
        size = x.abs().amax() if dim is None else x.abs().amax(dim, keepdim=True)
        scale = torch.where(size > 0, size, torch.ones_like(size)) / top
    scale = torch.as_tensor(scale, dtype=x.dtype)
    if not (scale > 0).all():
        raise ValueError(f"scale must be positive, got {scale.min()}")
    z = x / scale
    if rounding == "stochastic":
        if generator is None:
            raise ValueError("stochastic rounding needs a generator, got None")
        z = z + torch.rand(z.shape, generator=generator, dtype=z.dtype)
    elif rounding == "nearest":
        z = z + 0.5
    return Rounded(z.floor().clamp(-top, top).to(torch.int64), scale)


def next_word(r: int | Tensor) -> int | Tensor:
    """The next of xorshift32's words: three shifts and three exclusive ors (Marsaglia 2003).

    Every number in 1 ... 2^32 - 1 comes once in a period; 0 would stay 0.

    >>> next_word(1)
    270369
    """
    r = r ^ (r << 13 & WORD)  # A tensor is not changed in place.
    r = r ^ (r >> 17)
    return r ^ (r << 5 & WORD)


def dropped(noise: int | Tensor, shift: int) -> int | Tensor:
    """A 16-bit draw as a number in 0 ... 2^shift - 1, in steps of 2^(shift-16) where it is wide."""
    return noise >> (16 - shift) if shift <= 16 else noise << (shift - 16)


def shift_round(v, shift: int, rounding: str, noise=0):
    """v / 2^shift as an integer, v integers (Tensor or int); noise are 16-bit draws.

    nearest adds half of the unit, stochastic a number drawn below the unit; then both drop the low
    bits, and so does truncate at once. A shift below 0 multiplies, which is exact.
    """
    if shift <= 0:
        return v << -shift
    add = {"nearest": 1 << (shift - 1), "truncate": 0}.get(rounding)
    return (v + (dropped(noise, shift) if add is None else add)) >> shift


class Decay(NamedTuple):
    """A pole's decay as integers: A_bar = (real + i imag) / 2^shift, each of A_bar's shape.

    They are kept as mantissas m of few bits and exponents e: real = m 2^e, or 2^shift - m 2^e in
    the form complement, and imag = m 2^e.
    """

    real: Tensor
    imag: Tensor
    shift: int
    m_real: Tensor
    m_imag: Tensor
    e_real: Tensor
    e_imag: Tensor

    @property
    def value(self) -> Tensor:
        """The decay that the integers stand for (complex128)."""
        return torch.complex(self.real.double(), self.imag.double()) / 2**self.shift


def fixed_decay(A_bar: Tensor, bits: int, form: str = "plain") -> Decay:
    """A_bar in integers of `bits` bits, real and imaginary part each; A_bar complex, any shape.

    plain is fixed point with bits - 1 bits behind the point. Where 1 - |A_bar| is below half of
    its unit, which holds for slow poles, the decay is lost: |A_bar| becomes 1, or more, or the
    next smaller number. complement keeps 1 - Re A_bar and Im A_bar, each with an exponent of its
    own (8 bits), so that what a pole forgets in a step is right to a share of 1/(2^(bits-1) - 1),
    and its turn to the same share of the larger of the two.
    Raises ValueError for bits out of 2 ... 24, another form and an A_bar that is not finite.

    >>> A_bar = torch.tensor([0.999 + 0.01j])  # which fades to 37 % in about 1,000 steps
    >>> [round(fixed_decay(A_bar, 8, form).value.abs().item(), 4) for form in DECAYS]
    [0.9922, 0.999]
    """
    require_bits("decay_bits", bits)
    if form not in DECAYS:
        raise ValueError(f"decay must be one of {list(DECAYS)}, got {form!r}")
    require_finite("A_bar", A_bar)
    A, top = A_bar.to(torch.complex128), largest(bits)
    if form == "plain":
        parts = [round_to(p, bits, scale=0.5 ** (bits - 1)).q for p in (A.real, A.imag)]
        zero = torch.zeros_like(parts[0])
        return Decay(*parts, bits - 1, *parts, zero, zero)
    parts = 1 - A.real, A.imag
    # The largest j with |part| 2^j <= top; 0 takes any, and 30 bounds what a product may need.
    j = [(top / p.abs().clamp(min=top * 2.0**-30)).log2().floor().long() for p in parts]
    j[1] = j[1].minimum(j[0])  # An angle far below 1 - Re A_bar needs no finer unit.
    m = [(p * 2.0**n + 0.5).floor().long() for p, n in zip(parts, j, strict=True)]
    shift = max(0, max(int(n.max()) for n in j))
    e = [shift - n for n in j]
    m_e = [a << b for a, b in zip(m, e, strict=True)]
    return Decay(2**shift - m_e[0], m_e[1], shift, *m, *e)
