import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from sslearn.__main__ import main
from sslearn.commands.train import read_settings
from sslearn.models import RECIPES, count_parameters
from sslearn.runs import (
    MODELS,
    TASKS,
    open_model,
    plan_run,
    retest,
    settings_of,
    train_run,
)

TINY = {"depth": 1, "H": 16, "N": 8, "batch": 100, "epochs": 2}
COMMAND = [sys.executable, "-m", "sslearn", "train", "digits", "--model", "gsu", "--threads", "1"]


def tiny(model="gsu", seed=0, **changes):
    small = {name: value for name, value in TINY.items() if name in settings_of(model)}
    return plan_run("digits", model, seed=seed, **small | changes)


def saved_epochs(checkpoint):
    """How many epochs a checkpoint holds, read without a comparison of runs."""
    raw = torch.load(checkpoint, weights_only=True)["bytes"].numpy().tobytes()
    return len(torch.load(io.BytesIO(raw), weights_only=True)["state"]["loss"])


def test_a_run_leaves_a_model_and_one_line(tmp_path):
    record = train_run(tiny(), tmp_path)
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [record]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "digits-gsu-small-0.safetensors", "results.jsonl"]  # fmt: skip
    path = tmp_path / "digits-gsu-small-0.safetensors"
    again, kept = retest(path)
    assert kept == record and again == pytest.approx(record["accuracy"], abs=0.003)
    assert record["train"] == 1438 and record["test"] == 359
    assert record["losses"][1] < record["losses"][0]
    assert count_parameters(open_model(path)[0]) == record["parameters"]


class Killed(Exception):
    """Stands for a process that is killed."""


def test_a_killed_run_ends_as_an_uninterrupted_one(tmp_path):
    def kill(now):
        if now.step == 20:  # 15 steps an epoch
            raise Killed

    run = tiny(epochs=3, dropout=0.2)
    whole = train_run(run, tmp_path / "whole")
    with pytest.raises(Killed):
        train_run(run, tmp_path / "cut", kill)
    assert (tmp_path / "cut" / f"{run.name}.checkpoint").exists()
    rest = train_run(run, tmp_path / "cut")
    assert rest["losses"] == whole["losses"] and rest["accuracies"] == whole["accuracies"]
    a, b = (open_model(tmp_path / part / f"{run.name}.safetensors")[0] for part in ("whole", "cut"))
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_kill_dash_nine_of_the_command_loses_at_most_an_epoch(tmp_path):
    how = [*COMMAND, "--epochs", "4", "--folder", str(tmp_path)]
    checkpoint = tmp_path / "digits-gsu-small-0.checkpoint"
    with subprocess.Popen(how, stdout=subprocess.DEVNULL) as process:
        for _ in range(1200):
            if checkpoint.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    kept = saved_epochs(checkpoint)
    assert 1 <= kept < 4
    said = subprocess.run(how, capture_output=True, text=True, check=True).stdout
    assert f"goes on after epoch {kept}" in said
    record = json.loads((tmp_path / "results.jsonl").read_text())
    assert len(record["losses"]) == 4


def test_another_run_s_checkpoint_is_refused(tmp_path):
    stop = lambda now: now.step == 16  # noqa: E731
    assert train_run(tiny(), tmp_path, stop)["stopped"]
    assert not (tmp_path / "results.jsonl").exists()
    with pytest.raises(ValueError, match="begun with lr 0.01, and here it is lr 0.5"):
        train_run(tiny(lr=0.5), tmp_path)
    (tmp_path / f"{tiny().name}.checkpoint").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="damaged"):
        train_run(tiny(), tmp_path)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    saved, calls = torch.save, []

    def full(state, file):
        calls.append(1)
        if len(calls) == 4:  # two calls an epoch, of which the second writes the file
            file.write(b"half")
            raise OSError(28, "No space left on device")
        saved(state, file)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        train_run(tiny(epochs=3), tmp_path)
    assert [p.suffix for p in tmp_path.iterdir()] == [".checkpoint"]
    assert saved_epochs(tmp_path / f"{tiny().name}.checkpoint") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_kill_dash_nine_of_torchrun_ends_its_processes(tmp_path):
    code = """
import os, pathlib, time
from sslearn.runs.processes import place, together
rank, world, device = place()
with together(device, world):
    pathlib.Path(str(rank)).write_text(str(os.getpid()))
    time.sleep(300)
"""
    (tmp_path / "wait.py").write_text(code)
    how = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    with subprocess.Popen([*how, "wait.py"], cwd=tmp_path, stderr=subprocess.DEVNULL) as parent:
        pids = [pid_in(tmp_path / rank) for rank in "01"]
        parent.kill()
    until = time.monotonic() + 60
    while time.monotonic() < until and any(map(is_running, pids)):
        time.sleep(0.05)
    assert not any(map(is_running, pids))


