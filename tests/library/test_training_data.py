"""What fit, accuracy and the models take as data, and what they say of data they cannot take."""

import math
import warnings

import numpy as np
import pytest
import torch

from sslearn.models import (
    LIFNetwork,
    LinearSSM,
    LSTMClassifier,
    SequenceClassifier,
    TransformerClassifier,
    recipe,
)
from sslearn.training import accuracy, fit


def seed(k=0):
    return torch.Generator().manual_seed(k)


def network(d_input=1, classes=2, **more):
    sizes = {"depth": 1, "H": 8, "generator": seed()}
    return SequenceClassifier(d_input, classes, **recipe("s4d", N=4), **sizes, **more)


def signals(n=12, L=10):
    return torch.randn(n, L, 1, generator=seed(1)), torch.arange(n) % 2


def trained(train, test=None, **more):
    net = network(**more)
    settings = {"epochs": 2, "batch": 4, "lr": 0.01, "generator": seed()}
    return fit(net, train, test or train, **settings).loss, accuracy(net, test or train)


@pytest.mark.parametrize("form", ["numpy", "float64", "lists", "int32", "uint8 labels"])
def test_every_form_of_the_same_numbers_trains_alike(form):
    x, y = signals()
    as_form = {
        "numpy": (x.numpy(), y.numpy()),
        "float64": (x.double(), y),
        "lists": (x.tolist(), y.tolist()),
        "int32": (x.numpy().astype(np.float64), y.numpy().astype(np.int32)),
        "uint8 labels": (x, y.to(torch.uint8)),
    }[form]
    assert trained(as_form) == trained((x, y))


def test_lengths_may_be_an_array():
    x, y = signals()
    lengths = torch.arange(12) % 5 + 3
    assert trained(((x.numpy(), lengths.numpy()), y)) == trained(((x, lengths), y))
    net = network()
    assert torch.equal(net(x, lengths.tolist()), net(x, lengths))


@pytest.mark.parametrize(
    "model",
    [network(), LIFNetwork(1, 2, H=8, generator=seed()), LinearSSM(1, 2, H=8, generator=seed()),
     LSTMClassifier(1, 2, H=8, generator=seed()),
     TransformerClassifier(1, 2, H=8, generator=seed())],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
def test_models_read_arrays_doubles_and_whole_numbers(model):
    x = torch.randint(0, 3, (2, 6, 1), generator=seed()).float()
    model.eval()
    for form in (x.double(), x.numpy(), x.long(), x.tolist()):
        torch.testing.assert_close(model(form), model(x), rtol=0, atol=0)
    with pytest.raises(ValueError, match="x must be real numbers, got torch.complex64"):
        model(x.to(torch.complex64))
    with pytest.raises(ValueError, match="x must be numbers in a tensor or an array"):
        model([[[1.0]], [[1.0], [2.0]]])


def test_tokens_are_whole_and_in_the_alphabet():
    net = network(d_input=5, tokens=True)
    with pytest.raises(ValueError, match="x must be whole numbers, the symbols, got torch.float32"):
        net(torch.ones(2, 6))
    with pytest.raises(ValueError, match=r"x must be symbols in 0 \.\.\. 4, got 1 \.\.\. 5"):
        net(torch.tensor([[1, 5]]))
    assert net(np.ones((2, 6), np.uint8)).shape == (2, 2)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (torch.arange(12) % 2 + 1, r"classes 0 \.\.\. 1, .* got 2"),
        (torch.arange(12) % 2 - 1, "counted from 0, got torch.int64 of shape .*, lowest -1"),
        (torch.ones(12), "whole numbers, .* got torch.float32"),
        (torch.ones(12, dtype=torch.complex64), "whole numbers, .* got torch.complex64"),
        (torch.zeros(12, 1, dtype=torch.long), r"\(n,\) whole numbers, .* shape \(12, 1\)"),
        (["a"] * 12, "train's y must be numbers of one shape"),
        (torch.zeros(11, dtype=torch.long), "equal length above 0, got lengths"),
    ],
)
def test_labels_that_cannot_be_classes(y, said):
    x, right = signals()
    with pytest.raises(ValueError, match=said):
        trained((x, y), (x, right))


