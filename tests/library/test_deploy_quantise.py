"""A classifier on integers: near its model, integers alone, and each part as by hand."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import gelu

from sslearn.deploy import IntegerNetwork, fixed_decay, pole_steps, quantise
from sslearn.deploy.arithmetic import draw_words
from sslearn.deploy.audit import IntegerAudit
from sslearn.deploy.integer import GSU, Linear
from sslearn.deploy.scales import UNITS, state_units, value_of
from sslearn.layers import GLU, GatedSpikingUnit
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import ASSETS, load_task, open_model

NAMES = ["binary-s4d", "gsu", "s4d"]
FINE = {"weight_bits": 16, "state_bits": 24, "decay_bits": 20}


def shipped(name):
    return open_model(ASSETS / f"digits-{name}-small-0.safetensors")[0]


def small(name, seed=0, **settings):
    g = torch.Generator().manual_seed(seed)
    return SequenceClassifier(1, 3, **recipe(name, N=4), H=6, depth=2, **settings, generator=g)


def inputs(n=3, L=20, seed=0):
    x = torch.rand(n, L, 1, generator=torch.Generator().manual_seed(seed))
    return (x * 255).round() / 255


@pytest.fixture(scope="module")
def digits():
    task = load_task("digits")
    return task.train[0][:100], *(part[:200] for part in task.test)


@pytest.mark.parametrize("name", NAMES)
def test_with_many_bits_the_integers_are_the_model(name, digits):
    model, (x, test, y) = shipped(name), digits
    made = quantise(model, x, levels=16, **FINE)
    with torch.no_grad():
        real = model(test)
    scores = made.scores(made.read(test))
    agree = (scores.argmax(-1) == real.argmax(-1)).double().mean()
    assert agree >= 0.98
    right = [(s.argmax(-1) == y).double().mean() for s in (real, scores)]
    assert abs(right[0] - right[1]) <= 0.01
    # Without spikes nothing is all or nothing, so that the scores themselves are near.
    if name == "s4d":
        gap = scores / 2.0**made.score_bits - real
        assert gap.square().mean().sqrt() < 0.05 * real.square().mean().sqrt()


@pytest.mark.parametrize(("name", "least"), [("binary-s4d", 0.93), ("gsu", 0.95), ("s4d", 0.95)])
def test_eight_bits_of_weights_are_enough(name, least, digits):
    made = quantise(shipped(name), digits[0], levels=16)
    right = (made.classify(made.read(digits[1])) == digits[2]).double().mean()
    assert right >= least


@pytest.mark.parametrize("units", ["powers", "any"])
@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
def test_a_pole_of_the_network_is_the_pole_by_hand(rounding, units):
    """The recurrence of `pole_steps`, in Python's own numbers, is that of the network."""
    g = torch.Generator().manual_seed(0)
    model = SequenceClassifier(1, 2, **recipe("s4d", N=2), H=1, depth=1, generator=g)
    made = quantise(model, inputs(), state_bits=8, rounding=rounding, units=units)
    poles = made.blocks[0].poles
    A_bar = model.blocks[0].ssm.double().recurrence()[0][0, 0].item()
    z = torch.randint(-9000, 30_000, (60,), generator=g)
    unit = 2.0 ** (int(poles.into) - poles.decay.shift)  # of z, in units of the state
    unit *= 1 if units == "powers" else int(poles.gain)
    by_hand = pole_steps(A_bar, unit, z, state_bits=8, decay_bits=12, rounding=rounding,
                         decay="complement", scale=1.0)  # fmt: skip
    state, X = made.initial_state(1), torch.zeros(1, 1, 1, 2, dtype=torch.int64)
    word, steps = state.word, []
    for z_t in z:
        words = None
        if rounding == "stochastic":
            words, word = draw_words(word, 1)
        y, X = poles.step(z_t.view(1, 1), X, words)
        steps.append(X.flatten())
    assert by_hand.X.abs().max() > 10 and poles.decay.shift >= by_hand_shift(A_bar)
    assert torch.equal(torch.stack(steps), by_hand.X)


def by_hand_shift(A_bar):
    return fixed_decay(torch.tensor([A_bar]), 12, "complement").shift


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize("pool", ["mean", "last"])
def test_no_floating_operation_runs_between_input_and_class(name, rounding, pool):
    made = quantise(small(name, pool=pool), inputs(), rounding=rounding)
    x = made.read(inputs())
    with IntegerAudit() as audit:
        made.classify(x)
    assert not audit.floating
    assert audit.operations["mul"] > 1000  # It has looked at something.


