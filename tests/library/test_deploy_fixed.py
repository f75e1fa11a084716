"""Rounding to few bits, the coins of stochastic rounding, and decays as integers."""

import pytest
import torch

from sslearn.deploy import DECAYS, ROUNDINGS, fixed_decay, round_to
from sslearn.deploy.fixed import WORD, dropped, next_word, shift_round


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_rounded_number_is_as_near_as_its_rounding_says(bits, rounding):
    x = numbers(50, 40)
    coins = torch.Generator().manual_seed(1)
    q, scale = round_to(x, bits, rounding, dim=-1, generator=coins)
    top = 2 ** (bits - 1) - 1
    assert scale.shape == (50, 1) and q.dtype == torch.int64
    assert q.abs().amax(-1).eq(top).all() or rounding != "nearest"  # every channel uses its range
    assert q.abs().max() <= top
    off = (q * scale - x) / scale
    low, high = {"nearest": (-0.5, 0.5), "truncate": (-1, 0), "stochastic": (-1, 1)}[rounding]
    inside = x / scale > -top  # because the lowest number of truncate is clipped
    assert off[inside].min() > low - 1e-9 and off[inside].max() < high + 1e-9


def test_rounding_is_odd_and_zero_stays():
    x = numbers(1000)
    q, back = round_to(x, 6).q, round_to(-x, 6).q
    assert torch.equal(q, -back)
    assert round_to(torch.zeros(3), 4).q.tolist() == [0, 0, 0]


def test_the_mean_of_stochastic_rounding_is_right_and_that_of_the_others_is_not():
    x, mean = torch.full((20_000,), 0.2, dtype=torch.float64), {}
    for rounding in ROUNDINGS:
        coins = torch.Generator().manual_seed(2)
        mean[rounding] = round_to(x, 8, rounding, scale=1.0, generator=coins).q.double().mean()
    assert abs(mean["stochastic"] - 0.2) < 4 * (0.16 / 20_000) ** 0.5  # four standard errors
    assert mean["nearest"] == mean["truncate"] == 0


def by_hand(r):
    """Xorshift32 as Marsaglia writes it, in 64-bit numbers cut back at each step."""
    r = (r ^ (r << 13)) % 2**32
    r = r ^ (r >> 17)
    return (r ^ (r << 5)) % 2**32


def test_the_words_are_xorshift32():
    r, seen = 1, []
    for _ in range(1000):
        assert next_word(r) == by_hand(r) <= WORD
        r = next_word(r)
        seen.append(r)
    assert seen[:3] == [270369, 67634689, 2647435461]  # as any implementation begins
    assert len(set(seen)) == 1000
    bits = torch.tensor([[w >> i & 1 for i in range(32)] for w in seen], dtype=torch.float64)
    assert (bits.mean(0) - 0.5).abs().max() < 0.06  # four standard errors of a fair coin


@pytest.mark.parametrize("shift", [1, 7, 16, 20])
def test_a_shift_rounds_as_division_does(shift):
    v = torch.randint(-(2**30), 2**30, (2000,), generator=torch.Generator().manual_seed(3))
    v[:100] <<= shift  # A multiple of the unit stays what it is.
    real = v.double() / 2**shift
    assert torch.equal(shift_round(v, shift, "truncate"), real.floor().long())
    assert torch.equal(shift_round(v, shift, "nearest"), (real + 0.5).floor().long())
    ends = [shift_round(v, shift, "stochastic", noise) for noise in (0, 2**16 - 1)]
    assert torch.equal(ends[0], real.floor().long())
    assert (ends[1] - ends[0]).unique().tolist() == [0, 1]
    assert dropped(2**16 - 1, shift) < 2**shift


def test_a_shift_below_zero_multiplies():
    assert [shift_round(-3, -2, r, 5) for r in ROUNDINGS] == [-12, -12, -12]


def poles(seed=4):
    """Poles of S4D from dt = 0.0001 to 0.5: from the slowest to those that fade in a few steps."""
    dt = torch.logspace(-4, -0.3, 30, dtype=torch.float64)[:, None]
    omega = torch.linspace(0, 50, 12, dtype=torch.float64)
    return torch.exp(dt * torch.complex(torch.full_like(omega, -0.5), omega))


@pytest.mark.parametrize("bits", [6, 8, 12, 16])
def test_complement_keeps_what_a_pole_forgets_in_a_step(bits):
    A = poles()
    a = fixed_decay(A, bits, "complement")
    assert a.m_real.abs().max() < 2 ** (bits - 1) and a.m_imag.abs().max() < 2 ** (bits - 1)
    share = 1 / (2 ** (bits - 1) - 1) + 1e-12
    assert ((1 - a.value.real) / (1 - A.real) - 1).abs().max() <= share
    larger = (1 - A.real).maximum(A.imag.abs())
    assert ((a.value.imag - A.imag) / larger).abs().max() <= share
    assert a.shift < bits + 14, "no wider than the slowest pole needs, because products must fit"
    again = 2**a.shift - (a.m_real << a.e_real)
    assert torch.equal(again, a.real) and torch.equal(a.m_imag << a.e_imag, a.imag)


def test_plain_loses_the_slow_poles_and_complement_does_not():
    A = torch.exp(torch.tensor([-0.0005 + 0.002j, -0.0005 + 0j], dtype=torch.complex128))
    memory = {form: -1 / fixed_decay(A, 8, form).value.abs().log() for form in DECAYS}
    assert (memory["plain"] < 130).all()  # of 2,000 steps, because 1 is not there: 127/128
    assert ((memory["complement"] / 2000 - 1).abs() < 0.02).all()
    A = torch.exp(torch.tensor([-0.0005 + 0.09j], dtype=torch.complex128))
    assert fixed_decay(A, 6).value.abs() < 1 < fixed_decay(A, 10).value.abs() + 1e-3


def test_plain_is_fixed_point():
    A = poles()
    a = fixed_decay(A, 10)
    assert a.shift == 9 and a.real.abs().max() == 511
    near = A.real < 511 / 512
    assert (a.value.real - A.real)[near].abs().max() <= 0.5 / 512
    assert (a.value.imag - A.imag).abs().max() <= 0.5 / 512


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: round_to(torch.ones(2), 1), "bits must be a whole number from 2 to 24, got 1"),
        (lambda: round_to(torch.ones(2), 4.0), "bits must be a whole number from 2 to 24, got 4.0"),
        (lambda: round_to(torch.ones(2), True), "bits must be a whole number"),
        (lambda: round_to(torch.ones(2), 4, "up"), "rounding must be one of"),
        (lambda: round_to(torch.tensor([1, torch.nan]), 4), "x must be finite everywhere"),
        (lambda: round_to(torch.ones(2), 4, scale=0.0), "scale must be positive, got 0.0"),
        (lambda: round_to(torch.ones(2), 4, "stochastic"), "needs a generator, got None"),
        (lambda: fixed_decay(torch.ones(1) + 0j, 25), "decay_bits must be a whole number"),
        (lambda: fixed_decay(torch.ones(1) + 0j, 8, "log"), "decay must be one of"),
        (lambda: fixed_decay(torch.full((1,), torch.inf) + 0j, 8), "A_bar must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
