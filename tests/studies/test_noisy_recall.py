"""The committed runs under noise: whole, from the models that the study builds, and reachable."""

import statistics

import pytest
import torch

from sslearn.data.made.recall import delayed_recall
from sslearn.runs import results
from studies.delayed_recall import TASK, H, seeded
from studies.noisy_recall import (
    DELAY,
    IDEAL,
    MODELS,
    NOISES,
    SEEDS,
    ideal_accuracy,
    input_gates,
    model_of,
)

ROWS = results("noisy_recall")


def mean(model, noise):
    return statistics.mean(
        r["accuracy"] for r in ROWS if (r["model"], r["noise"]) == (model, noise)
    )


def test_every_model_ran_with_every_seed_under_every_noise():
    runs = sorted((r["noise"], r["seed"], r["model"]) for r in ROWS)
    assert runs == sorted((n, s, m) for n in NOISES for s in SEEDS for m in (*MODELS, IDEAL))
    assert {r["delay"] for r in ROWS} == {DELAY}


@pytest.mark.parametrize("noise", NOISES)
def test_the_perfect_memory_is_that_of_the_data(noise):
    for r in ROWS:
        if (r["model"], r["noise"]) == (IDEAL, noise):
            data = TASK | {"delay": DELAY, "noise": noise}
            task = delayed_recall(**data, generator=seeded(200 + r["seed"]))
            assert ideal_accuracy(task) == pytest.approx(r["accuracy"], abs=0.002)


@pytest.mark.parametrize("noise", NOISES)
def test_no_model_knows_more_than_a_perfect_memory(noise):
    for model in MODELS:
        assert mean(model, noise) <= mean(IDEAL, noise) + 0.001


def test_a_long_start_keeps_as_the_delay_asks():
    net, usual = model_of("LSTM, long start", 0), model_of("LSTM", 0)
    n = H["LSTM"]
    bias = (net.lstm.bias_ih_l0 + net.lstm.bias_hh_l0).detach()
    T = bias[n : 2 * n].exp()
    assert (T >= 1).all() and (T <= DELAY).all() and T.max() > 0.8 * DELAY
    torch.testing.assert_close(bias[:n], -bias[n : 2 * n])
    torch.testing.assert_close(net.lstm.weight_hh_l0, usual.lstm.weight_hh_l0)


def test_the_input_gate_by_hand_is_that_of_the_layer():
    net = model_of("LSTM", 0)
    x = torch.randn(6, 4, 9, generator=seeded(7))
    with torch.no_grad():  # A gate that is closed keeps everything out, and an open one does not.
        net.lstm.bias_ih_l0[: H["LSTM"]] = -1e9
        assert (input_gates(net.lstm, x) == 0).all() and (net.lstm(x)[0] == 0).all()
        net.lstm.bias_ih_l0[: H["LSTM"]] = 1e9
        assert (input_gates(net.lstm, x) == 1).all() and (net.lstm(x)[0] != 0).all()


def test_what_notebook_04_says_of_the_rows():
    assert mean("LSTM", 0.02) < mean("linear SSM", 0.02) == 1
    assert mean("LSTM, long start", 0.3) > 2 * mean("linear SSM", 0.3) > 0.5
    assert max(mean(model, 1.0) for model in MODELS) < 0.2 < mean(IDEAL, 1.0)
    gated = [r for r in ROWS if (r["model"], r["noise"]) == ("LSTM, long start", 0.3)]
    first, later = (
        statistics.mean(r[name] for r in gated) for name in ("gate_first", "gate_later")
    )
    assert 0.1 < later < first < 0.4
