"""The linear SSM against three other routes, and the results of delayed recall that it is in."""

import json
import math

import pytest
import torch

from sslearn.fast import lif
from sslearn.models import LIFNetwork, LinearSSM, LSTMClassifier, count_parameters
from sslearn.runs import ASSETS
from sslearn.ssm import causal_conv, recur


def seed(n=0):
    return torch.Generator().manual_seed(n)


def made(**how):
    return LinearSSM(5, 3, H=6, **how, generator=seed()).double()


x = 3 * torch.rand(4, 20, 5, generator=seed(1), dtype=torch.float64)


def test_linear_ssm_is_lif_without_reset_a_convolution_and_one_state_each():
    net = made(tau_max=50.0)
    i = x @ net.encode.weight.T + net.encode.bias  # (B, L, H)
    beta = torch.exp(-1 / net.log_tau.exp())
    assert 0 < beta.min() and beta.max().item() == pytest.approx(math.exp(-1 / 50))
    one = torch.ones(6, 1, dtype=torch.complex128)
    routes = [
        lif(i, beta=beta, reset="none").v,
        causal_conv(i, beta ** torch.arange(20)[:, None]),
        recur(i, beta[:, None].to(one), one, one / 2)[0],
    ]
    for v in routes:
        torch.testing.assert_close(net.membrane(x), v[:, -1])
    torch.testing.assert_close(net(x), v[:, -1] @ net.head.weight.T + net.head.bias)


def test_linear_ssm_is_linear_and_its_time_constants_learn():
    net, y = made(), torch.rand(4, 20, 5, generator=seed(2), dtype=torch.float64)
    zero = net.membrane(torch.zeros_like(x))
    mixed = net.membrane(2 * x - y) - zero
    torch.testing.assert_close(mixed, 2 * (net.membrane(x) - zero) - (net.membrane(y) - zero))
    net(x).square().sum().backward()
    assert (net.log_tau.grad != 0).all()


@pytest.mark.parametrize("p", [3, 0.5])
def test_rescaled_time_reads_held_inputs_p_steps_at_once(p):
    old, new = made(), made()
    new.rescale_time(p)
    coarse, fine = (old, new) if p < 1 else (new, old)
    held = fine(x.repeat_interleave(round(max(p, 1 / p)), 1))
    torch.testing.assert_close(coarse(x), held, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(old(x), new(x)) and new.log_tau.requires_grad


@pytest.mark.parametrize(
    ("name", "how"),
    [("d_input", {"d_input": 0}), ("H must", {"H": 1.5}), ("classes", {"classes": 0}),
     ("tau_max", {"tau_max": 0.5})],
)  # fmt: skip
def test_bad_arguments_are_named(name, how):
    with pytest.raises(ValueError, match=name):
        LinearSSM(**{"d_input": 2, "classes": 2, "H": 2} | how, generator=seed())


def test_the_committed_results_belong_to_these_models():
    saved = json.loads((ASSETS / "delayed_recall.json").read_text(encoding="utf-8"))
    kinds = {"LIF network": LIFNetwork, "LSTM": LSTMClassifier, "linear SSM": LinearSSM}
    sizes = {}
    for name, kind in kinds.items():
        net = kind(9, 8, H=saved["H"][name], generator=seed())
        sizes[name] = count_parameters(net)
        assert sizes[name] == saved["parameters"][name]
    assert max(sizes.values()) <= 1.05 * min(sizes.values())
    for row in saved["accuracy"].values():
        assert list(row) == [str(d) for d in saved["delays"]]
        assert all(len(xs) == len(saved["seeds"]) == 3 for xs in row.values())
