"""The discoveries of notebook 09's binariser, the models it opens, and the committed results."""

import json
import math

import numpy as np
import pytest
import torch

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import dots, dots_panel, images_panel
from sslearn.course.n09_binary import threshold as binary
from sslearn.course.n09_binary.block_drawing import block_picture
from sslearn.course.n09_binary.results import about, thresholds_picture
from sslearn.course.n09_binary.threshold import binariser, binariser_view, membrane
from sslearn.information import entropy, information
from sslearn.layers import both_forms
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.training import accuracy

EXPLORERS = [binariser]


@pytest.fixture(scope="module")
def found():
    lab = binariser()
    out = {name: binariser_view(**lab.defaults | v)[0] for name, v in lab.presets.items()}
    return out | {"trained": binariser_view()[0]}


def test_a_high_threshold_is_sparse_and_says_little(found):
    trained, sparse, more = found["trained"], found["sparse"], found["too sparse"]
    assert 0.2 < trained["rate"] < 0.5 and trained["bits"] > 0.6
    assert sparse["rate"] < trained["rate"] / 4 and sparse["bits"] < trained["bits"] / 3
    assert more["rate"] < sparse["rate"] and more["bits"] < sparse["bits"]


def test_gain_changes_no_spike_at_theta_0_and_starves_the_gradient(found):
    loud, trained = found["gain 4: same spikes"], found["trained"]
    assert torch.equal(loud["s"], trained["s"]) and loud["bits"] == trained["bits"]
    assert loud["alive"] < trained["alive"] / 2


def test_the_surrogate_changes_the_gradient_and_no_spike(found):
    trained, default = found["trained"], found["fast sigmoid, k ≈ 25"]
    equal = found["fast sigmoid, equal width"]
    assert torch.equal(trained["s"], default["s"]) and torch.equal(trained["s"], equal["s"])
    assert default["alive"] < trained["alive"] / 4 < trained["alive"] <= equal["alive"]


def test_drawn_spikes_say_less_at_the_same_rate(found):
    trained, drawn, broad = found["trained"], found["drawn"], found["drawn, broad"]
    assert drawn["rate"] == pytest.approx(trained["rate"], abs=0.02)
    assert broad["bits"] < 0.2 < drawn["bits"] < trained["bits"] - 0.1


def test_information_of_a_drawn_spike_equals_that_of_the_joint_table():
    g = torch.Generator().manual_seed(0)
    p = torch.rand(50, generator=g, dtype=torch.float64)
    joint = torch.stack([p, 1 - p]) / 50  # P(s, v)
    parts = joint.sum(0) * joint.sum(1, keepdim=True)
    assert information(p).item() == pytest.approx(float((joint * (joint / parts).log2()).sum()))
    sharp = (p > 0.3).double()
    assert information(sharp) == entropy(sharp.mean()) and entropy(torch.tensor(0.5)) == 1


def test_membrane_is_that_of_the_network():
    model, _ = open_model(binary.MODEL)
    x = load_task("digits").test[0][: binary.DIGITS]
    with torch.no_grad():
        z = model.features(x)
        for layer in (1, 2):
            ssm = model.blocks[layer - 1].ssm
            assert torch.equal((membrane(layer)[0] > ssm.theta).float(), ssm(z[layer - 1]))
    with pytest.raises(ValueError, match="layer"):
        membrane(3)


def test_levels_stand_for_all_values():
    y = membrane(2)[0]
    assert float((binary._levels(2) > 0).float().mean()) == pytest.approx(
        float((y > 0).float().mean()), abs=0.01
    )


@pytest.mark.parametrize("model", ["s4d", "binary-s4d", "gsu"])
def test_committed_model_is_what_its_record_says(model):
    path = ASSETS / f"digits-{model}-small-0.safetensors"
    net, record = open_model(path)
    found = accuracy(net, load_task("digits").test)
    assert found == pytest.approx(record["accuracy"], abs=0.006) and found > 0.95
    assert path.stat().st_size < 200_000


