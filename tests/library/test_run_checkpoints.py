"""Checkpoints: what is damaged is called so, and what is whole never is."""

import copy
import io
import json
import random
from pathlib import Path

import pytest
import torch

from sslearn.runs import checkpoint
from sslearn.runs.checkpoint import read_checkpoint, surroundings, write_checkpoint
from sslearn.runs.train import append_record
from sslearn.training import Training
from tests.library.blobs import SETTINGS, blobs, line, seed

RUN = {"task": "digits", "lr": 0.01, "N": 8}
HERE = {"device": "cpu", "processes": 1, "threads": 2}


@pytest.fixture
def path(tmp_path):
    write_checkpoint(tmp_path / "a.checkpoint", RUN, HERE, {"loss": [1.0], "w": torch.ones(50)})
    return tmp_path / "a.checkpoint"


def test_a_checkpoint_is_read_as_it_was_written(path, tmp_path):
    state = read_checkpoint(path, RUN, HERE)
    assert state["loss"] == [1.0] and torch.equal(state["w"], torch.ones(50))
    assert read_checkpoint(tmp_path / "none", RUN, HERE) is None


def test_a_flipped_bit_is_damage_or_changes_nothing(path):
    raw, draw, damaged = path.read_bytes(), random.Random(0), 0
    for _ in range(150):
        bad = bytearray(raw)
        bad[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(bad)
        try:
            state = read_checkpoint(path, RUN, HERE)
        except ValueError as error:
            damaged += 1
            assert str(error).startswith("a.checkpoint is damaged") and "\n" not in str(error)
        else:  # The bit lies in the padding of torch's outer file.
            assert state["loss"] == [1.0] and torch.equal(state["w"], torch.ones(50))
    assert damaged > 50


@pytest.mark.parametrize("what", [3, [], {}, {"sha256": "x"}, {"sha256": "x", "bytes": None}])
def test_what_is_no_checkpoint_is_damaged(what, path):
    torch.save(what, path)
    with pytest.raises(ValueError, match="a.checkpoint is damaged"):
        read_checkpoint(path, RUN, HERE)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="a.checkpoint is damaged"):
        read_checkpoint(path, RUN, HERE)


@pytest.mark.parametrize(
    ("run", "here", "sentence"),
    [
        (RUN | {"lr": 0.5}, HERE, "lr 0.01, and here it is lr 0.5"),
        (RUN, HERE | {"threads": 1}, "threads 2, and here it is threads 1"),
        (RUN, HERE | {"processes": 2}, "processes 1, and here it is processes 2"),
        (RUN, {"device": "cuda"} | {"processes": 1, "threads": None}, "device cpu, threads 2, and"),
    ],
)
def test_what_is_whole_is_never_to_be_removed(run, here, sentence, path, monkeypatch):
    with pytest.raises(ValueError, match=f"was begun with {sentence}") as error:
        read_checkpoint(path, run, here)
    assert "remove" not in str(error.value) and "another --folder" in str(error.value)


def test_files_of_other_versions_are_not_to_be_removed(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 3)
    with pytest.raises(ValueError, match="has format 2 of another sslearn.*3") as newer:
        read_checkpoint(path, RUN, HERE)
    torch.save({"run": RUN, "loss": [1.0]}, path)
    with pytest.raises(ValueError, match="is of an older sslearn") as older:
        read_checkpoint(path, RUN, HERE)
    assert "remove" not in str(newer.value) + str(older.value)


def test_surroundings_name_threads_on_a_processor_alone():
    here = surroundings("cpu", 2)
    assert here["threads"] == torch.get_num_threads() and here["processes"] == 2
    assert here["torch"] == checkpoint.version_of("torch") and "sslearn" in here
    assert surroundings("cuda", 1)["threads"] is None


def test_a_gpu_s_tensors_are_read_on_a_processor(path, monkeypatch):
    """torch.load gets map_location, without which it refuses tensors tagged cuda:0 here."""
    tag = torch.serialization.location_tag
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
    write_checkpoint(path, RUN, HERE, {"w": torch.ones(3)})
    monkeypatch.setattr(torch.serialization, "location_tag", tag)
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(io.BytesIO(path.read_bytes()), weights_only=True)
    w = read_checkpoint(path, RUN, HERE)["w"]
    assert w.device.type == "cpu" and torch.equal(w, torch.ones(3))


def begin(**settings):
    return Training(line(), blobs(), blobs(30), **SETTINGS | settings, generator=seed())


def damaged_states():
    first = begin()
    first.epoch()
    good = copy.deepcopy(first.state_dict())
    wide = good["model"] | {"weight": torch.ones(3, 5)}
    return [
        ({n: value for n, value in good.items() if n != "best"}, "lacks best"),
        (good | {"loss": [1.0] * 9, "accuracy": [1.0] * 9}, "has 9 losses, 5 at most"),
        (good | {"model": wide}, "another model .*weight"),
        (good | {"draws": good["draws"] * 2}, "of 2 processes, not of 1"),
        (good | {"draws": [{"torch": [], "layers": []}]}, "the same devices"),
    ]


@pytest.mark.parametrize(("state", "sentence"), damaged_states())
def test_a_state_that_does_not_fit_a_training_is_one_sentence(state, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        begin().load_state_dict(state)
    assert "\n" not in str(error.value)


def test_a_line_after_one_that_is_cut_off_stays_whole(tmp_path):
    path = tmp_path / "results.jsonl"
    for n in (1, 2):
        append_record(path, {"n": n, "seconds": 5})
    assert [json.loads(row)["n"] for row in path.read_text().splitlines()] == [1, 2]
    path.write_bytes(path.read_bytes()[:-4])
    append_record(path, {"n": 3})
    assert path.read_text() == '{"n": 1, "seconds": 5}\n{"n": 2, "seconds":\n{"n": 3}\n'


def test_a_record_stands_once(tmp_path):
    path = tmp_path / "results.jsonl"
    for n, seconds, stage in ((1, 5, (2, 1)), (2, 5, (2, 1)), (1, 7, (2, 1)), (1, 5, (2, 3))):
        append_record(path, {"n": n, "seconds": seconds, "coarse": stage})
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    assert [(row["n"], row["coarse"]) for row in rows] == [(1, [2, 1]), (2, [2, 1]), (1, [2, 3])]


def test_a_checkpoint_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "x.checkpoint"
    path.write_bytes(b"whole")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ValueError, match=r"^x.checkpoint is there and cannot be read \(Permission"):
        read_checkpoint(path, {}, {})
