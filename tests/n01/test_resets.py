"""Notebook 01: which reset fires more often, where the lab is silent, and the two pictures."""

import pytest
import torch

from sslearn.course.n01_neuron import both_resets, circuit_picture, row_picture, strongest_silent
from sslearn.lif import decay, lif_by_steps


def test_counts_of_both_resets_are_those_of_the_definition():
    both = both_resets(theta=10.0, dt=5.0, L=60)
    i = ((1 - decay(20.0, 5.0)) * 10 * both.I).expand(1, 60, len(both.I))
    for name in ("zero", "subtract"):
        slow = lif_by_steps(i, beta=decay(20.0, 5.0), theta=10.0, reset=name)
        assert torch.equal(getattr(both, name), slow.s[0].sum(0))
    assert both.I[0] == pytest.approx(1.01) and both.I[-1] == pytest.approx(3.0)
    assert sum(both.shares().values()) == pytest.approx(100)


def test_ties_are_frequent_and_the_sign_decides_the_rest():
    both = both_resets(theta=15.0, dt=5.0)
    ahead = decay(20.0, 5.0) * both.v_spike - 15
    more = both.subtract - both.zero
    assert not (more * ahead < 0).any() and (more[ahead < 0] < 0).any() and (more > 0).any()
    assert (more == 0).double().mean() > 0.25


def test_the_lab_is_silent_up_to_theta_over_R():
    assert strongest_silent(theta=20.0) == pytest.approx(2.0)
    assert strongest_silent(step=0.01, tau=40.0) == pytest.approx(1.51)


def test_the_drawings_have_alt_text_and_place_spikes_at_the_ends_of_their_steps():
    assert "hole" in circuit_picture().caption and "capacitor" in circuit_picture().caption
    s = torch.tensor([0.0, 1.0, 0.0])
    picture = row_picture(torch.zeros(8, 8), 3, s, s, s, dt=0.5, theta=1.0, caption="a row")
    assert list(picture.artists["spikes"].get_xdata()) == [1.0] and picture.caption == "a row"