@pytest.mark.parametrize("plant", ["encoder", "threshold", "mixing"])
def test_the_audit_sees_a_float_that_is_planted(plant):
    made = quantise(small("binary-s4d"), inputs())
    block, x = made.blocks[1], made.read(inputs())
    if plant == "encoder":
        made = made._replace(encode=lambda x: (x.double() @ torch.ones(1, 6).double()).long())
    elif plant == "threshold":
        made.blocks[1] = block._replace(theta=block.theta + 0.5)
    else:
        made.blocks[1] = block._replace(mix=lambda s: (block.mix(s) * 1.0).long())
    with IntegerAudit() as audit:
        made.classify(x)
    assert audit.floating


def test_a_step_and_the_whole_are_one():
    made = quantise(small("gsu"), inputs(), rounding="stochastic")
    x = made.read(inputs())
    state = made.initial_state(3)
    for x_t in x.unbind(1):
        scores, state = made.step(x_t, state)
    assert torch.equal(scores, made.scores(x))
    one = torch.cat([made.scores(row[None]) for row in x])
    assert torch.equal(scores, one), "the coins of a sequence do not depend on the others"
    assert all(t.dtype == torch.int64 for t in [*state.X, state.total, state.count, state.word])


def test_a_batch_of_numbers_is_read_as_the_model_reads_it():
    made = quantise(small("s4d"), inputs())
    assert torch.equal(
        made.read(inputs()).double() / 255, inputs()[..., 0].double().mul(255).round() / 255
    )


@pytest.mark.parametrize("x", [-(2**15), 2**15 - 1])
def test_the_ends_of_the_input_saturate_and_do_not_wrap(x):
    made = quantise(small("binary-s4d"), inputs(), state_bits=6)
    state = made.initial_state(1)
    for _ in range(30):
        scores, state = made.step(torch.tensor([x]), state)
        assert max(X.abs().max() for X in state.X) <= 31
        assert scores.abs().max() < 2**31
        assert state.total.abs().max() <= 30 * (2**15 - 1)


def test_any_unit_uses_what_a_power_of_two_leaves():
    top = torch.rand(50, 4, generator=torch.Generator().manual_seed(0)) * 100 + 1e-3
    for bits in (4, 8, 16):
        sizes = {
            u: value_of(state_units(top, bits, u)) * (2 ** (bits - 1) - 1) / top for u in UNITS
        }
        assert all(s.min() >= 1 - 1e-6 for s in sizes.values()), "all states fit"
        assert 1.9 < sizes["powers"].max() <= 2 and sizes["any"].max() < 1.02


def test_the_states_of_a_fine_tuning_take_the_place_of_those_seen():
    model, x = small("binary-s4d"), inputs()
    tops = [torch.full((6, 2), 8.0), torch.full((6, 2), 2.0)]
    made = quantise(model, x, state_bits=8, tops=tops)
    for block, top in zip(made.blocks, tops, strict=True):
        a, e = block.poles.decay, state_units(top, 8, "powers")[1]
        assert (a.shift - block.poles.into - e).unique().numel() == 1  # the bits of z, one number
    assert quantise(model, x, state_bits=8).blocks[0].poles.into.unique().numel() > 1


def test_the_model_stays_as_it_is():
    model = small("binary-s4d").train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    quantise(model, inputs())
    assert model.training and all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert model.head.weight.dtype == torch.float32


def test_more_bits_are_nearer():
    model = shipped("s4d")
    x, test, _ = (load_task("digits").train[0][:50], load_task("digits").test[0][:50], None)
    with torch.no_grad():
        real = model(test)
    gaps = []
    for bits in (3, 5, 7, 10):
        made = quantise(model, x, levels=16, weight_bits=bits, state_bits=16)
        gaps.append((made.scores(made.read(test)) / 2.0**12 - real).square().mean().sqrt().item())
    assert all(a > 1.5 * b for a, b in zip(gaps, gaps[1:], strict=False)), gaps


def changed(**settings):
    return lambda: small("s4d", **settings)


def with_nan():
    model = small("binary-s4d")
    with torch.no_grad():
        model.head.weight[0, 0] = math.nan
    return model


def with_part(**parts):
    def make():
        model = small("s4d")
        for name, part in parts.items():
            setattr(model.blocks[0], name, part)
        return model

    return make


G = torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (with_nan, "head.weight must be finite everywhere, and holds NaN or infinity"),
        (lambda: nn.Linear(1, 1), "model must be a SequenceClassifier, got Linear"),
        (
            changed(norm="batch"),
            "block 0 cannot be made of integers: its norm must be a layer norm",
        ),
        (changed(prenorm=True), "its norm must be a layer norm behind the sum"),
        (lambda: small("gsu", tokens=True), "one number a step, got one that reads tokens"),
        (with_part(mix=nn.Identity()), "its mixing is Identity"),
        (with_part(act=torch.relu), "its activation is relu"),
        (with_part(mix=nn.Sequential(GLU(6, generator=G), nn.GELU())), "its mixing is GLU, GELU"),
        (with_part(ssm=nn.GRU(6, 6)), "its state space layer is GRU"),
        (lambda: bidirectional(), "its S4D is bidirectional, so it cannot be streamed"),
        (lambda: drawn(), "its spikes are drawn, and must be y > theta"),
    ],
)
def test_a_model_that_it_does_not_know_is_refused_by_name(model, message):
    with pytest.raises(ValueError, match=message):
        quantise(model(), inputs())


def bidirectional():
    parts = recipe("s4d", N=4, bidirectional=True)
    return SequenceClassifier(1, 3, **parts, H=6, generator=G)


def drawn():
    parts = recipe("binary-s4d", N=4, width=0.1)
    return SequenceClassifier(1, 3, **parts, H=6, generator=G)


def test_a_gsu_alone_and_with_its_second_matrix_is_known():
    for mix in (
        lambda H, generator: GatedSpikingUnit(H, generator=generator),
        lambda H, generator: nn.Sequential(
            GatedSpikingUnit(H, shared=False, generator=generator), nn.GELU()
        ),
    ):
        parts = recipe("s4d", N=4) | {"mix": mix, "act": recipe("gsu")["act"]}
        model = SequenceClassifier(1, 3, **parts, H=6, generator=torch.Generator().manual_seed(1))
        made = quantise(model, inputs(20), **FINE)
        with torch.no_grad():
            gap = made.scores(made.read(inputs())) / 2.0**12 - model(inputs())
        assert gap.abs().mean() < 0.1
    assert recipe("s4d")["act"] is gelu


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight_bits": 1}, "weight_bits must be a whole number from 2 to 16, got 1"),
        ({"weight_bits": 17}, "weight_bits must be a whole number from 2 to 16, got 17"),
        ({"state_bits": 25}, "state_bits must be a whole number from 2 to 24, got 25"),
        ({"decay_bits": 21}, "decay_bits must be a whole number from 2 to 20, got 21"),
        ({"rounding": "up"}, "rounding must be one of"),
        ({"decay": "log"}, "decay must be one of"),
        ({"units": "halves"}, "units must be one of"),
        ({"levels": 0}, "levels must be a whole number from 1 to 32767, got 0"),
        ({"seed": 2**32}, "seed must be a whole number from 1 to"),
        ({"x": torch.ones(3, 5)}, "x must be inputs \\(n, L, 1\\), at least one, got \\(3, 5\\)"),
        ({"x": torch.full((1, 5, 1), math.inf)}, "x must be finite everywhere"),
        ({"x": [1.0]}, "x must be inputs"),
    ],
)
def test_bad_settings_are_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message):
        quantise(**{"model": small("s4d"), "x": inputs()} | settings)


@pytest.mark.parametrize(
    "x", [torch.ones(2), torch.ones(2, 2, dtype=torch.int64), [1], torch.tensor([2**15])]
)
def test_a_step_refuses_what_is_no_number_of_sixteen_bits(x):
    made = quantise(small("s4d"), inputs())
    assert isinstance(made, IntegerNetwork)
    with pytest.raises(ValueError, match="x must be"):
        made.step(x, made.initial_state(2))


def test_a_gsu_by_hand():
    """x = (4, -2, 1): with alpha = 1/2, Ter(x) = (1, -1, 0), because at the threshold it fires."""
    W = torch.tensor([[3, 1, 5], [0, -2, 7], [1, 0, 0]])
    first = Linear(W, torch.ones(3, dtype=torch.int64), torch.zeros(3, dtype=torch.int64), 0)
    T, c = torch.tensor([[1, 0, -1], [0, 1, 1], [0, 0, 0]]), torch.tensor([0, 0, 2])
    unit = GSU(first, T, c, alpha=2**14, shift=0, index=0, table=None)
    # Ter(x) W^T = (2, 2, 1) and x T^T + c = (3, -1, 2)
    assert unit(torch.tensor([[4, -2, 1]])).tolist() == [[6, -2, 2]]
    assert unit(torch.zeros(1, 3, dtype=torch.int64)).tolist() == [[0, 0, 0]], "Ter(0) = 0"


def test_a_spike_is_above_the_threshold_and_not_at_it():
    made = quantise(small("binary-s4d"), inputs())
    block = made.blocks[0]
    y = torch.tensor([[block.theta - 1, block.theta, block.theta + 1]])
    assert block.act(y).tolist() == [[0, 0, 1]]
