import pytest
import torch

from sslearn.lif import lif
from sslearn.ssm import causal_conv


@pytest.mark.parametrize("L", [1, 2, 7, 97])
def test_convolution_equals_its_sum(L):
    u = torch.randn(2, L, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    K = torch.randn(L, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    direct = torch.stack([sum(K[j] * u[:, t - j] for j in range(t + 1)) for t in range(L)], 1)
    torch.testing.assert_close(causal_conv(u, K), direct, rtol=1e-12, atol=1e-12)


def test_lif_without_reset_is_a_convolution():
    u = torch.randn(2, 200, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    beta = torch.tensor([0.5, 0.9, 0.99], dtype=torch.float64)
    K = beta ** torch.arange(200)[:, None]
    v = lif(u, beta=beta, reset="none").v
    torch.testing.assert_close(causal_conv(u, K), v, rtol=1e-10, atol=1e-10)


def test_bad_shapes_are_named():
    with pytest.raises(ValueError, match="K must"):
        causal_conv(torch.ones(1, 4, 2), torch.ones(3, 2))
