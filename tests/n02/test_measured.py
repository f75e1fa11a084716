"""Notebook 02: the numbers of many draws."""

import pytest
import torch

from sslearn.course.n02_codes import measured, pixels
from sslearn.course.n02_codes.rasters import raster_view


def test_a_confidence_interval_holds_the_mean_in_19_of_20_cases():
    g, inside = torch.Generator().manual_seed(0), 0
    for _ in range(400):
        mean, half = measured.confidence(torch.randn(30, generator=g).tolist())
        inside += abs(mean) < half
    assert 0.91 < inside / 400 < 0.97


def test_the_more_balanced_the_arrivals_the_less_regular_the_train():
    clock, alone, balanced = (measured.bombarded(*x)[1] for x in ((40, 0), (2, 0), (6, 5)))
    assert clock < 0.15 < alone < 0.5 < balanced < 1
    assert measured.bombarded(0.1, 0.0)[0] == 0  # The mean drive is 1 mV.


def test_pairs_of_two_neurons_correlate_as_corrcoef_says():
    s = (torch.rand(500, 2, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    s[:250, 1] = s[:250, 0]
    assert measured.pair_correlation(s) == pytest.approx(float(torch.corrcoef(s.T)[0, 1]))


def test_the_psth_error_of_one_draw_is_the_labs():
    one = raster_view(n=9, kind="constant", seed=0)[0]
    assert measured.psth_error(9, draws=1) == pytest.approx((one["error"], one["expected"]))


def test_counts_of_correlated_neurons_vary_more():
    alone, together = measured.counted(0.0, draws=6), measured.counted(0.2, draws=6)
    assert together["fano"][0] > 15 * alone["fano"][0]
    assert together["fano_theory"] == pytest.approx((0.98 * (1 + 199 * 0.2), 0.0))


def test_costs_are_those_of_the_views():
    costs = pixels.code_costs("latency", 17)
    assert costs["off by (levels)"] == "0.0"
    assert costs["bits a pixel"] == f"{pixels.level_entropy():.2f}"
    ink = (pixels._digits().x[:50] > 0).sum() / 50
    assert costs["spikes a digit"] == 10 * round(float(ink) / 10)
