import itertools

import numpy as np
import pytest
import torch

from sslearn.course.figure.picture import Picture
from sslearn.course.n04_filters.figures import overlap_picture, runs, runs_panel
from sslearn.course.n04_filters.horizon import memory_horizon_lab, recall_view
from sslearn.course.n04_filters.superposition import (
    INPUTS,
    cascade,
    draw_answers,
    superposition_tester,
    superposition_view,
)
from sslearn.ssm import causal_conv
from tests.figure.discoveries import discoveries

PAIRS = list(itertools.product(INPUTS, INPUTS))

EXPLORERS = [superposition_tester, memory_horizon_lab]


@pytest.fixture(scope="module")
def tested():
    return discoveries(superposition_tester)


@pytest.fixture(scope="module")
def horizons():
    return discoveries(memory_horizon_lab)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_without_reset_the_residual_is_zero_for_all_weights_and_poles(a, b):
    for w_1, w_2, beta_1, beta_2 in ((-2, 2, 0.9, 0.5), (2, 1.3, 0.0, 0.95), (1, 1, 0.7, 0.7)):
        d, caption = superposition_view(
            a=a, b=b, w_1=w_1, w_2=w_2, beta_1=beta_1, beta_2=beta_2, reset=False
        )
        assert d["largest"] < 1e-12 and d["first_off"] is None and "residual zero" in caption


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_with_reset_the_residual_starts_one_step_after_the_first_spike(a, b):
    for w_1, w_2 in ((2.0, 2.0), (2.0, 0.5), (1.5, -1.0)):
        d, _ = superposition_view(a=a, b=b, w_1=w_1, w_2=w_2, beta_2=0.8)
        assert (d["first_spike"] is None) == (d["first_off"] is None)
        if d["first_spike"] is not None and d["first_spike"] < 199:
            assert d["first_off"] == d["first_spike"] + 1
            first = d["residual"][1][d["first_off"]]
            assert first == pytest.approx(-1)  # the threshold that was taken away


@pytest.mark.parametrize("kind", INPUTS)
def test_no_input_alone_makes_a_spike(kind):
    for seed_a, w in ((True, 1.0), (False, 1.0)):
        values = {"a": kind, "w_1": w, "w_2": 0.0} if seed_a else {"b": kind, "w_1": 0.0, "w_2": w}
        assert superposition_view(**values)[0]["count"] == 0


def test_presets_of_the_tester(tested):
    assert tested["reset off"]["largest"] < 1e-12
    silent = tested["reset on, no spike"]
    assert silent["count"] == 0 and silent["largest"] < 1e-12
    twice = tested["twice the input"]
    assert twice["count"] > 10 and twice["largest"] > 1
    mixed = tested["one excites, one inhibits"]
    assert mixed["count"] > 10 and mixed["first_off"] == mixed["first_spike"] + 1


def test_two_equal_poles_give_an_alpha_that_peaks_at_tau(tested):
    d = tested["two equal poles"]
    k = np.arange(80)
    np.testing.assert_allclose(d["kernel"][1], (k + 1) * 0.9**k / max((k + 1) * 0.9**k))
    assert abs(d["peak"] + 1 - -1 / np.log(0.9)) < 1  # tau = 9.5 steps
    assert superposition_view(beta_1=0.0)[0]["peak"] == 0


def test_poles_may_be_swapped_without_reset_and_not_with_it(tested):
    swapped, straight = (
        tested["swapped poles"],
        superposition_view(beta_1=0.7, beta_2=0.95, reset=False)[0],
    )
    torch.testing.assert_close(swapped["together"][1], straight["together"][1])
    x = 3 * torch.rand(100, 1, generator=torch.Generator().manual_seed(0)).double()
    one, two = (cascade(x, beta_1=p, beta_2=q, reset="subtract")[1] for p, q in
                ((0.95, 0.7), (0.7, 0.95)))  # fmt: skip
    assert not torch.equal(one, two)


def test_cascade_is_two_convolutions():
    x = torch.rand(50, 2, generator=torch.Generator().manual_seed(0)).double()
    K = [(1 - b) * b ** torch.arange(50.0, dtype=torch.float64)[:, None].expand(50, 2)
         for b in (0.8, 0.6)]  # fmt: skip
    want = causal_conv(causal_conv(x[None], K[0]), K[1])[0]
    torch.testing.assert_close(cascade(x, beta_1=0.8, beta_2=0.6, reset="none")[0], want)


@pytest.mark.parametrize("values", [{}, {"tau": 80.0}, {"delay": 5, "noise": 0.3}, {"tau": 3.0}])
def test_theory_is_what_a_thousand_runs_show(values):
    d = recall_view(**values)[0]
    assert d["measured"] == pytest.approx(d["recall"], abs=0.04)


def test_presets_of_the_horizon(horizons):
    assert horizons["three τ later"]["left"] == pytest.approx(np.exp(-3))
    clean = horizons["no noise"]
    assert clean["left"] < 1e-4 and clean["recall"] == clean["measured"] == 1
    short, best, long = (horizons[n] for n in ("τ too short", "τ twice the delay", "τ too long"))
    assert best["recall"] > long["recall"] + 0.05 > short["recall"] + 0.3
    assert short["measured"] == pytest.approx(0.5, abs=0.05)


def test_the_still_picture_shows_all_of_its_data():
    data, _ = superposition_view()
    picture = Picture(draw_answers, data, "Two answers.")
    assert len(picture.fig.axes) == 4 and "kernel" not in picture.artists
    for name, artist in picture.artists.items():
        low, high = artist.axes.get_ylim()
        y = np.asarray(data[name][1])
        assert (y >= low).all() and (y <= high).all(), name
        assert y.max() - y.min() > (high - low) / 3 or name in ("theta", "spikes"), name


def test_the_area_of_the_product_is_the_answer_of_two_leaks():
    picture = overlap_picture(tau_1=5.0, tau_2=20.0, times=(4.0, 9.2, 40.0))
    for ax, t in zip(picture.fig.axes, (4.0, 9.2, 40.0), strict=True):
        handed, kept = (line.get_ydata() for line in ax.lines)
        r = ax.lines[0].get_xdata()
        area = np.trapezoid(handed * kept, r) / 100  # 100 ms^2 is tau_1 tau_2
        want = (np.exp(-t / 5) - np.exp(-t / 20)) / (5 - 20)
        assert area == pytest.approx(want, rel=1e-3) and f"{want:.4f} per ms" in picture.caption
        edge = ax.collections[0].get_paths()[0].vertices[:, 1].max()
        assert edge == pytest.approx((handed * kept).max())


def test_a_panel_of_runs_shows_every_run_and_the_mean():
    cells = {"one": {3: [10.0, 30.0], 30: [50.0]}, "two": {3: [80.0], 30: [90.0, 100.0]}}
    panel = runs_panel(["one", "two"], (3, 30), x="delay (steps)", chance=12.5)
    picture = Picture(panel, runs(cells, ["one", "two"]), "Two models.")
    x, y = picture.artists["one, runs"].get_data()
    assert list(y) == [10, 30, 50] and x[0] == x[1] == pytest.approx(3, rel=0.05)
    assert list(picture.artists["one"].get_ydata()) == [20, 50]
    assert picture.artists["two"].get_xdata()[0] > picture.artists["one"].get_xdata()[0]
    labels = [text.get_text() for text in picture.fig.axes[0].get_legend().get_texts()]
    assert {"chance", "one, mean", "two, mean"} == set(labels)
