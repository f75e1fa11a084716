"""Wrong sizes and inputs of layers and models: one sentence, or NaN out for NaN in; one dtype."""

import math

import numpy as np
import pytest
import torch

from sslearn.layers import GLU, S4D, BinaryS4D, GatedSpikingUnit, TiedDropout, make_linear
from sslearn.layers.additions import block_operations
from sslearn.models import (
    RECIPES,
    LIFNetwork,
    LinearSSM,
    LSTMClassifier,
    SequenceClassifier,
    TransformerClassifier,
    recipe,
)


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.mark.parametrize(
    ("sentence", "make"),
    [
        ("H must be a whole number >= 1, got 0", lambda: GLU(0, generator=seed())),
        ("H must be a whole number >= 1, got 0", lambda: GatedSpikingUnit(0, generator=seed())),
        ("inputs must be a whole number >= 1, got 0", lambda: make_linear(0, 3, seed())),
        ("outputs must be a whole number >= 1, got 0", lambda: make_linear(3, 0, seed())),
        ("H must be a whole number >= 1, got 3.0", lambda: S4D(3.0, 4, generator=seed())),
        ("N must be a whole number >= 1, got -2", lambda: S4D(3, -2, generator=seed())),
        ("finite, got 0.001 and inf", lambda: S4D(3, 4, dt_max=math.inf, generator=seed())),
        ("L must be a whole number >= 1, got 2.5", lambda: S4D(3, 4, generator=seed()).kernel(2.5)),
        ("finite, got inf", lambda: LinearSSM(3, 4, tau_max=math.inf, generator=seed())),
        ("H must be a whole number >= 1, got -4", lambda: block_operations(-4, 2, "GSU")),
        ("N must be a whole number >= 1, got 2.5", lambda: block_operations(4, 2.5, "GSU")),
        ("zeros must be shares", lambda: block_operations(4, 2, "GSU", zeros=(2, 2))),
        ("zeros must be shares", lambda: block_operations(4, 2, "GSU", zeros=(0.5, math.nan))),
        (r"x must be a whole sequence \(B, L, H\)", lambda: TiedDropout(0.5)(torch.ones(2, 3))),
    ],
)
def test_what_is_wrong_is_named_with_its_value(sentence, make):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_whole_numbers_of_numpy_are_as_good():
    layer = S4D(np.int64(3), np.int32(4), generator=seed())
    assert torch.equal(layer.kernel(np.int64(5)), layer.kernel(5))


MODELS = {
    name: lambda name=name: SequenceClassifier(
        3, 4, **recipe(name, N=4), H=8, depth=1, norm="batch", generator=seed()
    )
    for name in RECIPES
} | {
    "lif": lambda: LIFNetwork(3, 4, H=8, taus=(1.0, 9.0), norm=True, generator=seed()),
    "linear": lambda: LinearSSM(3, 4, H=8, generator=seed()),
    "lstm": lambda: LSTMClassifier(3, 4, H=8, generator=seed()),
    "transformer": lambda: TransformerClassifier(3, 4, H=8, generator=seed()),
}


@pytest.mark.parametrize("name", MODELS)
def test_all_weights_have_the_default_dtype_or_the_one_asked_for(name):
    x = torch.randn(2, 9, 3, generator=seed(1), dtype=torch.float64)
    old = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        wide = MODELS[name]()
        assert {p.dtype for p in wide.parameters()} == {torch.float64}
        assert wide(x).dtype == torch.float64
    finally:
        torch.set_default_dtype(old)
    net = MODELS[name]()
    assert {p.dtype for p in net.parameters()} == {torch.float32}
    assert net.double()(x).dtype == torch.float64
    net.float()(x.float()).sum().backward()


def test_nan_does_not_turn_into_a_number():
    u = torch.randn(2, 9, 4, generator=seed(1))
    u[1, 3, 2] = math.nan
    s = BinaryS4D(4, generator=seed())(u)
    assert s[1].isnan().any() and not s[0].isnan().any()
    unit = GatedSpikingUnit(4, generator=seed())
    with pytest.raises(ValueError, match="^x must be finite everywhere, got nan$"):
        unit(u)
    unit.W.data[1, 2] = math.nan
    with pytest.raises(ValueError, match="^W must be finite everywhere, got nan$"):
        unit(u.nan_to_num())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_weights_are_refused_and_half_inputs_are_not(dtype):
    layer, u = S4D(4, 4, generator=seed()), torch.ones(2, 5, 4)
    torch.testing.assert_close(layer(u.to(dtype)).float(), layer(u), rtol=0.02, atol=0.02)
    with pytest.raises(ValueError, match=f"weights must be float32 or float64, got {dtype}"):
        layer.to(dtype)(u.to(dtype))


def test_an_empty_batch_has_no_scores():
    for name in RECIPES:
        assert MODELS[name]().eval()(torch.ones(0, 5, 3)).shape == (0, 4)
