"""The discoveries of notebook 05's memory bench, one assertion for each preset."""

import math

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicSpline

from sslearn.course.n05_hippo.bench import (
    DT,
    MEASURES,
    SIGNALS,
    coefficients,
    memory_bench,
    memory_view,
    signal,
    trajectories,
)
from sslearn.hippo import legendre_basis
from sslearn.ssm import discretize
from tests.figure.discoveries import discoveries

EXPLORERS = [memory_bench]


@pytest.fixture(scope="module")
def presets():
    return discoveries(memory_bench)


@pytest.mark.parametrize("measure", [name for name in MEASURES if name != "LegS, 1/t"])
def test_the_kernel_gives_what_the_recurrence_gives(measure):
    A_bar, B_bar = (x.numpy() for x in discretize(*MEASURES[measure][1](12), DT / 2.0))
    x, run, source = np.zeros(12), [], ("noise", 2.0, 1)
    for u_k in signal(*source)[:300]:
        x = A_bar @ x + B_bar * u_k
        run.append(x)
    rows = [0, 3, 11]
    np.testing.assert_allclose(coefficients(measure, 12, 2.0, source, 299), x, atol=1e-12)
    moved = trajectories(measure, 12, 2.0, source, rows)[:300]
    np.testing.assert_allclose(moved, np.array(run)[:, rows], atol=1e-12)


@pytest.mark.parametrize(
    ("measure", "span", "atol"), [("LegT", 2.0, 1e-3), ("LegS, 1/t", 6.0, 1e-2)]
)
def test_coefficients_are_the_direct_projection(measure, span, atol):
    """By Gauss's quadrature on a spline through the samples."""
    u = CubicSpline((np.arange(1000) + 0.5) * DT, signal("noise", 1.0, 1))
    x, w = np.polynomial.legendre.leggauss(200)
    want = legendre_basis(24, torch.tensor(x)).numpy() @ (w / 2 * u(6.0 - span * (1 - x) / 2))
    c = memory_view(measure=measure, band=1.0, N=24)[0]["coefficients"]
    np.testing.assert_allclose(c, want, atol=atol)


def test_N_must_reach_the_band(presets):
    assert math.pi * 2 * 2 > 9 and presets["N too small"]["error"] > 0.3
    assert math.pi * 2 * 2 < 15 and presets["N reaches the band"]["error"] < 0.06


def test_minus_identity_holds_one_number(presets):
    c = presets["A = -I: one number"]["coefficients"]
    assert np.ptp(c) < 1e-12 and presets["A = -I: one number"]["error"] > 0.9
    one = memory_view(measure="A = -I", N=1)[0]["error"]
    assert one == pytest.approx(memory_view(measure="A = -I", N=128)[0]["error"])


def test_legt_forgets_at_its_edge_and_legs_does_not(presets):
    """The step was 3 s ago, the window is 2 s long."""
    c = presets["LegT forgets at its edge"]["coefficients"]
    assert abs(c[0] - 1) < 1e-3 and np.linalg.norm(c[1:]) < 1e-3
    legs = presets["LegS still knows"]
    assert np.linalg.norm(legs["coefficients"][1:]) > 0.3 and legs["error"] < 0.1


def test_legs_dilutes(presets):
    early = memory_view(measure="LegS, 1/t", now=2.0)[0]["error"]
    assert early < 0.01 and presets["LegS dilutes"]["error"] > 0.5


def test_legs_does_not_know_the_clock(presets):
    assert presets["LegS at half speed"]["moved"] < 0.01
    for measure in MEASURES:
        if measure != "LegS, 1/t":
            assert memory_view(measure=measure, stretch=2, N=64, now=8.0)[0]["moved"] > 0.2


def test_legs_without_1_over_t_fades(presets):
    age, miss = (presets["S4's LegS fades"][name] for name in ("age", "missed"))
    assert np.sqrt(np.mean(miss[age < 1] ** 2)) < 0.2 * np.sqrt(np.mean(miss[age > 4] ** 2))


def test_fourier_wraps_round(presets):
    age, back = (presets["Fourier wraps round"][name] for name in ("miss", "back"))
    assert presets["Fourier wraps round"]["error"] > 20 * memory_view()[0]["error"]
    newest, oldest = (1.5 * a - 0.5 * b for a, b in (back[1][:2], back[1][:-3:-1]))  # half a step
    assert abs(newest - oldest) < 0.02  # both ends of the window meet
    assert age[1][[0, -1]].max() > 0.3


def test_spikes_become_bumps_of_width_theta_over_N(presets):
    t, back = presets["spikes become bumps"]["back"]
    assert back.max() < 2 < signal("spikes", 2.0, 1).max()
    assert abs(t[back.argmax()] - 5.0) < 0.05 or abs(t[back.argmax()] - 4.3) < 0.05
    width = {}
    for N in (16, 32, 64):
        t, back = memory_view(kind="spikes", N=N)[0]["back"]
        near = np.abs(t - 5.0) < 0.3
        width[N] = (back[near] > back[near].max() / 2).sum() * DT
    assert 1.5 < width[16] / width[32] < 2.5 and 1.5 < width[32] / width[64] < 2.5


def test_signals_hold_their_band():
    for kind in SIGNALS:
        u = signal(kind, 2.0, 1)
        slow = signal(kind, 2.0, 2)
        assert slow[1::2][:500] == pytest.approx(u[:500], abs=0.08)
    power = np.abs(np.fft.rfft(signal("noise", 2.0, 1) * np.hanning(1000))) ** 2
    assert power[25:].sum() < 1e-3 * power.sum()  # bins of 0.1 Hz


def test_captions_tell_the_number():
    data, caption = memory_view(N=9)
    assert f"rms error {100 * data['error']:.0f} %" in caption and "= 13" in caption
    assert "no past but zero" in memory_view(kind="step", now=0.5)[1]
    assert "off those at full speed 4.00 s in" in memory_view(stretch=2, now=8.0)[1]
