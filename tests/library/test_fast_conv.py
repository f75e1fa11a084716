import pytest
import torch
from scipy.fft import next_fast_len

from sslearn.fast import conv, fft_conv
from sslearn.ssm import causal_conv
from tests.library.diagonal_model import EDGES, seed


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("at_once", [(1, 1), (1, 9), (2, 2), (3, 9)])  # a GPU takes all
def test_fast_convolution_equals_the_definition_both_ways(L, at_once, monkeypatch):
    monkeypatch.setattr(conv, "_at_once", lambda u, n: at_once)
    u, K, back = (torch.randn(*s, dtype=torch.float64, generator=seed(n), requires_grad=True)
                  for n, s in enumerate([(5, L, 3), (3, L), (3, L)]))  # fmt: skip
    g = torch.randn(5, L, 3, dtype=torch.float64, generator=seed(9))
    pasts = causal_conv(u, K.T)
    coming = causal_conv(u.flip(1), back.T).flip(1)[:, 1:]  # sum_j back_j u_(t+j), from t = 1 on
    coming = torch.cat([coming, torch.zeros_like(u[:, :1])], 1)
    for mine, theirs in ((fft_conv(u, K), pasts), (fft_conv(u, K, back), pasts + coming)):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)
        inputs = (u, K)
        for a, b in zip(
            torch.autograd.grad(mine, inputs, g, retain_graph=True),
            torch.autograd.grad(theirs, inputs, g, retain_graph=True),
            strict=True,
        ):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)  # fmt: skip
    mine = torch.autograd.grad(fft_conv(u, K, back), back, g)[0]
    theirs = torch.autograd.grad(pasts + coming, back, g)[0]
    torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)


def test_fast_convolution_with_one_of_the_two_frozen():
    u, K = torch.randn(3, 40, 5, generator=seed(1)), torch.randn(5, 40, generator=seed(2))
    both = [x.clone().requires_grad_() for x in (u, K)]
    y = fft_conv(*both)
    wanted = torch.autograd.grad(y.sum(), both)  # y.sum() sends a gradient of strides 0
    for frozen, mine in ((1, (both[0], K)), (0, (u, both[1]))):
        gradient = torch.autograd.grad(fft_conv(*mine).sum(), both[1 - frozen])[0]
        torch.testing.assert_close(gradient, wanted[1 - frozen])
    with torch.no_grad():
        no_graph = fft_conv(*both)
    assert no_graph.grad_fn is None
    torch.testing.assert_close(no_graph, y.detach())


def test_fast_lengths_are_scipy_s():
    for n in (*range(1, 200), 1568, 8191, 8193, 32768, 99991):
        assert conv._fast_length(n) == next_fast_len(n, real=True)


def test_bad_input_is_named():
    u = torch.ones(1, 5, 2)
    with pytest.raises(ValueError, match="K must"):
        fft_conv(u, torch.ones(5, 2))
    with pytest.raises(ValueError, match="K_back must"):
        fft_conv(u, torch.ones(2, 5), torch.ones(2, 4))
