"""A ledger sums, selects and prices its rows, and says what it lacks."""

import pytest
import torch

from sslearn.energy import FUNCTIONS, OPERATIONS, PARTS, Ledger, Row, count
from sslearn.energy.ledger import ARITHMETIC, price_of
from sslearn.models import LIFNetwork, SequenceClassifier, recipe

ROWS = (
    Row("a", "products", "multiply", 32, 10.0),
    Row("a", "products", "add", 32, 4.0),
    Row("b", "gate", "multiply", 32, 1.0),
    Row("b", "gate", "read weight", 32, 8.0),
    Row("b", "gate", "read weight", 2, 16.0),
)
PJ = {"multiply": 3.0, "add": 1.0, ("read weight", 32): 5.0, ("read weight", 2): 0.5}


@pytest.fixture
def ledger():
    return Ledger(ROWS, (), 5, {})


def rng():
    return torch.Generator().manual_seed(0)


def network(name="binary-s4d"):
    return SequenceClassifier(1, 5, **recipe(name, N=4), H=6, depth=2, generator=rng())


def test_sums_by_one_field_and_by_several(ledger):
    assert ledger.by("layer") == {"a": 14.0, "b": 25.0} and ledger.total() == 39
    assert ledger.by("part", "operation")["gate", "read weight"] == 24.0
    assert ledger.by("operation", "bits")["read weight", 2] == 16.0


def test_selections(ledger):
    assert ledger.only(part="gate").rows == ROWS[2:]
    assert ledger.only(operation={"add", "multiply"}, layer={"a"}).rows == ROWS[:2]
    assert ledger.only(part=set(PARTS) - {"gate", "products"}).rows == ()


def test_a_price_for_bits_goes_before_one_for_all(ledger):
    priced = ledger.price(PJ | {("multiply", 32): 2.0})
    assert [row.number for row in priced.rows] == [20, 4, 2, 40, 8]
    assert priced.unit == "pJ" and priced.total() == 74 and ledger.unit == "operations"


def test_bits_change_where_they_are_not_of_spikes(ledger):
    few = ledger.with_bits(read_weight=4, multiply=8)
    assert [row.bits for row in few.rows] == [8, 32, 8, 4, 2]
    assert few.total() == ledger.total()
    merged = Ledger((ROWS[0], ROWS[0]._replace(bits=64)), (), 1, {}).with_bits(multiply=32)
    assert merged.rows == (ROWS[0]._replace(number=20.0),)


def test_functions_cost_their_multiplications_and_additions():
    table = {"multiply": 1.0, "add": 0.0}
    products = {name: price_of(name, 32, table) for name in FUNCTIONS}
    assert products == {"compare": 0, "divide": 5, "root": 7, "exp": 10, "erf": 23, "draw": 0}
    sums = {name: price_of(name, 32, {"multiply": 0.0, "add": 1.0}) for name in FUNCTIONS}
    assert sums == {"compare": 1, "divide": 2, "root": 2, "exp": 11, "erf": 19, "draw": 3}
    assert price_of("erf", 32, table | {"exp": 100.0}) == 8 + 5 + 100
    assert set(FUNCTIONS) | {"multiply", "add"} == set(ARITHMETIC) <= set(OPERATIONS)


def test_the_functions_are_as_good_as_their_sources_say():
    """The recipes that FUNCTIONS counts, written out: what they leave of float32."""
    x = torch.linspace(-20, 20, 100_001, dtype=torch.float64)
    y = x.float()
    k = (y * 1.44269504088896341 + 0.5).floor()
    r = y - k * 0.693359375 - k * -2.12194440e-4
    p = torch.full_like(r, 1.9875691500e-4)
    for c in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
        p = p * r + c
    exp = torch.ldexp(p * (r * r) + r + 1, k.int())
    assert ((exp - y.double().exp()) / y.double().exp()).abs().max() < 2e-7
    t = 1 / (1 + 0.3275911 * x.abs())
    p = 1.061405429 * t
    for c in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        p = (p + c) * t
    erf = (1 - p * (-x * x).exp()).copysign(x)
    assert (erf - torch.erf(x)).abs().max() < 1.6e-7
    z = torch.linspace(1, 2, 1001, dtype=torch.float64)
    for start, step, exact in (
        ((1 / z * 256).round() / 256, lambda y: y * (2 - z * y), 1 / z),
        ((z**-0.5 * 256).round() / 256, lambda y: y * (1.5 - z / 2 * y * y), z**-0.5),
    ):
        assert ((step(step(start)) - exact) / exact).abs().max() < 2**-24


