"""Notebook 01: what the LIF lab and the mystery neuron show."""

import numpy as np
import pytest

from sslearn.course.n01_neuron.mystery import judge_estimates, mystery_neuron, mystery_view
from sslearn.course.n01_neuron.neuron import lif_lab, lif_view
from tests.figure.discoveries import discoveries
from tests.figure.pixels import points

EXPLORERS = [lif_lab, mystery_neuron]


def test_half_a_step_of_refractory_time_counts_as_one():
    first = {t_ref: lif_view(I=4.0, dt=1.0, t_ref=t_ref)[0]["spikes"][0] for t_ref in (2.0, 2.5, 3)}
    gaps = {t_ref: t[1] - t[0] for t_ref, t in first.items()}
    assert gaps[2.5] == gaps[3] == gaps[2.0] + 1


@pytest.fixture(scope="module")
def presets():
    return discoveries(lif_lab)


def test_rheobase_is_theta_over_R(presets):
    assert presets["just below rheobase"]["count"] == 0
    assert presets["just above rheobase"]["count"] > 0
    for tau, theta in ((10.0, 15.0), (5.0, 7.0), (20.0, 20.0)):  # at theta / R, to rounding
        assert lif_view(I=theta / 10, tau=tau, theta=theta)[0]["count"] == 0


def test_the_gap_to_the_threshold_is_seen_at_the_rheobase():
    """At the end v is 0.5 mV below, or R I 0.5 mV above, the threshold: 12 px, once 1.7."""
    lab, gaps = lif_lab(), {}
    for name in ("just below rheobase", "just above rheobase"):
        lab.preset(name)
        shown = {key: points(lab.picture.artists[key])[:, 1] for key in ("near", "near current")}
        middle = lab.picture.artists["near"].get_transform().transform((0, 0))[1]
        gaps[name] = {key: y[-1] - middle for key, y in shown.items()}
        if "above" in name:
            assert shown["near"].max() > middle  # It crosses, by less than a pixel.
    assert (
        gaps["just below rheobase"]["near"] < -12 < 12 < gaps["just above rheobase"]["near current"]
    )


def test_the_bucket_is_the_membrane_now():
    for now in (0, 60, 100, 104, 200):
        data, caption = lif_view(now=now)
        v = data["v"][1][int(now / 0.5)]
        assert data["level"][1][1] == pytest.approx(float(v) / 15) and f"v is {v:.1f} mV" in caption
        fires = now in data["spikes"][0]
        assert data["read"] == f"{v:.1f} of 15.0 mV" + ("\nspike" if fires else "")
    assert any(lif_view(now=now)[0]["read"].endswith("spike") for now in np.arange(0, 200.5, 0.5))
    still = lif_view(I=1.45, tau=5.0, now=200)[0]  # as much leaks out as comes in
    assert np.diff(still["leak"][1])[0] == pytest.approx(np.diff(still["inflow"][1])[0], rel=1e-6)
    dry, full = lif_view(I=0.0)[0], lif_view(I=4.0, theta=5.0, reset="none")[0]
    assert not len(dry["inflow"][0]) and not len(dry["leak"][0]) and full["level"][1][1] == 1.3


@pytest.mark.parametrize("drive", ["step", "pulse", "sine", "noise", "Poisson"])
def test_no_input_lifts_v_over_R_I(drive):
    data, caption = lif_view(I=4.0, reset="none", drive=drive)
    assert 0 <= data["current"][1].min() and data["current"][1].max() == pytest.approx(4, rel=0.01)
    assert data["v_max"] <= 40
    assert ("at most 4.00 nA" in caption) == (drive not in ("step", "pulse"))


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
