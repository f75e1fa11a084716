"""Batch norm over the tokens of all processes equals batch norm of one process."""

import pytest
import torch
from torch import nn

from sslearn.layers import Norm
from sslearn.layers.batch_norm import BatchNorm, batch_moments
from tests.library.processes import together

X = torch.randn(7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 + 5


def normalised(x, weigh, norm):
    """Two steps of norm over x: the last output, the gradient of x, and norm's numbers."""
    x = x.clone().requires_grad_()
    norm(x.detach() * 2)
    y = norm(x)
    (y**3 * weigh).sum().backward()
    return y.detach(), x.grad, norm.weight.grad, norm.state_dict()


WEIGH = torch.arange(21, dtype=torch.float64).view(7, 3) / 7


def share(rank, world):
    return normalised(X[rank::world], WEIGH[rank::world], BatchNorm(3).double())


def test_two_processes_have_the_moments_and_the_gradient_of_one():
    y, grad, weight, state = normalised(X, WEIGH, nn.BatchNorm1d(3).double())
    parts = together(share)
    for rank, (y_part, grad_part, _, state_part) in enumerate(parts):
        torch.testing.assert_close(y_part, y[rank::2])
        torch.testing.assert_close(grad_part, grad[rank::2])
        assert state_part.keys() == state.keys()
        for name in state:
            torch.testing.assert_close(state_part[name], state[name])
    torch.testing.assert_close(parts[0][2] + parts[1][2], weight)


def test_tokens_outside_do_not_count():
    inside = torch.tensor([1, 1, 0, 1, 0, 1, 1]).bool()
    mean, var, n = batch_moments(X, inside)
    torch.testing.assert_close(mean, X[inside].mean(0))
    torch.testing.assert_close(var, X[inside].var(0, unbiased=False))
    assert n == 5
    whole, ours = nn.BatchNorm1d(3).double(), BatchNorm(3).double()
    torch.testing.assert_close(ours.normalise(X, *batch_moments(X)), whole(X))
    torch.testing.assert_close(ours.running_var, whole.running_var)


def test_one_token_alone_has_no_variance():
    with pytest.raises(ValueError, match="at least 2 tokens in training, got 1"):
        Norm(3, "batch")(torch.ones(1, 1, 3))
    assert Norm(3, "batch").eval()(torch.ones(1, 3)).shape == (1, 3)
