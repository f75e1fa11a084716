"""The discoveries of notebook 10's explorers, and the study that they open."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from sslearn.course.n10_gsu.comparison import comparison_view, gate_dissection
from sslearn.course.n10_gsu.dissection import changed, gate_view, inside, zeros_in
from sslearn.course.n10_gsu.drawing import gsu_picture
from sslearn.course.n10_gsu.saturation import saturation_study, saturation_view
from sslearn.layers import GLU
from sslearn.runs import PRESETS, load_task, results, study
from sslearn.runs.activations import (
    ACTIVATIONS,
    SLOPES,
    TRAINING,
    UNITS,
    build_network,
    gradients,
    measure,
    norm,
    rows,
    summary,
    trained,
)
from sslearn.training import accuracy

EXPLORERS = [gate_dissection, saturation_study]


UNITS_SHOWN = ("GLU", "GSU", "GSU, two W")


def presets(make, view):
    lab = make()
    return {name: view(**lab.defaults | values)[0] for name, values in lab.presets.items()}


@pytest.fixture(scope="module")
def gate():
    """What `gate_view` measures of the right unit at each preset, and of the trained ones."""
    lab, found = gate_dissection(), {}
    for name, changes in lab.presets.items():
        values = lab.defaults | changes
        found[name] = gate_view(
            unit=values["right"], **{key: values[key] for key in ("alpha", "scale", "cut")}
        )[0]
    return found | {unit: gate_view(unit=unit)[0] for unit in UNITS_SHOWN}


@pytest.fixture(scope="module")
def saturation():
    return presets(saturation_study, saturation_view) | {"step": saturation_view()[0]}


@pytest.mark.parametrize("name", ["GELU", "step", "GSU", "GSU, two W"])
def test_the_unchanged_unit_completes_the_trained_block(name):
    model, x, y, _ = inside(name)
    block = model.blocks[-1]
    unit, then = changed(block, scale=1.0, alpha=0.15)
    assert isinstance(unit, GLU) == ("GSU" not in name)
    first, second = unit.factors(block.act(y))
    torch.testing.assert_close(block.add(x, then(first * second)), block(x))


def test_a_changed_unit_has_other_weights_and_leaves_the_network_alone():
    model, _, y, _ = inside("GSU, two W")
    block = model.blocks[-1]
    W, W2 = block.mix[0].W.clone(), block.mix[0].W2.clone()
    unit, _ = changed(block, scale=3.0, alpha=0.4)
    assert torch.equal(unit.W, 3 * W) and torch.equal(unit.W2, 3 * W2) and unit.alpha == 0.4
    assert torch.equal(block.mix[0].W, W) and block.mix[0].alpha == 0.15
    small = 0.4 * y.abs().amax(-1, keepdim=True)
    x_zeros, W_zeros = zeros_in(unit, y)
    assert x_zeros == pytest.approx((y.abs() < small).float().mean().item())
    assert W_zeros == pytest.approx((W2.abs() < 0.4 * W2.abs().max()).float().mean().item())
    assert x_zeros != pytest.approx(W_zeros, abs=0.005)


def test_the_view_counts_right_digits_as_the_network_does():
    task = load_task("digits")
    x, y = (part[:64] for part in task.test)
    for name, changes in (("GSU", {}), ("step", {"unit": "binary"}), ("GSU, two W",
                          {"unit": "GSU, two W"})):  # fmt: skip
        right = int((trained(name)(x).argmax(1) == y).sum())
        assert abs(gate_view(**changes)[0]["right"] - right) <= 1


def test_weights_times_8_close_the_glu_and_only_lift_the_gsu(gate):
    assert gate["GLU, weights × 8"]["shut"] > 0.2 and gate["GLU"]["shut"] < 0.05
    assert gate["GSU, weights × 8"]["shut"] < 0.05
    assert 6 < gate["GSU, weights × 8"]["spread"] / gate["GSU"]["spread"] < 9


def test_shut_and_faint_are_the_first_bins_of_the_histograms(gate):
    for data in gate.values():
        first = [data["output"][1][0], data["first"][1][0], data["second"][1][0]]
        shares = [data["shut"], *data["faint"]]
        for bar, share in zip(first, shares, strict=True):
            assert min(100 * share, 12) == pytest.approx(bar.item(), abs=0.3)


def test_the_picture_of_the_unit_holds_its_numbers():
    picture = gsu_picture(13.7, H=32)
    assert picture.artists["events"].get_text() == "≈ 14 of 32 are ±1"
    assert picture.artists["out"].get_text() == "32 ×" and "about 14" in picture.caption


def test_the_study_of_the_scale_says_what_the_notebook_says():
    runs = results("gsu_scale", part="forms")
    bits = {(r["prenorm"], r["form"], r["seed"]): r["tested"] for r in runs if r["task"] == "text"}
    for (prenorm, form, seed), value in bits.items():
        if form == "scaled":
            others = [bits[prenorm, other, seed] for other in ("unscaled", "norm")]
            assert value < min(others) - 0.04
    presets = {(r["preset"], r["form"]): r["losses"] for r in results("gsu_scale", part="presets")}
    for preset, setting in PRESETS["paper"].items():
        scaled, unscaled = presets[preset, "scaled"], presets[preset, "unscaled"]
        assert scaled[-1] < 0.7 * scaled[0]
        if setting.prenorm:
            assert unscaled[0] > 16 > 6 > scaled[0]
    assert presets["text", "unscaled"][-1] > 20 > 2 > presets["text", "scaled"][-1]


def test_the_gsu_needs_both_paths(gate):
    assert gate["GSU"]["right"] > 57
    assert gate["spike path cut"]["right"] < 40 and gate["real path cut"]["right"] < 40
    assert gate["spike path cut"]["gradient"][0] == 0 < gate["spike path cut"]["gradient"][1]
    assert gate["real path cut"]["gradient"][1] == 0 < gate["real path cut"]["gradient"][0]


def test_alpha_sets_the_zeros_and_so_the_additions(gate):
    none, most = gate["α = 0: no zeros"], gate["α = 0.5: mostly zeros"]
    assert max(none["zeros"]) < 0.01 and min(most["zeros"]) > 0.7
    assert none["operations"]["products"][1] > 4 * most["operations"]["products"][1]
    assert most["right"] < 40 < none["right"]


def test_only_the_products_lose_their_multiplications(gate):
    state = {name: data["operations"]["state"] for name, data in gate.items()}
    assert len(set(state.values())) == 1
    assert gate["GLU"]["operations"]["products"][0] == 2048
    assert gate["binary"]["operations"]["products"][0] == 0 and gate["binary"]["zeros"][0] > 0.5
    assert gate["GSU, two W"]["right"] != gate["GSU"]["right"]


def test_the_explorer_shows_what_is_measured(gate):
    """Its three large numbers are those of `gate_view`, and its curves the layer's own output."""
    lab = gate_dissection()
    for name, changes in lab.presets.items():
        data, caption = comparison_view(**lab.defaults | changes)
        assert data["right"]["right"] == gate[name]["right"]
        assert data["right"]["products"] == gate[name]["operations"]["products"]
        assert data["right digits"] == f"{gate[name]['right']} of 64" and data["right digits"] in (
            caption.replace(" digits right", "")
        )
    _, _, y, _ = inside("GSU")
    block = trained("GSU").blocks[-1]
    with torch.no_grad():
        expected = block.mix[0](block.act(y))[0, 36]
    torch.testing.assert_close(comparison_view()[0]["right product"][1], expected)


