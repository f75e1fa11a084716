"""A language model's fast stream: equal to `step`, whatever happens to its weights and state."""

from functools import partial

import numpy as np
import pytest
import torch

from sslearn.fast import TokenStream
from sslearn.fast.stream import S4DStep
from sslearn.layers import GLU, GatedSpikingUnit
from sslearn.models import (
    FastStream,
    LSTMClassifier,
    PlainStream,
    SequenceClassifier,
    recipe,
    stream_of,
    why_not_fast,
)
from sslearn.models.sequence import gsu_then_gelu
from sslearn.spikes import ternary

SYMBOLS = 11
READ = torch.randint(SYMBOLS, (40,), generator=torch.Generator().manual_seed(1)).tolist()
FORMS = {
    "s4d": {},
    "binary-s4d": {},
    "gsu": {},
    "gsu as published": {"mix": partial(gsu_then_gelu, scaled=False)},
    "gsu, two matrices, no GELU": {"mix": partial(GatedSpikingUnit, shared=False, alpha=0.4)},
    "gsu, the largest meets the threshold": {"mix": partial(GatedSpikingUnit, alpha=1.0)},
    "s4d, no GELU": {"act": recipe("gsu")["act"]},
    "s4d, GELU, gsu": {"mix": recipe("gsu")["mix"]},
}


def net_of(form="gsu", depth=2, H=8, dtype=torch.float64, seed=0, **changes):
    """A small language model whose norms and biases are not those of the start."""
    name = form.split(",")[0].split()[0]
    parts = recipe(name, N=6) | FORMS[form] | changes
    g = torch.Generator().manual_seed(seed)
    made = {"depth": depth, "H": H, "tokens": True, "pool": "each", "generator": g}
    net = SequenceClassifier(SYMBOLS, SYMBOLS, **(made | parts)).to(dtype).eval()
    with torch.no_grad():
        for w in net.parameters():
            if w.ndim == 1:
                w += 0.1 * torch.rand(w.shape, generator=g)
    for block in net.blocks:
        block.norm.inner.eps = 0.01
    return net


def run(stream, symbols=READ):
    return torch.stack([stream.step(symbol) for symbol in symbols])


@pytest.mark.parametrize("prenorm", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_fast_stream_equals_step(form, prenorm):
    net = net_of(form, prenorm=prenorm)
    stream, state = FastStream(net), net.initial_state(1)
    assert isinstance(stream._twin, TokenStream)
    with torch.no_grad():
        for symbol in READ:
            scores, state = net.step(torch.tensor([symbol]), state)
            torch.testing.assert_close(stream.step(symbol), scores[0], rtol=0, atol=1e-12)
    mine = stream.state
    assert mine.count == state.count == len(READ)
    torch.testing.assert_close(mine.total, state.total, rtol=0, atol=1e-11)
    for a, b in zip(mine.blocks, state.blocks, strict=True):
        torch.testing.assert_close(a.x, b.x, rtol=0, atol=1e-12)


@pytest.mark.parametrize("form", ["s4d", "binary-s4d", "gsu"])
def test_single_precision_gives_the_scores_of_the_sequence(form):
    """The threshold lies apart from every membrane here, so that rounding moves no spike."""
    net = net_of(form, dtype=torch.float32)
    with torch.no_grad():
        whole = net(torch.tensor([READ]))[0]
    scores = run(FastStream(net))
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, whole, rtol=0, atol=1e-4)


@pytest.mark.parametrize("form", ["binary-s4d", "gsu"])
def test_spikes_are_those_of_step(form):
    net, seen = net_of(form), []
    stream, state = FastStream(net), net.initial_state(1)
    for block in net.blocks:
        block.mix.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0]))
    fired = 0
    for symbol in READ:
        _, state = net.step(torch.tensor([symbol]), state)
        stream.step(symbol)
        for y, mine in zip(seen, stream.spikes, strict=True):
            theirs = ternary(y, 0.15 * y.abs().max()) if form == "gsu" else y
            assert torch.equal(torch.from_numpy(mine), theirs.detach())
            fired += int(theirs.abs().sum())
        seen.clear()
    assert 0 < fired < len(READ) * 16


def test_what_does_not_spike_says_so():
    assert FastStream(net_of("s4d")).spikes == [None, None]


def written(net):
    with torch.no_grad():
        net.blocks[0].mix[0].W.mul_(-1.1)


def loaded(net):
    net.load_state_dict(net_of("gsu", seed=5).state_dict())


def replaced(net):
    net.blocks[1].ssm.C = torch.nn.Parameter(net.blocks[1].ssm.C.detach() * 2)


def pointed(net):
    net.head.bias.data = net.head.bias.data + 1


@pytest.mark.parametrize("change", [written, loaded, replaced, pointed])
def test_a_change_of_weights_is_noticed_and_the_state_goes_on(change):
    net, same = net_of("gsu"), net_of("gsu")
    fast, plain, stale = FastStream(net), PlainStream(net), FastStream(same)
    run(fast), run(plain), run(stale)
    change(net)
    scores = run(fast)
    torch.testing.assert_close(scores, run(plain), rtol=0, atol=1e-11)
    assert (scores - run(stale)).abs().max() > 1e-3


