"""Of the answers that the checks' authors had not seen, which ones get through?"""

import importlib
from pathlib import Path

import pytest

FILES = sorted(path.stem for path in (Path(__file__).parent / "unseen").glob("answers_*.py"))
ACCEPTED = {  # wrong answers that pass, and why
    ("slope_for", "first hundred neurons only"): "they are drawn like the rest",
    ("smallest_N", "silent input: 0 / 0 is never below tol"): "the task does not name silence",
    ("pair_kernel", "float32 at the end"): "the task does not name a dtype",
    ("signed_sums", "float32"): "the task does not name a dtype",
    ("ranking", "rounded to 0.1: ties in the order of the dictionary"): "no two means are so near",
    ("binary_s4d", "straight through, no surrogate"): "the task asks for a gradient, and it is one",
    ("two_gradients", "leaves requires_grad and a gradient on the caller's x"): "no value changes",
    ("overfit", "four samples only, and their accuracy"): "the samples are the check's own",
}


def read(name):
    """The answers of one notebook, and the check of each exercise."""
    answers = importlib.import_module(f"tests.check.unseen.{name}")
    room = next((Path(__file__).parents[2] / "sslearn/course").glob(f"n{name[-2:]}_*")).name
    rooms = importlib.import_module(f"sslearn.course.{room}")
    return answers, {task: getattr(rooms, check) for task, check in answers.CHECK.items()}


def each(answers):
    return [(task, what, f) for task, these in answers.items() for what, f in these.items()]


@pytest.mark.parametrize("name", FILES)
def test_right_answers_pass_and_wrong_ones_do_not(name):
    answers, checks = read(name)
    refused = [(task, what, checks[task](f).message) for task, what, f in each(answers.RIGHT)
               if checks[task](f).status != "passed"]  # fmt: skip
    passed = {(task, what) for task, what, f in each(answers.WRONG)
              if checks[task](f).status == "passed"}  # fmt: skip
    assert not refused
    assert passed == {key for key in ACCEPTED if key[0] in checks}


def test_at_most_one_in_twenty_gets_through():
    total = sum(len(each(read(name)[0].WRONG)) for name in FILES)
    assert total >= 500 and len(ACCEPTED) <= 0.05 * total
