"""What the commands print: the course of a run, its record, the time left, and refusals."""

import json
import shutil

import pytest

from sslearn.__main__ import main
from sslearn.commands.train import TerminalProgress
from sslearn.models import RECIPES
from sslearn.runs import ASSETS
from sslearn.training import Progress

TINY = ["digits", "--model", "s4d", "--epochs", "2", "--set", "H=8", "N=4", "depth=1", "batch=200"]


def test_train_prints_its_course_and_the_record(tmp_path, capsys):
    assert main(["train", *TINY, "--seed", "3", "--folder", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    course, last = out.splitlines()[-2:]
    record = json.loads((tmp_path / "results.jsonl").read_text())
    printed = json.loads(last)
    assert printed == {name: record[name] for name in printed} and not err
    assert printed["seed"] == 3 and printed["accuracy"] == record["accuracies"][1]
    assert "epoch 2 of 2, step 16 of 16" in course and "0.0 min left" in course
    assert f"accuracy {record['accuracy']:.2%}" in course


def test_train_uses_the_threads_that_it_is_given(tmp_path, monkeypatch):
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    main(["train", *TINY, "--threads", "1", "--folder", str(tmp_path)])
    assert threads == [1]


def test_every_set_counts(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr("sslearn.runs.train_run", lambda run, *rest: runs.append(run) or {})
    with pytest.raises(KeyError):  # There is no record to print.
        main(["train", "digits", "--set", "depth=4", "--set", "epochs=14", "lr=0.008",
              "--folder", str(tmp_path)])  # fmt: skip
    setting = runs[0].setting
    assert (setting.depth, setting.epochs, setting.lr) == (4, 14, 0.008)


def test_a_run_that_is_stopped_says_how_it_goes_on(tmp_path, capsys, monkeypatch):
    call = TerminalProgress.__call__

    def interrupt(self, now):
        call(self, now)
        if now.step == 10:  # eight steps an epoch
            raise KeyboardInterrupt

    monkeypatch.setattr(TerminalProgress, "__call__", interrupt)
    assert main(["train", *TINY, "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().err == "Stopped. The same command goes on after epoch 1.\n"
    monkeypatch.setattr(TerminalProgress, "__call__", call)
    assert main(["train", *TINY, "--folder", str(tmp_path)]) == 0
    assert "goes on after epoch 1\n" in capsys.readouterr().out


def test_of_several_processes_one_prints(tmp_path, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr("sslearn.runs.train_run", lambda *args: seen.append(args) or {})
    monkeypatch.setenv("RANK", "1")
    assert main(["train", "digits", "--folder", str(tmp_path)]) == 0
    assert seen[0][2] is None and capsys.readouterr() == ("", "")


def told(progress, step, seconds, loss=()):
    accuracy = [0.5 for _ in loss]
    progress(Progress(step, 400, step // 100, 4, list(loss), accuracy, seconds, step / 400))


def test_the_time_left_is_that_of_the_steps_left(capsys):
    progress = TerminalProgress()
    told(progress, 1, 100.0)  # The first step is slow, and tells nothing of the others.
    assert "min left" not in capsys.readouterr().out
    told(progress, 101, 300.0, [1.0])  # 100 steps in 200 s: 299 steps more in 598 s
    assert (
        "epoch 2 of 4, step 101 of 400, accuracy 50.00%, 10.0 min left" in capsys.readouterr().out
    )
    told(progress, 102, 300.2)  # It is too early for another line.
    assert capsys.readouterr().out == ""
    told(progress, 400, 898.0)
    assert capsys.readouterr().out.endswith("0.0 min left  \n")


def test_a_run_that_goes_on_counts_this_process_s_steps_alone(capsys):
    progress = TerminalProgress()
    told(progress, 201, 5000.0, [1.0, 0.9])
    told(progress, 211, 5060.0, [1.0, 0.9])  # 10 steps in 60 s: 189 steps more in 1134 s
    out = capsys.readouterr().out
    assert out.startswith("goes on after epoch 2\n") and "18.9 min left" in out


def test_a_layer_that_has_not_what_is_set_is_told_in_a_sentence(tmp_path, capsys, monkeypatch):
    def causal(H, N, *, dt_min, generator):
        raise AssertionError("a layer that knows no bidirectional is never made")

    monkeypatch.setitem(RECIPES, "s4d", RECIPES["s4d"] | {"layer": causal})
    how = [*TINY, "bidirectional=true", "--folder", str(tmp_path)]
    assert main(["train", *how]) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1 and "must be one of" in err


def test_test_prints_both_accuracies_and_fails_where_they_differ(tmp_path, capsys, monkeypatch):
    path = tmp_path / "copy.safetensors"
    shutil.copy(ASSETS / "digits-s4d-small-0.safetensors", path)
    assert main(["test", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("copy: ") and " of 359, recorded " in out
    record = {"accuracy": 0.9, "test": 359}
    for accuracy, code in ((0.9002, 0), (0.9003, 1), (0.8997, 1)):
        monkeypatch.setattr("sslearn.runs.retest", lambda path, a=accuracy: (a, record))
        assert main(["test", str(path)]) == code
    assert capsys.readouterr().out.endswith("copy: 89.97% of 359, recorded 90.00%\n")


@pytest.mark.parametrize("command", ["train", "test", "fetch"])
def test_a_folder_that_cannot_be_written_is_a_sentence(command, capsys, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    for name in ("sslearn.runs.train_run", "sslearn.runs.retest", "sslearn.data.fetch.fetch"):
        monkeypatch.setattr(name, full)
    assert main([command, {"train": "digits", "fetch": "mnist", "test": "x"}[command]]) == 2
    err = capsys.readouterr().err
    assert "cannot be written" in err and "No space left" in err and "\n" not in err[:-1]
