import numpy as np
import pytest
import torch

from sslearn.course.check.compare import is_number, is_whole, near, number, on_copies, unlike


@pytest.mark.parametrize("double", [torch.float64, torch.complex128])
def test_the_less_precise_of_the_two_sets_the_tolerance(double):
    one = torch.ones(3, dtype=double)
    assert near(one + 1e-9, one) and not near(one + 1e-6, one)
    assert near(one + 1e-6, torch.ones(3)) and not near(one + 1e-3, torch.ones(3))
    assert near(one[:1] + 1e-6, [1.0]) and near(1 + 1e-6, 1.0) and not near(1.001, 1.0)
    assert near(np.ones(3), one) and not near(np.ones(3) + 1e-6, one)


def test_a_tolerance_that_is_given_goes_before():
    assert near(1.01, 1.0, tolerance=0.01) and not near(1.03, 1.0, tolerance=0.01)
    assert near(torch.tensor(100.0), 101.0, tolerance=0.01)  # The tolerance is relative too.


def test_shapes_imaginary_parts_and_nan_count():
    one = torch.ones(2)
    assert not near(one, one[:1]) and not near(1.0, one[:1])
    assert near(one + 0j, one) and not near(one + 0.1j, one)
    assert not near(one * torch.nan, one * torch.nan)
    with pytest.raises((TypeError, ValueError)):
        near("one", one)


def test_unlike_fails_for_each_named_wrong_answer():
    holds = unlike(2.0, 3.0, run=lambda f: f(1.0))
    assert not holds(lambda x: x + 1) and not holds(lambda x: 3 * x) and holds(lambda x: x)
    assert unlike("ab", run=lambda f: f(), same=str.__eq__)(lambda: "ba")


def untouched(f, *args):
    return on_copies(f, *args)[1] == []


def appends(x):
    x.append(1)


def reorders(x):
    x["a"] = x.pop("a")


def reverses_in_a_pair(pair):
    pair[0].copy_(pair[0].flip(0))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x.add_(1), torch.zeros(2)),
        (lambda x: x.resize_(3), torch.zeros(2)),
        (lambda x: x.fill_(torch.nan), torch.tensor([1.0, torch.nan])),
        (lambda x: np.exp(x, out=x), np.zeros(2)),
        (lambda x: x.sort(), [2, 1]),
        (appends, [0]),
        (reorders, {"a": 1, "b": 2}),
        (reverses_in_a_pair, (torch.arange(2), torch.arange(2))),
    ],
)
def test_a_change_in_place_is_seen_and_does_not_reach_the_caller(f, x):
    before = str(x)
    assert not untouched(f, x) and str(x) == before


def test_what_is_put_back_or_only_read_is_untouched():
    assert untouched(lambda x: x.add_(1).sub_(1), torch.zeros(2))
    assert untouched(lambda x, y: x + y, torch.tensor([torch.nan, torch.inf]), 2.0)
    assert untouched(lambda layer: layer.weight.data.zero_(), torch.nn.Linear(2, 2))
    assert untouched(lambda x: x, np.finfo(float)) and untouched(lambda: 0)


def test_the_changed_argument_is_named_as_in_the_def():
    def both(first, second, *rest, key):
        for x in (first, second, *rest, key):
            x.zero_()

    ones = [torch.ones(1) for _ in range(4)]
    assert on_copies(both, *ones[:3], key=ones[3])[1] == ["first", "second", "number 3", "key"]
    assert on_copies(torch.Tensor.zero_, ones[0])[1] == ["number 1"]


def test_gradients_pass_through_the_copies():
    x = torch.ones(2, requires_grad=True)
    on_copies(lambda x: 3 * x, x)[0].sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    "one", [1, np.int64(1), np.array(1), torch.tensor(1), 1.0, np.float32(1), torch.tensor(1.0)]
)
def test_numbers_of_any_library(one):
    assert is_number(one) and number(one) == 1 and type(number(one)) in (int, float)
    assert is_whole(one) == (type(number(one)) is int)


@pytest.mark.parametrize("other", [True, np.bool_(1), 1j, "1", None, [1], np.ones(1)])
def test_what_is_no_number(other):
    assert not is_number(other) and not is_whole(other)
