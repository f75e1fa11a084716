"""Products by additions: equal to the layers' own, and the audit sees what is more than adding."""

import pytest
import torch
from torch.nn.functional import linear

from sslearn.layers import GLU, S4D, GatedSpikingUnit
from sslearn.layers.additions import Audit, block_operations, signed_sums


def rng():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def unit():
    return GatedSpikingUnit(16, generator=rng()).double().requires_grad_(False)


def test_both_products_of_the_gsu_are_signed_sums(unit):
    x = torch.randn(2, 5, 16, generator=rng(), dtype=torch.float64)
    s, T = unit.ternary_inputs(x)
    with Audit() as audit:
        first, second = signed_sums(s, unit.W), signed_sums(T, x.flatten(0, 1)).mT
    assert not audit.multiplications
    second = second.unflatten(0, (2, 5))
    torch.testing.assert_close((first + unit.b) * (second + unit.c), unit(x))


def test_on_a_grid_the_sums_are_equal_bit_for_bit():
    W = torch.randint(-64, 65, (7, 16), generator=rng()) / 64
    for low in (-1, 0):  # ternary, and the 0 and 1 of Binary S4D
        S = torch.randint(low, 2, (20, 16), generator=rng(), dtype=torch.int8)
        assert torch.equal(signed_sums(S, W), linear(S.float(), W))


def test_anything_but_three_levels_is_refused():
    with pytest.raises(ValueError, match="-1, 0 and 1"):
        signed_sums(torch.tensor([[0.5]]), torch.ones(1, 1))


def found(f):
    with torch.no_grad(), Audit() as audit:
        f()
    return dict(audit.multiplications)


def test_the_audit_counts_products_and_names_disguises(unit):
    x, W = torch.ones(3, 4), torch.ones(5, 4)
    assert found(lambda: x @ W.T) == {"mm": 60}
    assert found(lambda: torch.einsum("nh,mh->nm", x, W)) == {"bmm": 60}
    assert found(lambda: linear(x, W, torch.ones(5))) == {"addmm": 60}
    assert found(lambda: 2 * x) == {"mul": 12} and found(lambda: x.mul_(2)) == {"mul": 12}
    assert found(lambda: torch.add(x, x, alpha=2)) == {"add": 12}
    assert found(lambda: x / 3) == {"div": 12} and found(lambda: x.exp()) == {"exp": 12}
    assert found(lambda: x + x - x.sum(0)) == {} and found(lambda: torch.sign(x[:, 1:])) == {}
    assert "mul" in found(lambda: unit(torch.ones(1, 16).double()))
    assert "glu" in found(lambda: GLU(4, generator=rng())(x))


@pytest.mark.parametrize(("H", "N"), [(32, 16), (6, 4)])
def test_the_state_is_counted_as_it_runs(H, N):
    layer = S4D(H, N, generator=rng())
    state = layer.initial_state(1)
    counted = found(lambda: layer.step(torch.ones(1, H), state))
    assert sum(counted.values()) == block_operations(H, N, "GSU")["state"][0]


def test_operations_follow_the_zeros_and_the_unit():
    assert block_operations(32, 16, "GLU")["products"] == (2048, 2048)
    assert block_operations(32, 16, "binary", zeros=(0.75, 0.0))["products"] == (0, 512)
    assert block_operations(32, 16, "GSU", zeros=(0.5, 0.25))["products"] == (0, 1280)
    with pytest.raises(ValueError, match="unit"):
        block_operations(32, 16, "LSTM")
