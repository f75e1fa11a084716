import pytest
import torch

from sslearn.scan import combine, scan_by_doubling
from tests.library.diagonal_model import EDGES, seed


def test_combine_is_associative_and_ordered():
    p, q, r = ((torch.tensor(a), torch.tensor(b)) for a, b in ((2.0, 1.0), (3.0, 5.0), (0.5, -1.0)))
    assert combine(combine(p, q), r) == combine(p, combine(q, r))
    assert combine(p, q) == (6.0, 8.0) and combine(q, p) == (6.0, 11.0)


@pytest.mark.parametrize("L", EDGES)
def test_doubling_equals_the_loop(L):
    a = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(0)) / 2
    b = torch.randn(2, L, 3, dtype=torch.complex128, generator=seed(1))
    x, xs = torch.zeros_like(b[:, 0]), []
    for t in range(L):
        x = a[:, t] * x + b[:, t]
        xs.append(x)
    torch.testing.assert_close(scan_by_doubling(a, b), torch.stack(xs, 1), rtol=1e-12, atol=1e-12)
