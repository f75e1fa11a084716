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


def test_no_answer_stores_nothing(home):
    assert repr(predict("a.b", None, unit="nA")).startswith("○ a.b: no prediction yet")
    assert repr(reveal("a.b", 1.5)) == "○ a.b: it is 1.5 nA; you made no prediction."
    assert not home.exists() and repr(calibration()).startswith("○")


def test_answers_are_compared_and_counted():
    predict("x", 1.0)
    predict("y", 3.0)
    predict("z", "up", choices=("up", "down"))
    assert repr(reveal("x", 1.05)).startswith("✓ x: you said 1.0")
    assert "off by 50 %" in repr(reveal("y", 2.0))
    assert repr(reveal("z", "down")).startswith("✗ z")
    assert repr(calibration()).startswith("1 of 3 predictions right; the numbers were off by 27 %")


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
        (lambda: predict("x", "left", choices=("up", "down")), "answer"),
        (lambda: predict("x", float("nan")), "finite"),
        (lambda: predict(3, 1.0), "key"),
        (lambda: predict("x", True), "answer"),
        (lambda: predict("x", "up"), "answer"),
        (lambda: (predict("x", 1.0), reveal("x", float("nan"))), "truth"),
        (lambda: (predict("x", 1.0), reveal("x", 1.0, tolerance=-0.1)), "tolerance"),
        (lambda: (predict("x", "up", choices=("up",)), reveal("x", 1.0)), "kind"),
        (lambda: reveal("never asked", 1.0), "key"),
        (lambda: pretest({"a": None}, {"b": "x"}), "answers"),
    ):
        with pytest.raises(ValueError, match=name):
            call()


@pytest.mark.parametrize("one", [np.float32(1), np.int64(1), torch.tensor(1.0), np.array(1.0)])
def test_scalars_of_any_library_are_numbers(one):
    assert repr(predict("x", one)).startswith("● x")
    assert repr(reveal("x", one)).startswith("✓ x")
    assert repr(calibration()).startswith("1 of 1")


@pytest.mark.parametrize("bad", [b"{broken", b"\xff\xfe\x00", b"[1, 2]", b""])
def test_every_damaged_file_is_kept_under_its_own_name(home, bad):
    home.mkdir()
    for name in ("predictions.damaged", "predictions.damaged2", "predictions.damaged3"):
        store_path().write_bytes(bad)
        assert "cannot be read" in repr(calibration()) and quiz_score() is None
        assert f"is kept as {name})" in repr(predict("x", 1.0))
        assert (home / name).read_bytes() == bad


def test_entries_edited_by_hand_stop_nothing(home):
    home.mkdir()
    store_path().write_text('{"x": {"right": true}, "y": 3, "z": {"right": 1}, "pretest": [1]}')
    assert repr(calibration()) == "1 of 1 predictions right."
    assert quiz_score() is None and quiz_score("x") is None and quiz_score("y") is None
