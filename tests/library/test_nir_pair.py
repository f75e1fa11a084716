"""A complex pole as two leaky integrators: both rules of integration, and what does not fit."""

import math

import pytest
import torch
from scipy.linalg import expm

from sslearn.deploy.nir_pair import (
    LeakyPair,
    pair_for_euler,
    pair_of_pole,
    run_pair,
    solve_pair,
    step_pair,
)
from sslearn.layers import S4D, S4DState
from sslearn.ssm import discretize


def seed(n=0):
    return torch.Generator().manual_seed(n)


def poles(n=7):
    A = torch.randn(n, 2, generator=seed(), dtype=torch.float64)
    return torch.complex(-A[:, 0].abs() - 0.01, 10 * A[:, 1])


@pytest.mark.parametrize("dt", [1e-4, 0.1, 3.0])
def test_euler_steps_of_its_pair_are_those_of_the_pole(dt):
    A_bar = discretize(poles(), torch.ones_like(poles()), 0.1).A
    u = torch.randn(50, generator=seed(1), dtype=torch.float64)
    v, x = run_pair(pair_for_euler(A_bar, dt), u.expand(7, -1), dt), torch.zeros_like(A_bar)
    for k in range(50):
        x = A_bar * x + u[k]
        torch.testing.assert_close(torch.view_as_complex(v[:, k].contiguous()), x)


def test_the_pair_of_a_pole_solved_by_a_matrix_exponential_is_zoh():
    """The oracle is SciPy's exponential of the two neurons' own equations and of a held input."""
    A, dt = poles(), 0.1
    tau, r, w = pair_of_pole(A)
    u = torch.randn(20, generator=seed(1), dtype=torch.float64)
    got = solve_pair(LeakyPair(tau, r, w), u.expand(7, -1), dt)
    A_bar, B_bar = discretize(A, torch.ones_like(A), dt)
    for n in range(7):
        a, b = -1 / tau[n].item(), (r[n] / tau[n]).item()
        M = [[a, -b * w[n].item(), b], [b * w[n].item(), a, 0], [0, 0, 0]]
        E = torch.from_numpy(expm(torch.tensor(M, dtype=torch.float64).numpy() * dt))
        v, x = torch.zeros(2, dtype=torch.float64), 0
        for k in range(20):
            v = E[:2, :2] @ v + E[:2, 2] * u[k]
            x = A_bar[n] * x + B_bar[n] * u[k]
            torch.testing.assert_close(got[n, k], v)
            torch.testing.assert_close(torch.view_as_real(x), v)


def test_euler_steps_of_the_pole_s_own_pair_are_another_pole():
    """They give 1 + dt A, which here lies outside the unit circle, where e^(dt A) lies inside."""
    A, dt = torch.tensor([-0.5 + 20j], dtype=torch.complex128), 0.1
    pulse = torch.zeros(1, 60, dtype=torch.float64)
    pulse[:, 0] = 1
    grown = run_pair(pair_of_pole(A), pulse, dt)[0, -1].norm()
    assert grown.item() == pytest.approx(dt * abs(1 + dt * A.item()) ** 59)
    good = run_pair(pair_for_euler((A * dt).exp(), dt), pulse, dt)[0, -1].norm()
    assert good.item() == pytest.approx(math.exp(-0.5 * dt * 59)) and good < 1 < grown


def test_the_pairs_of_a_layer_give_its_own_step():
    layer = S4D(3, N=8, generator=seed()).double()
    u = torch.randn(2, 30, 3, generator=seed(1), dtype=torch.float64)
    with torch.no_grad():
        A_bar, _, _ = layer.recurrence()
        pair, state = pair_for_euler(A_bar, 1e-4), layer.initial_state(2)
        v = torch.zeros(2, 3, 4, 2, dtype=torch.float64)
        for u_t in u.unbind(1):
            _, state = layer.step(u_t, state)
            v = step_pair(pair, v, u_t[..., None], 1e-4)
    assert isinstance(state, S4DState)
    torch.testing.assert_close(torch.view_as_complex(v), state.x)


def test_an_undamped_rotation_is_the_two_neurons_alone():
    """A_bar = i rho has 1 - Re A_bar = 1: neither neuron keeps anything of itself."""
    pair = pair_for_euler(torch.tensor(0.5j, dtype=torch.complex128), 2.0)
    assert [x.item() for x in pair] == [2.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: pair_for_euler(torch.tensor([1 + 0j]), 1.0), "A_bar must be complex"),
        (lambda: pair_for_euler(torch.tensor([complex("nan")]), 1.0), "A_bar must be complex"),
        (lambda: pair_for_euler(torch.tensor([0.5]), 1.0), "A_bar must be complex"),
        (lambda: pair_for_euler(torch.tensor([0.5j]), 0.0), "dt must be positive"),
        (lambda: pair_for_euler(torch.tensor([0.5j]), math.nan), "dt must be positive"),
        (lambda: pair_of_pole(torch.tensor([0 + 1j])), "A must be complex"),
        (lambda: run_pair(pair_of_pole(poles()), torch.ones(7, 2), -1), "dt must be positive"),
        (lambda: solve_pair(pair_of_pole(poles()), torch.ones(7, 2), 0), "dt must be positive"),
    ],
)
def test_what_is_no_decaying_pole_is_refused(make, rule):
    with pytest.raises(ValueError, match=rule):
        make()
