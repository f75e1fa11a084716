import math

import pytest
import torch

from sslearn.lif import lif_by_steps
from sslearn.models import (
    RECIPES,
    LIFNetwork,
    LSTMClassifier,
    SequenceClassifier,
    TransformerClassifier,
    count_parameters,
    width_for,
)
from sslearn.models.transformer import positions
from sslearn.spikes import arctan, fast_sigmoid


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("surrogate", [arctan, fast_sigmoid])
def test_lif_network_is_linear_lif_by_steps_layer_by_layer_and_a_mean(layers, surrogate):
    net = LIFNetwork(
        5, 8, 3, layers=layers, beta=0.8, surrogate=surrogate, generator=seed()
    ).double()
    results = []
    for readable in (False, True):
        x = (6 * torch.rand(4, 20, 5, generator=seed(1))).double().requires_grad_()
        if readable:
            s, trains = x, []
            for layer in net.hidden:
                i = s @ layer.weight.T + layer.bias
                s = lif_by_steps(i, beta=0.8, surrogate=surrogate).s
                trains.append(s)
            scores = s.mean(1) @ net.readout.weight.T + net.readout.bias
        else:
            trains, scores = net.spikes(x), net(x)
        net.zero_grad()
        scores.square().sum().backward()
        assert all(train.sum() > 0 for train in trains)
        results.append([*trains, scores, x.grad, *(p.grad.clone() for p in net.parameters())])
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9)


def test_lif_network_with_norm_and_taus_is_each_neuron_with_its_own_beta():
    net = LIFNetwork(3, 4, 2, layers=2, taus=(2.0, 50.0), norm=True, generator=seed()).eval()
    with torch.no_grad():
        for norm in net.norms:
            norm.inner.running_mean.fill_(-0.3)
            norm.inner.running_var.fill_(0.04)
        net.log_taus[1][0] = math.log(7.0)
        spaced = [2.0 * 25 ** (k / 3) for k in range(4)]
        s = x = 2 * torch.rand(5, 30, 3, generator=seed(1))
        for n, taus in enumerate((spaced, [7.0, *spaced[1:]])):
            i = (net.hidden[n](s) + 0.3) / (0.04 + 1e-5) ** 0.5
            alone = [lif_by_steps(i[..., k : k + 1], beta=math.exp(-1 / t)).s
                     for k, t in enumerate(taus)]  # fmt: skip
            s = net.spikes(x)[n]
            assert s.sum() > 30 and (torch.cat(alone, -1) != s).float().mean() < 0.01
    net.train()(x).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in net.log_taus)


