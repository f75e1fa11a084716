import copy

import pytest
import torch

from sslearn.course.n11_network.inside import inside_view, look_inside, presets
from sslearn.course.n11_network.reading import MODELS, held_out, inside, trained
from sslearn.data import averaged
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier, recipe, rescaled
from sslearn.runs import ASSETS, open_model, retest
from sslearn.spikes import ternary

EXPLORERS = [look_inside]


def found(name):
    return inside_view(**presets()[name])[0]


@pytest.mark.parametrize("name", MODELS.values())
def test_shipped_models_reach_their_recorded_accuracy(name):
    accuracy, record = retest(ASSETS / f"digits-{name}-small-0.safetensors")
    assert accuracy == pytest.approx(record["accuracy"], abs=1.01 / 359)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("layer", [1, 2])
def test_what_is_shown_is_what_the_network_does(name, layer):
    """Against the streamed network: its outputs and its scores, step by step."""
    model = open_model(ASSETS / f"digits-{MODELS[name]}-small-0.safetensors")[0]
    u = held_out()[0][7:8]
    seen = inside(trained(name), u[0], layer)
    state, said, states = model.initial_state(1), [], []
    with torch.no_grad():
        for u_t in u.unbind(1):
            scores, state = model.step(u_t, state)
            said.append(scores.softmax(-1)[0])
            states.append(state.blocks[layer - 1].x[0])
        A, dt = model.blocks[layer - 1].ssm.poles()
    torch.testing.assert_close(seen.probability, torch.stack(said), rtol=0, atol=2e-2)
    unit = torch.expm1(dt * A) / A  # the streamed state leaves B_bar to the output weights
    torch.testing.assert_close(seen.x, torch.stack(states) * unit, rtol=0, atol=5e-2)
    if name == "Binary S4D":
        assert set(seen.active.unique().tolist()) <= {0.0, 1.0}


def shown(net, layer=2):
    """What the explorer draws of a network that is handed over: its data and its caption."""
    lab = look_inside(networks={"mine": net})
    return lab.view(**lab.defaults | {"layer": layer})


def raster(data):
    """(L, H) of -1, 0 and 1, from the points that are drawn."""
    picture = torch.zeros(64, 32)
    picture[data["plus"]], picture[data["minus"]] = 1, -1
    return picture


@torch.no_grad()
def read(net, layer=2):
    """What the layer reads of the first digit, and what it puts out, by hooks."""
    kept = []
    hook = net.blocks[layer - 1].ssm.register_forward_hook(
        lambda _, args, out: kept.append((args[0][0], out[0]))
    )
    net(held_out()[0][:1])
    hook.remove()
    return kept[0]


def test_the_raster_follows_the_layer_s_threshold():
    net = copy.deepcopy(trained("Binary S4D"))
    before = shown(net)[0]
    net.blocks[1].ssm.theta = 0.5
    after, caption = shown(net)
    spikes = read(net)[1]
    assert torch.equal(raster(after), spikes) and after["rate"] == pytest.approx(spikes.mean())
    assert after["rate"] < 0.6 * before["rate"] and f"{after['rate']:.0%} of the outputs" in caption


def test_the_raster_follows_the_unit_s_alpha():
    net = copy.deepcopy(trained("GSU"))
    before = shown(net)[0]
    net.blocks[1].mix[0].alpha = 0.5
    after, y = shown(net)[0], read(net)[1]
    assert torch.equal(raster(after), ternary(y, 0.5 * y.abs().amax(-1, keepdim=True)))
    assert after["rate"] < before["rate"] / 2


@pytest.mark.parametrize("prenorm", [False, True])
def test_states_and_raster_are_of_what_the_ssm_reads(prenorm):
    g = torch.Generator().manual_seed(0)
    net = SequenceClassifier(1, 10, **recipe("s4d", N=8), H=32, prenorm=prenorm, generator=g)
    (z, y), seen = read(net), inside(net, held_out()[0][0], 2)
    with torch.no_grad():
        A = net.blocks[1].ssm.poles()[0]
        x = net.blocks[1].ssm.states(z[None])[0].take_along_dim(A.imag.argsort(-1)[None], -1)
    torch.testing.assert_close(seen.x, x, rtol=1e-3, atol=1e-5)
    assert torch.equal(raster(shown(net)[0]), seen.active)
    assert (seen.active != ternary(y, 0.15 * y.abs().amax(-1, keepdim=True))).float().mean() < 0.01


def test_a_network_that_changes_while_it_is_looked_at_is_read_again():
    net = copy.deepcopy(trained("Binary S4D"))
    lab = look_inside(networks={"mine": net})
    rates = [lab.view(**lab.defaults)[0]["rate"]]
    net.blocks[0].ssm.theta = 0.5
    rates.append(lab.view(**lab.defaults)[0]["rate"])
    with torch.no_grad():
        net.blocks[0].ssm.D += 1
    rates.append(lab.view(**lab.defaults)[0]["rate"])
    assert len(set(rates)) == 3 and isinstance(net.blocks[0].ssm, S4D)


