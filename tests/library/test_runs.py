import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sslearn.__main__ import read_settings
from sslearn.data import DataError, sequential
from sslearn.models import count_parameters
from sslearn.runs import (
    ASSETS,
    MODELS,
    PRESETS,
    TASKS,
    build_model,
    load_task,
    open_model,
    plan_run,
    retest,
    train_run,
)
from sslearn.runs.tasks import EASY, _lengths, _listops, _pathfinder, as_task, tiles

TINY = {"depth": 1, "H": 16, "N": 8, "batch": 100, "epochs": 2}
COMMAND = [sys.executable, "-m", "sslearn", "train", "digits", "--model", "gsu", "--threads", "1"]


def tiny(model="gsu", seed=0, **how):
    return plan_run("digits", model, seed=seed, **TINY | how)


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
    kept = len(torch.load(checkpoint, weights_only=True)["loss"])
    assert 1 <= kept < 4
    said = subprocess.run(how, capture_output=True, text=True, check=True).stdout
    assert f"goes on after epoch {kept}" in said
    record = json.loads((tmp_path / "results.jsonl").read_text())
    assert len(record["losses"]) == 4


def test_another_run_s_checkpoint_is_refused(tmp_path):
    stop = lambda now: now.step == 16  # noqa: E731
    assert train_run(tiny(), tmp_path, stop)["stopped"]
    assert not (tmp_path / "results.jsonl").exists()
    with pytest.raises(ValueError, match="other settings"):
        train_run(tiny(lr=0.5), tmp_path)
    (tmp_path / f"{tiny().name}.checkpoint").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="cannot be read"):
        train_run(tiny(), tmp_path)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    saved, calls = torch.save, []

    def full(state, file):
        calls.append(1)
        if len(calls) == 2:
            file.write(b"half")
            raise OSError(28, "No space left on device")
        saved(state, file)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        train_run(tiny(epochs=3), tmp_path)
    assert [p.suffix for p in tmp_path.iterdir()] == [".checkpoint"]
    kept = torch.load(tmp_path / f"{tiny().name}.checkpoint", weights_only=True)
    assert len(kept["loss"]) == 1


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


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_the_budget_s_parameters(model):
    run = plan_run("smnist14", model)
    counts = [count_parameters(build_model(run._replace(model=m), 1, 10)) for m in (model, "s4d")]
    if model != "gsu":  # the unit itself has fewer: H^2 + 2H against 2H^2 + 2H
        assert abs(counts[0] / counts[1] - 1) < 0.05


LRA = {"listops", "pathfinder", "path-x", "image", "text", "retrieval"}


def test_every_task_has_a_preset_and_shipped_models_stay_small():
    assert set(PRESETS["small"]) | set(PRESETS["paper"]) == set(TASKS)
    assert set(PRESETS["paper"]) > LRA
    for task in ("smnist", "psmnist"):
        for model in ("s4d", "binary-s4d", "gsu"):
            assert count_parameters(build_model(plan_run(task, model), 1, 10)) <= 160_000


def test_digits_are_split_without_overlap():
    task = load_task("digits")
    assert len(task.train[1]) + len(task.test[1]) == 1797 and task.d_input == 1
    assert 0.09 < task.chance < 0.15


@pytest.mark.parametrize("task", sorted(LRA))
def test_paper_presets_build_a_model_that_reads_the_task(task):
    run = plan_run(task, "gsu", preset="paper", H=8, depth=1)
    tokens = task in ("listops", "text", "retrieval")
    model = build_model(run, 5 if tokens else 1, 2, tokens)
    shape = (3, 2, 20) if task == "retrieval" else (3, 20)
    g = torch.Generator().manual_seed(0)
    x = torch.randint(1, 5, shape, generator=g) if tokens else torch.rand(3, 20, 1, generator=g)
    args = (x, torch.full(shape[:-1], 20)) if tokens else (x,)
    assert model(*args).shape == (3, 2)
    assert "ssm.C" in "".join(model.state_dict()) and len(model.param_groups(0.1, 0.0)) == 2
    C = next(p for name, p in model.named_parameters() if name.endswith("ssm.C"))
    assert len(C) == 2  # a kernel for the past and one for the future


def test_made_tasks_are_made_once_and_split_without_overlap(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    rule = {"min_length": 5, "max_length": 30, "max_depth": 4, "max_args": 3}
    told = []
    (x, lengths), y = _listops("tiny", 150, 50, rule, lambda done, n: told.append(done))[0]
    assert told[-1] == 200 and x.shape[0] == len(lengths) == len(y) == 150
    for row, n in zip(x, lengths, strict=True):
        assert (row[:n] > 0).all() and (row[n:] == 0).all()
    again = _listops("tiny", 150, 50, rule, None)
    assert torch.equal(again[0][0][0], x) and len(again[1][1]) == 50
    (tmp_path / "tiny.npz").write_bytes(b"half")
    with pytest.raises(DataError, match="tiny.npz.*run the same command"):
        _listops("tiny", 150, 50, rule, None)
    for form, shape in ((sequential, (12, 1024, 1)), (tiles, (12, 64, 16))):
        task = as_task(*_pathfinder("easy", 12, 4, EASY, form, None))
        assert task.train[0].shape == shape and task.classes == 2 and not task.tokens
    task = as_task(*again)
    assert task.tokens and task.d_input <= 16 and 0.1 <= task.chance < 0.5


def test_lengths_of_many_pairs():
    """More rows than are counted at a time; a token may be 0 inside, and a text may be empty."""
    g = torch.Generator().manual_seed(0)
    n = torch.randint(0, 6, (2_500, 2), generator=g)
    x = (torch.arange(5) < n[..., None]).to(torch.uint8)  # (2500, 2, 5)
    x[..., 0] *= n != 3
    assert torch.equal(_lengths(x), n.clamp(min=1))


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_a_trained_model_that_is_cut_off_is_named(kept, tmp_path):
    path = tmp_path / "cut.safetensors"
    path.write_bytes((ASSETS / "smnist-gsu-small-0.safetensors").read_bytes()[:kept])
    with pytest.raises(ValueError, match="cut.safetensors is no whole file"):
        open_model(path)
    how = [sys.executable, "-m", "sslearn", "test", str(path)]
    done = subprocess.run(how, capture_output=True, text=True)
    assert done.returncode == 2 and "no whole file" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_of_another_model_are_named(tmp_path):
    path = tmp_path / "mixed.safetensors"
    _, record = open_model(ASSETS / "digits-gsu-small-0.safetensors")
    save_file(load_file(ASSETS / "digits-s4d-small-0.safetensors"), path,
              {"record": json.dumps(record)})  # fmt: skip
    with pytest.raises(ValueError, match="do not fit"):
        open_model(path)
    save_file({"w": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="no record"):
        open_model(path)


@pytest.mark.parametrize(
    ("say", "make"),
    [
        ("task must", lambda: plan_run("cifar", "gsu")),
        ("model must", lambda: plan_run("digits", "mamba")),
        ("preset", lambda: plan_run("digits", "gsu", preset="huge")),
        ("no trained model", lambda: open_model(Path("nowhere.safetensors"))),
        ("task must", lambda: load_task("x")),
    ],
)
def test_bad_input_is_named(say, make):
    with pytest.raises(ValueError, match=say):
        make()


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
def test_the_command_says_one_sentence_and_exits_with_2(args, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "sslearn", "train", *args, "--folder", str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "must be" in done.stderr
    assert "Traceback" not in done.stderr and not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    done = subprocess.run([*COMMAND, "--folder", str(file)], capture_output=True, text=True)
    assert done.returncode == 2 and "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
