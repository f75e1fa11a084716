"""Every wrong answer is rejected with its own message; two different right ones pass.

The answers stand in tests/nNN/answers.py, one file for each notebook: CHECKS, RIGHT and WRONG.
A wrong answer stands under a part of its message, and so do several in a list.
"""

import importlib
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

from sslearn.course.check import Property, check, is_number

CHECKS, RIGHT, WRONG = {}, {}, {}
for path in sorted(Path(__file__).parents[1].glob("n*/answers.py")):
    answers = importlib.import_module(f"tests.{path.parent.name}.answers")
    for all_of_them, these in ((CHECKS, answers.CHECKS), (RIGHT, answers.RIGHT),
                               (WRONG, answers.WRONG)):  # fmt: skip
        assert not all_of_them.keys() & these.keys(), "two exercises of one name"
        all_of_them.update(these)


def verdicts(check_answer, wrong):
    """The mistakes of all properties of a check, and its result for each wrong answer."""
    mistakes = []

    def noted(name, f, properties, check=check):
        mistakes[:] = [p.mistake for p in properties]
        return check(name, f, properties)

    room = getattr(check_answer, "__wrapped__", check_answer).__globals__
    with mock.patch.dict(room, {"check": noted}):
        results = [check_answer(answer) for answer in wrong]
    return mistakes, results


def idle(mistakes, results):
    """The mistakes that no wrong answer makes, because their properties may be always true."""
    return [mistake for mistake in mistakes if mistake not in {r.message for r in results}]


def spoil(x):
    """Change x in place; returns whether it could be changed."""
    if torch.is_tensor(x):
        with torch.no_grad():
            x.copy_(x + 1)
    elif isinstance(x, np.ndarray):
        x += 1
    elif isinstance(x, list):
        x.append(0)
    elif isinstance(x, dict):
        x.popitem()
    else:
        return isinstance(x, tuple) and any(map(spoil, x))
    return True


def in_another_dress(out):
    """A list for each tuple and a NumPy scalar for each of Python's numbers."""
    if isinstance(out, tuple):
        return list(map(in_another_dress, out))
    return np.asarray(out)[()] if is_number(out) and not torch.is_tensor(out) else out


@pytest.mark.parametrize("name", CHECKS)
def test_right_answers_pass(name):
    assert len(RIGHT[name]) >= 2
    for answer in RIGHT[name]:
        assert CHECKS[name](answer).status == "passed", CHECKS[name](answer)


@pytest.mark.parametrize("name", CHECKS)
def test_wrong_answers_are_named_apart_and_every_property_rejects_one(name):
    parts = {part: x if isinstance(x, list) else [x] for part, x in WRONG[name].items()}
    mistakes, results = verdicts(CHECKS[name], sum(parts.values(), []))
    named = [part for part, answers in parts.items() for _ in answers]
    for part, result in zip(named, results, strict=True):
        assert result.status == "failed" and part in result.message, (part, result)
        assert result.hint
    assert len({result.message for result in results}) == len(parts) >= 4
    assert idle(mistakes, results) == []


def test_a_property_that_is_always_true_is_found():
    def check_double(double):
        return check("double", double, [
            Property(lambda f: f(1) == f(1), "no answer can do this", "nothing"),
            Property(lambda f: f(1) == 2, "1 must give 2", "times 2"),
        ])  # fmt: skip

    assert idle(*verdicts(check_double, [lambda x: x])) == ["no answer can do this"]


@pytest.mark.parametrize("name", CHECKS)
def test_a_list_is_as_good_as_a_tuple_and_a_scalar_as_a_number(name):
    right = getattr(RIGHT[name][0], "apply", RIGHT[name][0])
    result = CHECKS[name](lambda *args, **kwargs: in_another_dress(right(*args, **kwargs)))
    assert result.status == "passed", result


@pytest.mark.parametrize("name", CHECKS)
def test_every_argument_is_watched(name):
    first_call = []

    def notes(*args, **kwargs):
        first_call[:] = args
        raise NotImplementedError

    CHECKS[name](notes)
    right = getattr(RIGHT[name][0], "apply", RIGHT[name][0])
    for k in (k for k, x in enumerate(first_call) if spoil(x)):

        def changes(*args, k=k, **kwargs):
            out = right(*args, **kwargs)
            spoil(args[k])
            return out

        result = CHECKS[name](changes)
        assert result.message == f"it changes its argument number {k + 1} in place"


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_raises(name):
    def stub(*args, **kwargs):
        raise NotImplementedError

    assert repr(CHECKS[name](stub)) == f"○ {name}: not written yet"
    assert CHECKS[name](lambda *a, **k: None).status == "unwritten"
    for bad in (lambda: 1, lambda *a, **k: "text", lambda *a, **k: 1 / 0, 7, None,
                lambda *a, **k: torch.ones(2, 2), lambda *a, **k: (1, 2, 3)):  # fmt: skip
        assert CHECKS[name](bad).status == "failed"


@pytest.mark.parametrize("name", CHECKS)
def test_any_way_to_stop_is_one_line(name):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    for error, line in (
        (ValueError("first line\nsecond"), "ValueError: first line"),
        (SystemExit(3), "SystemExit: 3"),
        (Mute(), "Mute"),
    ):

        def stops(*args, error=error, **kwargs):
            raise error

        assert CHECKS[name](stops).message == f"your function stopped with {line}"
