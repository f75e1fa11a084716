"""Models that score every step: none looks ahead, a stream says the same, and fit takes them."""

import json
import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from sslearn.data import ALPHABET, as_text
from sslearn.models import LIFNetwork, LSTMClassifier, TransformerClassifier
from sslearn.runs import MODELS, plan_run
from sslearn.runs.characters import bits_per_character
from sslearn.runs.plan import build_model
from sslearn.training import accuracy, fit

SMALL = {"depth": 1, "H": 16}
LEARNERS = [name for name in MODELS if name != "lif"]


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def model_of(name):
    run = plan_run("characters", name, **SMALL)
    return build_model(run, len(ALPHABET), len(ALPHABET), tokens=True).eval()


@pytest.mark.parametrize("name", LEARNERS)
def test_scores_of_a_step_are_of_what_came_until_then(name):
    net = model_of(name).double()
    x = torch.randint(96, (2, 30), generator=gen())
    other = x.clone()
    other[:, 20:] = (other[:, 20:] + 1) % 96
    a, b = net(x), net(other)
    assert a.shape == (2, 30, 96)
    torch.testing.assert_close(a[:, :20], b[:, :20], rtol=0, atol=1e-12)
    assert ((a[:, 20:] - b[:, 20:]).abs().amax(-1) > 1e-6).all()
    torch.testing.assert_close(a[:, :11], net(x[:, :11]), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["s4d", "binary-s4d", "gsu"])
def test_the_stream_gives_the_scores_of_each_step(name):
    net = model_of(name).double()
    x = torch.randint(96, (2, 40), generator=gen())
    state, steps = net.initial_state(2), []
    for x_t in x.unbind(1):
        scores, state = net.step(x_t, state)
        steps.append(scores)
    torch.testing.assert_close(torch.stack(steps, 1), net(x), rtol=0, atol=1e-9)


def test_each_step_s_class_counts_once_in_loss_and_accuracy():
    g = gen()
    net = LSTMClassifier(5, 5, H=8, pool="each", tokens=True, generator=g)
    x, y = torch.randint(5, (6, 7), generator=g), torch.randint(5, (6, 7), generator=g)
    with torch.no_grad():
        scores = net(x)
    share = (scores.argmax(-1) == y).double().mean().item()
    assert accuracy(net, (x, y)) == pytest.approx(share, abs=1e-12)
    loss = cross_entropy(scores.flatten(0, 1), y.flatten()).item()
    history = fit(net, (x, y), (x, y), epochs=1, batch=6, lr=1e-9, generator=g)
    assert history.loss[0] == pytest.approx(loss, rel=1e-5)


def test_it_learns_what_follows_what():
    g = gen()
    x = torch.randint(6, (400, 1), generator=g) + torch.arange(21)
    x, y = x[:, :-1] % 6, x[:, 1:] % 6
    net = LSTMClassifier(6, 6, H=8, pool="each", tokens=True, generator=g)
    history = fit(net, (x[:300], y[:300]), (x[300:], y[300:]), epochs=5, batch=20, lr=0.02,
                  generator=g)  # fmt: skip
    assert history.accuracy[-1] > 0.99


def test_classes_of_each_step_need_scores_of_each_step():
    x, y = torch.zeros(4, 7, dtype=torch.long), torch.zeros(4, 7, dtype=torch.long)
    last = LSTMClassifier(5, 5, H=8, tokens=True, generator=gen())
    each = LSTMClassifier(5, 5, H=8, pool="each", tokens=True, generator=gen())
    for net, labels in ((last, y), (each, y[:, 0]), (each, y[:, :3])):
        with pytest.raises(ValueError, match="one for each x, got shape .* for scores"):
            fit(net, (x, labels), (x, labels), epochs=1, batch=2, lr=0.01, generator=gen())


def test_pool_is_one_of_a_model_s_own():
    with pytest.raises(ValueError, match=r"pool must be one of \['each', 'last'\], got 'mean'"):
        LSTMClassifier(5, 5, pool="mean", generator=gen())
    with pytest.raises(ValueError, match=r"pool must be one of \['each', 'mean'\], got 'last'"):
        TransformerClassifier(5, 5, pool="last", generator=gen())
    LIFNetwork(5, 5, pool="each", generator=gen())


def test_weights_of_one_pool_do_not_load_into_another():
    last, each = (LSTMClassifier(5, 5, pool=pool, generator=gen()) for pool in ("last", "each"))
    with pytest.raises(ValueError, match="pooling"):
        each.load_state_dict(last.state_dict())


def test_bits_are_those_of_the_probabilities_worked_out_by_hand():
    class Fixed(torch.nn.Module):
        def forward(self, x):  # Half of it on the same character again, the rest on all others.
            p = torch.full((*x.shape, 96), 0.5 / 95)
            return p.scatter(-1, x.long()[..., None], 0.5).log()

    same, other = "a" * 33, as_text(torch.arange(33))
    assert bits_per_character(Fixed(), same, piece=8) == pytest.approx(1, abs=1e-5)
    want = math.log2(95 / 0.5)
    assert bits_per_character(Fixed(), other, piece=8) == pytest.approx(want, abs=1e-4)


@pytest.mark.parametrize(("kind", "settings"), [(LSTMClassifier, {}),
                                                (TransformerClassifier, {"heads": 4})])  # fmt: skip
def test_weights_of_before_there_was_a_choice_are_of_the_pool_of_then(kind, settings):
    net, each = kind(5, 5, H=8, generator=gen()), kind(5, 5, H=8, pool="each", generator=gen())
    said = torch.tensor(list(json.dumps(settings).encode()), dtype=torch.uint8)
    old = net.state_dict() | {"_extra_state": said}
    net.load_state_dict(old)
    with pytest.raises(ValueError, match="must have its settings"):
        each.load_state_dict(old)
