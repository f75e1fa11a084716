"""The discoveries of notebook 13's explorers, and that they show what the library computes."""

import math

import numpy as np
import pytest
import torch

from sslearn.course.n13_deploy import quantiser, stream_console, two_leaky_neurons
from sslearn.course.n13_deploy.console import SURE, console_view, events
from sslearn.course.n13_deploy.quantiser import horizons, quantiser_view
from sslearn.course.n13_deploy.stopping import (
    MODELS,
    Running,
    by_the_clock,
    held_out,
    measure,
    running,
    runs,
    stops,
    trained,
)
from sslearn.course.n13_deploy.two_leaks import WAYS, two_leaks_view

EXPLORERS = [quantiser, stream_console, two_leaky_neurons]


def seen(make):
    """What an explorer's view gives at its default and at each preset, by name."""
    lab = make()
    changes = {"default": {}} | lab.presets
    return {name: lab.view(**lab.defaults | values)[0] for name, values in changes.items()}


@pytest.fixture(scope="module")
def console():
    return seen(stream_console)


@pytest.fixture(scope="module")
def bits():
    return seen(quantiser)


@pytest.fixture(scope="module")
def leaks():
    return seen(two_leaky_neurons)


# --- the stream console


@pytest.mark.parametrize("name", MODELS)
def test_what_the_console_shows_is_what_the_stream_does(name):
    net, (x, y) = trained(name), held_out()
    state, said, sent = net.initial_state(1), [], []
    with torch.no_grad():
        for u_t in x[7:8].unbind(1):
            scores, state = net.step(u_t, state)
            said.append(scores.double().softmax(-1)[0])
    p, answers = torch.stack(said).max(-1)
    whole = running(name)
    assert (whole.answer[7] == answers.numpy()).mean() > 0.95  # a spike may flip in float32
    assert np.median(abs(whole.doubt[7] - (1 - p).numpy())) < 1e-2
    assert whole.truth[7] == y[7]
    sent = events(name, 7)
    allowed = {0.0, 1.0} if name == "Binary S4D" else {-1.0, 0.0, 1.0}
    assert len(sent) == 2 and all(set(np.unique(block)) == allowed for block in sent)


def test_a_rule_stops_where_the_answer_has_stood():
    answer = np.array([[1, 1, 2, 2, 2, 2], [0, 0, 0, 1, 0, 0], [3, 3, 3, 3, 3, 3]])
    doubt = np.array([[0.0] * 6, [0.0] * 6, [0.9] * 6])
    small = Running(answer, doubt, np.array([2, 0, 3]))
    run = runs(small, 0.5)
    assert run.tolist() == [[1, 2, 1, 2, 3, 4], [1, 2, 3, 1, 1, 2], [0] * 6]
    assert stops(run, 2, 1).tolist() == [2, 2, 6] and stops(run, 3, 1).tolist() == [5, 3, 6]
    assert stops(run, 2, 4).tolist() == [4, 6, 6]
    assert measure(small, stops(run, 3, 1)) == pytest.approx((14 / 3, 1.0))
    assert measure(small, stops(run, 2, 1)) == pytest.approx((10 / 3, 2 / 3))
    assert by_the_clock(small).tolist() == pytest.approx([2 / 3, 2 / 3, 1, 2 / 3, 1, 1])


def test_a_network_is_sure_before_it_has_read_anything(console):
    early = console["sure before it has read"]
    assert early["pixels"] == 1 and early["right"] < 0.12
    assert running("Binary S4D").doubt[:, 0].max() < 0.1


def test_an_answer_that_has_to_stand_is_right_and_late(console):
    stands = console["the answer has to stand"]
    assert stands["right"] > 0.93 and stands["pixels"] > 60
    assert console["default"]["right"] < 0.65 and console["default"]["pixels"] < 45
    digit = stream_console().presets["the answer has to stand"]["digit"]
    hasty = console_view(digit=digit)[0]
    assert hasty["stop"] < stands["stop"] and hasty["early"] != hasty["truth"] == stands["early"]


def test_no_answer_before_half_beats_the_clock(console):
    half = console["not before half"]
    assert 48 < half["pixels"] < 53 and half["right"] > 0.95
    assert half["stop"] < 40 and half["early"] == half["truth"]  # a digit that is clear by then
    assert half["right"] > half["clock at that pixel"] + 0.03
    assert half["right"] >= by_the_clock(running("GSU"))[55] - 1.5 / 359


def test_an_answer_may_stand_without_doubt_and_be_wrong(console):
    wrong = console["sure and wrong"]
    assert wrong["early"] != wrong["truth"] == wrong["end"] and wrong["stop"] < 32


def test_the_gsu_reads_more_of_each_digit_in_the_same_time(console):
    assert by_the_clock(running("GSU"))[47] > by_the_clock(running("Binary S4D"))[47] + 0.1
    assert console["the GSU"]["right"] > console["default"]["right"] + 0.2


