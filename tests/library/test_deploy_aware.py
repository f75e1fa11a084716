"""Fine-tuning with rounded numbers: the rounding is that of the integers, the gradient passes."""

import copy
import math

import pytest
import torch

from sslearn.deploy import fixed_decay, quantise
from sslearn.deploy.aware import RoundedS4D, aware, rounded_rows, settled
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import ASSETS, load_task, open_model
from sslearn.training import fit


def digits_network():
    return open_model(ASSETS / "digits-binary-s4d-small-0.safetensors")[0]


@pytest.fixture(scope="module")
def digits():
    return load_task("digits")


def test_rounded_rows_are_the_integers_of_quantise_and_pass_the_gradient(digits):
    model = digits_network()
    made = quantise(model, digits.train[0][:50], levels=16, weight_bits=4)
    W = model.head.weight.detach().double().requires_grad_()
    held = rounded_rows(W, 4)
    assert torch.equal((held / held.abs().amax(-1, keepdim=True)).sign(), made.head.W.sign())
    unit = (held.abs().amax(-1) / made.head.W.abs().amax(-1))[:, None]
    assert torch.allclose(held, made.head.W * unit, atol=1e-12)
    held.square().sum().backward()
    assert torch.allclose(W.grad, 2 * held.detach())


def test_many_bits_change_nothing(digits):
    model, x = digits_network(), digits.test[0][:20]
    same = aware(model, x, weight_bits=16, state_bits=24, decay_bits=20)
    u = torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(0))
    for block, before in zip(same.blocks, model.blocks, strict=True):
        y, real = block.ssm.membrane(u), before.ssm.membrane(u)
        assert (y - real).abs().max() < 2e-3 * real.abs().max()


def test_the_decay_is_that_of_the_integers_also_for_a_pole_that_turns_more_than_half(digits):
    layer = S4D(3, N=8, dt_min=0.5, dt_max=1.0, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        layer.A_imag.mul_(3)
    assert (layer._discrete()[0].imag.abs() > math.pi).any()
    held = RoundedS4D(layer, torch.ones(3, 4), weight_bits=16, decay_bits=6, decay="complement")
    dtA, _ = held.numbers()
    value = fixed_decay(layer._discrete()[1].detach(), 6, "complement").value
    assert torch.allclose(dtA.exp(), value, atol=1e-9)
    assert ((dtA - layer._discrete()[0]).imag.abs() < math.pi).all(), "the nearest of the logs"


def test_the_noise_is_as_large_as_that_of_the_coins():
    """Variance of y under rounding by coins, step by step, against the drawn noise."""
    g = torch.Generator().manual_seed(0)
    layer = S4D(4, N=8, dt_min=0.01, dt_max=0.1, generator=g).requires_grad_(False).double()
    held = RoundedS4D(
        layer, torch.ones(4, 4), weight_bits=16, decay_bits=20, decay="complement"
    ).train()
    u = torch.zeros(200, 400, 4, dtype=torch.float64)
    torch.manual_seed(0)
    with torch.random.fork_rng():
        dtA, W = held.numbers()
        drawn = held.noise(u, dtA, W)[:, 300:].var((0, 1))
    A_bar, W2, _ = layer.recurrence()
    x, ys = torch.zeros(200, 4, 4, dtype=torch.complex128), []
    for _ in range(400):  # Both parts move, because a part that stays 0 is rounded without noise.
        drive = torch.randn(200, 4, 4, 2, generator=g, dtype=torch.float64)
        x = torch.view_as_real(A_bar * x) + 30 * drive
        rounded = (x + torch.rand(x.shape, generator=g, dtype=torch.float64)).floor()
        ys.append(torch.view_as_complex(rounded - x))
        x = torch.view_as_complex(rounded)
    slip, noise = torch.stack(ys), []
    state = torch.zeros(200, 4, 4, dtype=torch.complex128)
    for s in slip:
        state = A_bar * state + s
        noise.append((W2 * state).sum(-1).real)
    coins = torch.stack(noise)[300:].var((0, 1))
    assert ((drawn / coins).log().abs() < 0.25).all(), drawn / coins


def test_the_noise_is_there_in_training_only(digits):
    model = aware(digits_network(), digits.train[0][:20], state_bits=6)
    x = digits.test[0][:10]
    with torch.no_grad():
        assert torch.equal(model.eval()(x), model(x))
        assert not torch.equal(model.train()(x), model(x))


def test_settled_gives_the_weights_back_and_leaves_the_rest(digits):
    model = digits_network()
    tuned = aware(model, digits.train[0][:20])
    back = settled(tuned)
    assert torch.equal(tuned.eval()(digits.test[0][:2]), settled_and_aware_again(tuned, digits))
    assert type(back) is type(model) and repr(back) == repr(model)
    for name, w in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], w), name


def settled_and_aware_again(tuned, digits):
    again = aware(settled(tuned), digits.train[0][:20])
    return again.eval()(digits.test[0][:2])


def test_fine_tuning_wins_back_what_four_bits_cost(digits):
    """A short training through `fit`: the integers of the tuned network make fewer mistakes."""
    bits = {"weight_bits": 3, "state_bits": 8}
    coins = bits | {"levels": 16, "rounding": "stochastic"}
    model, (x, y), (x_test, y_test) = digits_network(), digits.train, digits.test
    tuned = aware(model, x[:50], **bits)
    before = copy.deepcopy(tuned)
    fit(tuned, (x, y), (x_test, y_test), epochs=3, batch=32, lr=0.004,
        generator=torch.Generator().manual_seed(0))  # fmt: skip
    rights = []
    for m in (settled(before), settled(tuned)):
        made = quantise(m, x[:50], **coins)
        rights.append((made.classify(made.read(x_test)) == y_test).double().mean().item())
    assert rights[1] > rights[0] + 0.02, rights


def test_bad_input_is_refused_by_name(digits):
    x = digits.train[0][:5]
    with pytest.raises(ValueError, match="weight_bits must be a whole number from 2 to 16, got 1"):
        aware(digits_network(), x, weight_bits=1)
    with pytest.raises(ValueError, match="x must be inputs"):
        aware(digits_network(), x[..., 0])
    g = torch.Generator().manual_seed(0)
    gsu = SequenceClassifier(1, 3, **recipe("gsu", N=4), H=4, generator=g)
    with pytest.raises(ValueError, match="model must mix by GLU, because a GSU's W is two"):
        aware(gsu, x)
