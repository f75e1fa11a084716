"""The network that guesses a reset, against the sequential reset, with its error on fresh noise."""

import pytest
import torch

from sslearn.layers import ResetNetwork, learn_reset, remembered
from sslearn.lif import lif_by_steps

BETA = 0.125


def seed(n=0):
    return torch.Generator().manual_seed(n)


def fresh(n=99):
    return torch.randn(4, 512, 16, generator=seed(n))


@pytest.fixture(scope="module")
def taught():
    guess = ResetNetwork(generator=seed())
    return guess, learn_reset(guess, beta=BETA, generator=seed(10))


def test_what_is_remembered_is_what_the_reset_leaves():
    i = fresh().double()
    v, s = lif_by_steps(i, beta=BETA, reset="zero")
    m = remembered(i, beta=BETA)
    assert not m[:, 0].any()
    torch.testing.assert_close(m[:, 1:], BETA * (1 - s[:, :-1]) * v[:, :-1])


def test_three_quarters_of_the_wrong_spikes_go_within_seconds(taught):
    guess, losses = taught
    i = fresh()
    want = lif_by_steps(i, beta=BETA, reset="zero").s
    wrong = (guess.fire(i) != want).float().mean()  # 0.5 % when it was measured
    without = ((i > 1) != want.bool()).float().mean()  # 1.7 %
    assert losses[-1] < 0.02 * losses[0]
    assert 0 < wrong < 0.009 < 0.014 < without
    with torch.no_grad():
        assert (guess(i) - remembered(i, beta=BETA)).abs().mean() < 0.04  # 0.02, in units of theta


def test_the_guess_sees_the_k_steps_before_and_no_other():
    guess = ResetNetwork(d=3, k=4, generator=seed()).double()
    i = torch.randn(50, 30, 2, dtype=torch.float64, generator=seed(1)).requires_grad_()
    guess(i)[:, 20, 1].sum().backward()
    seen = i.grad.abs().sum(0).nonzero()
    assert seen.tolist() == [[16, 1], [17, 1], [18, 1], [19, 1]]


def test_the_guess_is_its_formula_at_one_step():
    guess = ResetNetwork(d=3, k=4, generator=seed()).double()
    i = fresh()[:1, :30, :1].double()
    assert guess(i)[0].unique().numel() > 10
    h = (guess.K[:, 0] @ i[0, 16:20, 0] + guess.K_bias).relu()
    h = (h + guess.W[..., 0] @ h + guess.W_bias).relu()
    torch.testing.assert_close(guess(i)[0, 20], guess.w[0, :, 0] @ h + guess.c)


def test_no_gradient_goes_through_the_guess(taught):
    i = fresh()[:, :20].requires_grad_()
    taught[0].fire(i)[:, 10].sum().backward()
    assert i.grad[:, 10].all() and not i.grad[:, :10].any() and not i.grad[:, 11:].any()


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="k must be a whole number >= 1, got 0"):
        ResetNetwork(k=0, generator=seed())
    with pytest.raises(ValueError, match="batches must be a whole number >= 1, got 0"):
        learn_reset(ResetNetwork(generator=seed()), batches=0, generator=seed())