def test_a_doubt_that_may_be_larger_stops_no_later():
    pixels = [console_view(sure=name)[0]["pixels"] for name in SURE]
    assert pixels == sorted(pixels)


# --- the quantiser


def test_slow_poles_die_or_never_forget_in_few_bits_of_a_plain_decay(bits):
    plain, own = bits["default"], bits["bits of 1 − Ā"]
    assert plain["kept"] < plain["wanted"] / 7 and plain["half gone"] >= 4 and plain["endless"]
    assert own["kept"] == pytest.approx(own["wanted"], rel=0.02)
    assert own["half gone"] == own["endless"] == 0 and own["error at most"] < 0.01


def test_a_slower_pole_needs_more_bits_and_a_fast_one_few(bits):
    assert bits["fast poles need less"]["half gone"] == 0
    assert bits["fast poles need less"]["kept"] > 0.8 * bits["fast poles need less"]["wanted"]
    lost = [quantiser_view(log_dt=log_dt)[0]["half gone"] for log_dt in (-1.4, -2.0, -2.7, -3.4)]
    assert lost == sorted(lost) and lost[-1] > lost[0]
    exact, stored = horizons(-2.7, 20, "plain")
    assert stored == pytest.approx(exact, rel=0.01)


def test_bits_of_the_weight_do_not_help_the_state(bits):
    more, few = quantiser_view(weight_bits=12)[0], bits["few bits of weight"]
    fewer = bits["default"]
    for name in ("kept", "error at most", "half gone"):
        assert more[name] == fewer[name]
    assert more["error at most"] > 0.5 and more["weight at most"] < fewer["weight at most"] / 4
    assert few["weight at most"] > 0.3 and few["error at most"] < 0.01


def test_a_state_of_8_bits_freezes_dies_or_is_right_in_the_mean(bits):
    nearest = bits["8-bit state: it cannot fade"]
    down, coin = bits["truncated: it fades too soon"], bits["a coin cures it"]
    assert nearest["left"] > 0.95 and down["left"] < 0.05
    assert abs(coin["left"] - coin["left exact"]) < 0.15 and 0.45 < coin["left exact"] < 0.55
    assert coin["error at most"] < nearest["error at most"] / 3


@pytest.mark.parametrize("rounding", ["nearest", "truncate", "stochastic"])
@pytest.mark.parametrize("decay", ["plain", "complement"])
def test_no_error_is_above_its_bound(rounding, decay):
    for state_bits in (5, 8, 13):
        values = {"state_bits": state_bits, "rounding": rounding, "decay": decay}
        data, _ = quantiser_view(decay_bits=9, log_dt=-1.8, **values)
        error, bound = data["error"][1], data["bound"][1]
        assert data["clipped"] or (error <= bound + 1e-9).all()


def test_the_error_of_the_state_grows_and_that_of_the_weight_follows_the_state(bits):
    data = bits["few bits of weight"]
    share = np.asarray(data["weight"][1]) / np.asarray(data["exact"][1])
    assert share == pytest.approx(share[0])
    grown = np.asarray(bits["default"]["error"][1])
    assert grown[99] > 100 * grown[0]


# --- two leaky neurons


def test_the_exported_pair_is_the_pole(leaks):
    for name in ("default", "no turning: two plain leaks", "its own rhythm", "it turns fast"):
        assert leaks[name]["gap"] < 1e-9, name
    assert two_leaks_view(way=WAYS[1], turns=12.0)[0]["gap"] < 1e-9


def test_without_turning_the_two_neurons_do_not_hear_each_other(leaks):
    still = leaks["no turning: two plain leaks"]
    assert still["w"] == 0 and abs(np.asarray(still["second"][1])).max() == 0


def test_its_own_rhythm_drives_the_pair_further_than_a_pulse(leaks):
    late = [abs(np.asarray(leaks[name]["first"][1])[40:]).max() for name in
            ("default", "its own rhythm")]  # fmt: skip
    assert late[1] > 5 * late[0]


def test_a_pole_that_turns_fast_needs_neurons_that_forget_at_once(leaks):
    fast, slow = leaks["it turns fast"], leaks["default"]
    assert fast["tau"] < 2 < slow["tau"] < 24 and fast["w"] > 3 * slow["w"]


def test_eulers_steps_of_the_equation_ring_on_or_run_away(leaks):
    rings, away = leaks["Euler, slow: it rings on"], leaks["Euler: it runs away"]
    assert 0.05 < rings["gap"] < 1 and rings["last"] < 0.5
    assert away["gap"] > 1e3 and away["last"] > 1e3
    limit = (60 / math.pi) * math.sqrt(
        2 / 24 - 1 / 24**2
    )  # |1 + A| = 1 at Im A^2 = 2/tau - 1/tau^2
    inside, outside = (two_leaks_view(way=WAYS[2], turns=t)[0] for t in (limit - 0.5, limit + 0.5))
    assert inside["last"] < 1 < outside["last"]
