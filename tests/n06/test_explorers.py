"""The discoveries of notebook 06's pole map, one assertion for each preset, and its formulas."""

import math

import numpy as np
import pytest

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import lines_panel
from sslearn.course.n06_steps.pole_plane import convergence_order, pole_map, pole_map_view
from sslearn.ssm import METHODS
from tests.figure.discoveries import discoveries
from tests.figure.pixels import points

EXPLORERS = [pole_map]


@pytest.fixture(scope="module")
def presets():
    return discoveries(pole_map)


def test_euler_leaves_the_disc_at_its_limit(presets):
    out = presets["Euler leaves the disc"]
    assert out["radius"] > 1 > out["exact"] and out["limit"] == pytest.approx(2 / 101)
    for share, inside in ((0.999, True), (1.001, False)):
        here = pole_map_view(log_dt=math.log10(share * 2 / 101))[0]
        assert (here["radius"] < 1) == inside
    assert np.ptp(out["x"][1][-30:]) > 2 * np.ptp(out["x_exact"][1][-60:])


def test_the_disc_is_left_visibly():
    """|A_bar| - 1 is 0.007: 1 px in the z-plane and more than 40 px where its edge is magnified."""
    lab = pole_map()
    lab.preset("Euler leaves the disc")
    art = lab.picture.artists
    (x, _), (exact, _) = points(art["off"])[0], points(art["off exact"])[0]
    circle = art["off"].get_transform().transform((0, 0))[0]
    assert exact < circle - 40 < circle + 40 < x
    centre, edge = art["z"].get_transform().transform([(0, 0), (1, 0)])
    beyond = np.hypot(*(points(art["z"])[0] - centre)) - np.hypot(*(edge - centre))
    assert 0 < beyond < 2
    lab.preset("bilinear keeps the circle")
    assert points(art["off"])[0][0] == pytest.approx(circle, abs=0.1)


def test_a_large_error_is_told_in_plain_digits():
    mamba = pole_map_view(method="dirac", re=-4, im=0, log_dt=-0.4)[1]
    small = pole_map_view(method="bilinear", re=-1, im=1, log_dt=-2.0)
    assert "error near t = 1 is 0.99, slope 1.0" in mamba
    assert f"error near t = 1 is {small[0]['error']:.0e}, slope 2.0" in small[1]
    assert "error near t = 1 is below 1e-9" in pole_map_view(method="zoh")[1]


def test_euler_rings_at_a_real_pole(presets):
    out = presets["Euler rings"]
    gaps = np.diff(np.sign(out["x"][1][1:] - 1))
    assert out["radius"] < 1 and np.all(gaps != 0)  # every step on the other side of 1


def test_backward_euler_damps_what_never_decays(presets):
    out = presets["backward Euler damps"]
    assert out["exact"] == 1 and out["radius"] == pytest.approx(1 / math.sqrt(2))


def test_bilinear_keeps_the_circle_and_slows_the_turn(presets):
    out = presets["bilinear keeps the circle"]
    assert out["radius"] == pytest.approx(1) and out["angle"] == pytest.approx(2 * math.atan(0.5))
    assert out["angle"] < 1.0  # the exact turn is dt Im = 1


def test_zoh_is_exact(presets):
    out = presets["ZOH is exact"]
    t, x = out["x"]
    np.testing.assert_allclose(x, 1 - np.exp((-1 + 10j) * t).real, atol=1e-12)
    assert out["error"] < 1e-12 and math.isnan(out["order"])


def test_mambas_mix_has_zohs_pole_and_another_level(presets):
    out = presets["Mamba's mix: wrong level"]
    z = -4 * 10**-0.4
    assert out["radius"] == pytest.approx(out["exact"])
    assert out["level"].real == pytest.approx(z / math.expm1(z)) and out["level"].real > 1.9


@pytest.mark.parametrize("pole", [-1 + 10j, -4, -0.5 + 1j, 10j])
def test_orders_are_1_1_2_exact_1(pole):
    orders = [convergence_order(complex(pole), method) for method in METHODS]
    assert [round(x) for x in orders[:3]] == [1, 1, 2]
    assert math.isnan(orders[3]) and round(orders[4]) == 1


def test_pole_at_zero_moves_nothing():
    for method in METHODS:
        data, caption = pole_map_view(re=0.0, im=0.0, method=method)
        assert data["radius"] == 1 and data["error"] == 0 and "on the unit circle" in caption


def test_a_panel_of_lines_takes_its_limits_from_them():
    lines = {"a": ([-3, 0], [-10, 2]), "b": ([-2, 1], [0, 5])}
    ax = Picture(lines_panel(lines, x="x", y="y"), lines, "two lines").artists["a"].axes
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert (left, right) == (-3, 1) and low < -10 and high > 5
