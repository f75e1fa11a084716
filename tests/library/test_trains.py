import math

import pytest
import torch

from sslearn import trains
from sslearn.data.made.signals import poisson


def test_statistics_by_hand():
    s = torch.tensor([0.0, 1, 0, 0, 1, 0, 1, 0])
    assert trains.rate(s, 0.5).item() == pytest.approx(750)
    assert trains.isi(s, 0.5).tolist() == [1.5, 1.0]
    assert trains.cv(torch.tensor([1.0, 3.0])) == pytest.approx(math.sqrt(2) / 2)
    assert trains.fano(torch.tensor([1.0, 3.0])) == pytest.approx(1.0)
    two = torch.stack([s, 1 - s])
    assert trains.psth(two, 0.5, 1.0).tolist() == [1000.0] * 4
    assert math.isnan(trains.cv(torch.tensor([1.0]))) and math.isnan(trains.fano(torch.zeros(3)))


def test_poisson_has_cv_and_fano_of_one():
    s = poisson(200_000, 1.0, rate=20, generator=torch.Generator().manual_seed(0))
    assert trains.rate(s, 1.0).item() == pytest.approx(20, rel=0.05)
    assert trains.cv(trains.isi(s, 1.0)) == pytest.approx(1, abs=0.05)
    assert trains.fano(s.reshape(-1, 1000).sum(1)) == pytest.approx(1, abs=0.2)


def test_bad_input_is_named():
    for call, name in (
        (lambda: trains.rate(torch.tensor([0.5]), 1.0), "s must .* got 0.5"),
        (lambda: trains.rate(torch.tensor(1.0), 1.0), "s must .* got no axis"),
        (lambda: trains.rate(torch.ones(3), 0.0), "dt must"),
        (lambda: trains.isi(torch.ones(2, 3), 1.0), r"\(L,\)"),
        (lambda: trains.psth(torch.ones(2, 3), 1.0, 9.0), "width"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
