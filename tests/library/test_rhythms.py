"""Heartbeats: what tells the classes apart, and what does not."""

import pytest
import torch

from sslearn.data.made import rhythms


def gaps(record, length):
    """The steps between the peaks above 0.6 mV of one record, its R waves."""
    x = record[:length]
    inner = (x[1:-1] > 0.6) & (x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:])
    steps = inner.nonzero().flatten().diff().float()
    return steps[steps > 20]  # because noise may give one wave two peaks


def test_only_the_spread_of_the_gaps_tells_the_classes_apart():
    x, lengths, y = rhythms(60, shortest=900, longest=1000, rate=100.0)
    found = [gaps(record, n) for record, n in zip(x, lengths, strict=True)]
    spread = torch.stack([g.std() / g.mean() for g in found])
    assert spread[y == 0].max() < 0.05 and spread[y == 1].min() > 0.08
    means = torch.stack([g.mean() for g in found])
    assert 60 < means.min() and means.max() < 120  # 0.7 to 1.1 s, at 100 steps a second
    assert (means[y == 0].mean() - means[y == 1].mean()).abs() < 12


def test_a_beat_has_its_three_waves():
    """The mean over thousands of beats, around the highest step: R, S 0.1 s and T 0.32 s later."""
    x, _, _ = rhythms(100, shortest=1000, longest=1000, rate=100.0)
    high = (x > 0.6) & (x >= torch.nn.functional.max_pool1d(x[:, None], 41, 1, 20)[:, 0])
    high[:, :60] = high[:, -60:] = False
    row, step = high.nonzero(as_tuple=True)
    beat = x[row[:, None], step[:, None] + torch.arange(-25, 50)].mean(0)  # (75,), R at 25
    assert len(row) > 800
    assert 1.0 < beat[25] < 1.1  # the highest of noisy steps is above the wave's 1 mV
    assert beat[35:38].min() < -0.13 and 0.2 < beat[55:59].mean() < 0.3
    assert beat[:15].abs().max() < 0.05


def test_behind_its_end_a_record_is_zero_and_before_it_is_not():
    x, lengths, _ = rhythms(20, shortest=50, longest=80)
    assert x.shape == (20, 80) and lengths.min() >= 50 and lengths.max() <= 80
    for record, n in zip(x, lengths, strict=True):
        assert not record[n:].any() and record[:n].all()


def test_the_seed_decides():
    assert torch.equal(rhythms(3, seed=1).x, rhythms(3, seed=1).x)
    assert not torch.equal(rhythms(3, seed=1).x, rhythms(3, seed=2).x)


@pytest.mark.parametrize(
    "bad", [{"n": 0}, {"n": 3, "shortest": 0}, {"n": 3, "shortest": 300}, {"n": 3, "rate": 0.0}]
)
def test_sizes_that_make_no_records_are_refused(bad):
    with pytest.raises(ValueError, match="must be"):
        rhythms(**bad)
