"""The LIF network against layers of `lif_by_steps`, its start, and its unit of time."""

import json
import math

import pytest
import torch

from sslearn.lif import lif_by_steps
from sslearn.models import LIFNetwork
from sslearn.spikes import arctan, fast_sigmoid


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize(
    ("surrogate", "reset"),
    [(arctan, "subtract"), (fast_sigmoid, "subtract"), (arctan, "zero")],
)
def test_lif_network_is_linear_lif_by_steps_layer_by_layer_and_a_mean(layers, surrogate, reset):
    how = {"beta": 0.8, "surrogate": surrogate, "reset": reset}
    net = LIFNetwork(5, 3, H=8, depth=layers, **how, generator=seed()).double()
    results = []
    for readable in (False, True):
        x = (6 * torch.rand(4, 20, 5, generator=seed(1))).double().requires_grad_()
        if readable:
            s, trains = x, []
            for layer in net.hidden:
                i = s @ layer.weight.T + layer.bias
                s = lif_by_steps(i, **how).s
                trains.append(s)
            scores = s.mean(1) @ net.head.weight.T + net.head.bias
        else:
            trains, scores = net.spikes(x), net(x)
        net.zero_grad()
        scores.square().sum().backward()
        assert all(train.sum() > 0 for train in trains)
        results.append([*trains, scores, x.grad, *(p.grad.clone() for p in net.parameters())])
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9)


def test_lif_network_with_norm_and_taus_is_each_neuron_with_its_own_beta():
    net = LIFNetwork(3, 2, H=4, depth=2, taus=(2.0, 50.0), norm=True, generator=seed()).eval()
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
    one, two, other = (LIFNetwork(64, 10, H=400, generator=seed(n)) for n in (0, 0, 1))
    assert torch.equal(torch.rand(3), want)  # torch's own seed is left alone
    for a, b, c in zip(one.parameters(), two.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)
    for layer, fan in ((one.hidden[0], 64), (one.head, 400)):
        w = layer.weight.detach()
        assert w.abs().max() <= fan**-0.5
        assert w.std().item() == pytest.approx(fan**-0.5 / math.sqrt(3), rel=0.05)
        assert layer.bias.abs().max() <= fan**-0.5


def test_pool_last_reads_the_spikes_of_the_last_step():
    beta = torch.linspace(0.5, 0.95, 6)
    net = LIFNetwork(5, 3, H=6, beta=beta, pool="last", generator=seed())
    x = 3 * torch.rand(4, 20, 5, generator=seed(1))
    s = lif_by_steps(net.hidden[0](x), beta=beta).s
    assert 0 < s[:, -1].mean() < 1
    torch.testing.assert_close(net(x), net.head(s[:, -1]))
    lengths = torch.tensor([20, 7, 1, 12])
    ends = torch.stack([s[k, n - 1] for k, n in enumerate(lengths)])
    torch.testing.assert_close(net(x, lengths), net.head(ends))


def test_rescaled_time_keeps_the_decay_over_the_same_time():
    fixed, learned = (LIFNetwork(3, 2, H=4, taus=t, generator=seed()) for t in (None, (2.0, 50.0)))
    for net in (fixed, learned):
        old = torch.as_tensor(net.decay(0))
        net.rescale_time(4)
        torch.testing.assert_close(torch.as_tensor(net.decay(0)), old**4)
    assert learned.log_taus[0].requires_grad
    with pytest.raises(ValueError, match="p must"):
        fixed.rescale_time(0)
    with pytest.raises(ValueError, match="tokens"):
        LIFNetwork(3, 2, H=4, tokens=True, generator=seed()).rescale_time(2)


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"d_input": 0}, "d_input"), ({"H": 0}, "H must"), ({"H": 2.0}, "H must"),
        ({"classes": -1}, "classes"), ({"depth": 0}, "depth"), ({"beta": 1.1}, "beta"),
        ({"beta": math.nan}, "beta"), ({"beta": torch.ones(2)}, "beta"), ({"pool": "max"}, "pool"),
        ({"taus": (0.0, 9.0)}, "taus"), ({"taus": (9.0, 1.0)}, "taus"),
        ({"reset": "none"}, "reset must be subtract or zero"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(bad, name):
    with pytest.raises(ValueError, match=name):
        LIFNetwork(**{"d_input": 2, "classes": 4, "H": 3} | bad, generator=seed())


def test_weights_that_name_no_reset_are_of_a_network_that_subtracts():
    nets = [LIFNetwork(3, 2, H=4, reset=r, generator=seed()) for r in ("subtract", "zero")]
    told = nets[0].state_dict()
    silent = told | {"_extra_state": nets[0].get_extra_state()}
    earlier = json.loads(bytes(silent["_extra_state"].tolist()))
    assert earlier.pop("reset") == "subtract"
    silent["_extra_state"] = torch.tensor(list(json.dumps(earlier).encode()), dtype=torch.uint8)
    for weights in (told, silent):
        nets[0].load_state_dict(weights)
        with pytest.raises(ValueError, match="must have its settings .*'reset': 'zero'"):
            nets[1].load_state_dict(weights)
