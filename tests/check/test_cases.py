import sys

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from sslearn.course.check import Property, agrees, alike, calls, check, gradients, own_work
from sslearn.course.check.cases import escapes
from sslearn.hippo import legs


def test_parts_shapes_dtypes_and_truth_values_count():
    one, double = torch.ones(2), torch.ones(2, dtype=torch.float64)
    assert (
        alike((one, 1.0), [one, 1.0]) and not alike((one,), (one, one)) and not alike(one, (one,))
    )
    assert alike(one, double) and not alike(one, double, dtype=True)
    assert alike(np.ones(2), double) and alike(True, True) and not alike(False, True)
    assert alike(1.001, 1.0, tolerance=1e-2) and not alike(1.001, 1.0)


def test_every_case_counts_and_the_first_one_twice():
    counts = []

    def remembers(x):
        counts.append(x)
        return x + (len(counts) > 2)

    twice = agrees(lambda x: x, [(1.0,), (2.0,)])
    assert twice(lambda x: x) and not twice(lambda x: 1.0) and not twice(remembers)


def test_gradients_are_those_of_autograd_and_zero_where_nothing_comes():
    x, y = torch.ones(3, dtype=torch.float64), torch.full((3,), 2.0, dtype=torch.float64)
    in_x, in_y = gradients(lambda x, y, n: n * x * y, x, y, 3)
    assert torch.equal(in_x, 2 * in_y) and in_x.all()
    assert not any(g.any() for g in gradients(lambda x, y: (x * y).detach(), x, y))


def test_a_call_is_seen_under_any_name_and_in_c():
    seen = calls(lambda n: legs(N=n).A, 3, of=[legs])
    assert [s["N"] for s in seen] == [3] and not calls(lambda n: n, 3, of=[legs])
    assert calls(lambda: expm(np.eye(2)), of=[expm])
    assert calls(lambda: torch.linalg.matrix_exp(torch.eye(2)), of=[torch.linalg.matrix_exp])
    with pytest.raises(ZeroDivisionError):
        calls(lambda: 1 / 0, of=[legs])
    assert sys.getprofile() is None


def test_a_finished_function_is_no_answer():
    alone = own_work(3, without=[legs], hint="by hand")
    result = check("legs", legs, [alone])
    assert result.status == "failed" and "finished function" in result.message
    assert check("legs", lambda N: (N, N), [alone, Property(lambda f: True, "", "")])


def test_numbers_that_leave_torch_are_seen_unless_they_are_choices():
    S, W = torch.tensor([[1.0, -1.0, 0.0]]), torch.tensor([[0.5, 2.0, 1.0]])
    for f in (
        lambda S, W: W.tolist(),
        lambda S, W: W.numpy(),
        lambda S, W: np.asarray(W),
        lambda S, W: W[0, 0].item(),
        lambda S, W: float(W[0, 1]),
    ):
        assert escapes(f, S, W)
    assert not escapes(lambda S, W: (S.tolist(), S[0, 0].item(), bool(W[0, 0] > 0)), S, W)
    assert sys.getprofile() is None
