import math
import random
import statistics
import sys

import numpy as np
import pytest
import torch

from sslearn.data.made import SYMBOLS, listops, listops_text, root_baseline
from sslearn.data.made.listops import TRIES, _grow

TEACHING = {"min_length": 20, "max_length": 200, "max_depth": 6, "max_args": 5}


def read(text):
    """An independent reader: (value, nesting, largest number of arguments) of an expression."""
    stack, args, nesting = [[]], 0, 0
    for word in text.split():
        if word.startswith("["):
            stack.append([word])
            nesting = max(nesting, len(stack) - 1)
        elif word == "]":
            name, *values = stack.pop()
            args = max(args, len(values))
            assert len(values) >= 2
            stack[-1].append(
                {
                    "[MIN": lambda v: sorted(v)[0],
                    "[MAX": lambda v: sorted(v)[-1],
                    "[MED": lambda v: math.trunc(statistics.median(v)),
                    "[SM": lambda v: math.fsum(v) % 10,
                }[name](values)
            )
        else:
            stack[-1].append(int(word))
    ((value,),) = stack
    return value, nesting, args


def test_the_last_draw_that_is_allowed_may_complete_the_set(monkeypatch):
    """Two expressions: 1,040 = 20 n + 1,000 draws give one, and the next gives the other."""

    def draws(make, start, missing, workers):
        return [(b"\2" if start < 1040 else b"\3", 1)] * missing

    module = sys.modules[listops.__module__]
    monkeypatch.setattr(module, "make_all", draws)
    assert listops(2).x.flatten().tolist() == [2, 3]
    monkeypatch.setattr(module, "make_all", lambda *a: draws(a[0], 0, *a[2:]))
    with pytest.raises(ValueError, match="n must be smaller: 1041 expressions hold 1 different"):
        listops(2)


@pytest.mark.parametrize(
    ("n", "rule"),
    [(300, TEACHING), (40, {}), (300, {"min_length": 2, "max_length": 30, "max_args": 3})],
)
def test_listops_is_what_another_evaluator_says(n, rule):
    x, y = listops(n, seed=3, **rule)
    low, high = rule.get("min_length", 500), rule.get("max_length", 2000)
    assert x.dtype == torch.uint8 and y.dtype == torch.int64 and len(y) == n
    nestings = []
    for row, value in zip(x, y, strict=True):
        length = int((row > 0).sum())
        assert low < length < high and not row[length:].any()
        text = listops_text(row)
        assert len(text.split()) == length
        got, nesting, args = read(text)
        assert got == value and args <= rule.get("max_args", 10)
        nestings.append(nesting)
    assert max(nestings) < rule.get("max_depth", 10)
    assert len({bytes(row.tolist()) for row in x}) == n


def test_listops_by_hand():
    assert read("[MED 1 2 ]")[0] == 1 and read("[SM 7 8 [MAX 2 9 ] ]")[0] == 4
    assert read("[MIN 4 [MED 5 1 9 ] ]") == (4, 2, 3)
    tokens = [SYMBOLS.index(word) for word in "[MAX 2 9 [MIN 4 7 ] 0 ]".split()] + [0, 0]
    assert listops_text(torch.tensor(tokens)) == "[MAX 2 9 [MIN 4 7 ] 0 ]"


def test_listops_does_not_change():
    """The same seed makes the same data on every machine and in every version."""
    x, y = listops(3, min_length=5, max_length=20, seed=1)
    assert [listops_text(row) for row in x] == TEXTS
    assert y.tolist() == [read(text)[0] for text in TEXTS]


TEXTS = [
    "[MAX [SM 5 6 ] 9 ]",
    "[MAX 1 [MED 9 4 ] 0 2 2 ]",
    "[MIN 3 9 6 3 0 ]",
]


def test_listops_statistics_are_those_measured_on_the_published_rule():
    draw, kept, n = random.Random(0).random, [], 20_000
    for _ in range(n):
        tokens = []
        _grow(draw, tokens, 1, 6, 5, math.inf)
        if 20 < len(tokens) < 200:
            kept.append(tokens)
    assert abs(len(kept) / n - 0.080) < 0.008
    assert abs(np.mean([len(t) for t in kept]) - 40) < 2
    x, _ = listops(300, seed=5)
    assert abs(float((x > 0).sum(1).float().mean()) - 1061) < 80


