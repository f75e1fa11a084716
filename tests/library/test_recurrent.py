import json
import math

import pytest
import torch

from sslearn.fast import lif
from sslearn.lif import lif_by_steps
from sslearn.models.recurrent import LIFClassifier, LinearSSM, LSTMClassifier
from sslearn.runs import ASSETS
from sslearn.ssm import causal_conv, recur

KINDS = [LIFClassifier, LSTMClassifier, LinearSSM]


def seed(n=0):
    return torch.Generator().manual_seed(n)


def made(kind, n=0, **how):
    return kind(5, 6, 3, generator=seed(n), **how).double()


x = 3 * torch.rand(4, 20, 5, generator=seed(1), dtype=torch.float64)


def test_lif_classifier_reads_the_spikes_of_the_last_step():
    net = made(LIFClassifier, beta=0.8)
    s = lif_by_steps(x @ net.hidden.weight.T + net.hidden.bias, beta=0.8).s
    assert 0 < s[:, -1].mean() < 1
    torch.testing.assert_close(net(x), s[:, -1] @ net.readout.weight.T + net.readout.bias)


def test_lstm_classifier_is_the_five_equations():
    net = made(LSTMClassifier)
    p = dict(net.lstm.named_parameters())
    h = c = torch.zeros(4, 6, dtype=torch.float64)
    for x_t in x.unbind(1):
        gates = x_t @ p["weight_ih_l0"].T + p["bias_ih_l0"]
        i, f, g, o = (gates + h @ p["weight_hh_l0"].T + p["bias_hh_l0"]).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    torch.testing.assert_close(net(x), h @ net.readout.weight.T + net.readout.bias)
    assert (p["bias_ih_l0"] + p["bias_hh_l0"])[6:12].tolist() == [1] * 6


def test_linear_ssm_is_lif_without_reset_a_convolution_and_one_state_each():
    net = made(LinearSSM, tau_max=50.0)
    i = x @ net.hidden.weight.T + net.hidden.bias  # (B, L, H)
    beta = torch.exp(-1 / net.log_tau.exp())
    assert 0 < beta.min() and beta.max().item() == pytest.approx(math.exp(-1 / 50))
    one = torch.ones(6, 1, dtype=torch.complex128)
    routes = [
        lif(i, beta=beta, reset="none").v,
        causal_conv(i, beta ** torch.arange(20)[:, None]),
        recur(i, beta[:, None].to(one), one, one / 2)[0],
    ]
    for v in routes:
        torch.testing.assert_close(net.last(x), v[:, -1])
    torch.testing.assert_close(net(x), v[:, -1] @ net.readout.weight.T + net.readout.bias)


def test_linear_ssm_is_linear_and_its_time_constants_learn():
    net, y = made(LinearSSM), torch.rand(4, 20, 5, generator=seed(2), dtype=torch.float64)
    zero = net.last(torch.zeros_like(x))
    mixed = net.last(2 * x - y) - zero
    torch.testing.assert_close(mixed, 2 * (net.last(x) - zero) - (net.last(y) - zero))
    net(x).square().sum().backward()
    assert (net.log_tau.grad != 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_start_is_the_generators_alone_and_within_torchs_bounds(kind):
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    one, two, other = (dict(kind(4, 9, 3, generator=seed(n)).named_parameters()) for n in (0, 0, 1))
    assert torch.equal(torch.rand(3), want)
    assert all(torch.equal(p, two[name]) for name, p in one.items())
    assert any(not torch.equal(p, other[name]) for name, p in one.items())
    assert one["readout.weight"].abs().max() <= 1 / 3
    hidden = one["lstm.weight_ih_l0" if kind is LSTMClassifier else "hidden.weight"]
    assert 0.2 < hidden.abs().max() <= (1 / 3 if kind is LSTMClassifier else 1 / 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(0, 2, 2), (2, 0, 2), (2, 2, 0), (2, 1.5, 2)])
def test_bad_sizes_are_named(kind, sizes):
    with pytest.raises(ValueError, match="whole number"):
        kind(*sizes, generator=seed())


def test_bad_tau_max_is_named():
    with pytest.raises(ValueError, match="tau_max"):
        LinearSSM(2, 2, 2, tau_max=0.5, generator=seed())


def test_the_committed_results_belong_to_these_models():
    path = ASSETS / "delayed_recall.json"
    saved = json.loads(path.read_text(encoding="utf-8"))
    kinds = {"LIF network": LIFClassifier, "LSTM": LSTMClassifier, "linear SSM": LinearSSM}
    sizes = {}
    for name, kind in kinds.items():
        net = kind(9, saved["H"][name], 8, generator=seed())
        sizes[name] = sum(p.numel() for p in net.parameters())
        assert sizes[name] == saved["parameters"][name]
    assert max(sizes.values()) <= 1.05 * min(sizes.values())
    for row in saved["accuracy"].values():
        assert list(row) == [str(d) for d in saved["delays"]]
        assert all(len(xs) == len(saved["seeds"]) == 3 for xs in row.values())