def test_start_is_uniform_by_fan_in_and_from_the_generator():
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    one, two, other = (LIFNetwork(64, 400, 10, generator=seed(n)) for n in (0, 0, 1))
    assert torch.equal(torch.rand(3), want)  # torch's own seed is left alone
    for a, b, c in zip(one.parameters(), two.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)
    for layer, fan in ((one.hidden[0], 64), (one.readout, 400)):
        w = layer.weight.detach()
        assert w.abs().max() <= fan**-0.5
        assert w.std().item() == pytest.approx(fan**-0.5 / math.sqrt(3), rel=0.05)
        assert layer.bias.abs().max() <= fan**-0.5


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"inputs": 0}, "inputs"), ({"H": 0}, "H must"), ({"H": 2.0}, "H must"),
        ({"classes": -1}, "classes"), ({"layers": 0}, "layers"), ({"beta": 1.1}, "beta"),
        ({"beta": math.nan}, "beta"), ({"taus": (0.0, 9.0)}, "taus"),
        ({"taus": (9.0, 1.0)}, "taus"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(bad, name):
    how = {"inputs": 2, "H": 3, "classes": 4} | bad
    sizes = [how.pop(n) for n in ("inputs", "H", "classes")]
    with pytest.raises(ValueError, match=name):
        LIFNetwork(*sizes, generator=seed(), **how)


# --- SequenceClassifier and its baselines

SMALL = {"depth": 2, "H": 8, "N": 8}


def classifier(name, **how):
    return SequenceClassifier(3, 4, **RECIPES[name], **SMALL | how, generator=seed())


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("pool", ["mean", "last"])
def test_streamed_scores_equal_the_running_ones_and_end_in_the_sequence_s(name, pool):
    net = classifier(name, pool=pool).double().eval()
    x = torch.randn(2, 30, 3, dtype=torch.float64, generator=seed(1))
    state, said = net.initial_state(2), []
    with torch.no_grad():
        for x_t in x.unbind(1):
            scores, state = net.step(x_t, state)
            said.append(scores)
        running = net.running_scores(x)
        torch.testing.assert_close(torch.stack(said, 1), running, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(running[:, -1], net(x), rtol=1e-9, atol=1e-9)


MAKERS = {
    name: lambda tokens, name=name: SequenceClassifier(
        5, 4, **RECIPES[name], **SMALL, tokens=tokens, generator=seed())
    for name in RECIPES
} | {
    "lif": lambda tokens: LIFNetwork(
        5, 8, 4, layers=2, taus=(1.0, 20.0), norm=True, tokens=tokens, generator=seed()),
    "lstm": lambda tokens: LSTMClassifier(5, 4, H=8, tokens=tokens, generator=seed()),
    "transformer": lambda tokens: TransformerClassifier(
        5, 4, H=8, heads=2, tokens=tokens, generator=seed()),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_padding_does_not_count(name):
    net = MAKERS[name](True).eval()
    x, lengths = torch.randint(0, 5, (2, 12), generator=seed(1)), torch.tensor([7, 12])
    with torch.no_grad():
        whole = net(x, lengths)
        torch.testing.assert_close(whole[:1], net(x[:1, :7]), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(whole[1:], net(x[1:]), rtol=1e-4, atol=1e-5)
    other = x.clone()
    other[0, 7:] = 0
    assert torch.allclose(net(other, lengths), whole, atol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_all_models_share_one_call_and_depend_on_their_generator_alone(name):
    x = torch.randn(2, 9, 5, generator=seed(1))
    torch.manual_seed(1)
    a = MAKERS[name](False)
    mark = torch.rand(1)
    torch.manual_seed(2)
    b = MAKERS[name](False)
    assert torch.equal(a.eval()(x), b.eval()(x)) and a(x).shape == (2, 4)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), mark)  # the global generator is left where it was


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "lstm"])  # torch's own LSTM
def test_compiled_without_a_break_and_with_the_same_gradients(name):
    net, x = MAKERS[name](False), torch.randn(3, 11, 5, generator=seed(1))
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    whole = name != "lif"  # its loop over time stays a loop: compiled, it would be L copies
    compiled = torch.compile(net, fullgraph=whole, backend="aot_eager")
    results = []
    for call in (net, compiled):
        torch.manual_seed(0)
        net.zero_grad()
        scores = call(x)
        scores.square().sum().backward()
        results.append([scores, *(p.grad.clone() for p in net.parameters())])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    if not whole:
        counted = torch._dynamo.utils.counters["stats"]["calls_captured"]
        assert counted < 11 * 3, "the loop was written out"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("name", MAKERS)
def test_a_training_step_on_a_gpu_is_that_of_the_processor(name):
    x, y, results = torch.randn(4, 40, 5, generator=seed(1)), torch.arange(4) % 4, []
    for device in ("cpu", "cuda"):
        net = MAKERS[name](False).eval().to(device)  # eval: no dropout
        loss = torch.nn.functional.cross_entropy(net(x.to(device)), y.to(device))
        loss.backward()
        results.append([loss.cpu(), *(p.grad.cpu() for p in net.parameters())])
    for a, b in zip(*results, strict=True):
        assert (a - b).abs().max() <= 0.05 * a.abs().max() + 1e-3  # a spike may fall otherwise


def test_state_dict_round_trip_changes_nothing():
    a, b = classifier("gsu"), SequenceClassifier(3, 4, **RECIPES["gsu"], **SMALL, generator=seed(5))
    x = torch.randn(2, 9, 3, generator=seed(1))
    assert not torch.equal(a(x), b(x))
    b.load_state_dict(a.state_dict())
    assert torch.equal(a(x), b(x))


def test_lstm_answers_from_its_last_step_and_starts_out_remembering():
    net, x = LSTMClassifier(3, 4, H=5, depth=2, generator=seed()), torch.randn(2, 9, 3)
    for n in range(2):
        biases = [getattr(net.lstm, f"bias_{kind}_l{n}")[5:10] for kind in ("ih", "hh")]
        assert torch.equal(sum(biases), torch.ones(5))
    _, (h, _) = net.lstm(x)
    torch.testing.assert_close(net(x), net.head(h[-1]))


def test_layers_of_the_transformer_differ_at_the_start():
    net = MAKERS["transformer"](False)
    first, second = net.layers.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


def test_positions_by_hand():
    P = positions(3, 4)
    assert P[0].tolist() == [0, 1, 0, 1]
    angles = (math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02))
    assert P[2].tolist() == pytest.approx(angles)


def test_width_for_matches_within_five_per_cent():
    make = lambda H: LSTMClassifier(1, 10, H=H, generator=seed())  # noqa: E731
    H = width_for(make, 20000)
    assert abs(count_parameters(make(H)) / 20000 - 1) < 0.05
    with pytest.raises(ValueError, match="parameters must"):
        width_for(make, 20, step=64)


def test_two_rates_reach_the_classifier():
    net = classifier("s4d")
    fast, slow = net.param_groups(0.01, 0.05)
    assert len(slow["params"]) == 6 and slow["lr"] == 1e-3 and fast["weight_decay"] == 0.05


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("pool", lambda: classifier("s4d", pool="max")),
        ("depth", lambda: classifier("s4d", depth=0)),
        ("x must", lambda: classifier("s4d")(torch.ones(2, 9))),
        ("x must", lambda: classifier("s4d")(torch.ones(2, 9, 4))),
        ("H must", lambda: TransformerClassifier(3, 4, H=10, generator=seed())),
    ],
)
def test_bad_sizes_are_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()
