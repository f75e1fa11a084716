import pytest
import torch

from sslearn.course.n11_network.inside import (
    MODELS,
    held_out,
    inside,
    inside_view,
    look_inside,
    presets,
)
from sslearn.runs import ASSETS, open_model, retest

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
    u, seen = held_out()[0][7:8], inside(name, 7, layer)
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


def test_a_late_decision_is_wrong_before_and_right_in_the_end():
    late = presets()["a late decision"]
    assert found("a late decision")["since"] > 50
    early, end = inside_view(**late)[0], inside_view(**late | {"now": 63})[0]
    assert early["said"] != early["truth"] and end["said"] == end["truth"]


def test_the_gsu_reads_a_digit_that_binary_s4d_misreads():
    gsu, binary = found("the GSU reads it"), found("Binary S4D does not")
    assert gsu["said"] == gsu["truth"] == binary["truth"] != binary["said"]


def test_channels_remember_for_different_times():
    assert found("a slow channel")["horizon"] > 3 * found("a fast channel")["horizon"]


def test_a_reader_who_has_seen_nothing_knows_nothing():
    right = [inside_view(digit=k, now=0)[0] for k in range(40)]
    assert sum(r["said"] == r["truth"] for r in right) < 14
    done = [inside_view(digit=k)[0] for k in range(40)]
    assert sum(r["said"] == r["truth"] for r in done) > 32
