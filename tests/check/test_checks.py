"""Every wrong answer is rejected with its own message; two different right ones pass.

The answers stand in tests/nNN/answers.py, one file for each notebook: CHECKS, RIGHT and WRONG.
"""

import importlib
from pathlib import Path

import pytest
import torch

from sslearn.course.check.properties import check
from sslearn.course.n01_neuron import checks as neuron

CHECKS, RIGHT, WRONG = {}, {}, {}
for path in sorted(Path(__file__).parents[1].glob("n*/answers.py")):
    answers = importlib.import_module(f"tests.{path.parent.name}.answers")
    for all_of_them, these in ((CHECKS, answers.CHECKS), (RIGHT, answers.RIGHT),
                               (WRONG, answers.WRONG)):  # fmt: skip
        assert not all_of_them.keys() & these.keys(), "two exercises of one name"
        all_of_them.update(these)


@pytest.mark.parametrize("name", CHECKS)
def test_right_answers_pass(name):
    assert len(RIGHT[name]) >= 2
    for answer in RIGHT[name]:
        assert CHECKS[name](answer).status == "passed", CHECKS[name](answer)


@pytest.mark.parametrize("name", CHECKS)
def test_wrong_answers_are_named_apart(name):
    messages = []
    for part, answer in WRONG[name].items():
        result = CHECKS[name](answer)
        assert result.status == "failed" and part in result.message, (part, result)
        assert result.hint
        messages.append(result.message)
    assert len(set(messages)) == len(messages) >= 4


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_raises(name):
    def stub(*args, **kwargs):
        raise NotImplementedError

    assert repr(CHECKS[name](stub)) == f"○ {name}: not written yet"
    assert CHECKS[name](lambda *a, **k: None).status == "unwritten"
    for bad in (lambda: 1, lambda *a, **k: "text", lambda *a, **k: 1 / 0, 7, None,
                lambda *a, **k: torch.ones(2, 2), lambda *a, **k: (1, 2, 3)):  # fmt: skip
        assert CHECKS[name](bad).status == "failed"


def test_error_is_told_in_one_line():
    def broken(theta, R):
        return theta / 0

    result = neuron.check_rheobase(broken)
    assert "ZeroDivisionError" in result.message and repr(result).startswith("✗ rheobase:")
    assert check("x", 3, []).message == "this must be a function, got int"


@pytest.mark.parametrize("name", CHECKS)
def test_any_way_to_stop_is_one_line(name):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    for error, told in (
        (ValueError("first line\nsecond"), "ValueError: first line"),
        (SystemExit(3), "SystemExit: 3"),
        (Mute(), "Mute"),
    ):

        def stops(*args, error=error, **kwargs):
            raise error

        assert CHECKS[name](stops).message == f"your function stopped with {told}"


def test_a_strange_result_is_not_called_a_stop():
    result = neuron.check_lif_step(lambda v, i, s, beta, theta: (v.to_sparse(), s.to_sparse()))
    assert result.status == "failed" and "your function stopped" not in result.message


def test_spikes_keep_double_precision():
    result = neuron.check_lif_step(lambda v, i, s, beta, theta: (
        (u := beta * v + i - theta * s), (u > theta).float()))  # fmt: skip
    assert "dtype" in result.message