def test_a_change_of_precision_is_noticed_and_the_state_goes_on():
    net = net_of("gsu")
    fast, whole = FastStream(net), run(PlainStream(net), READ * 2)
    run(fast)
    net.float()
    scores = run(fast)
    assert scores.dtype == fast.state.total.dtype == torch.float32
    torch.testing.assert_close(scores.double(), whole[len(READ) :], rtol=0, atol=1e-4)


def test_a_new_stream_sees_what_was_written_past_autograd():
    net = net_of("s4d")
    FastStream(net).step(0)
    net.blocks[0].ssm.log_dt.data += 1
    torch.testing.assert_close(run(FastStream(net)), run(PlainStream(net)), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("first", "second"), [(FastStream, PlainStream), (PlainStream, FastStream)]
)
def test_the_state_goes_from_one_form_to_the_other(first, second):
    net = net_of("binary-s4d")
    one, two = first(net), second(net)
    run(one, READ[:15])
    two.state = kept = one.state
    run(one, READ[:3])  # which leaves what was taken alone
    expected = run(PlainStream(net))[15:]
    torch.testing.assert_close(run(two, READ[15:]), expected, rtol=0, atol=1e-11)
    one.state = kept
    torch.testing.assert_close(run(one, READ[15:]), expected, rtol=0, atol=1e-11)


class Other(GLU):
    """A mixing that the fast stream cannot know."""

    def forward(self, x):
        """Twice what a GLU gives."""
        return 2 * super().forward(x)


UNKNOWN = {
    "another mix": ({"mix": Other}, "block 0 must have the layers"),
    "another act": ({"act": torch.relu}, "block 0 must have the layers"),
    "drawn spikes": ({"layer": recipe("binary-s4d", N=6, width=0.1)["layer"]}, "layers"),
    "batch norm": ({"norm": "batch"}, "layer norm"),
    "a resonating neuron": ({"layer": recipe("rf")["layer"]}, "block 0 must have the layers"),
    "no mix": ({"mix": lambda H, generator: torch.nn.Sequential()}, "block 0 must have the layers"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_it_does_not_know_is_refused_and_runs_by_step(case):
    changes, sentence = UNKNOWN[case]
    net = net_of("binary-s4d", **changes)
    with pytest.raises(ValueError, match=sentence):
        FastStream(net)
    stream = stream_of(net)
    assert isinstance(stream, PlainStream) and sentence in why_not_fast(net)
    if case != "drawn spikes":
        with torch.no_grad():
            whole = net(torch.tensor([READ]))[0]
        torch.testing.assert_close(run(stream), whole, rtol=0, atol=1e-9)


def test_what_looks_into_a_model_by_hooks_is_called():
    net, seen = net_of(), []
    net.blocks[0].mix.register_forward_hook(lambda *_: seen.append(1))
    with pytest.raises(ValueError, match="no hooks"):
        FastStream(net)
    scores = run(stream_of(net))
    assert len(seen) == len(READ) and not scores.requires_grad


def test_no_spike_at_the_threshold():
    H, nothing = 3, torch.zeros(3, 2, dtype=torch.complex64)
    step, y = S4DStep(nothing, nothing, torch.tensor([1.0, 1.0, 1.0]), theta=0.5), np.ones(H, "f4")
    step.step(np.array([0.5, 0.25, 0.75], "f4"), y)
    assert y.tolist() == [0, 0, 1]


def test_bad_input_is_named():
    assert isinstance(stream_of(net_of()), FastStream)
    g = torch.Generator()
    for model, sentence in [
        (LSTMClassifier(5, 5, H=4, tokens=True, pool="each", generator=g), "got LSTMClassifier"),
        (SequenceClassifier(1, 5, H=4, pool="each", generator=g), "must read tokens"),
        (SequenceClassifier(5, 5, H=4, tokens=True, generator=g), "pool='mean'"),
    ]:
        for form in (FastStream, PlainStream, stream_of):
            with pytest.raises(ValueError, match=sentence):
                form(model)
    stream = FastStream(net_of())
    for symbol in (-1, SYMBOLS):
        with pytest.raises(ValueError, match=f"0 ... {SYMBOLS - 1}, got {symbol}"):
            stream.step(symbol)
    with pytest.raises(ValueError, match="one sequence, got 2"):
        stream.state = net_of().initial_state(2)
    with pytest.raises(ValueError, match="eval"):
        FastStream(net_of(dropout=0.1).train())
    mixed = net_of(dtype=torch.float32)
    mixed.head.double()
    with pytest.raises(ValueError, match="float32 or all float64"):
        FastStream(mixed)


def test_a_membrane_that_is_not_finite_is_not_hidden():
    for form in ("s4d", "binary-s4d"):
        net = net_of(form)
        net.blocks[0].ssm.D.data[0] = float("nan")
        assert FastStream(net).step(0).isnan().all()
    net = net_of("gsu")
    net.blocks[0].ssm.D.data[0] = float("nan")
    with pytest.raises(ValueError, match="finite everywhere"):
        FastStream(net).step(0)
