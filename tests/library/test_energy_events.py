"""The product by events equals the dense one, and its crossing is found."""

import math

import pytest
import torch

from sslearn.energy.events import (
    crossing,
    event_product,
    interleaved,
    shared_rate,
    time_products,
)
from sslearn.layers.additions import Audit


def spikes(*shape, rate=0.3):
    g = torch.Generator().manual_seed(0)
    return (torch.rand(*shape, generator=g) < rate).double()


@pytest.mark.parametrize("shape", [(32,), (5, 32), (2, 3, 32), (1, 32)])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_events_give_the_dense_product(shape, rate):
    rows = torch.randn(32, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    s = spikes(*shape, rate=rate)
    torch.testing.assert_close(event_product(s, rows), s @ rows)


def test_silent_inputs_are_not_read():
    rows = torch.full((4, 3), math.nan)
    rows[2] = 1.0
    assert event_product(torch.tensor([0.0, 0.0, 1.0, 0.0]), rows).tolist() == [1, 1, 1]


def test_the_dense_product_multiplies_what_the_events_add():
    s, rows = spikes(3, 32), torch.ones(32, 4, dtype=torch.float64)
    with Audit() as audit:
        s @ rows
    assert audit.multiplications["mm"] == 3 * 32 * 4


@pytest.mark.parametrize(
    ("s", "rows", "message"),
    [
        (torch.tensor([0.5, 1.0]), torch.ones(2, 1), "only 0 and 1"),
        (torch.tensor([math.nan, 1.0]), torch.ones(2, 1), "only 0 and 1"),
        (torch.ones(3), torch.ones(2, 1), "are needed"),
        (torch.ones(2), torch.ones(2), "are needed"),
    ],
)
def test_other_values_and_shapes_are_refused(s, rows, message):
    with pytest.raises(ValueError, match=message):
        event_product(s, rows)


def test_a_group_is_awake_if_one_of_it_spikes():
    s = torch.tensor([[1.0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    assert shared_rate(s, 1) == pytest.approx(1 / 12) and shared_rate(s, 3) == pytest.approx(1 / 4)
    assert shared_rate(s, 6) == pytest.approx(1 / 2) and shared_rate(s, 100) == pytest.approx(1 / 2)
    ragged = torch.tensor([[0.0, 0, 0, 0, 1]])  # groups of 2, 2 and 1
    assert shared_rate(ragged, 2) == pytest.approx(1 / 5)
    wide = spikes(2000, 64, rate=0.05)
    assert shared_rate(wide, 16) == pytest.approx(1 - 0.95**16, abs=0.01)
    for wrong in (0, 1.5, -2):
        with pytest.raises(ValueError, match="width"):
            shared_rate(s, wrong)


def test_interleaved_takes_turns_and_the_median():
    now, log = iter(range(100)), []
    clock = lambda: next(now)  # noqa: E731
    found = interleaved(
        {"a": lambda: log.append("a"), "b": lambda: log.append("b")}, repeats=3, clock=clock
    )
    assert log == ["a", "b"] * 4 and found == {"a": 1000, "b": 1000}


def test_the_crossing_lies_between_the_rates_around_it():
    rates = [0.01, 0.1, 1.0]
    assert crossing(rates, [1, 2, 4], [2, 2.0001, 2]) == pytest.approx(0.1, rel=0.01)
    assert crossing(rates, [1, 1, 4], [2, 2, 2]) == pytest.approx(10**-0.5)
    assert math.isnan(crossing(rates, [3, 1, 1], [2, 2, 2]))
    assert crossing(rates, [1, 1, 1], [2, 2, 2]) == 1.0


def test_times_have_a_number_for_each_rate():
    g = torch.Generator().manual_seed(0)
    found = time_products([0.1, 0.5], H=16, M=8, tokens=2, generator=g, repeats=1)
    assert {name: len(ms) for name, ms in found.items()} == {"dense": 2, "events": 2}
    assert min(map(min, found.values())) > 0
    with pytest.raises(ValueError, match="rates"):
        time_products([1.1], H=2, M=2, generator=g)