def test_at_the_measured_rate_nothing_changes_and_at_1_the_product_is_dense():
    ledger = count(network(), torch.rand(2, 9, 1, generator=rng()))
    fed = [p for p in ledger.products if p.fed == "spikes"]
    assert len(fed) == 2 and all(0 < p.rate < 1 for p in fed)
    for p in fed:
        adds = ledger.only(layer=p.layer, operation="add").total()
        assert adds == pytest.approx(p.rate * 6 * 12)
    full, silent = ledger.at_rate(1.0), ledger.at_rate(0.0)
    for p in fed:
        assert full.only(layer=p.layer, operation="add").total() == pytest.approx(6 * 12)
        assert full.only(layer=p.layer, operation="read weight").total() == pytest.approx(84)
        assert silent.only(layer=p.layer, operation="add").total() == pytest.approx(0)
        assert silent.only(layer=p.layer, operation="read weight").total() == pytest.approx(12)
    other = {"encode", "blocks.0.ssm", "blocks.0.norm.inner", "head", ""}
    assert full.only(layer=other).rows == ledger.only(layer=other).rows
    assert silent.only(layer=other).rows == ledger.only(layer=other).rows
    assert {p.rate for p in full.products if p.fed == "spikes"} == {1.0}
    assert ledger.only(part="state").at_rate(0.5).rows == ledger.only(part="state").rows


def test_a_silent_layer_can_be_asked_at_a_rate():
    net = LIFNetwork(1, 3, H=4, depth=2, generator=rng())
    torch.nn.init.zeros_(net.hidden[0].bias)
    ledger = count(net, 0.01 * torch.rand(1, 5, 1, generator=rng()))
    assert ledger.products[1].rate == 0
    assert ledger.at_rate(0.25).only(layer="hidden.1", operation="add").total() == 4


def test_every_model_can_be_priced_by_two_numbers_and_memory():
    memory = {name: 0.0 for name in OPERATIONS if name not in ARITHMETIC}
    for name in ("s4d", "binary-s4d", "gsu"):
        ledger = count(network(name), torch.rand(1, 3, 1, generator=rng()))
        pJ = ledger.price({"multiply": 3.7, "add": 0.9, **memory})
        kinds = ledger.by("operation")
        by_hand = sum(kinds.get(k, 0) * price_of(k, 32, {"multiply": 3.7, "add": 0.9})
                      for k in ARITHMETIC)  # fmt: skip
        assert pJ.total() == pytest.approx(by_hand) and by_hand > 0


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("none of .*'multiply', 32", lambda one: one.price({"add": 1.0, "read weight": 1.0})),
        ("none of .*'read weight', 2.*32", lambda one: one.price({"add": 1, "multiply": 1})),
        ("a key must be .*'times'", lambda one: one.price(PJ | {"times": 1.0})),
        ("a key must be .*'times', 8", lambda one: one.price(PJ | {("times", 8): 1.0})),
        ("a price must be .*'add': -1", lambda one: one.price(PJ | {"add": -1})),
        ("a price must be .*'add': nan", lambda one: one.price(PJ | {"add": float("nan")})),
        ("a price must be .*'add': 'x'", lambda one: one.price(PJ | {"add": "x"})),
        ("a name must be one of .*'number'", lambda one: one.by("number")),
        ("a field must be one of .*'unit'", lambda one: one.only(unit="pJ")),
        (r"part must be among .*\['gates'\]", lambda one: one.only(part={"gates", "norm"})),
        (r"operation must be among .*\['plus'\]", lambda one: one.only(operation="plus")),
        ("bits must be whole .*'weight': 4", lambda one: one.with_bits(weight=4)),
        ("bits must be whole .*'add': 0", lambda one: one.with_bits(add=0)),
        ("bits must be whole .*'add': 2.5", lambda one: one.with_bits(add=2.5)),
        ("rate must be in .0, 1., got 1.5", lambda one: one.at_rate(1.5)),
        ("rate must be in .0, 1., got nan", lambda one: one.at_rate(float("nan"))),
    ],
)
def test_what_is_wrong_is_named(ledger, message, call):
    with pytest.raises(ValueError, match=message):
        call(ledger)
