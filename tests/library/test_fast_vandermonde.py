import pytest
import torch

from sslearn.fast import vandermonde
from sslearn.ssm import discretize, kernel
from tests.library.diagonal_model import EDGES, model, seed


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_two_tables_equal_the_vandermonde_product(L, dtype):
    A, B, C, dt = model(H=4, N=16, dtype=dtype)
    A_bar, B_bar = discretize(A, B, dt)
    mine = vandermonde(dt * A, C * B_bar, L)
    tolerance = (
        {"rtol": 1e-10, "atol": 1e-12} if dtype == torch.float64 else {"rtol": 0, "atol": 2e-4}
    )
    torch.testing.assert_close(mine.T, kernel(A_bar, B_bar, C, L), **tolerance)


def test_fast_kernel_is_no_less_exact_than_exponentials():
    A, B, C, dt = model(H=8, N=64, dtype=torch.float32)
    W, a = C * discretize(A, B, dt).B, dt * A
    exact = torch.exp(a.to(torch.complex128)[..., None] * torch.arange(4096))
    exact = 2 * torch.einsum("hn,hnl->hl", W.to(torch.complex128), exact).real
    plain = torch.exp(a[..., None] * torch.arange(4096))
    plain = 2 * torch.einsum("hn,hnl->hl", W, plain).real
    assert (vandermonde(a, W, 4096) - exact).abs().max() <= (plain - exact).abs().max()


@pytest.mark.parametrize("L", [1, 2, 5, 31, 64, 65])
def test_gradients_of_the_fast_kernel(L):
    A, _, C, dt = model(H=2, N=6)
    a, W = (dt * A).requires_grad_(), C.clone().requires_grad_()
    g = torch.randn(2, L, dtype=torch.float64, generator=seed(3))
    slow = 2 * torch.einsum("hn,hnl->hl", W, torch.exp(a[..., None] * torch.arange(L))).real
    for mine, theirs in zip(torch.autograd.grad(vandermonde(a, W, L), (a, W), g),
                            torch.autograd.grad(slow, (a, W), g), strict=True):  # fmt: skip
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


def test_bad_input_is_named():
    A, B, _, _ = model()
    with pytest.raises(ValueError, match="L must"):
        vandermonde(A, B, 0)
