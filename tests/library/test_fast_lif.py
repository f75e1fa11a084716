import math

import pytest
import torch

from sslearn.fast import lif
from sslearn.lif import RESETS, LIFState, lif_by_steps, resting
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


@pytest.mark.parametrize("form", [lif, lif_by_steps])
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("refractory", [0, 3])
@pytest.mark.parametrize("chunk", [1, 7, 20])
def test_chunks_that_hand_on_their_state_equal_the_whole(form, reset, refractory, chunk):
    beta, theta = (torch.tensor(x, dtype=torch.float64).requires_grad_() for x in (0.9, 0.7))
    i = current(2, 40, 4, dtype=torch.float64).requires_grad_()
    how = {"beta": beta, "theta": theta, "reset": reset, "refractory": refractory}
    whole, state, parts = form(i, **how), resting(i), []
    for part in i.split(chunk, 1):
        trace, state = form(part, **how, state=state)
        parts.append(trace)
    v, s = (torch.cat(x, 1) for x in zip(*parts, strict=True))
    assert torch.equal(v, whole.v) and torch.equal(s, whole.s) and s.sum() > 20
    assert torch.equal(state.v, v[:, -1]) and torch.equal(state.s, s[:, -1])
    weights = torch.arange(40)[:, None] - 15.0
    wanted = torch.autograd.grad((weights * (whole.v + whole.s)).sum(), (i, beta, theta))
    mine = torch.autograd.grad((weights * (v + s)).sum(), (i, beta, theta))
    torch.testing.assert_close(mine, wanted, rtol=1e-12, atol=1e-12)
    assert not any(x.requires_grad for x in state.detach())


@pytest.mark.parametrize("form", [lif, lif_by_steps])
def test_the_refractory_steps_are_part_of_the_state(form):
    i = torch.ones(1, 2, 2)
    start = LIFState(torch.zeros(1, 2), torch.zeros(1, 2), torch.tensor([[0.0, 5.0]]))
    (_, s), end = form(i, beta=0.9, theta=0.5, refractory=3, state=start)
    assert s.tolist() == [[[1, 0], [0, 0]]] and end.rest.tolist() == [[2, 3]]
    (_, s), end = form(i, beta=0.9, theta=0.5, state=start)  # also where no new ones are added
    assert s.tolist() == [[[1, 0], [1, 0]]] and end.rest.tolist() == [[0, 3]]
    with pytest.raises(ValueError, match=r"state must hold three times \(3, 2\)"):
        form(torch.ones(3, 2, 2), beta=0.9, state=start)
