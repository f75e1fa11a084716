"""Coarse first: epochs on averaged sequences, with the model's unit of time rescaled between."""

import copy
import json
import math

import pytest
import torch
from torch import nn

from sslearn.__main__ import main
from sslearn.data import averaged
from sslearn.models import LIFNetwork, LSTMClassifier, SequenceClassifier, recipe
from sslearn.runs import (
    ASSETS,
    PRESETS,
    TASKS,
    Setting,
    open_model,
    plan_run,
    train_run,
)
from sslearn.training import Stage, Training, accuracy, fit
from tests.library.blobs import equal, seed

COARSE = (Stage(4, 2), Stage(2, 1))
SETTINGS = {"epochs": 2, "batch": 16, "lr": 0.02, "coarse": COARSE}
P = [4, 4, 2, 1, 1]  # of each epoch


def steps(n=60, L=8):
    """(n, L, 1): noise about -1/2 or 1/2, which are classes 0 and 1."""
    y = torch.arange(n) % 2
    return torch.randn(n, L, 1, generator=seed(3)) + (y - 0.5)[:, None, None], y


def network(name="s4d", **settings):
    parts = recipe(name, N=4)
    return SequenceClassifier(1, 2, **parts, H=6, depth=1, **settings, generator=seed())


def begin(model, generator=None, **changes):
    settings = SETTINGS | changes
    return Training(model, steps(), steps(30), **settings, generator=generator or seed())


def finish(training):
    while not training.complete:
        training.epoch()
    return training


class Reads(nn.Module):
    """Keeps the lengths that it reads in training, and p dt, its one step's length."""

    def __init__(self):
        super().__init__()
        self.head, self.lengths, self.dt, self.means = nn.Linear(1, 2), [], 1.0, []

    def rescale_time(self, p):
        self.dt *= p

    def forward(self, x):
        if self.training:
            self.lengths.append((x.shape[1], self.dt))
            self.means.append(x.mean().item())
        return self.head(x.mean(1))


