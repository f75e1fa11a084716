"""The machine of the checks, on exercises of one line."""

import numpy as np
import pytest
import torch

from sslearn.course.check import CheckResult, Property, check
from sslearn.course.check.properties import FAILURES, LATER

DOUBLE = [
    Property(lambda f: f(1) == 2, "1 must give 2", "times 2"),
    Property(lambda f: f(5) == 10, "right for 1 only", "use the argument"),
]


@pytest.fixture(autouse=True)
def new_kernel():
    FAILURES.clear()


def test_the_first_property_that_fails_is_reported():
    assert repr(check("double", lambda x: 2 * x, DOUBLE)) == "✓ double: all 2 properties hold"
    assert repr(check("double", lambda x: 2 * x, DOUBLE[:1])) == "✓ double: 1 properties hold"
    wrong = check("double", lambda x: x, DOUBLE)
    assert wrong == CheckResult("double", "failed", "1 must give 2", "times 2", held=True)
    assert check("double", lambda x: 2, DOUBLE).message == "right for 1 only"


def test_the_first_failure_names_the_mistake_and_the_second_gives_the_hint():
    assert repr(check("double", lambda x: x, DOUBLE)) == f"✗ double: 1 must give 2\n  {LATER}"
    assert "hint" not in repr(check("other", lambda x: x, DOUBLE)).replace(LATER, "")
    told = "✗ double: right for 1 only\n  hint: use the argument"
    assert repr(check("double", lambda x: 2, DOUBLE)) == told
    check("unwritten", lambda x: None, DOUBLE)
    assert check("unwritten", lambda x: x, DOUBLE).held  # An empty answer is no failure.
    assert "hint: keep the line" in repr(check("third", 3, DOUBLE))  # This gives nothing away.


def test_unwritten_answers_are_not_failures():
    def ends_without_return(x):
        2 * x

    def stub(x):
        raise NotImplementedError

    assert repr(check("double", stub, DOUBLE)) == "○ double: not written yet"
    assert check("double", lambda x: ..., DOUBLE).status == "unwritten"
    result = check("double", ends_without_return, DOUBLE)
    assert (result.status, result.hint) == ("unwritten", "does it end with return?")


def test_no_function_at_all():
    assert check("double", 3, DOUBLE).message == "this must be a function, got int"


def test_an_error_of_the_learner_is_told_and_one_of_a_property_is_not():
    result = check("double", lambda x: x / 0, DOUBLE)
    assert result.message == "your function stopped with ZeroDivisionError: division by zero"
    assert result.where.startswith("in line ") and "lambda x: x / 0" in result.where
    assert f"zero\n  {result.where}\n  hint: call it yourself" in repr(result)
    strange = [Property(lambda f: f(1).shape == (), "no scalar", "one number")]
    assert check("double", lambda x: "2", strange).message.startswith("the result has the wrong")


def test_an_error_is_told_with_the_learners_own_line_and_not_the_librarys():
    def joins(x):
        y = torch.ones(2)
        return torch.cat([y[0], y[1]])

    def deeper(x):
        return joins(x)

    result = check("joins", deeper, DOUBLE)
    number = joins.__code__.co_firstlineno + 2
    assert result.where == f"in line {number}: return torch.cat([y[0], y[1]])"
    assert "in line" in repr(result) and result.hint != DOUBLE[0].hint
    within = {}
    exec(compile("def f(x):\n    return [][x]", "a cell without text", "exec"), within)
    assert check("cell", within["f"], DOUBLE).where == "in line 2"
    builtin = check("len", len, DOUBLE)
    assert builtin.message.startswith("your function stopped") and builtin.where == ""


def test_a_result_that_torch_refuses_is_no_unwritten_answer():
    near_zero = [Property(lambda f: torch.allclose(f(), torch.zeros(2)), "not 0", "zeros")]
    result = check("zeros", lambda: torch.zeros(2).to_sparse(), near_zero)
    assert result.status == "failed" and result.message.startswith("the result has the wrong")


def test_any_call_that_changes_an_argument_fails_whatever_the_property_says():
    def later(x):
        return x.add_(1) if len(x) > 1 else x + 1

    def swallows(f):
        try:
            f(torch.zeros(2))
        except Exception:
            return True

    first = Property(lambda f: f(torch.zeros(1)) == 1, "0 must give 1", "plus 1")
    for second in (Property(lambda f: f(torch.zeros(2)).sum() == 2, "", ""),
                   Property(swallows, "", "")):  # fmt: skip
        result = check("later", later, [first, second])
        assert result.status == "failed" and result.hint.startswith("write x = ...")
        assert result.message == "it changes its argument x in place"


def test_a_property_cannot_be_spoilt_by_the_answer():
    x = torch.zeros(2)
    check("zero", lambda x: x.add_(1), [Property(lambda f: f(x) is None, "", "")])
    assert x.tolist() == [0.0, 0.0]


def test_lists_and_numpy_scalars_reach_the_properties_as_tuples_and_numbers():
    def plain(f):
        return type(f()) is tuple and [type(x) for x in f()] == [int, float, bool, tuple, int]

    def dressed():
        return [np.int64(1), np.float32(2), np.bool_(1), [3], np.array(4)]

    for answer in (dressed, lambda: (1, 2.0, True, (3,), 4)):
        assert check("plain", answer, [Property(plain, "dressed", "")]).status == "passed"
    arrays = [Property(lambda f: f().shape == (2,), "an array stays an array", "")]
    assert check("arrays", lambda: np.ones(2), arrays).status == "passed"
    assert check("arrays", lambda: torch.ones(2), arrays).status == "passed"
