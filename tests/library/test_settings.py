"""What decides an output is a weight, or a setting that refuses the weights of another."""

import copy
import pickle
from functools import partial

import pytest
import torch
import torch.nn.utils.parametrize
from torch import nn
from torch.nn.functional import gelu, leaky_relu, relu

from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit
from sslearn.models import LIFNetwork, SequenceClassifier, TransformerClassifier, recipe


def seed(n=0):
    return torch.Generator().manual_seed(n)


def block(act=gelu, **how):
    g = seed(3)
    return Block(S4D(6, 8, generator=g), act, GLU(6, generator=g), H=6, **how)


def deep(name, **how):
    return lambda: SequenceClassifier(
        6, 3, **recipe(name, N=4, **how), H=8, depth=1, generator=seed(3)
    )


def lif(**how):
    return lambda: LIFNetwork(6, 3, H=8, generator=seed(3), **how)


PAIRS = {  # Two modules of the same weights and other outputs.
    "theta": [lambda t=t: BinaryS4D(6, 8, theta=t, generator=seed(3)) for t in (0.0, 1.0)],
    "width": [lambda w=w: BinaryS4D(6, 8, width=w, generator=seed(3)) for w in (None, 0.5)],
    "no spike": [lambda c=c: c(6, 8, generator=seed(3)) for c in (S4D, BinaryS4D)],
    "alpha": [lambda a=a: GatedSpikingUnit(6, alpha=a, generator=seed(3)) for a in (0.15, 0.5)],
    "prenorm": [lambda p=p: block(prenorm=p) for p in (False, True)],
    "act": [lambda f=f: block(f) for f in (gelu, torch.relu)],
    "act with options": [
        lambda f=f: block(partial(leaky_relu, negative_slope=f)) for f in (0.1, 0.2)
    ],
    "act by a module": [lambda f=f: block(nn.LeakyReLU(f)) for f in (0.1, 0.2)],
    "beta": [lif(), lif(beta=0.5)],
    "a beta each": [lif(beta=torch.linspace(0.3, 0.99, 8)), lif()],
    "pool": [lif(), lif(pool="last")],
    "inside": [deep("binary-s4d"), deep("binary-s4d", theta=0.3)],
    "recipe": [deep("s4d"), deep("binary-s4d")],
    "heads": [
        lambda n=n: TransformerClassifier(6, 3, H=8, heads=n, generator=seed(3)).eval()
        for n in (2, 4)
    ],
}


@pytest.mark.parametrize("name", PAIRS)
def test_weights_do_not_load_where_they_would_compute_something_else(name):
    u = 3 * torch.randn(2, 30, 6, generator=seed(1))
    first, second = PAIRS[name]
    assert first().state_dict().keys() == second().state_dict().keys()
    with torch.no_grad():
        assert not torch.equal(first()(u), second()(u))
    for one, other in ((first, second), (second, first)):
        with pytest.raises(ValueError, match="^weights of .* must have its settings {.*}, got {"):
            one().load_state_dict(other().state_dict())


@pytest.mark.parametrize("name", PAIRS)
def test_weights_load_where_settings_agree_and_where_a_file_has_none(name):
    make, u = PAIRS[name][0], 3 * torch.randn(2, 30, 6, generator=seed(1))
    a, b, c = make(), make(), make()
    with torch.no_grad():
        for p in a.parameters():
            p += 0.1 * torch.randn(p.shape, generator=seed(2))
    state = pickle.loads(pickle.dumps(a.state_dict()))
    b.load_state_dict(state)
    old = {key: w for key, w in state.items() if not key.endswith("_extra_state")}
    assert len(old) < len(state)
    c.load_state_dict(old)
    with torch.no_grad():
        assert torch.equal(a(u), b(u)) and torch.equal(a(u), c(u))
        assert not torch.equal(a(u), make()(u))


def test_a_file_from_before_act_was_a_setting_loads_and_still_says_prenorm():
    old = block().state_dict()
    old["_extra_state"] = torch.tensor(list(b'{"prenorm": false}'), dtype=torch.uint8)
    for act in (gelu, relu):
        block(act).load_state_dict(old)
    with pytest.raises(ValueError, match="^weights of Block must have its settings .*True"):
        block(prenorm=True).load_state_dict(old)
    block(torch.relu).load_state_dict(block(relu).state_dict())  # one function by two names


def test_weights_of_the_unscaled_gsu_go_into_the_unscaled_recipe_alone():
    """Files from before the recipe had scaled say nothing of it, and are refused all the same."""
    old, scaled = deep("gsu", scaled=False)().state_dict(), deep("gsu")()
    for state in (old, {key: w for key, w in old.items() if not key.endswith("_extra_state")}):
        with pytest.raises(ValueError, match="^weights of Gain must have .*got {'gain': 1.0}$"):
            scaled.load_state_dict(state)
        deep("gsu", scaled=False)().load_state_dict(state)
    state = scaled.state_dict()
    deep("gsu")().load_state_dict(state)
    with pytest.raises(RuntimeError, match="Unexpected key.*mix.1"):
        deep("gsu", scaled=False)().load_state_dict(state)
    with pytest.raises(ValueError, match="^weights of Gain must have"):
        Gain(0.5).load_state_dict(Gain(0.25).state_dict())


def test_a_repr_shows_what_decides():
    shown = repr(deep("binary-s4d", theta=0.3)())
    assert "BinaryS4D(H=8, N=4, bidirectional=False, theta=0.3, width=None)" in shown
    assert "pooling=mean" in shown and "prenorm=False" in shown and "TiedDropout(p=0.0)" in shown
    assert "alpha=0.5" in repr(PAIRS["alpha"][1]()) and "beta=0.5" in repr(PAIRS["beta"][1]())
    assert "Gain(gain=0.5)" in repr(deep("gsu", scaled=True)().blocks[0].mix.append(Gain(0.5)))
    assert repr(S4D(3, 4, generator=seed())) == "S4D(H=3, N=4, bidirectional=False)"


