"""The discoveries of notebook 08's init showdown, one assertion for each preset."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from sslearn import hippo
from sslearn.course.n08_poles.basis import legs_basis, normal_basis
from sslearn.course.n08_poles.block_drawing import s4d_block_picture
from sslearn.course.n08_poles.delay import best_delay_error, pole_drift
from sslearn.course.n08_poles.showdown import (
    INITS,
    SHOWN,
    F,
    H,
    L,
    init_showdown,
    init_view,
    random_poles,
)
from sslearn.layers import S4D
from tests.figure.discoveries import discoveries
from tests.figure.pixels import moved, points

EXPLORERS = [init_showdown]


@pytest.fixture(scope="module")
def presets():
    return discoveries(init_showdown)


def test_inv_copies_legs(presets):
    inv, legs = (presets["Inv copies LegS"][side]["A"] for side in ("left", "right"))
    assert inv.imag[-1] == pytest.approx(legs.imag[-1], rel=0.02)
    assert np.abs(inv.imag - legs.imag).max() < 25 and legs.imag[-1] > 1000
    assert presets["Inv copies LegS"]["left"]["top"] > 10 * init_view()[0]["left"]["top"]


def test_real_has_no_pitch_and_half_the_memory(presets):
    lin, real = presets["Real has no pitch"]["left"], presets["Real has no pitch"]["right"]
    assert real["top"] == 0
    np.testing.assert_allclose(2 * real["horizons"], lin["horizons"])
    assert np.diff(real["gain"]).max() <= 0 < np.diff(lin["gain"]).max()  # a low pass


def test_what_differs_between_two_sides_is_seen(presets):
    """In px between the curves that both sides draw on one panel: copies, and what is no copy."""
    lab = init_showdown()

    def apart(name, shown, *parts):
        lab.set(**lab.defaults | lab.presets.get(name, {}) | {"show": shown})
        art = lab.picture.artists
        return max(
            moved(points(art[f"left {part}"]), points(art[f"right {part}"])) for part in parts
        )

    basis = ("1", "2", "3")
    assert apart("", "basis", *basis) > 60 > 20 > apart("Inv copies LegS", "basis", *basis)
    assert apart("", "basis", "Im") > 25 > 12 > apart("Inv copies LegS", "basis", "Im")
    assert apart("Real has no pitch", "basis", "Im", "Re") > 60
    assert (
        apart("Real has no pitch", "memory", "points") > 12 > 1e-6 > apart("", "memory", "points")
    )
    assert apart("Real has no pitch", "response", "0") > 60


@pytest.mark.parametrize("show", SHOWN)
def test_the_panel_says_what_it_shows_where_it_shows_it(show):
    """The ticks are texts that move, so the curves must keep to the scale that they name."""
    data = init_view(show=show, right="Real")[0]
    x, y = data["left 0"]
    one, gain = data["left"], data["left"]["gain"]
    if show == "basis":
        assert data["x4"] == "6" and x[-1] == 1 and data["y4"] == "1" and y[0] == 1
        np.testing.assert_allclose(2 * y - 1, one["basis"][0])
    elif show == "kernel":
        assert [data[f"y{k}"] for k in (1, 3)] == ["Real", "Lin"] and data["x4"] == str(L)
        assert data["right 0"][1].max() < 0.5 < y.min()
        assert data["now"][0][0] * L == pytest.approx(2 / 10 ** (-3 + 2 * 8 / 15))
    elif show == "response":
        assert (data["x0"], data["y0"]) == ("10⁻⁴", "−48") and x[0] == 0 and y.max() == 1
        np.testing.assert_allclose(48 * (y - 1), np.maximum(gain, -48), atol=1e-9)
    else:
        x, y = data["left points"]
        assert data["x4"] == "16" and data["y4"] == "10⁶" and x[8] == 0.5
        np.testing.assert_allclose(10 ** (6 * y), one["horizons"])


def test_random_leaves_gaps(presets):
    lin, random = presets["random leaves gaps"]["left"], presets["random leaves gaps"]["right"]
    assert lin["gap"] == pytest.approx(math.pi) and random["gap"] > 5 * lin["gap"]


def test_one_step_is_one_timescale(presets):
    same, bank = presets["one step, one timescale"]["left"], init_view()[0]["left"]
    assert np.ptp(same["horizons"]) < 1e-9 and np.ptp(same["bank"], axis=0).max() < 1e-5
    assert bank["horizons"][0] == pytest.approx(100 * bank["horizons"][-1])


def test_lin_repeats_itself_after_two_units_of_time(presets):
    lin, legs = presets["Lin repeats itself"]["left"], presets["Lin repeats itself"]["right"]
    assert lin["echo"] > 0.999 and abs(legs["echo"]) < 0.3
    shift = round(2 / 0.01)
    scale = np.exp(-1.0) * lin["bank"][0][:-shift]
    np.testing.assert_allclose(lin["bank"][0][shift:], scale, atol=1e-4)


def test_poles_fold_back(presets):
    lin, inv = presets["poles fold back"]["left"], presets["poles fold back"]["right"]
    assert (lin["beyond"], inv["beyond"]) == (21, 13)
    assert init_view(channel=0, right="Inv")[0]["left"]["beyond"] == 0


@pytest.mark.parametrize("name", INITS)
def test_bank_and_gain_are_those_of_the_layer(name):
    view = init_view(left=name, N=16, log_dt_min=-2.0, log_dt_max=-2.0, channel=3)[0]["left"]
    layer = S4D(1, 16, init=INITS[name], dt_min=0.01, dt_max=0.01, generator=torch.Generator())
    C = torch.randn(64, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)[:8]
    order = np.lexsort((-INITS[name](16).real, INITS[name](16).imag))
    with torch.no_grad():
        layer.C[0, 0, torch.from_numpy(order)] = (C / math.sqrt(2)).float()
        K = layer.kernel(1 << 14)[:, 0].double()
    np.testing.assert_allclose(view["bank"][3], K[:L] / K[:L].abs().max(), atol=1e-4)
    z = torch.exp(-2j * math.pi * torch.from_numpy(F)[:, None] * torch.arange(len(K)))
    gain = (z * K).sum(1).abs()
    np.testing.assert_allclose(10 ** (view["gain"] / 20), gain / gain.max(), atol=2e-3)
    assert view["bank"].shape == (H, L)


def test_random_poles_keep_lins_range():
    A = random_poles(64)
    assert A.imag.min() >= 0 and A.imag.max() < 32 * math.pi and torch.all(A.real == -0.5)
    assert torch.equal(A, random_poles(64)) and not torch.equal(A, random_poles(64, seed=1))
    with pytest.raises(ValueError, match="N must be an even"):
        random_poles(7)


def test_best_delay_error_is_reached_by_a_readout_and_not_undercut():
    A, dt, delay, band = hippo.s4d_lin(16), 0.01, 50, 0.04
    floor = best_delay_error(A, dt=dt, delay=delay, band=band)
    g = torch.Generator().manual_seed(0)
    L, rest = 4096, 1024
    f = torch.fft.rfftfreq(L)
    spectrum = torch.randn(4, len(f), generator=g, dtype=torch.complex128) * (f < band) * (f > 0)
    u = torch.fft.irfft(spectrum, L)
    lags = torch.arange(L)
    states = torch.exp(dt * A[:, None] * lags)  # one kernel a state
    long = torch.fft.rfft(u, 2 * L)[:, None] * torch.fft.rfft(
        torch.cat([states.real, states.imag]), 2 * L)  # fmt: skip
    x = torch.fft.irfft(long, 2 * L)[..., rest:L]
    x = torch.cat([x, u[:, None, rest:]], 1).permute(0, 2, 1).flatten(0, 1)
    goal = u[:, rest - delay : L - delay].flatten()
    c = torch.linalg.lstsq(x, goal[:, None], driver="gelsd").solution[:, 0]
    reached = ((x @ c - goal).norm() / goal.norm()).item()
    assert reached == pytest.approx(floor, rel=0.1)


def test_lin_breaks_where_its_basis_repeats():
    error = {k: best_delay_error(hippo.s4d_lin(64), dt=0.01, delay=k, band=0.1) for k in (199, 215)}
    assert error[199] < 0.4 and error[215] > 0.8
    assert best_delay_error(hippo.s4d_lin(64), dt=0.005, delay=215, band=0.05) < 0.5


def test_mean_of_a_basis_function_is_its_integral():
    t, w = torch.linspace(0.5, 4, 8, dtype=torch.float64), 0.1
    fine = torch.linspace(0, w, 2001, dtype=torch.float64)
    for basis in (partial(legs_basis, 2), partial(normal_basis, 16, 2)):
        rows = torch.stack([torch.trapezoid(basis(x + fine), fine) / w for x in t])
        torch.testing.assert_close(basis(t, w), rows, rtol=1e-4, atol=1e-5)


def test_normal_part_with_half_of_B_is_the_matrix_exponential():
    A, B = hippo.legs(8)
    P = (torch.arange(8, dtype=torch.float64) + 0.5).sqrt()
    for t in (0.3, 2.0):
        x = torch.linalg.matrix_exp(t * (A + torch.outer(P, P))) @ B / 2
        mine = torch.stack(
            [normal_basis(8, n, torch.tensor([t], dtype=torch.float64)) for n in range(8)]
        )
        torch.testing.assert_close(mine[:, 0], x)


def test_poles_that_have_not_moved_have_no_drift():
    layer = S4D(3, 8, dt_min=0.01, dt_max=0.01, generator=torch.Generator().manual_seed(0))
    task = {"dt": 0.01, "delay": 64, "band": 0.04}
    same = pole_drift(layer, hippo.s4d_lin(8), **task)
    assert max(same["Im"], same["dt"], same["Re"]) < 1e-5
    assert same["first"] == pytest.approx(same["one"], rel=1e-3)
    with torch.no_grad():
        layer.A_imag[1] += 1.5
        layer.log_dt[2] += 0.2
    moved = pole_drift(layer, hippo.s4d_lin(8), **task)
    assert moved["Im"] == pytest.approx(1.5, rel=1e-4) and moved["all"] < moved["one"]
    assert moved["dt"] == pytest.approx(
        (math.exp(0.2) - 1) / (1 + (math.exp(0.2) - 1) / 3), rel=1e-3
    )


def test_block_picture_says_what_mixes_what():
    picture = s4d_block_picture()
    assert "S4D mixes the steps" in picture.caption and picture.png().startswith(b"\x89PNG")
