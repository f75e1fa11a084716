"""One pole in integers: the bound holds, and each kind of rounding fails or helps as it should."""

import math

import pytest
import torch

from sslearn.deploy import DECAYS, ROUNDINGS, pole_steps
from sslearn.ssm import discretize

A = torch.tensor([-0.5 + 3j, -0.5 + 50j, -0.5 + 0j], dtype=torch.complex128)


def pole(n, dt):
    discrete = discretize(A, torch.ones_like(A), dt)
    return discrete.A[n].item(), discrete.B[n].item()


def noise(L=784, seed=0):
    return torch.randn(L, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("bits", [(6, 6), (8, 8), (8, 12), (16, 16)])
def test_the_bound_holds(rounding, decay, bits):
    for n in range(3):
        for dt in (0.001, 0.01, 0.2):
            run = pole_steps(
                *pole(n, dt), noise(300, n), state_bits=bits[0], decay_bits=bits[1],
                rounding=rounding, decay=decay,
            )  # fmt: skip
            gap = (run.value - run.exact).abs()
            sound = gap.numel() if run.clipped == 0 else 0
            assert (gap[:sound] <= run.bound[:sound]).all()
            assert run.X.abs().max() < 2 ** (bits[0] - 1)


def test_the_bound_is_met_by_half_a_unit_each_step():
    """Of x = 1/2 the rounding makes 1, half a unit off; the bound tends to its own fixed point."""
    run = pole_steps(0.5, 1.0, torch.full((50,), 0.5), state_bits=8, decay_bits=8, scale=1.0)
    # x tends to 1; X goes to 1, then round(1/2 + 1/2) = 1. At first it is 0.5 -> 1.
    assert run.X[0].tolist() == [1, 0] and abs(run.value[0] - run.exact[0]) == 0.5
    limit = (math.sqrt(2) * 0.5 + 0.5**7) / (1 - 0.5)
    assert math.isclose(run.bound[-1].item(), limit, rel_tol=1e-6)


def test_the_integers_are_those_of_big_python_numbers_by_hand():
    run = pole_steps(0.5 + 0.25j, 1.0, torch.tensor([3.0, 0.0, 0.0]), state_bits=8, decay_bits=8,
                     scale=0.25)  # fmt: skip
    # 3 / 0.25 = 12; 12 (1/2 + i/4) = 6 + 3i; (6 + 3i)(1/2 + i/4) = 2.25 + 3i, where 2.25 -> 2
    assert run.X.tolist() == [[12, 0], [6, 3], [2, 3]]


def test_nearest_never_forgets_and_stochastic_does():
    """A slow pole after one pulse: half a unit is more than what it loses in a step."""
    A_bar, B_bar = pole(2, 0.002)  # it fades to 37 % in 1,000 steps
    pulse = torch.zeros(6000)
    pulse[0] = 1.0
    ends = {}
    for rounding in ROUNDINGS:
        run = pole_steps(A_bar, B_bar, pulse, state_bits=8, decay_bits=12, rounding=rounding,
                         decay="complement")  # fmt: skip
        ends[rounding] = run.X[-1, 0].item() / run.X[0, 0].item()
    assert math.exp(-6) < 0.0025
    assert ends["nearest"] == 1.0
    assert ends["truncate"] == 0.0  # it loses a whole unit each step, and so forgets too fast
    assert abs(ends["stochastic"]) < 0.08


def test_more_bits_of_state_are_nearer():
    A_bar, B_bar = pole(0, 0.005)
    gaps = []
    for bits in (8, 10, 12, 14, 16):
        run = pole_steps(A_bar, B_bar, noise(), state_bits=bits, decay_bits=16, decay="complement",
                         rounding="stochastic")  # fmt: skip
        gaps.append((run.value - run.exact).abs().square().mean().sqrt().item())
    ratios = [a / b for a, b in zip(gaps, gaps[1:], strict=False)]
    assert all(2 < r < 8 for r in ratios), ratios  # two bits make the unit four times as small


def test_a_scale_that_is_too_small_clips_and_says_so():
    run = pole_steps(0.9, 1.0, torch.ones(50), state_bits=4, decay_bits=8, scale=0.5)
    assert run.clipped > 0 and run.X.max() == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state_bits": 1}, "state_bits must be a whole number from 2 to 24, got 1"),
        ({"decay_bits": 40}, "decay_bits must be a whole number from 2 to 24, got 40"),
        ({"rounding": "up"}, "rounding must be one of"),
        ({"decay": "log"}, "decay must be one of"),
        ({"scale": -1.0}, "scale must be a positive number, got -1.0"),
        ({"seed": 0}, "seed must be a whole number from 1 to 2\\^32 - 1, got 0"),
        ({"A_bar": math.nan}, "must be finite everywhere"),
        ({"u": torch.tensor([math.inf])}, "must be finite everywhere"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    good = {"A_bar": 0.5, "B_bar": 1.0, "u": torch.ones(3), "state_bits": 8, "decay_bits": 8}
    with pytest.raises(ValueError, match=message):
        pole_steps(**good | change)
