"""The discoveries of notebook 07's explorers, one assertion for each preset, and the race."""

import json
import math

import numpy as np
import pytest
import torch

from sslearn import ssm
from sslearn.course.n07_faces.microscope import circular_conv, kernel_microscope, microscope_view
from sslearn.course.n07_faces.racing import (
    WIDTHS,
    Race,
    best_ms,
    crossing,
    faces,
    lengths_of,
    name_crossings,
    race_view,
    stored_race,
    time_faces,
)
from sslearn.course.n07_faces.stepper import WAYS, plan, run_plan, scan_stepper
from sslearn.course.n07_faces.tree import EIGHT, tree_picture, tree_rows
from sslearn.runs import ASSETS
from tests.figure.discoveries import discoveries

EXPLORERS = [kernel_microscope, scan_stepper]


@pytest.fixture(scope="module")
def kernels():
    return discoveries(kernel_microscope)


@pytest.fixture(scope="module")
def scans():
    return discoveries(scan_stepper)


def test_wrap_around_is_seen_then_cured(kernels):
    start = microscope_view()[0]
    assert start["wrap"] > 0.3 and kernels["padded to 2L"]["wrap"] < 1e-12
    K = start["K"][1].numpy()
    np.testing.assert_allclose(start["y"][1][:96], K[32:], atol=1e-12)  # the tail, at the front


def test_a_kernel_that_has_died_wraps_unseen(kernels):
    assert kernels["wraps unseen"]["wrap"] < 1e-12


def test_a_slow_kernel_is_cut_off_at_L(kernels):
    out = kernels["cut off at L"]
    assert out["left"] > 0.7 and out["beyond"][1].abs().max() > 0.6


def test_many_modes_gather_into_pulses(kernels):
    K = kernels["many modes"]["K"][1].abs()
    assert K[40:44].max() > 0.5 and K[8:34].max() < 0.2  # period 2 pi / (dt Im) = 41.8 steps


def test_float32_loses_digits_that_float64_keeps(kernels):
    low, high = kernels["1024 steps in float32"], kernels["1024 steps in float64"]
    assert low["largest kernel_off"] > 1e-6 and low["largest off"] > 1e-6
    assert high["largest kernel_off"] < 1e-11 and high["largest off"] < 1e-11


def test_circular_is_causal_plus_what_wraps_round():
    g = torch.Generator().manual_seed(0)
    u = torch.randn(2, 9, 3, generator=g, dtype=torch.float64)
    K = torch.randn(9, 3, generator=g, dtype=torch.float64)
    pad = torch.zeros(2, 9, 3, dtype=u.dtype)
    both = ssm.causal_conv(torch.cat([u, pad], 1), torch.cat([K, pad[0]]))
    torch.testing.assert_close(circular_conv(u, K), both[:, :9] + both[:, 9:])


def test_up_sweep_ends_in_one_combine_and_the_total(scans):
    out = scans["up: the total"]
    assert out["combines"] == 1 and out["finished"] == 5  # 0, 1, 3, 7 and 15
    assert out["b"][15] == pytest.approx(out["true"][1][15])


def test_down_sweep_gives_each_column_its_prefix(scans):
    out = scans["down: a prefix for each"]
    assert out["combines"] == 8
    np.testing.assert_allclose(out["b"], [0, *out["true"][1][:-1]])


def test_last_sweep_finishes_all_at_once(scans):
    out = scans["last: all states at once"]
    assert out["combines"] == out["finished"] == 16
    assert out["depth"] == 2 * 4 + 1 and out["work"] == 3 * 16 - 2


def test_doubling_has_half_the_sweeps(scans):
    out, twice = scans["doubling: half the sweeps"], scans["twice the length, one sweep more"]
    assert (out["depth"], out["finished"]) == (4, 16)
    assert (twice["depth"], twice["finished"]) == (5, 32) and twice["work"] == 32 * 5 - 31


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("L", [2, 8, 32])
def test_every_plan_ends_in_the_loop(L, way):
    g = torch.Generator().manual_seed(L)
    a, b = torch.rand(2, L, generator=g, dtype=torch.float64)
    pairs, spans = run_plan(a, b, way)
    x = 0
    for t in range(L):
        x = a[t] * x + b[t]
        torch.testing.assert_close(pairs[t][1], x)
    assert spans == [(0, t + 1) for t in range(L)]
    for _, joins in plan(L, way):
        assert len({j.to for j in joins}) == len(joins)  # no two write to one column


