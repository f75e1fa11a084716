"""Notebook 03: what the surrogate lab shows, and training as it happens."""

import math

import numpy as np
import pytest
import torch

from sslearn.course.figure.training import LiveTraining, rasters_picture, training_picture
from sslearn.course.n03_surrogates import surrogates as lab
from sslearn.course.n03_surrogates.figures import influence_picture, unrolled_picture
from sslearn.course.n03_surrogates.surrogates import surrogate_lab, surrogate_slope, surrogate_view
from sslearn.fast import lif
from sslearn.spikes import (
    FAMILIES,
    arctan,
    arctan_half_width,
    fast_sigmoid,
    spike,
    surrogate_of_width,
)
from sslearn.training import History, Progress
from tests.figure.discoveries import discoveries

EXPLORERS = [surrogate_lab]


@pytest.fixture(scope="module")
def presets():
    return discoveries(surrogate_lab)


def autograd_slope(surrogate, detach, theta=1.0):
    """D(mean count)/d(drive) of the same noisy neurons by autograd through the whole run."""
    level = torch.tensor(lab.DRIVE, dtype=torch.float64).repeat_interleave(8).requires_grad_()
    i = ((1 - lab.BETA) * level + lab._noise(8, 0).double())[0]  # (L, H)
    v, s, total = torch.zeros_like(i[0]), torch.zeros_like(i[0]), 0.0
    for i_t in i:
        v = lab.BETA * v + i_t - theta * (s.detach() if detach else s)
        s = spike(v - theta, surrogate)
        total = total + s
    total.sum().backward()
    return level.grad.reshape(-1, 8).mean(1).numpy()


