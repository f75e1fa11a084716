import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from sslearn.course.check.predictions import (
    calibration,
    predict,
    pretest,
    quiz_score,
    reveal,
    store_path,
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_no_answer_stores_nothing_and_is_told_nothing(home):
    assert repr(predict("a.b", None, unit="nA")).startswith("○ a.b: no prediction yet")
    told = '○ a.b: predict first, or skip: predict("a.b", skip=True)'
    assert repr(reveal("a.b", 1.5)) == told
    assert not home.exists() and repr(calibration()).startswith("○")


def test_who_skips_is_told_and_not_counted(home):
    assert repr(predict("x", unit="nA", skip=True)) == "○ x: skipped."
    assert repr(reveal("x", 1.5)) == "○ x: it is 1.5 nA; you skipped it."
    assert not home.exists()
    predict("x", None)
    assert "1.5" not in repr(reveal("x", 1.5))
    predict("x", 1.5)
    assert repr(reveal("x", 1.5)).startswith("✓ x")


def test_an_answer_that_is_refused_is_not_kept(home):
    for answer, choices, kept in (("left", ("up", "down"), "up"), (float("nan"), (), 2.0)):
        key = f"refused {answer}"
        refused = repr(predict(key, answer, choices=choices))
        assert refused.startswith(f"○ {key}: ") and refused.endswith("Nothing is stored.")
        assert "predict first" in repr(reveal(key, kept)) and not home.exists()
    predict("x", 2.0)
    predict("x", "a lot")
    predict("x", 3.0, skip=True)
    assert repr(reveal("x", 2.0)).startswith("✓ x: you said 2.0")


def test_a_readers_slip_is_one_line_that_says_what_to_write():
    kinds = ("more", "fewer")
    for slip, line in (
        (lambda: predict("x", "72"), "give one number without quotes; you gave '72'."),
        (lambda: predict("x", float("nan")), "give one finite number; you gave nan."),
        (lambda: predict("x", 10**400), "give one finite number"),
        (lambda: predict("x", True), "give one finite number; you gave True."),
        (lambda: predict("x", "less", choices=kinds), "one of 'more', 'fewer'; you gave 'less'."),
        (lambda: predict("x", 3.0, skip=True), "an answer or skip=True, not both; you gave 3.0."),
        (lambda: reveal("unasked", 1.0), 'first run the cell with predict("unasked", ...)'),
    ):
        told = repr(slip())
        assert told.startswith("○ ") and line in told and "\n" not in told


def test_answers_are_compared_and_counted():
    predict("x", 1.0)
    predict("y", 3.0)
    predict("z", "up", choices=("up", "down"))
    assert repr(reveal("x", 1.05)).startswith("✓ x: you said 1.0")
    off = "not this time, off by 50 %, and right means within 10 %."
    assert repr(reveal("y", 2.0)).endswith(off)
    assert repr(reveal("z", "down")).startswith("✗ z")
    assert repr(calibration()).startswith("1 of 3 predictions right; the numbers were off by 27 %")


def test_the_first_answer_that_met_the_truth_counts():
    predict("x", 3.0)
    predict("x", 1.0)  # The truth is not told yet, so this is a change of mind.
    assert repr(reveal("x", 2.0)).startswith("✗ x: you said 1.0")
    stays = "Your first answer, 1.0, stays; it has met the truth."
    assert repr(predict("x", 2.0)) == f"● x: you predict 2.0. {stays}"
    assert repr(reveal("x", 2.0)).endswith(f"right, off by 0 %. {stays}")
    assert repr(calibration()).startswith("0 of 1 predictions right; the numbers were off by 50 %")
    predict("x", 1.0)
    assert "stays" not in repr(reveal("x", 2.0))
    assert repr(calibration()).startswith("0 of 1")


STORE = """
import sys
from sslearn.course.check.predictions import predict
for k in range(100):
    predict(f"{sys.argv[1]} {k}", k)
"""


def test_kernels_that_store_at_once_lose_nothing(home):
    command = [sys.executable, "-c", STORE]
    kernels = [subprocess.Popen([*command, name]) for name in ("a", "b")]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    stored = json.loads(store_path().read_text())
    assert stored == {f"{name} {k}": {"answer": k} for name in "ab" for k in range(100)}
    assert [path.name for path in home.iterdir()] == [store_path().name]


def test_a_killed_kernels_lock_is_taken_away(home):
    home.mkdir()
    lock = store_path().with_suffix(".lock")
    lock.touch()
    os.utime(lock, (time.time() - 3,) * 2)
    assert repr(predict("x", 1.0)) == "● x: you predict 1.0." and not lock.exists()
    assert store_path().exists()


def test_a_terminal_without_the_marks_stops_nothing():
    code = "from sslearn.course.check.predictions import predict; print(predict('x', 1.0))"
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout == "? x: you predict 1.0.\n", done.stderr


def test_damaged_file_is_set_aside_not_lost(home):
    home.mkdir()
    store_path().write_text("{broken")
    assert "could not be read and is kept" in repr(predict("x", 1.0))
    assert (home / "predictions.damaged").read_text() == "{broken"
    assert "could not be read" not in repr(predict("y", 1.0))


def test_unwritable_folder_is_one_sentence(home):
    home.write_text("a file where the folder should be")
    assert "not kept for later" in repr(predict("x", 1.0))
    assert repr(reveal("x", 1.0)).startswith("✓ x")


def test_pretest_is_kept_only_when_complete():
    key = {"a": "yes", "b": "no"}
    assert repr(pretest({"a": "yes", "b": None}, key)).startswith("○ pretest: 1 of 2 answered")
    assert quiz_score() is None
    assert repr(pretest({"a": "yes", "b": "yes"}, key)).startswith("● pretest: 1 of 2")
    assert quiz_score() == (1, 2)


def test_bad_input_is_named():
    for call, name in (
        (lambda: predict("", 1.0), "key"),
        (lambda: predict(3, 1.0), "key"),
        (lambda: (predict("x", 1.0), reveal("x", float("nan"))), "truth"),
        (lambda: (predict("x", 1.0), reveal("x", 10**400)), "truth"),
        (lambda: (predict("x", 1.0), reveal("x", 1.0, tolerance=-0.1)), "tolerance"),
        (lambda: (predict("x", "up", choices=("up",)), reveal("x", 1.0)), "kind"),
        (lambda: pretest({"a": None}, {"b": "x"}), "answers"),
    ):
        with pytest.raises(ValueError, match=name):
            call()


@pytest.mark.parametrize("one", [np.float32(1), np.int64(1), torch.tensor(1.0), np.array(1.0)])
def test_scalars_of_any_library_are_numbers(one):
    assert repr(predict("x", one)).startswith("● x")
    assert repr(reveal("x", one)).startswith("✓ x")
    assert repr(calibration()).startswith("1 of 1")


BAD = [b"{broken", b"\xff\xfe\x00", b"[1, 2]", b"", b'{"x": ' + b"[" * 50_000,
       b'{"x": {"right": true, "off": ' + b"9" * 401 + b"}}", b'{"x": -1e999}', b'{"x": NaN}',
       b'{"x": ' + b"9" * 5000 + b"}"]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_every_damaged_file_is_kept_under_its_own_name(home, bad):
    home.mkdir()
    for name in ("predictions.damaged", "predictions.damaged2", "predictions.damaged3"):
        store_path().write_bytes(bad)
        assert "cannot be read" in repr(calibration()) and quiz_score() is None
        assert f"is kept as {name})" in repr(predict("x", 1.0))
        assert (home / name).read_bytes() == bad


def test_an_error_too_large_to_store_is_cut():
    predict("x", 1e308)
    assert repr(reveal("x", -(10**308))).startswith("✗ x") and repr(reveal("x", 0)).startswith("✗")
    predict("y", 1e308)
    reveal("y", 0)
    assert repr(calibration()).startswith("0 of 2")


def test_entries_edited_by_hand_stop_nothing(home):
    home.mkdir()
    store_path().write_text('{"x": {"right": true}, "y": 3, "z": {"right": 1}, "pretest": [1]}')
    assert repr(calibration()) == "1 of 1 predictions right."
    assert quiz_score() is None and quiz_score("x") is None and quiz_score("y") is None