def test_stream_of_the_trained_network_equals_its_convolution_in_double_precision():
    model = open_model(binary.MODEL)[0].double()
    x = load_task("digits").test[0][:40].double()
    with torch.no_grad():
        z = model.features(x)
        for k, block in enumerate(model.blocks):
            state, spikes = block.initial_state(len(x)), []
            for t in range(x.shape[1]):
                s_t, state = block.ssm.step(z[k][:, t], state)
                spikes.append(s_t)
            assert torch.equal(torch.stack(spikes, 1), block.ssm(z[k]))
            whole, steps = both_forms(block.ssm, z[k])
            clear = (whole - block.ssm.theta).abs().min()
            assert (whole - steps).abs().max() < 1e-12 < 1e-9 < clear


def test_results_hold_what_the_notebook_tells():
    rows = [json.loads(x) for x in (ASSETS / "digits_results.jsonl").read_text().splitlines()]
    keys = [(r["stage"], r["variant"], r["lr"], r["seed"]) for r in rows]
    assert len(set(keys)) == len(keys)
    for variant in {r["variant"] for r in rows}:
        tried = [r for r in rows if (r["stage"], r["variant"]) == ("grid", variant)]
        tests = [r for r in rows if (r["stage"], r["variant"]) == ("test", variant)]
        best = max(r["accuracy"] for r in tried)
        assert len(tried) == 5 and len(tests) == 5 and {r["seed"] for r in tests} == set(range(5))
        (lr,) = {r["lr"] for r in tests}
        assert next(r["accuracy"] for r in tried if r["lr"] == lr) == best


def test_block_picture_counts_the_state():
    picture = block_picture(300.0, H=32, N=16)
    assert "1,568 ×" in picture.caption and "0 ×, 300 +" in picture.caption
    assert 1568 == 32 * (4 * 8 + 2 * 8 + 1)


def test_dots_show_every_run_and_the_mean():
    groups = {"a": [1.0, 3.0], "b": [2.0]}
    picture = Picture(dots_panel(groups, y="x", low=0, high=4), dots(groups), "three runs")
    assert np.array_equal(picture.artists["runs"].get_ydata(), [1, 3, 2])
    assert np.array_equal(picture.artists["means"].get_ydata(), [2, 2])


def test_spread_is_as_wide_as_the_surrogate():
    w, half = binary.spread(2.0), 1 / math.pi
    slope = lambda u: torch.sigmoid(torch.tensor(u / w)) * torch.sigmoid(torch.tensor(-u / w))  # noqa: E731
    assert slope(half).item() == pytest.approx(0.125, rel=1e-4)


def test_images_panel_shows_every_image_under_its_title():
    images = {"one": np.eye(3), "two": np.arange(9.0).reshape(3, 3)}
    picture = Picture(images_panel(images, x="column", y="row"), images, "two images")
    assert [ax.get_title("left") for ax in picture.fig.axes] == ["one", "two"]
    for name, image in images.items():
        assert np.array_equal(picture.artists[name].get_array(), image)
        assert picture.artists[name].get_clim() == (image.min(), image.max())
    assert picture.fig.axes[0].get_ylabel() == "row" and not picture.fig.axes[1].get_ylabel()


def test_about_marks_a_number_that_may_differ():
    assert (about(12.345, 1), about(3)) == ("≈ 12.3", "≈ 3")


def test_thresholds_picture_marks_every_measurement():
    lines = {"one": ((0.0, 2.0), [90.0, 5.0]), "two": ((0.0, 2.0), [91.0, 30.0])}
    picture = thresholds_picture(lines, "two lines of two measurements")
    assert len({a.get_marker() for a in picture.artists.values()} - {"None", ""}) == 2
    assert np.array_equal(picture.artists["two"].get_ydata(), [91, 30])
    low, high = picture.fig.axes[0].get_xlim()
    assert low < 0 < 2 < high
