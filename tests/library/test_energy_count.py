"""The counter of operations equals the closed form of every model, to the operation."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sslearn.energy import count, stream_of
from sslearn.energy.ledger import MEMORY
from sslearn.energy.places import by_definition
from sslearn.layers import S4D
from sslearn.layers.additions import block_operations
from sslearn.models import (
    LIFNetwork,
    LinearSSM,
    LSTMClassifier,
    SequenceClassifier,
    TransformerClassifier,
    recipe,
)
from sslearn.spikes import spike, ternary
from tests.library import energy_forms as forms


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def numbers(B=3, L=7, d=2):
    return torch.randn(B, L, d, generator=rng(1))


def counted(ledger, *, traffic=False):
    """{(part, operation): number} for all tokens, without the traffic of activations."""
    left = () if traffic else ("read activation", "write activation")
    sums = ledger.by("part", "operation")
    return {k: round(v * ledger.tokens) for k, v in sums.items() if k[1] not in left and v}


def same(ledger, form):
    assert counted(ledger) == {key: number for key, number in form.items() if number}


def sequence(name, *, d=2, H=6, N=8, depth=2, **options):
    own = {k: options.pop(k) for k in ("scaled", "theta") if k in options}
    return SequenceClassifier(
        d, 5, **recipe(name, N=N, dt_max=0.5, **own), H=H, depth=depth, generator=rng(), **options
    ).eval()


SEQUENCES = [
    ("s4d", {}),
    ("s4d", {"H": 4, "N": 2, "depth": 1, "prenorm": True, "pool": "last"}),
    ("s4d", {"norm": "batch"}),
    ("binary-s4d", {}),
    ("binary-s4d", {"H": 9, "N": 4, "norm": "batch", "prenorm": True}),
    ("gsu", {"scaled": True}),
    ("gsu", {"scaled": False, "H": 5, "norm": "batch", "depth": 3}),
    ("gsu", {"scaled": True, "prenorm": True, "pool": "last", "dropout": 0.3}),
    ("s4d", {"pool": "each", "depth": 1}),
]


@pytest.mark.parametrize(("name", "options"), SEQUENCES)
def test_sequence_classifiers_cost_their_closed_form(name, options):
    net, x = sequence(name, **options), numbers()
    with torch.no_grad():
        same(count(net, x), forms.sequence(net, x))


@pytest.mark.parametrize("name", ["s4d", "binary-s4d", "gsu"])
def test_tokens_cost_a_read_of_their_row(name):
    net, x = sequence(name, d=11, tokens=True), torch.randint(11, (2, 5), generator=rng())
    with torch.no_grad():
        same(count(net, x), forms.sequence(net, x))


LIFS = [
    {},
    {"taus": (1.0, 8.0), "norm": True, "depth": 3},
    {"H": 7, "pool": "last", "depth": 2, "beta": torch.linspace(0.5, 0.9, 7)},
    {"norm": True, "beta": 0.8, "H": 5, "depth": 2, "reset": "zero"},
    {"pool": "each", "depth": 2},
]


@pytest.mark.parametrize("options", LIFS)
def test_lif_networks_cost_their_closed_form(options):
    net, x = LIFNetwork(2, 5, **{"H": 6} | options, generator=rng()).eval(), 12 * numbers()
    with torch.no_grad():
        assert all(s.any() for s in net.spikes(x))
        same(count(net, x), forms.lif(net, x))
        same(count(net, x, fold_norm=True), forms.lif(net, x, folded=True))


@pytest.mark.parametrize(
    ("model", "options", "form"),
    [
        (LinearSSM, {"H": 6}, forms.linear),
        (LSTMClassifier, {"H": 5, "depth": 2}, forms.lstm),
        (LSTMClassifier, {"H": 3}, forms.lstm),
        (TransformerClassifier, {"H": 8, "heads": 2, "depth": 2}, forms.transformer),
        (TransformerClassifier, {"H": 8, "heads": 1, "ff": 5, "depth": 1}, forms.transformer),
        (TransformerClassifier, {"H": 8, "pool": "each", "depth": 1}, forms.transformer),
        (LSTMClassifier, {"H": 3, "pool": "each"}, forms.lstm),
    ],
)
def test_baselines_cost_their_closed_form(model, options, form):
    net, x = model(2, 5, **options, generator=rng()).eval(), numbers()
    same(count(net, x), form(net, x))


def test_tokens_of_the_baselines():
    x = torch.randint(11, (2, 5), generator=rng())
    for model, form in ((LIFNetwork, forms.lif), (LSTMClassifier, forms.lstm)):
        net = model(11, 5, H=8, tokens=True, generator=rng()).eval()
        same(count(net, x), form(net, x))
    net = TransformerClassifier(11, 5, H=8, heads=2, tokens=True, generator=rng()).eval()
    same(count(net, x), forms.transformer(net, x))


def test_a_transformers_token_costs_more_the_more_come_before_and_a_state_does_not():
    net, x = TransformerClassifier(2, 5, H=8, heads=2, generator=rng()), numbers(L=9)
    for t in (0, 4, 8):
        same(count(net, x[:, : t + 1], first=t), forms.transformer(net, x[:, : t + 1], first=t))
    s4d = sequence("s4d")
    assert counted(count(s4d, x[:, :1])) == counted(count(s4d, x[:, :5], first=4))


@pytest.mark.parametrize(
    "make",
    [
        lambda: LIFNetwork(2, 5, H=6, depth=2, taus=(1.0, 8.0), norm=True, generator=rng()),
        lambda: LIFNetwork(2, 5, H=6, pool="last", reset="zero", generator=rng()),
        lambda: LIFNetwork(2, 5, H=6, depth=2, reset="zero", generator=rng()),
        lambda: LinearSSM(2, 5, H=6, generator=rng()),
        lambda: LSTMClassifier(2, 5, H=6, depth=2, generator=rng()),
        lambda: sequence("gsu"),
    ],
)
def test_a_stream_ends_with_the_models_scores(make):
    net, x = make().double().eval(), 3 * numbers().double()
    torch.testing.assert_close(streamed(net, x), net(x))


def streamed(net, x):
    stream = stream_of(net)
    state = stream.initial_state(len(x))
    for x_t in x.unbind(1):
        scores, state = stream.step(x_t, state)
    return scores


def test_the_stream_of_a_transformer_is_its_causal_twin():
    net = TransformerClassifier(2, 5, H=8, heads=2, generator=rng()).double().eval()
    x = numbers().double()
    whole, stepwise = net(x), streamed(net, x)
    net.pooling = "each"  # Its scores are causal, and their mean is the score of the mean.
    torch.testing.assert_close(stepwise, net(x).mean(1))
    torch.testing.assert_close(streamed(net, x), net(x)[:, -1])
    assert not torch.allclose(whole, stepwise)


@pytest.mark.parametrize("make", [LSTMClassifier, TransformerClassifier, LinearSSM])
def test_torchs_own_counter_sees_the_same_products(make):
    """torch.utils.flop_counter counts 2 n k m for each matrix product."""
    net, x = make(2, 5, H=8, generator=rng()).eval(), numbers(B=2, L=1)
    stream = stream_of(net)
    with torch.no_grad(), FlopCounterMode(display=False) as flops:
        stream.step(x[:, 0], stream.initial_state(2))
    ledger = count(net, x).only(part={"encoder", "products", "attention", "head"})
    mine = counted(ledger.only(operation="multiply"))
    scale = 2 * 8 * 2 if make is TransformerClassifier else 0  # q / sqrt(d) is no matrix product
    assert 2 * (sum(mine.values()) - scale) == flops.get_total_flops()


def test_the_block_of_notebook_10_has_as_many_operations():
    net, x = sequence("s4d", H=6, N=8, depth=1), numbers()
    sums = count(net, x).by("part", "operation")
    form = block_operations(6, 8, "GLU")
    assert sums["products", "multiply"] == form["products"][0]
    assert sums["gate", "multiply"] == form["gate"][0]
    assert (sums["state", "multiply"], sums["state", "add"]) == form["state"]


def test_the_traffic_of_activations_by_hand():
    """One S4D block, H = 6, d = 2, 5 classes: who reads what another layer made."""
    net, x = sequence("s4d", depth=1), numbers()
    got = count(net, x).only(operation=set(MEMORY)).by("layer", "operation")
    reads = {k[0]: v for k, v in got.items() if k[1] == "read activation"}
    writes = {k[0]: v for k, v in got.items() if k[1] == "write activation"}
    H = 6
    assert reads == {
        "encode": 2, "blocks.0.ssm": H, "blocks.0": H + H + H,  # y for GELU, x and the mix to add
        "blocks.0.mix.both": H, "blocks.0.mix": 2 * H, "blocks.0.norm.inner": H, "": H, "head": H,
    }  # fmt: skip
    assert writes == {
        "encode": H, "blocks.0.ssm": H, "blocks.0": H + H, "blocks.0.mix.both": 2 * H,
        "blocks.0.mix": H, "blocks.0.norm.inner": H, "": H, "head": 5,
    }  # fmt: skip


def test_spikes_take_one_bit_and_ternary_weights_two():
    binary = count(sequence("binary-s4d"), numbers()).by("layer", "operation", "bits")
    assert binary["blocks.0.ssm", "write activation", 1] == 6
    assert binary["blocks.0.mix.both", "read activation", 1] == 6
    gsu = count(sequence("gsu"), numbers()).by("layer", "operation", "bits")
    assert gsu["blocks.0.mix.0", "read weight", 2] == 36
    wide = count(sequence("s4d").double(), numbers()).by("operation", "bits")
    assert ("multiply", 64) in wide and ("multiply", 32) not in wide


def test_rates_are_those_of_the_spikes():
    net, x = sequence("binary-s4d"), numbers()
    y = net.blocks[0].ssm(net.blocks[0].before(net.features(x)[0]))
    first = next(p for p in count(net, x).products if p.layer == "blocks.0.mix.both")
    assert first.fed == "spikes" and first.rate == pytest.approx(y.mean().item())
    assert 0 < first.rate < 1 and (first.inputs, first.outputs) == (6, 12)


def test_an_input_of_spikes_needs_no_multiplication_and_a_constant_one_does():
    net, x = LIFNetwork(4, 3, H=5, generator=rng()), torch.rand(2, 6, 4, generator=rng()) < 0.4
    first = count(net, x).only(layer="hidden.0").by("operation")
    assert first["add"] * 12 == x.sum() * 5 and "multiply" not in first
    for flat in (torch.zeros(2, 6, 4), torch.ones(2, 6, 4)):
        assert count(net, flat).only(layer="hidden.0").by("operation")["multiply"] == 20
    signed = x * (1 - 2 * (torch.rand(2, 6, 4, generator=rng(2)) < 0.5).int())
    ledger = count(net, signed)
    assert ledger.products[0].fed == "ternary"
    assert ledger.only(layer="hidden.0").by("operation")["add"] == first["add"]


def test_modes_are_put_back_and_dropout_costs_nothing():
    net, x = sequence("s4d", dropout=0.5, norm="batch").train(), numbers()
    net.blocks[0].eval()
    before = [m.training for m in net.modules()]
    ledger = count(net, x)
    assert [m.training for m in net.modules()] == before
    assert counted(ledger) == counted(count(sequence("s4d", norm="batch"), x))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
    assert not any("step" in vars(m) for m in net.modules())


@pytest.mark.parametrize("delta", [0.0, 0.5, 1.0])
def test_the_definitions_in_place_of_fast_spikes_give_the_same(delta):
    z = torch.tensor([-1.5, -1.0, -0.5, -0.2, 0.0, 0.2, 0.5, 1.0, 1.5])
    fast = ternary(z, delta), spike(z - delta)
    with by_definition():
        assert torch.equal(ternary(z, delta), fast[0]) and torch.equal(spike(z - delta), fast[1])
    assert spike(torch.tensor(torch.nan)).isnan()  # The fast form, which keeps NaN, is back.


def test_what_weights_alone_make_is_done_once():
    ledger = count(sequence("gsu"), numbers())
    assert ledger.once["expm1"] == 2 * 6 * 4  # B_bar, by its series
    assert "exp" not in ledger.only(part="state").by("operation")
    assert ledger.only(part="gate").by("operation")["compare"] == 2 * (5 + 12 + 1)  # Ter(x) alone


@pytest.mark.parametrize("first", [1, 4])
def test_steps_that_are_not_counted_leave_the_others_as_they_are(first):
    x = 12 * numbers()
    for net in (
        LIFNetwork(2, 5, H=6, depth=2, generator=rng()),
        sequence("binary-s4d"),
        TransformerClassifier(2, 5, H=8, heads=2, generator=rng()),
    ):
        whole, start = counted(count(net, x)), counted(count(net, x[:, :first]))
        rest = {k: n - start.get(k, 0) for k, n in whole.items()}
        assert counted(count(net, x, first=first)) == {k: n for k, n in rest.items() if n}


def checked(x, mask):
    return x * 2 if bool(mask.all()) and bool(mask.any()) else x


def used(x, mask, f):
    return f(mask) if bool(mask.any()) or not bool(mask.all()) else x


class Odd(nn.Module):
    """A network with one operation in its step."""

    def __init__(self, f):
        super().__init__()
        self.f, self.W = f, nn.Parameter(torch.eye(2) * 0.5)

    def initial_state(self, batch):
        return torch.zeros(batch, 2)

    def step(self, x_t, state):
        y = self.f(x_t, self.W)
        return y, y


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x, W: torch.fft.fft(x).real, "aten._fft_r2c"),
        (lambda x, W: torch.special.bessel_j0(x), "aten.special_bessel_j0"),
        (lambda x, W: x + torch.rand(2), "aten.rand "),
        (lambda x, W: nn.functional.gelu(x, approximate="tanh"), "aten.gelu"),
        (lambda x, W: torch.from_numpy(2 * x.numpy()), "Tensor.numpy"),
        (lambda x, W: x * x.max().item(), "Tensor.item"),
        (lambda x, W: torch.addmm(x, x, W, alpha=2), "aten.addmm"),
        (lambda x, W: x**3, "aten.pow"),
        (lambda x, W: (x + 0j).exp().real, "aten.exp"),
        (lambda x, W: ((x + 0j) @ (W + 0j)).real, "aten.mm"),
        (lambda x, W: nn.functional.batch_norm(x, None, None, training=True), "native_batch_norm"),
        (lambda x, W: x * torch.tensor(x.tolist()), "Tensor.tolist"),
    ],
)
def test_an_unknown_operation_is_never_free(f, message):
    with pytest.raises(ValueError, match=message):
        count(Odd(f), numbers())


@pytest.mark.parametrize(
    ("f", "costs"),
    [
        (lambda x, W: x @ W, {"multiply": 4, "add": 2}),
        (lambda x, W: torch.add(x, x, alpha=3), {"multiply": 2, "add": 2}),
        (lambda x, W: x / 3, {"multiply": 2}),
        (lambda x, W: x / W[0], {"multiply": 2}),
        (lambda x, W: x / (x + 1), {"add": 2, "divide": 2}),
        (lambda x, W: x.clamp(-1, 1), {"compare": 4}),
        (lambda x, W: x.mean(-1, keepdim=True).expand(-1, 2), {"add": 1, "multiply": 1}),
        (lambda x, W: (x > 0).float() * x, {"compare": 2}),
        (lambda x, W: x * (2 * W[0]).exp(), {"multiply": 2}),
        (lambda x, W: -(x.abs()), {}),
        (lambda x, W: nn.functional.silu(x).reciprocal(), {"add": 2, "divide": 4, "multiply": 2}),
        (lambda x, W: x.sign() * x, {"compare": 4}),
        (lambda x, W: torch.addcmul(x, x, x, value=2), {"multiply": 4, "add": 2}),
        (lambda x, W: torch.div(x, 3, rounding_mode="floor"), {"divide": 2}),
        (lambda x, W: torch.bernoulli(x.sigmoid()) * x, {"add": 2, "divide": 2, "compare": 2}),
        (lambda x, W: (1 - (x > 0).float()) * x, {"compare": 2, "add": 2}),
        (lambda x, W: x * 2 if bool((x < 1e9).all()) else x, {"multiply": 2}),
        (lambda x, W: (W[0] > 0).float() * x, {}),
        (lambda x, W: W[0].round() * x, {"multiply": 2}),
        (
            lambda x, W: torch.where(x > 0, 1.0, 0.5) @ W,
            {"compare": 2, "multiply": 4, "add": 2},
        ),
        (lambda x, W: checked(x, x < 1e9), {"multiply": 2}),
        (lambda x, W: checked(x, x < 1e9) * (x > 0), {"multiply": 2, "compare": 2}),
        (lambda x, W: used(x, x > 0, lambda m: m.float() * x), {"compare": 2}),
        (lambda x, W: used(x, x > 0, lambda m: torch.where(m, 1.0, 0.5)), {"compare": 2}),
        (lambda x, W: used(x, x > 0, lambda m: torch.where(m, x, W[0])), {"compare": 2}),
        (lambda x, W: torch.addmm(x, x, W), {"multiply": 4, "add": 4}),
        (lambda x, W: torch.zeros_like(x) + 0.3 * (x > 0), {"compare": 2, "add": 2}),
        (lambda x, W: (0.3 * (x > 0)) @ W, {"compare": 2, "multiply": 4, "add": 2}),
        (lambda x, W: x * torch.full_like((x > 0).float(), 0.3), {"compare": 2, "multiply": 2}),
        (lambda x, W: (x > 0).float() @ (W > 0).float(), {"compare": 2}),
    ],
)
def test_small_steps_by_hand(f, costs):
    kinds = count(Odd(f), numbers()).only(operation={"multiply", "add", "compare", "divide"})
    assert {k: v for k, v in kinds.by("operation").items() if v} == costs


def test_bits_and_values_of_small_steps():
    whole = count(Odd(lambda x, W: (x.long() > 0) * x), numbers()).by("operation", "bits")
    assert whole["compare", 64] == 2
    signed = count(Odd(lambda x, W: -(x > 0).float() @ W), numbers())
    assert signed.products[0].fed == "ternary"
    assert signed.by("operation", "bits").get(("multiply", 32), 0) == 0


def test_weights_are_read_once_a_token_on_either_side_of_a_product():
    for f in (lambda x, W: x @ W, lambda x, W: (W @ x.mT).mT, lambda x, W: torch.addmm(x, x, W)):
        ledger = count(Odd(f), numbers())
        assert ledger.by("operation")["read weight"] == 4
        assert [(p.inputs, p.outputs) for p in ledger.products] == [(2, 2)]


def test_weights_that_nobody_has_trained_are_not_ternary():
    net = Odd(lambda x, W: x @ W)
    torch.nn.init.zeros_(net.W)
    assert count(net, numbers()).by("operation")["multiply"] == 4
    torch.nn.init.eye_(net.W)
    ledger = count(net, numbers())
    assert ledger.products[0].weights == "ternary" and ledger.products[0].weight_rate == 0.5
    assert "multiply" not in ledger.by("operation")


def test_only_products_with_weights_have_rates():
    net = TransformerClassifier(2, 5, H=8, heads=2, depth=1, generator=rng())
    layers = [p.layer for p in count(net, numbers()).products]
    assert layers == [
        "encode", "layers.0.attention", "layers.0.attention.out", "layers.0.linear1",
        "layers.0.linear2", "head",
    ]  # fmt: skip


class Half(Odd):
    """A network that reads one number of its state."""

    def step(self, x_t, state):
        y = x_t + state[:, :1]
        return y, y


def test_of_a_state_only_what_is_used_is_read():
    sums = count(Half(None), numbers()).by("operation")
    assert (sums["read state"], sums["write state"], sums["read activation"]) == (1, 2, 2)


def test_a_batch_norm_that_follows_no_linear_map_cannot_be_folded():
    net, x = sequence("s4d", norm="batch"), numbers()
    assert counted(count(net, x, fold_norm=True)) == counted(count(net, x))


class Two(Odd):
    """A network whose state two layers read."""

    def __init__(self):
        super().__init__(None)
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)

    def step(self, x_t, state):
        y = self.a(state) + self.b(state) + x_t
        return y, y


def test_a_state_is_read_once_a_step():
    sums = count(Two(), numbers()).by("operation")
    assert sums["read state"] == sums["write state"] == 2
    assert sums["read activation"] == 2 + 2 + 2  # both results, and x_t


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("weights must be finite", lambda: count(poisoned(), numbers())),
        ("x must be finite", lambda: count(sequence("s4d"), numbers() * torch.nan)),
        ("x must be .B, L, 2.", lambda: count(sequence("s4d"), numbers(d=3))),
        ("x must be .B, L, d_input.", lambda: count(sequence("s4d"), numbers()[0])),
        ("x must be numbers", lambda: count(sequence("s4d"), "abc")),
        ("first must be a step in 0 ... 6", lambda: count(sequence("s4d"), numbers(), first=7)),
        ("model must be one of", lambda: count(nn.Linear(2, 5), numbers())),
        ("model must be one of", lambda: count("s4d", numbers())),
        ("bidirectional", lambda: count(two_ways(), numbers())),
    ],
)
def test_bad_input_is_one_sentence(message, call):
    with pytest.raises(ValueError, match=message):
        call()


def poisoned():
    net = sequence("s4d")
    with torch.no_grad():
        net.blocks[1].ssm.D[2] = torch.nan
    return net


def two_ways():
    layer = lambda H, generator: S4D(H, N=4, bidirectional=True, generator=generator)  # noqa: E731
    return SequenceClassifier(2, 5, H=4, layer=layer, generator=rng())
