"""The study of coarse first: its lines are whole runs in order, and how they are read."""

import pytest
import torch

from sslearn.runs import Setting, plan_run
from studies import coarse
from studies.coarse import RATES, SCHEDULES, TRIED, chosen, key_of, minutes_to, read, train
from tests.library.blobs import seed


def runs():
    lines = read()
    return {key: [row for row in lines if key_of(row) == key] for key in map(key_of, lines)}


def test_the_committed_lines_are_epochs_of_the_schedules_in_order():
    for (model, schedule, lr, n), rows in runs().items():
        stages, epochs = SCHEDULES[schedule]
        ps = [p for p, length in (*stages, (1, epochs)) for _ in range(length)]
        assert [row["p"] for row in rows] == ps[: len(rows)]
        assert [row["epoch"] for row in rows] == [k + 1 for k in range(len(rows))]
        assert [row["last"] for row in rows] == [k + 1 == len(ps) for k in range(len(rows))]
        minutes = [row["minutes"] for row in rows]
        assert minutes == sorted(minutes) and minutes[0] > 0
        assert all((row["train"], row["held"]) == (55_000, 5_000) for row in rows)
        plan = plan_run("smnist", model, lr=lr, coarse=stages, epochs=epochs, seed=n)
        setting = Setting.of(rows[0]["setting"])
        assert setting.flat() == plan.setting.flat()
    assert len(runs()) > 0


def test_the_rate_is_chosen_by_whole_runs_of_one_seed():
    row = {"model": "gsu", "schedule": "plain", "seed": TRIED, "last": True}
    rows = [row | {"lr": lr, "accuracy": a} for lr, a in zip(RATES, (0.9, 0.8, 0.9), strict=True)]
    rows.append(row | {"lr": RATES[1], "accuracy": 0.99, "last": False})
    rows.append(row | {"lr": RATES[1], "accuracy": 0.99, "seed": 0})
    assert chosen(rows, "gsu", "plain") == min(RATES[0], RATES[2])


def test_minutes_to_a_goal_are_those_of_the_first_epoch_there():
    rows = [{"accuracy": a, "minutes": m} for a, m in ((0.96, 1.0), (0.98, 2.0), (0.97, 3.0))]
    assert minutes_to(rows, 0.97) == 2.0 and minutes_to(rows, 0.99) is None


def pairs(n=40):
    y = torch.arange(n) % 2
    return (torch.randn(n, 8, 1, generator=seed()) + y[:, None, None], y), (
        torch.ones(2, 8, 1),
        y[:2],
    )


@pytest.mark.parametrize("lost", [False, True])
def test_a_killed_run_goes_on_or_starts_anew_without_its_state(lost, tmp_path, monkeypatch):
    key = ("s4d", "short", 0.008, 0)
    monkeypatch.setattr(coarse, "FOLDER", tmp_path)

    def lines(name, stop=None):
        monkeypatch.setattr(coarse, "OUT", tmp_path / name)
        if stop:
            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(coarse.Training, "epoch", stopping(coarse.Training.epoch, stop))
                train(key, pairs())
        if stop and lost:
            next(tmp_path.glob("*.pt")).unlink()
        train(key, pairs())
        return [{n: v for n, v in row.items() if n != "minutes"} for row in read()]

    def stopping(epoch, k):
        def one(training):
            if len(training.loss) == k:
                raise KeyboardInterrupt
            epoch(training)

        return one

    whole = lines("whole.jsonl")
    assert [row["p"] for row in whole] == [4, 4, 4, 2, 2, 1]
    assert lines("cut.jsonl", stop=4) == whole and not list(tmp_path.glob("*.pt"))