@pytest.mark.parametrize("L", [0, 1, 12])
def test_only_powers_of_two_have_a_plan(L):
    with pytest.raises(ValueError, match="power of two"):
        plan(L)


def test_an_unknown_way_is_named():
    with pytest.raises(ValueError, match="way must be one of"):
        plan(8, "sideways")


@pytest.mark.parametrize("width", WIDTHS.values())
def test_all_faces_give_one_output(width):
    B, H, N = width
    first, *others = [f() for f in faces(B, H, N, 50).values()]
    assert first.shape == (B, 50, H)
    for y in others:
        torch.testing.assert_close(y, first, rtol=1e-3, atol=1e-3)


def test_crossing_is_found_between_lengths():
    L = np.array([4, 8, 16, 32])
    assert crossing(L, np.full(4, 12.0), 1.0 * L) == pytest.approx(12)
    assert crossing(L, 0.5 * L, 1.0 * L) == 4 and math.isnan(crossing(L, 2.0 * L, 1.0 * L))
    times = {"loop": 1.0 * L, "FFT": np.full(4, 12.0), "scan": 2.0 * L}
    said = name_crossings(L, times)
    assert "FFT from about L = 12 on" in said and "scan not at L = 32" in said


def test_ends_of_the_picture_hold_any_time():
    L = {width: [4, 8] for width in WIDTHS}
    names = ("loop", "scan by doubling", "scan in chunks", "FFT")
    times = {w: {n: np.array([1e-9, 1e9]) for n in names} for w in WIDTHS}
    data = race_view(times, L)[0]
    assert data["wide FFT"][1].tolist() == [-2.5, 4.0]


def test_race_measures_and_saves_none_of_its_times():
    threads = torch.get_num_threads()
    panel = Race(lengths=(4, 8))
    assert torch.get_num_threads() == threads
    assert all((ms > 0).all() for rows in panel.times.values() for ms in rows.values())
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == stored_race().caption != panel.picture.caption
    assert (
        bundle["text/plain"].startswith("Measured once") and 'alt="Measured' in bundle["text/html"]
    )
    before = panel.times
    panel.children[0].children[1].click()
    assert panel.times is not before and "Faster than the loop" in panel.picture.caption


def test_stored_race_has_every_face_at_every_length():
    record = json.loads((ASSETS / "race.json").read_text(encoding="utf-8"))
    assert record["ms"].keys() == WIDTHS.keys() == record["lengths"].keys()
    for width, rows in record["ms"].items():
        assert record["lengths"][width] == lengths_of(width)
        assert rows.keys() == faces(1, 1, 2, 4).keys()
        assert all(len(ms) == len(lengths_of(width)) and min(ms) > 0 for ms in rows.values())
    wide = record["ms"]["wide"]
    assert wide["FFT"][-1] < wide["loop"][-1] < wide["scan by doubling"][-1]  # as 07 says


def test_best_of_three_calls_four_times():
    calls = []
    assert best_ms(lambda: calls.append(1), enough=60) >= 0 and len(calls) == 4
    assert time_faces(1, 1, 2, [4])["loop"].shape == (1,)


def test_tree_of_eight_numbers_ends_in_their_running_sums():
    names, numbers, joins = zip(*tree_rows(), strict=True)
    assert numbers[-1] == np.cumsum(EIGHT).tolist()
    assert numbers[-2] == [0, *np.cumsum(EIGHT)[:-1].tolist()]  # what stands before each step
    assert numbers[3][-1] == sum(EIGHT) and numbers[4][-1] == 0 and "root" in names[4]
    assert [len(j) for j in joins] == [0, 4, 2, 1, 0, 1, 2, 4, 8]
    assert "the total 31" in tree_picture().caption
