"""SequenceClassifier, and what all models share: one call, one seed, padding, gradients."""

import pytest
import torch

from sslearn.layers import BinaryS4D
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


SMALL = {"depth": 2, "H": 8}


def classifier(name, n=0, **how):
    return SequenceClassifier(3, 4, **recipe(name, N=8), **SMALL | how, generator=seed(n))


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
        5, 4, **recipe(name, N=8), **SMALL, tokens=tokens, generator=seed())
    for name in RECIPES
} | {
    "lif": lambda tokens: LIFNetwork(
        5, 4, H=8, depth=2, taus=(1.0, 20.0), norm=True, tokens=tokens, generator=seed()),
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
    a, b, x = classifier("gsu"), classifier("gsu", 5), torch.randn(2, 9, 3, generator=seed(1))
    assert not torch.equal(a(x), b(x))
    b.load_state_dict(a.state_dict())
    assert torch.equal(a(x), b(x))


def test_two_rates_reach_every_model():
    fast, slow = classifier("s4d").param_groups(0.01, 0.05)
    assert len(slow["params"]) == 6 and slow["lr"] == 1e-3 and fast["weight_decay"] == 0.05
    for name in ("lif", "lstm", "transformer"):
        net = MAKERS[name](False)
        (group,) = net.param_groups(0.01, 0.05)
        assert [id(p) for p in group["params"]] == [id(p) for p in net.parameters()]
        assert (group["lr"], group["weight_decay"]) == (0.01, 0.05)


def test_a_recipe_gives_its_layer_its_own_hyperparameters():
    net = SequenceClassifier(3, 4, **recipe("binary-s4d", theta=0.5, N=4), H=8, generator=seed())
    ssm = net.blocks[0].ssm
    assert isinstance(ssm, BinaryS4D) and ssm.theta == 0.5 and ssm.A_imag.shape == (8, 2)
    with pytest.raises(ValueError, match="name must"):
        recipe("s5")


def test_rescaled_time_reaches_every_block_or_is_refused_in_one_sentence():
    net = classifier("s4d")
    old = [block.ssm.poles()[1].clone() for block in net.blocks]
    net.rescale_time(3)
    for block, dt in zip(net.blocks, old, strict=True):
        torch.testing.assert_close(block.ssm.poles()[1], 3 * dt)
    for p in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="p must be a positive number"):
            net.rescale_time(p)
    with pytest.raises(ValueError, match="tokens have no duration"):
        MAKERS["s4d"](True).rescale_time(2)
    for name in ("lstm", "transformer"):
        with pytest.raises(ValueError, match="has no unit of time"):
            MAKERS[name](False).rescale_time(2)
    half = SequenceClassifier(
        3, 4, layer=lambda H, *, generator: torch.nn.Identity(), H=8, generator=seed()
    )
    with pytest.raises(ValueError, match="Identity has no unit of time"):
        half.rescale_time(2)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("pool", lambda: classifier("s4d", pool="max")),
        ("depth", lambda: classifier("s4d", depth=0)),
        ("x must", lambda: classifier("s4d")(torch.ones(2, 9))),
        ("x must", lambda: classifier("s4d")(torch.ones(2, 9, 4))),
        ("d_input", lambda: LSTMClassifier(0, 4, generator=seed())),
        ("classes", lambda: TransformerClassifier(3, 0, generator=seed())),
        ("H must", lambda: TransformerClassifier(3, 4, H=10, generator=seed())),
        ("H must", lambda: LinearSSM(3, 4, H=0, generator=seed())),
    ],
)
def test_bad_sizes_are_named(name, make):
    with pytest.raises(ValueError, match=name):
        make()