def test_a_test_label_above_the_classes_is_found_before_training():
    x, y = signals()
    with pytest.raises(ValueError, match=r"classes 0 \.\.\. 1"):
        trained((x, y), (x, y + 1))


def test_numbers_that_are_not_finite_are_named_with_their_example():
    x, y = signals()
    for broken in (math.nan, math.inf):
        bad = x.clone()
        bad[[3, 7], 2] = broken
        with pytest.raises(ValueError, match="train's x .* 2 of 12 examples, the first is .* 3"):
            trained((bad, y), (x, y))
        with pytest.raises(ValueError, match="test's x must be finite"):
            trained((x, y), (bad, y))
        weight = torch.ones(12)
        weight[5] = broken
        with pytest.raises(ValueError, match="in 1 of 12 examples, the first is number 5"):
            trained(((x, weight), y))


def test_a_loader_is_told_how_to_become_a_pair():
    x, y = signals()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=4)
    with pytest.raises(ValueError, match="got DataLoader; the batches"):
        trained(loader, (x, y))
    joined = tuple(map(torch.cat, zip(*loader, strict=True)))  # which the message says
    assert trained(joined) == trained((x, y))


@pytest.mark.parametrize(
    ("scale", "shift", "warned"), [(1, 0, False), (0.1, 0, True), (1, 5, True), (0.25, 0.15, False)]
)
def test_a_faint_or_shifted_signal_is_warned_of(scale, shift, warned):
    x, y = signals(n=40)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained((scale * x + shift, y))
    assert ["Standardise each" in str(w.message) for w in caught] == [True] * warned


def test_rare_events_in_silence_are_not_faint():
    x, y = torch.zeros(40, 100, 1), torch.arange(40) % 2
    x[torch.arange(40), torch.arange(40)] = 1.0
    x += 0.02 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained((x, y))
        with pytest.raises(UserWarning, match="Standardise each"):
            trained((0.5 * x, y))


def test_a_new_encoder_adds_nothing_to_a_signal():
    net = network(d_input=3)
    assert torch.equal(net.encode(torch.zeros(1, 1, 3)), torch.zeros(1, 1, 8))


def test_a_shifted_channel_is_named_and_padding_hides_nothing():
    g, lengths = torch.Generator().manual_seed(0), torch.arange(40) % 20 + 5
    x, y = torch.randn(40, 100, 2, generator=g), torch.arange(40) % 2
    x[..., 1] += 30
    padded = x.masked_fill((torch.arange(100) >= lengths[:, None])[..., None], 0)
    for given in (x, (padded, lengths)):
        with pytest.warns(UserWarning, match="channel 1 .* mean (29.|30).*Standardise each"):
            trained((given, y), d_input=2)


def test_lengths_in_the_wrong_place_are_told_where_they_go():
    x, y = signals()
    with pytest.raises(ValueError, match=r"lengths go with x, as in \(\(x, lengths\), y\)"):
        trained((x, y, torch.full((12,), 5)), (x, y))
    with pytest.raises(ValueError, match=r"given as a tuple \(x, lengths\)"):
        trained(([[1.0], [1.0, 2.0]], [0, 1]), (x, y))


def test_pixels_as_channels_are_not_called_shifted():
    g = torch.Generator().manual_seed(0)
    x, y = 0.1 * torch.rand(40, 1, 16, generator=g), torch.arange(40) % 2
    x[..., :3] += 0.9  # three pixels that are bright in every image, and the rest in every other
    x[::2, :, 3:] += 0.8
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained((x.expand(40, 5, 16), y), d_input=16)
    assert [str(warning.message) for warning in caught] == []