def test_a_late_decision_is_wrong_before_and_right_in_the_end():
    late = presets()["a late decision"]
    assert found("a late decision")["since"] > 50
    early, end = inside_view(**late)[0], inside_view(**late | {"now": 63})[0]
    assert early["answer"] != early["truth"] and end["answer"] == end["truth"]


def test_the_gsu_reads_a_digit_that_binary_s4d_misreads():
    gsu, binary = found("the GSU reads it"), found("Binary S4D does not")
    assert gsu["answer"] == gsu["truth"] == binary["truth"] != binary["answer"]


def test_channels_remember_for_different_times():
    assert found("a slow channel")["horizon"] > 3 * found("a fast channel")["horizon"]


def test_a_reader_who_has_seen_nothing_knows_nothing():
    right = [inside_view(digit=k, now=0)[0] for k in range(40)]
    assert sum(r["answer"] == r["truth"] for r in right) < 14
    done = [inside_view(digit=k)[0] for k in range(40)]
    assert sum(r["answer"] == r["truth"] for r in done) > 32


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("p", [2, 4])
def test_a_resolution_shows_the_network_of_p_times_the_step_on_means_of_p_pixels(name, p):
    """Against a stream of the rescaled network; each of its steps is drawn p pixels wide."""
    net, u = rescaled(trained(name), p), averaged(held_out()[0][7:8], p)
    state, said = net.initial_state(1), []
    with torch.no_grad():
        for u_t in u.unbind(1):
            scores, state = net.step(u_t, state)
            said.append(scores.softmax(-1)[0])
    data, caption = inside_view(model=name, digit=7, resolution=p)
    want = torch.stack(said)[:, data["truth"]].repeat_interleave(p)
    torch.testing.assert_close(data["true"][1] / 100, want, rtol=0, atol=2e-2)
    rows = data["digit"].flatten().unflatten(0, (-1, p))
    assert torch.equal(rows, rows[:, :1].expand(-1, p)) and len(data["kernel"][1]) == 64
    assert f"steps of {p} pixels" in caption


def test_two_pixels_a_step_are_read_if_the_step_is_twice_as_long_and_not_else():
    same, right, coarse = trained("Binary S4D"), 0, 0
    x, y = held_out()
    with torch.no_grad():
        unchanged = (same(averaged(x[:40], 2)).argmax(-1) == y[:40]).sum()
    for k in range(40):
        data = inside_view(**presets()["2 pixels a step"] | {"digit": k})[0]
        right += data["answer"] == data["truth"]
        data = inside_view(digit=k, resolution=4)[0]
        coarse += data["answer"] == data["truth"]
    assert right > 28 and unchanged < 16 and coarse < right


def test_a_channel_s_kernel_lasts_as_many_pixels_at_every_resolution():
    fine, half = (inside_view(channel=3, resolution=p)[0] for p in (1, 2))
    assert half["horizon"] == pytest.approx(fine["horizon"] / 2, abs=1)


def test_a_network_without_a_unit_of_time_has_no_control_for_it():
    net = copy.deepcopy(trained("S4D"))
    assert "resolution" in look_inside(networks={"mine": net}).controls
    net.blocks[1].ssm = torch.nn.Identity()
    net.blocks[1].ssm.states = net.blocks[0].ssm.states
    assert "resolution" not in look_inside(networks={"mine": net}).controls


def test_a_learner_s_own_network_reads_the_learner_s_own_signal():
    g = torch.Generator().manual_seed(0)
    net = SequenceClassifier(2, 3, **recipe("gsu", N=4), depth=1, H=8, generator=g).double()
    x, y = torch.randn(5, 30, 2, generator=g), torch.arange(5) % 3
    lab = look_inside(networks={"mine": net}, examples=(x.numpy(), y.numpy()))
    assert lab.controls["digit"].max == 4 and lab.controls["now"].max == 29
    assert len(lab.controls["resolution"].options) == 2
    own = {"mine": net}
    data, caption = inside_view(model="mine", digit=3, now=9, task=(x, y), networks=own)
    assert torch.equal(data["signal"][1], x[3, :10, 0]) and data["truth"] == 0
    assert "after 10 of 30 steps of a 0" in caption
    said = net(x[3:4, :10]).argmax(-1).item()  # which the network says of what it has read
    assert data["answer"] == said
    with pytest.raises(ValueError, match="networks must be given with examples"):
        look_inside(examples=(x, y))
    with pytest.raises(ValueError, match=r"networks=\{.mine.: net\}"):
        look_inside(networks=net, examples=(x, y))
    with pytest.raises(ValueError, match="classes 0 ... 2, got 3"):
        look_inside(networks=own, examples=(x, y + 1))
    with pytest.raises(ValueError, match="of one length"):
        look_inside(networks=own, examples=((x, torch.full((5,), 9)), y))
    with pytest.raises(ValueError, match=r"d in \{2\}, got \(5, 30, 1\)"):
        look_inside(networks=own, examples=(x[..., :1], y))