@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_gradient_by_hand_is_autograd(family, detach):
    surrogate = surrogate_of_width(family, 2.0)
    mine = surrogate_slope(surrogate, detach=detach)[0]
    np.testing.assert_allclose(mine, autograd_slope(surrogate, detach), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("depth", [0, 7, 24])
def test_one_gradient_at_a_depth_is_autograd(depth):
    level = torch.tensor(lab.DRIVE, dtype=torch.float32).repeat_interleave(8)
    i = ((1 - lab.BETA) * level + lab._noise(8, 0)).requires_grad_()
    lif(i, beta=lab.BETA).s[0, -1].sum().backward()
    want = i.grad[0, lab.L - 1 - depth].abs().numpy()  # arctan, alpha 2: the peak is 1
    got = surrogate_slope(arctan, depth=depth)[3]
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


def test_true_slope_is_a_difference_of_counts():
    truth = lab.true_slope(1.0)
    assert abs(truth[lab.DRIVE < -0.5]).max() == 0 and truth[lab.DRIVE > 1].min() > 1
    free = (1 - lab.BETA) * sum(lab.BETA**k for k in range(lab.L))
    assert truth.max() < lab.L * free  # at most one spike a step


def test_too_sharp_is_dead(presets):
    assert presets["too sharp"]["alive_now"] < 0.05 < 0.5 < presets["arctan, α = 2"]["alive_now"]


def test_too_broad_is_biased(presets):
    broad, good = presets["too broad"], presets["arctan, α = 2"]
    assert broad["alive"] > 0.99 and broad["off"] > 0.5 and good["off"] < 0.25
    assert np.ptp(broad["fit"]) < 0.2 * broad["fit"].mean()  # the same answer at every drive


def test_equal_width_behaves_alike(presets):
    arc, fast = presets["arctan, α = 2"], presets["fast sigmoid, equal width"]
    assert abs(arc["off"] - fast["off"]) < 0.15
    corr = np.corrcoef(arc["fit"], fast["fit"])[0, 1]
    assert corr > 0.98


def test_the_default_of_the_fast_sigmoid_is_narrow(presets):
    k = (math.sqrt(2) - 1) / arctan_half_width(2**5.25)
    assert k == pytest.approx(25, rel=0.02)
    narrow, equal = presets["fast sigmoid, k ≈ 25"], presets["fast sigmoid, equal width"]
    assert narrow["alive_now"] < 0.1 < 0.9 < equal["alive_now"]
    at = torch.tensor([0.01], dtype=torch.float64)
    assert fast_sigmoid(at, k=k).item() < 0.7 < surrogate_of_width("fast sigmoid", 2.0)(at).item()


def test_gradients_fade_with_depth(presets):
    far, here = presets["far back"], surrogate_view()[0]
    assert far["alive"] < 0.5 * here["alive"] and far["alive_now"] == here["alive_now"]


def test_a_reset_that_is_not_detached_misleads(presets):
    loose = presets["reset not detached"]
    tied = surrogate_view(log2_alpha=4.0, depth=10, detach=True)[0]
    assert loose["off"] > 2 * tied["off"] and loose["fit"].min() < -0.3 <= tied["fit"].min()


def told(step, loss=(), accuracy=()):
    return Progress(step, 20, len(loss), 2, list(loss), list(accuracy), 1.2, step / 20)


def test_live_training_shows_each_epoch_and_can_be_stopped():
    with LiveTraining() as live:
        assert not live(told(1)) and live.bar.max == 20 and live.bar.value == 1
        first = live.image.value
        live(told(2))
        assert live.bar.value == 2 and live.image.value == first  # drawn once an epoch
        live(told(10, [1.5], [0.5]))
        assert live.image.value != first and "loss 1.500, test accuracy 50.0%" in live.text.value
        assert 'alt="epoch 1 of 2' in live.image.value
        live.button.click()
        assert live(told(11, [1.5], [0.5])) is True
    assert len(live.box.children) == 2 and "epoch 1 of 2" in live.text.value
    assert live.button.comm is None and live.image.comm is None  # closed


def test_live_training_ends_with_its_block_also_on_an_error():
    with pytest.raises(RuntimeError), LiveTraining() as live:
        raise RuntimeError
    assert live.button.comm is None


def test_training_picture_holds_the_history():
    history = History([3.0, 0.5], [0.2, 0.9], 1, {}, False, 1.0)
    picture = training_picture(history, "Two epochs.")
    assert picture.caption == "Two epochs."
    x, y = picture.artists["loss"].get_data()
    assert list(x) == [1, 2] and list(y) == [2.5, 0.5]  # above the axis: its upper edge
    assert list(picture.artists["accuracy points"].get_ydata()) == pytest.approx([20, 90])
    assert picture.artists["accuracy"].axes.get_ylim() == (0, 100)
    narrow = training_picture(history, "Two epochs.", lowest=80)
    assert narrow.artists["accuracy"].axes.get_ylim() == (80, 100)
    empty = training_picture(History([], [], None, {}, True, 0.0), "Nothing.")
    assert len(empty.artists["loss"].get_xdata()) == 0


def test_rasters_picture_holds_every_spike():
    s = torch.zeros(6, 4)
    s[2, 3] = s[5, 0] = 1
    picture = rasters_picture({"before": torch.zeros(6, 4), "after": s}, "Two rasters.")
    assert len(picture.artists["before"].get_xdata()) == 0
    t, n = picture.artists["after"].get_data()
    assert list(zip(t, n, strict=True)) == [(2, 3), (5, 0)]
    assert {artist.axes.get_xlim() for artist in picture.artists.values()} == {(-1.0, 6.0)}


def test_the_unrolled_neuron_names_every_node_and_every_factor():
    picture = unrolled_picture()
    (ax,) = picture.fig.axes
    written = [text.get_text() for text in ax.texts if text.get_text()]
    nodes = {f"{letter}[{step}]" for letter in "ivs" for step in ("t", "t+1", "t+2")}
    assert nodes <= set(written)
    assert {f: written.count(f) for f in ("1", "σ", "β", "−θ")} == dict.fromkeys("1σβ", 3) | {
        "−θ": 3
    }
    assert len([a for a in ax.texts if getattr(a, "arrow_patch", None)]) == 12
    assert "dashed" in picture.caption


def test_ticks_stand_at_the_spikes_and_above_every_line():
    g, s = torch.tensor([0.5, 2.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    picture = influence_picture({"g": (torch.arange(4), g)}, s, "two spikes")
    line, spikes = picture.artists["g"], picture.artists["spikes"]
    assert spikes.get_xdata().tolist() == [1, 3] and line.get_ydata().tolist() == g.tolist()
    assert all(2.0 < y < spikes.axes.get_ylim()[1] for y in spikes.get_ydata())