def test_a_node_is_a_list_with_probability_a_quarter():
    draw, first, digits, counts = random.Random(0).random, [], [], []
    for _ in range(20_000):
        tokens = []
        _grow(draw, tokens, 1, 2, 4, math.inf)
        first.append(tokens[0])
        if len(tokens) == 1:
            digits.append(tokens[0] - 1)
        else:
            counts.append(len(tokens) - 2)
    share = np.bincount(first, minlength=16) / len(first)
    assert np.abs(share[11:15] - 0.25 / 4).max() < 0.007 and share[15] == 0
    assert np.abs(np.bincount(digits, minlength=10) / len(digits) - 0.1).max() < 0.01
    assert np.abs(np.bincount(counts)[2:] / len(counts) - 1 / 3).max() < 0.03


def test_listops_seeds_and_on_made():
    calls = []
    a = listops(250, seed=1, on_made=lambda *done: calls.append(done), **TEACHING)
    assert calls == [(100, 250), (200, 250), (250, 250)]
    b, c = listops(250, seed=1, **TEACHING), listops(250, seed=2, **TEACHING)
    assert torch.equal(a.x, b.x) and torch.equal(a.y, b.y)
    mine = {bytes(row[row > 0].tolist()) for row in a.x}
    assert len(mine & {bytes(row[row > 0].tolist()) for row in c.x}) < 5
    start = listops(50, seed=1, **TEACHING)
    assert [listops_text(r) for r in start.x] == [listops_text(r) for r in a.x[:50]]


def test_all_expressions_differ_even_if_few_exist():
    x, _ = listops(60, min_length=0, max_length=5, max_depth=2, max_args=2)
    assert len({listops_text(row) for row in x}) == 60
    with pytest.raises(ValueError, match="n must be smaller.* hold 10 different"):
        listops(11, min_length=0, max_length=2)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"n": 0}, "n must be a whole number of at least 1, got 0"),
        ({"n": 2.5}, "n must be a whole number"),
        ({"workers": 0}, "workers must be"),
        ({"min_length": 50, "max_length": 51}, "lengths must leave room"),
        ({"n": math.nan}, "n must be a whole number of at least 1, got nan"),
        ({"n": "3"}, "n must be a whole number of at least 1, got '3'"),
        ({"n": True}, "n must be a whole number of at least 1, got True"),
        ({"seed": 0.5}, "seed must be a whole number of at least 0, got 0.5"),
        ({"min_length": -1}, "min_length must be a whole number of at least 0, got -1"),
        ({"max_length": math.inf}, "max_length must be a whole number of at least 0, got inf"),
        ({"max_args": 1}, "max_args must be a whole number of at least 2, got 1"),
        ({"max_args": 4.5}, "max_args must be a whole number of at least 2, got 4.5"),
        ({"max_depth": 0}, "max_depth must be a whole number of at least 1, got 0"),
        ({"max_depth": 2, "max_args": 2}, f"lengths must be reachable: none of {TRIES}"),
    ],
)
def test_listops_names_bad_input(rule, message):
    with pytest.raises(ValueError, match=message):
        listops(**{"n": 1, **rule})


@pytest.mark.parametrize("tokens", [[16, 3], [-1], [1.5], [math.nan], 3, torch.zeros(2, 3)])
def test_text_of_what_is_no_row_of_tokens(tokens):
    with pytest.raises(ValueError, match="tokens must be a row of whole numbers 0 ... 15, got"):
        listops_text(tokens)


def test_numpy_numbers_are_as_good():
    numbers = {name: np.int64(value) for name, value in TEACHING.items()}
    x, y = listops(np.int64(3), seed=np.int64(1), **numbers)
    again = listops(3, seed=1, **TEACHING)
    assert torch.equal(x, again.x) and torch.equal(y, again.y)


@pytest.mark.parametrize("n", [0, 1])
def test_root_baseline_wants_one_answer_for_each_row(n):
    x, y = torch.full((4, 2), 11), torch.zeros(4, dtype=torch.int64)
    for pair in ((x, y[:n]), (x[:n], y), (x[:0], y[:0])):
        for name, parts in (("train", (pair, (x, y))), ("test", ((x, y), pair))):
            with pytest.raises(ValueError, match=f"{name} must have one y for each x, got x .* y"):
                root_baseline(*parts)


def test_root_baseline_by_hand():
    train = torch.tensor([[11, 1], [11, 2], [11, 3], [12, 4]]), torch.tensor([3, 3, 5, 8])
    test = torch.tensor([[11], [11], [12], [13], [13]]), torch.tensor([3, 4, 8, 3, 8])
    assert root_baseline(train, test) == pytest.approx(3 / 5)


def test_root_baseline_beats_the_majority_on_real_expressions():
    x, y = listops(2000, seed=2, **TEACHING)
    score = root_baseline((x[:1000], y[:1000]), (x[1000:], y[1000:]))
    majority = float(y.bincount().max() / len(y))
    assert abs(score - 0.25) < 0.04 and majority < 0.15