def pid_in(path):
    until = time.monotonic() + 120
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(path.read_text())


def is_running(pid):
    """A process that has ended may wait as a zombie for the one that takes orphans."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_two_processes_agree_with_one(tmp_path):
    settings = ["--epochs", "1", "--seed", "3"]
    one, two = tmp_path / "one", tmp_path / "two"
    subprocess.run([*COMMAND, *settings, "--folder", str(one)], check=True, capture_output=True)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
                "-m", *COMMAND[2:], *settings, "--folder", str(two)]  # fmt: skip
    subprocess.run(torchrun, check=True, capture_output=True)
    a, b = (json.loads((p / "results.jsonl").read_text()) for p in (one, two))
    assert b["processes"] == 2 and a["losses"] == pytest.approx(b["losses"], abs=2e-3)
    x = torch.rand(64, 64, 1, generator=torch.Generator().manual_seed(0))
    m, n = (open_model(p / "digits-gsu-small-3.safetensors")[0] for p in (one, two))
    with torch.no_grad():
        assert (m(x).argmax(-1) == n(x).argmax(-1)).float().mean() > 0.9


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"epochs": 0}, "epochs must be"), ({"lr": -1.0}, "lr must be"),
     ({"warmup": 1.0}, "warmup must be"), ({"weight_decay": -1.0}, "weight_decay must be"),
     ({"batch": 0}, "batch must be"), ({"H": 0}, "H must be"), ({"norm": "group"}, "norm must be"),
     ({"dropout": 2.0}, "dropout"), ({"H": "wide"}, "must be|does not go with")],
)  # fmt: skip
def test_a_wrong_combination_is_told_before_data_are_read(changes, sentence, tmp_path, monkeypatch):
    def read(on_made):
        raise AssertionError("no data are read for a run that cannot be done")

    monkeypatch.setitem(TASKS, "digits", TASKS["digits"]._replace(read=read))
    with pytest.raises(ValueError, match=sentence):
        train_run(tiny(**changes), tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_a_layer_that_refuses_a_setting_is_told_before_data_are_read(tmp_path, monkeypatch):
    def layer(H, *, N: int, dt_min: float, generator):
        raise TypeError("layer() has no such argument")

    monkeypatch.setitem(RECIPES, "s4d", RECIPES["s4d"] | {"layer": layer})
    read = TASKS["digits"]._replace(read=None)
    monkeypatch.setitem(TASKS, "digits", read)
    with pytest.raises(ValueError, match="s4d does not go with these settings of digits .*no such"):
        train_run(tiny("s4d"), tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_settings_are_read_in_the_type_of_their_default():
    changes = read_settings(["H=96", "lr=0.02", "prenorm=true", "norm=batch"])
    assert changes == {"H": 96, "lr": 0.02, "prenorm": True, "norm": "batch"}
    assert plan_run("digits", "gsu", **changes).setting.H == 96


@pytest.mark.parametrize(
    "args",
    [["mars"], ["digits", "--model", "mamba"], ["digits", "--epochs", "0"],
     ["digits", "--set", "width=8"], ["digits", "--set", "H=wide"],
     ["digits", "--set", "prenorm=1"]],
)  # fmt: skip
def test_the_command_says_one_sentence_and_exits_with_2(args, tmp_path, capsys):
    assert main(["train", *args, "--folder", str(tmp_path)]) == 2
    assert "must be" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    assert main([*COMMAND[3:], "--folder", str(file)]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("model", MODELS)
def test_a_learning_rate_far_too_high_is_one_sentence_that_names_nan(model, tmp_path):
    with pytest.raises(RuntimeError, match="by NaN or infinity in epoch .*learning rate") as error:
        train_run(tiny(model, lr=1e12), tmp_path)
    assert "\n" not in str(error.value) and len(str(error.value)) < 250