def test_the_explorer_shows_the_gate_shut_and_the_cut_path(gate):
    shut, loud = (
        comparison_view(left="GLU", right="GLU", scale=8.0)[0],
        comparison_view(left="GSU", scale=8.0)[0],
    )
    y = shut["right second"][1]
    assert ((y < 0.02) | (y > 0.98)).float().mean() > 0.7  # the gate is a switch
    zeros = {side: (shut[f"{side} product"][1].abs() < 1e-3).sum() for side in ("left", "right")}
    assert zeros["right"] >= 8 > 3 >= zeros["left"]
    assert (loud["right product"][1].abs() > 5 * loud["left product"][1].abs()).float().mean() > 0.7
    for cut, path in (("first", "right first"), ("second", "right second")):
        assert torch.all(comparison_view(cut=cut)[0][path][1] == 1)


def test_without_skips_the_sigmoid_lets_nothing_through(saturation):
    def fall(name):
        norms = saturation[name]["norms"]
        return norms[0] / norms[-1]

    assert fall("sigmoid, skips cut") < 0.02 * fall("identity, skips cut")
    with_skips = saturation_view(act="sigmoid", stage="at the start")[0]["norms"]
    assert with_skips[0] > with_skips[-1]


def test_a_gain_drives_tanh_flat_and_leaves_relu(saturation):
    assert (
        saturation["tanh driven into it"]["flat"] > 2 * saturation["tanh has a ceiling too"]["flat"]
    )
    still = saturation_view(act="ReLU")[0]["flat"]
    assert saturation["ReLU driven as hard"]["flat"] == pytest.approx(still, abs=0.1)


