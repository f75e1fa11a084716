import pytest
import torch

from sslearn.fast import scan
from sslearn.scan import scan_by_doubling
from tests.library.diagonal_model import EDGES, seed


@pytest.mark.parametrize("L", EDGES)
@pytest.mark.parametrize("kind", ["varying", "fixed"])
def test_scan_equals_the_loop_and_its_gradient(L, kind):
    shape = (2, L, 3) if kind == "varying" else (1, 1, 3)
    a = torch.rand(*shape, dtype=torch.float64, generator=seed(0))
    a = torch.polar(a, 6 * a).requires_grad_()
    b = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(1)).requires_grad_()
    x0 = torch.randn(2, 3, dtype=torch.complex128, generator=seed(2)).requires_grad_()
    x, xs = x0, []
    for t in range(L):
        x = a.expand(2, L, 3)[:, t] * x + b[:, t]
        xs.append(x)
    loop, mine = torch.stack(xs, 1), scan(a, b, x0)
    torch.testing.assert_close(mine, loop, rtol=1e-12, atol=1e-12)
    g = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(3))
    for ours, theirs in zip(torch.autograd.grad(mine, (a, b, x0), g),
                            torch.autograd.grad(loop, (a, b, x0), g), strict=True):  # fmt: skip
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    doubled = scan_by_doubling(a.expand(2, L, 3), b)
    torch.testing.assert_close(doubled, scan(a, b), rtol=1e-12, atol=1e-12)


def test_bad_input_is_named():
    for a, b in (((2, 3, 4), (2, 3, 5)), ((3, 4), (2, 3, 4)), ((2, 0, 4), (2, 0, 4))):
        with pytest.raises(ValueError, match="broadcast"):
            scan(torch.ones(a), torch.ones(b))
