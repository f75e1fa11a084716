import math

import pytest
import torch

from sslearn.fast import lif
from sslearn.lif import RESETS, lif_by_steps
from sslearn.spikes import arctan, fast_sigmoid
from tests.library.test_lif import current


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("refractory", [0, 3])
@pytest.mark.parametrize("L", [1, 2, 97])
@pytest.mark.parametrize("surrogate", [arctan, fast_sigmoid])
def test_fast_form_equals_steps_with_gradients(reset, refractory, L, surrogate):
    both = []
    for form in (lif, lif_by_steps):
        i = current(2, L, 4, dtype=torch.float64).mul(0.5).requires_grad_()
        beta = torch.linspace(0.5, 0.95, 4, dtype=torch.float64).requires_grad_()
        out = form(i, beta=beta, reset=reset, refractory=refractory, surrogate=surrogate)
        weights = current(2, L, 4, seed=1, dtype=torch.float64)
        (out.v * weights + out.s * weights.flip(1)).sum().backward()
        both.append((out.v, out.s, i.grad, beta.grad))
    for fast, slow in zip(*both, strict=True):
        torch.testing.assert_close(fast, slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("reset", RESETS)
def test_fresh_memory_may_hold_anything(reset, monkeypatch):
    monkeypatch.setattr(torch, "empty_like", lambda x: torch.full_like(x, math.nan))
    i = current(2, 9, 3)
    ours, slow = lif(i, beta=0.9, reset=reset), lif_by_steps(i, beta=0.9, reset=reset)
    assert torch.equal(ours.s, slow.s) and torch.equal(ours.v, slow.v)
