import math

import pytest
import torch

from sslearn.convergence import euler_limit, step_errors
from sslearn.ssm import METHODS, discretize, recur


@pytest.mark.parametrize("pole", [-1 + 10j, -4.0, -0.5 - 1j])
def test_euler_grows_from_its_limit_on(pole):
    for factor, holds in ((0.999, True), (1.001, False)):
        radius = abs(1 + factor * euler_limit(pole) * pole)
        assert (radius < 1) == holds and radius == pytest.approx(1, abs=0.02)


def test_euler_has_no_stable_step_for_a_pole_that_does_not_decay():
    assert euler_limit(10j) == euler_limit(0.5 + 1j) == 0.0
    assert euler_limit(0j) == math.inf


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pole", [-1 + 10j, -4.0, 0.0])
def test_step_errors_are_those_of_the_recurrence(method, pole):
    A = torch.full((1, 1), pole, dtype=torch.complex128)
    for n in (1, 4, 32):
        A_bar, B_bar = discretize(A, -A, 1 / n, method)
        _, x = recur(torch.ones(1, n, 1, dtype=torch.float64), A_bar, B_bar, torch.ones_like(A))
        exact = 1 - torch.exp(A)
        error = step_errors(pole, [1 / n], method)[0]
        assert error == pytest.approx((x[0] - exact).abs().item(), abs=1e-12, rel=1e-9)


def test_step_errors_are_measured_at_the_nearest_step_to_one():
    exact = 1 - math.exp(-2 * 1.2)  # 1 / 0.6 = 1.67 rounds to 2 steps
    x = 1 - (1 - 0.6 * 2) ** 2
    assert step_errors(-2.0, [0.6], "euler")[0] == pytest.approx(abs(x - exact))


def test_steps_that_cannot_be_are_named():
    for dt in ([0.5, 1.5], [0.0], [math.nan]):
        with pytest.raises(ValueError, match="dt must"):
            step_errors(-1.0, dt, "euler")
    with pytest.raises(ValueError, match="method"):
        step_errors(-1.0, [0.5], "tustin")