def test_rescaled_time_is_a_setting_too():
    a = lif(beta=0.9)()
    a.rescale_time(2)
    with pytest.raises(ValueError, match=r"got {'beta': 0.81"):
        lif(beta=0.9)().load_state_dict(a.state_dict())
    lif(beta=0.9**2)().load_state_dict(a.state_dict())
    learned = lif(taus=(1.0, 20.0))()
    learned.rescale_time(2)
    lif(taus=(3.0, 40.0))().load_state_dict(learned.state_dict())  # tau is a weight


def run(layer, u, state):
    ys = []
    for u_t in u.unbind(1):
        y, state = layer.step(u_t, state)
        ys.append(y)
    return torch.stack(ys, 1), state


@pytest.mark.parametrize("grad", [False, True])
def test_a_state_from_before_new_weights_goes_on_with_the_new_ones(grad):
    """A state of zeros knows no weights, so that the stream is that of the new ones."""
    u = torch.randn(2, 20, 6, generator=seed(1), dtype=torch.float64)

    def optimise(layer):
        for p in layer.parameters():
            p.grad = torch.ones_like(p)
        torch.optim.SGD(layer.parameters(), 0.1).step()

    def load(layer):
        layer.load_state_dict(S4D(6, 8, generator=seed(7)).double().state_dict())

    def replace(layer):
        layer.C = nn.Parameter(2 * layer.C.detach())

    with torch.set_grad_enabled(grad):
        for change in (optimise, load, replace, lambda layer: layer.rescale_time(3)):
            layer = S4D(6, 8, generator=seed()).double()
            _, state = run(layer, u[:, :1] * 0, layer.initial_state(2))
            before = layer(u)
            change(layer)
            y, _ = run(layer, u, state)
            torch.testing.assert_close(y, layer(u), rtol=1e-9, atol=1e-9)
            assert not torch.allclose(y, before)


def test_another_dtype_or_a_copy_streams_with_weights_of_its_own():
    layer, u = S4D(6, 8, generator=seed()), torch.randn(2, 9, 6, generator=seed(1))
    with torch.no_grad():
        y, _ = run(layer, u, layer.initial_state(2))
        twin = copy.deepcopy(layer)
        twin.C *= 2
        assert not torch.allclose(run(twin, u, layer.initial_state(2))[0], y)
        torch.testing.assert_close(run(layer, u, layer.initial_state(2))[0], y)
        layer.double()
        state = type(layer.initial_state(2))(torch.zeros(2, 6, 4, dtype=torch.complex128))
        assert run(layer, u.double(), state)[0].dtype == torch.float64


def test_each_chunk_of_a_detached_stream_gives_every_weight_its_gradient():
    net = deep("s4d")().double()
    x = torch.randn(2, 12, 6, generator=seed(1), dtype=torch.float64)
    state, grads = net.initial_state(2), []
    for chunk in x.split(4, 1):
        for x_t in chunk.unbind(1):
            scores, state = net.step(x_t, state)
        net.zero_grad()
        scores.square().sum().backward()
        grads.append([p.grad.clone() for p in net.parameters()])
        state = state.detach()
    assert all(g.abs().sum() > 0 for chunk in grads for g in chunk)
    with torch.no_grad():
        torch.testing.assert_close(scores, net(x), rtol=1e-9, atol=1e-9)
    ssm = net.blocks[0].ssm
    held = ssm.initial_state(2)._replace(x=torch.ones(2, 8, 2, dtype=torch.complex128))
    y, _ = ssm.step(x[:, 0, :1].expand(2, 8), held)
    A_bar, W, D = ssm.recurrence()
    want = (W * (A_bar + x[:, 0, :1, None])).sum(-1).real + D * x[:, 0, :1]
    torch.testing.assert_close(y, want)


@pytest.mark.parametrize("how", [{"dropout": 0.3}, {"norm": "batch"}])
def test_a_step_in_training_is_refused_where_it_could_not_be_the_sequence_s(how):
    net = SequenceClassifier(6, 3, H=8, depth=1, **how, generator=seed())
    x, state = torch.ones(2, 6), net.initial_state(2)
    with pytest.raises(ValueError, match=r"^step needs eval\(\)"):
        net.step(x, state)
    assert net.eval().step(x, state)[0].shape == (2, 3)


def test_plain_blocks_step_in_training_too():
    net = deep("s4d")().train()
    x = torch.randn(2, 9, 6, generator=seed(1))
    state = net.initial_state(2)
    for x_t in x.unbind(1):
        scores, state = net.step(x_t, state)
    torch.testing.assert_close(scores, net(x), rtol=1e-4, atol=1e-5)


class Doubled(nn.Module):
    """f(w) = 2 w, a parametrization."""

    def forward(self, w):
        """Any shape."""
        return 2 * w


def test_a_weight_that_is_computed_from_others_is_never_kept():
    layer, u = S4D(6, 8, generator=seed()), torch.randn(2, 9, 6, generator=seed(1))
    nn.utils.parametrize.register_parametrization(layer, "C", Doubled())
    with torch.no_grad():
        _, state = run(layer, 0 * u, layer.initial_state(2))
        layer.parametrizations.C.original *= 3
        torch.testing.assert_close(run(layer, u, state)[0], layer(u), rtol=1e-4, atol=1e-5)