def test_each_stage_reads_means_over_p_steps_with_a_step_p_times_as_long():
    model, (x, y) = Reads(), steps(32, 8)
    history = fit(model, (x, y), (x, y), **SETTINGS | {"batch": 32}, generator=seed())
    assert model.lengths == [(8 // p, p) for p in P] and model.dt == 1
    assert model.means == pytest.approx([x.mean().item()] * 5, abs=1e-6)
    assert len(history.loss) == len(history.accuracy) == 5


def test_means_over_p_steps_are_those_of_a_loop():
    x = torch.randn(3, 12, 2, generator=seed())
    want = torch.stack([x[:, k : k + 3].sum(1) / 3 for k in range(0, 12, 3)], 1)
    torch.testing.assert_close(averaged(x, 3), want)
    assert averaged(x, 1) is x


def test_one_cosine_covers_all_stages():
    training, rates = begin(Reads()), []
    while not training.complete:
        training.epoch(lambda now: rates.append(training.plan.get_last_lr()[0]) and None)
    plain, same = begin(Reads(), coarse=(), epochs=5), []
    while not plain.complete:
        plain.epoch(lambda now: same.append(plain.plan.get_last_lr()[0]) and None)
    assert rates == same and len(rates) == 20


def test_a_step_on_means_over_p_steps_counts_as_the_pth_part_of_the_work():
    shares = []
    fit(Reads(), steps(), steps(30), **SETTINGS, generator=seed(),
        progress=lambda now: shares.append(now.share) and None)  # fmt: skip
    costs = [1 / p for p in P for _ in range(4)]  # four steps an epoch
    want = [sum(costs[: k + 1]) / sum(costs) for k in range(20)]
    assert shares == pytest.approx(want) and shares[-1] == 1


def test_a_stage_s_accuracy_is_that_of_the_averaged_test():
    model, seen = network(), []
    training = begin(model)
    for p in P:
        training.epoch()
        x, y = steps(30)
        seen.append(accuracy(model, (averaged(x, p), y)))
    assert seen == training.accuracy and seen[-1] > 0.7 and len(set(seen)) > 2


@pytest.mark.parametrize("after", [1, 2, 3, 4])
@pytest.mark.parametrize("make", [
    network,
    lambda: network("binary-s4d", dropout=0.3),
    lambda: LIFNetwork(1, 2, H=6, beta=0.9, generator=seed()),
    lambda: LIFNetwork(1, 2, H=6, taus=(1.0, 9.0), generator=seed()),
])  # fmt: skip
def test_a_run_cut_within_or_between_stages_ends_as_an_uninterrupted_one(make, after):
    whole, first = finish(begin(make())), begin(make())
    for _ in range(after):
        first.epoch()
    second = begin(make(), seed(9))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    finish(second)
    assert second.loss == whole.loss and second.accuracy == whole.accuracy
    assert equal(second.model.state_dict(), whole.model.state_dict())
    assert second.best == whole.best and equal(second.best_state, whole.best_state)


@pytest.mark.parametrize(("stop", "best"), [(2, None), (6, 0), (10, 1), (14, 2)])
def test_a_stop_in_a_stage_leaves_its_best_weights_in_the_unit_of_the_data(stop, best):
    """Six steps would be an epoch and a half: 60 examples in batches of 16 are 4 steps an epoch."""
    model, seen = network(), []

    def progress(now):
        if now.step % 4 == 0:
            seen.append(copy.deepcopy(model))
        return now.step == stop

    settings = SETTINGS | {"progress": progress, "generator": seed()}
    history = fit(model, steps(), steps(30), **settings)
    assert history.stopped and history.best == best
    if best is None:
        assert history.best_state == {}
        dt = network().blocks[0].ssm.poles()[1]
        torch.testing.assert_close(model.blocks[0].ssm.poles()[1], dt, rtol=0.2, atol=0)
        return
    want = seen[best]
    want.rescale_time(1 / P[best])
    assert equal(history.best_state, model.state_dict())
    torch.testing.assert_close(model.state_dict(), want.state_dict())


def test_nan_in_a_later_stage_goes_back_to_the_weights_that_it_began_with():
    model = network()

    def poison(now):
        if now.step == 9:
            with torch.no_grad():
                model.head.weight[0, 0] = math.nan

    settings = SETTINGS | {"progress": poison, "generator": seed()}
    with pytest.raises(RuntimeError, match="epoch 2, step 1"):
        fit(model, steps(), steps(30), **settings)
    twin = begin(network())
    twin.epoch(), twin.epoch()
    twin.model.rescale_time(1 / 4)
    torch.testing.assert_close(model.state_dict(), twin.model.state_dict())


def tokens(n=8):
    return (torch.ones(n, 8, dtype=torch.long), torch.full((n,), 8)), torch.arange(n) % 2


@pytest.mark.parametrize(
    ("sentence", "model", "pair", "coarse"),
    [
        ("p must divide the length L = 8, got p = 3", network(), steps(), ((2, 1), (3, 1))),
        ("not tokens", network(), tokens(), ((2, 1),)),
        ("LSTMClassifier has no unit of time", LSTMClassifier(1, 2, H=4, generator=seed()),
         steps(), ((2, 1),)),
        ("tokens have no duration", SequenceClassifier(5, 2, H=4, tokens=True, generator=seed()),
         tokens(), ((2, 1),)),
        ("rescale_time.*Linear lacks", nn.Linear(1, 2), steps(), ((2, 1),)),
        ("whole numbers >= 1, got", network(), steps(), ((2.5, 1),)),
        ("whole numbers >= 1, got", network(), steps(), ((2, 0),)),
        ("whole numbers >= 1, got", network(), steps(), ((2, 1, 1),)),
    ],
)  # fmt: skip
def test_what_cannot_be_coarse_is_one_sentence_before_anything_happens(
    sentence, model, pair, coarse
):
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=sentence) as error:
        fit(model, pair, pair, epochs=1, batch=4, lr=0.1, coarse=coarse, generator=seed())
    assert "\n" not in str(error.value) and equal(before, model.state_dict())


class Killed(Exception):
    """Stands for a process that is killed."""


TINY = {"depth": 1, "H": 8, "N": 4, "batch": 200, "epochs": 1, "dropout": 0.2, "coarse": COARSE}


@pytest.mark.parametrize("step", [12, 20, 30])  # 8 steps an epoch
def test_a_run_killed_in_any_stage_ends_as_an_uninterrupted_one(step, tmp_path):
    def kill(now):
        if now.step == step:
            raise Killed

    run = plan_run("digits", "binary-s4d", **TINY)
    whole = train_run(run, tmp_path / "whole")
    with pytest.raises(Killed):
        train_run(run, tmp_path / "cut", kill)
    rest = train_run(run, tmp_path / "cut")
    assert rest["losses"] == whole["losses"] and rest["accuracies"] == whole["accuracies"]
    a, b = (open_model(tmp_path / part / f"{run.name}.safetensors") for part in ("whole", "cut"))
    assert equal(a[0].state_dict(), b[0].state_dict())


def test_a_record_tells_the_schedule(tmp_path):
    run = plan_run("digits", "s4d", **TINY)
    record = train_run(run, tmp_path)
    assert json.loads((tmp_path / "results.jsonl").read_text()) == record
    assert record["setting"]["coarse"] == [[4, 2], [2, 1]] and record["setting"]["epochs"] == 1
    assert len(record["accuracies"]) == 4 and Setting.of(record["setting"]) == run.setting
    plain = plan_run("digits", "s4d").setting
    assert "coarse" not in plain.flat() and Setting.of(plain.flat()) == plain


def test_another_schedule_s_checkpoint_is_refused(tmp_path):
    run = plan_run("digits", "s4d", **TINY)
    assert train_run(run, tmp_path, lambda now: now.step == 9)["stopped"]
    other = plan_run("digits", "s4d", **TINY | {"coarse": ((4, 3),)})
    with pytest.raises(ValueError, match=r"coarse \[\[4, 2\], \[2, 1\]\], and here it is coarse"):
        train_run(other, tmp_path)


def test_a_model_without_a_unit_of_time_is_told_before_data_are_read(tmp_path, monkeypatch):
    monkeypatch.setitem(TASKS, "digits", TASKS["digits"]._replace(read=None))
    for model in ("lstm", "transformer"):
        with pytest.raises(ValueError, match="has no unit of time"):
            train_run(plan_run("digits", model, coarse=COARSE), tmp_path / "new")
    monkeypatch.setitem(TASKS, "listops-short", TASKS["listops-short"]._replace(read=None))
    with pytest.raises(ValueError, match="tokens have no duration"):
        train_run(plan_run("listops-short", "gsu", coarse=COARSE), tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_the_quick_preset_divides_the_784_pixels():
    setting = PRESETS["quick"]["smnist"]
    assert all(784 % p == 0 for p, _ in setting.coarse) and setting.coarse[0].p > 1
    assert plan_run("smnist", "binary-s4d", preset="quick").setting.flat()["coarse"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [(["--coarse", "4"], "must be P:EPOCHS such as 4:4, got '4'"),
     (["--coarse", "4:0"], "coarse must hold"),
     (["--coarse", "3:1", "--epochs", "1"], "p must divide the length L = 64, got p = 3")],
)  # fmt: skip
def test_the_command_says_what_is_wrong_with_a_stage(args, sentence, tmp_path, capsys):
    assert run_command(*args, "--folder", str(tmp_path)) == 2
    assert sentence in capsys.readouterr().err and not list(tmp_path.iterdir())


def run_command(*args):
    """The exit code of the command; argparse ends the process for an argument that it refuses."""
    try:
        return main(["train", "digits", "--model", "s4d", *args])
    except SystemExit as end:
        return end.code


def test_the_command_trains_stages(tmp_path):
    small = ["--set", "depth=1", "H=8", "N=4", "batch=200", "--threads", "1"]
    stages = ["--coarse", "4:1", "2:1", "--epochs", "1"]
    assert run_command(*stages, *small, "--folder", str(tmp_path)) == 0
    record = json.loads((tmp_path / "results.jsonl").read_text())
    assert record["setting"]["coarse"] == [[4, 1], [2, 1]] and len(record["losses"]) == 3


def test_a_shipped_network_keeps_its_digits_at_half_the_steps_only_with_its_dt_doubled():
    x, y = TASKS["digits"].read(None)[1]
    model = open_model(ASSETS / "digits-s4d-small-0.safetensors")[0]
    full, halved = accuracy(model, (x, y)), (averaged(x, 2), y)
    unchanged = accuracy(model, halved)
    model.rescale_time(2)
    assert accuracy(model, halved) > unchanged + 0.2 and full > 0.95
