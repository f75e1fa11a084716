"""Loops of small operations run on one thread, and leave torch's setting as it was."""

import pytest
import torch

from sslearn.fast import lif
from sslearn.fast.door import one_thread
from sslearn.spikes import arctan


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_one_thread_within_and_as_before_after_it(two_threads):
    with pytest.raises(RuntimeError, match="inside"), one_thread(torch.ones(1)):
        assert torch.get_num_threads() == 1
        raise RuntimeError("inside")
    assert torch.get_num_threads() == 2


def test_the_backward_pass_of_lif_runs_on_one_thread(two_threads):
    seen = []

    def watched(u):
        seen.append(torch.get_num_threads())
        return arctan(u)

    i = torch.ones(2, 5, 3, requires_grad=True)
    lif(i, beta=0.9, surrogate=watched).s.sum().backward()
    assert seen and set(seen) == {1} and torch.get_num_threads() == 2
