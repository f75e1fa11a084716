"""LSTM, Transformer and the pair of texts by hand, and widths that match in parameters."""

import math

import pytest
import torch

from sslearn.models import (
    LSTMClassifier,
    PairClassifier,
    TransformerClassifier,
    count_parameters,
    width_for,
)
from sslearn.models.transformer import positions


def seed(n=0):
    return torch.Generator().manual_seed(n)


def test_lstm_answers_from_its_last_step_and_starts_out_remembering():
    net, x = LSTMClassifier(3, 4, H=5, depth=2, generator=seed()), torch.randn(2, 9, 3)
    for n in range(2):
        biases = [getattr(net.lstm, f"bias_{kind}_l{n}")[5:10] for kind in ("ih", "hh")]
        assert torch.equal(sum(biases), torch.ones(5))
    _, (h, _) = net.lstm(x)
    torch.testing.assert_close(net(x), net.head(h[-1]))


def test_lstm_is_the_five_equations():
    net = LSTMClassifier(5, 3, H=6, generator=seed()).double()
    x = 3 * torch.rand(4, 20, 5, generator=seed(1), dtype=torch.float64)
    p = dict(net.lstm.named_parameters())
    h = c = torch.zeros(4, 6, dtype=torch.float64)
    for x_t in x.unbind(1):
        gates = x_t @ p["weight_ih_l0"].T + p["bias_ih_l0"]
        i, f, g, o = (gates + h @ p["weight_hh_l0"].T + p["bias_hh_l0"]).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    torch.testing.assert_close(net(x), h @ net.head.weight.T + net.head.bias)


def test_layers_of_the_transformer_differ_at_the_start():
    net = TransformerClassifier(5, 4, H=8, heads=2, generator=seed())
    first, second = net.layers.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)


def test_the_transformer_knows_the_order_by_its_positions_alone():
    net = TransformerClassifier(5, 4, H=8, heads=2, generator=seed()).double().eval()
    x = torch.randn(2, 9, 5, generator=seed(1), dtype=torch.float64)
    P = positions(9, 8).double()
    want = net.head(net.layers(net.encode(x) + P).mean(1))
    torch.testing.assert_close(net(x), want)
    other = x.flip(1)
    assert (net(x) - net(other)).abs().max() > 1e-3
    blind = [net.head(net.layers(net.encode(z)).mean(1)) for z in (x, other)]
    torch.testing.assert_close(*blind)


def test_positions_by_hand():
    P = positions(3, 4)
    assert P[0].tolist() == [0, 1, 0, 1]
    angles = (math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02))
    assert P[2].tolist() == pytest.approx(angles)


class Reader(torch.nn.Module):
    """Features (B, 2) of tokens (B, L): their sum, and the length."""

    def forward(self, x, lengths):
        return torch.stack([x.sum(1), lengths], -1).double()


def test_a_pair_is_compared_by_hand():
    net = PairClassifier(Reader(), 3, H=2, generator=seed()).double()
    x, lengths = torch.tensor([[[1, 2, 3], [4, 0, 0]]]), torch.tensor([[3, 1]])
    a, b = torch.tensor([6.0, 3.0]).double(), torch.tensor([4.0, 1.0]).double()
    both = torch.tensor([6.0, 3.0, 4.0, 1.0, 24.0, 3.0, 2.0, 2.0]).double()  # a, b, a b, a - b
    z = net.compare.weight @ both + net.compare.bias
    z = z * 0.5 * (1 + torch.erf(z / math.sqrt(2)))
    want = net.head.weight @ z + net.head.bias
    torch.testing.assert_close(both, torch.cat([a, b, a * b, a - b]))
    torch.testing.assert_close(net(x, lengths), want[None])
    assert not torch.allclose(net(x.flip(1), lengths.flip(1)), want[None])


def test_width_for_matches_within_five_per_cent():
    make = lambda H: LSTMClassifier(1, 10, H=H, generator=seed())  # noqa: E731
    H = width_for(make, 20000)
    assert abs(count_parameters(make(H)) / 20000 - 1) < 0.05
    with pytest.raises(ValueError, match="parameters must"):
        width_for(make, 20, step=64)


@pytest.mark.parametrize(
    ("parameters", "step", "name"),
    [(100, 0, "step"), (100, -1, "step"), (100, 1.5, "step"), (math.inf, 1, "parameters"),
     (math.nan, 1, "parameters"), (0, 1, "parameters")],
)  # fmt: skip
def test_width_for_refuses_what_would_never_end(parameters, step, name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        width_for(None, parameters, step=step)