def test_each_control_takes_one_part_away(saturation):
    assert saturation["step, surrogate removed"]["passed"] == pytest.approx([1] * 4)
    assert max(saturation["step"]["passed"]) < 0.9
    assert max(saturation["surrogate without step"]["passed"]) < 0.9


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_those_of_autograd(name):
    z = torch.linspace(-3, 3, 61, dtype=torch.float64, requires_grad=True)
    g = torch.autograd.grad(ACTIVATIONS[name](z).sum(), z)[0]
    torch.testing.assert_close(g, SLOPES[name](z.detach()))


@pytest.mark.parametrize("name", ["tanh", "step", "GSU"])
def test_gradients_are_those_of_the_network_itself(name):
    model, (x, y) = build_network(name, depth=2), (p[:4] for p in load_task("digits").train)
    kept = []
    hook = model.blocks[0].register_forward_hook(lambda _, args, out: kept.append((args[0], out)))
    cross_entropy(model(x), y, reduction="sum")
    hook.remove()
    loss = cross_entropy(model(x.clone()), y, reduction="sum")
    assert torch.isfinite(loss)
    found = gradients(model, x.clone(), y)
    first, second = kept[0]
    whole = torch.autograd.grad(
        cross_entropy(model.head(model.blocks[1](second).mean(1)), y, reduction="sum"),
        (first, second),
    )
    for mine, theirs in zip(found["d_x"], whole, strict=False):
        torch.testing.assert_close(mine, theirs)


def test_without_skip_the_top_block_alone_feeds_the_one_below():
    model, (x, y) = build_network("tanh", depth=2), (p[:4] for p in load_task("digits").train)
    cut, whole = (gradients(model, x.clone(), y, skip=s) for s in (False, True))
    torch.testing.assert_close(cut["after"], whole["after"])
    torch.testing.assert_close(cut["d_x"][-1], whole["d_x"][-1])
    assert norm(cut["d_x"][0]) < norm(whole["d_x"][0])


def test_the_study_is_whole_and_the_networks_are_its_own():
    assert study("saturation")["training"] == TRAINING and len(study("saturation")["seeds"]) >= 3
    for name in ACTIVATIONS | UNITS:
        for depth in (2, 4) if name in ACTIVATIONS else (4,):
            found = rows(name, depth)
            assert [r["seed"] for r in found] == study("saturation")["seeds"], (name, depth)
            assert all(math.isfinite(v) for r in found for v in r["end"]["gradient"])
    task = load_task("digits")
    for name in ("tanh", "step", "GSU, two W"):
        recorded = next(r["accuracy"] for r in rows(name, 4) if r["seed"] == 0)
        assert accuracy(trained(name), task.test) == pytest.approx(recorded, abs=0.01)


def test_what_the_notebook_says_of_the_study():
    mean = {name: summary(name, 4)[0] for name in ACTIVATIONS | UNITS}
    sd = summary("GELU", 4)[1]
    for name in ("tanh", "sigmoid, centred", "GSU", "GSU, alpha 0.05"):
        assert mean[name] > mean["GELU"] - sd, name
    assert mean["sigmoid"] < 30 and mean["step, gradient 1"] < 70
    assert mean["step"] + 1 < mean["identity, arctan gradient"] < mean["identity"] - 1
    assert mean["GSU"] > mean["step"] + 3
    assert max(mean["GSU, two W"], mean["GSU, no GELU"]) < mean["GSU"] - 2


def test_measure_and_names():
    start = measure(build_network("step", seed=1), "step")
    recorded = next(r["start"] for r in rows("step", 4) if r["seed"] == 1)
    assert start["gradient"] == pytest.approx(recorded["gradient"], rel=0.02)
    with pytest.raises(ValueError, match="name"):
        build_network("softplus")
