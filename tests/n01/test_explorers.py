"""Notebook 01: what the LIF lab and the mystery neuron show."""

import numpy as np
import pytest

from sslearn.course.n01_neuron.mystery import judge_estimates, mystery_neuron, mystery_view
from sslearn.course.n01_neuron.neuron import lif_lab, lif_view
from tests.figure.discoveries import discoveries

EXPLORERS = [lif_lab, mystery_neuron]


@pytest.fixture(scope="module")
def presets():
    return discoveries(lif_lab)


def test_rheobase_is_theta_over_R(presets):
    assert presets["just below rheobase"]["count"] == 0
    assert presets["just above rheobase"]["count"] > 0
    for tau, theta in ((10.0, 15.0), (5.0, 7.0), (20.0, 20.0)):  # at theta / R, to rounding
        assert lif_view(I=theta / 10, tau=tau, theta=theta)[0]["count"] == 0


def test_subtract_keeps_the_surplus(presets):
    zero, subtract = presets["zero loses the surplus"], presets["subtract keeps it"]
    assert subtract["hz"] > 1.2 * zero["hz"]


def test_a_coarse_step_shifts_the_rate(presets):
    coarse, fine = presets["coarse step"], lif_view()[0]
    assert coarse["hz"] < fine["hz"] and coarse["formula_hz"] == fine["formula_hz"]
    assert abs(fine["hz"] / fine["formula_hz"] - 1) < 0.02
    assert abs(coarse["hz"] / coarse["formula_hz"] - 1) > 0.05


def test_without_reset_v_settles_at_RI(presets):
    assert presets["no reset"]["v_max"] == pytest.approx(20, rel=1e-3)
    assert "continuous" not in lif_view(reset="none")[1]  # it is the rate of a reset to zero


@pytest.mark.parametrize("dt", [0.5, 10.0])
def test_v_and_spikes_stand_at_the_end_of_their_step(dt):
    data, caption = lif_view(I=1.4, dt=dt, now=60)  # the step of current starts at 20 ms
    t, v = (x.numpy() for x in data["v"])
    assert np.allclose(v, 14 * (1 - np.exp(-np.maximum(t - 20, 0) / 20)), atol=1e-4)
    left = 14 * (1 - np.exp(-2))
    assert caption.endswith(f"after 60 ms v is {left:.1f} mV.")
    data = lif_view(dt=dt)[0]
    times = data["spikes"][0]
    assert set(times) <= set(data["v"][0].tolist()) and times[0] - 20 > 20 * np.log(4) > 0


@pytest.mark.parametrize("number", range(10))
def test_mystery_neuron_can_be_solved_from_its_spikes(number):
    def fires(I):
        return not np.isnan(mystery_view(number=number, I=I)[0]["first"])

    low, high = 60, 250  # in steps of the slider, 0.01 nA: halve until one step is left
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if fires(mid / 100) else (mid, high)
    rheobase = high / 100
    theta = 10 * (rheobase - 0.005)
    weak, strong = (mystery_view(number=number, I=k * rheobase)[0] for k in (1.3, 2.5))
    tau = (weak["first"] - 0.25) / np.log(1.3 * rheobase / (1.3 * rheobase - theta / 10))
    estimate = {"tau": tau, "theta": theta, "t_ref": strong["gap"] - strong["first"]}
    assert judge_estimates(number, **estimate).endswith("solved.")
    assert "tau not within" in judge_estimates(number, **estimate | {"tau": 1.2 * tau})
