"""The page's weights: rounded to 24 bits, and none of a GSU's across its threshold."""

import base64
import json
import math
import re

import numpy as np
import pytest
import torch

from sslearn.deploy import to_html
from sslearn.deploy.page_network import described
from sslearn.deploy.page_numbers import lettered
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import ASSETS, open_model


def read(shapes, letters):
    """The arrays that net.js reads of the letters, in float64."""
    raw, at, arrays = base64.b64decode(letters), 0, {}
    for name, (rows, columns) in shapes.items():
        e = np.frombuffer(raw, np.uint8, rows, at).astype(float) - 127
        q = np.frombuffer(raw, np.uint8, 3 * rows * columns, at + rows).reshape(rows, columns, 3)
        q = (q.astype(np.int32) << [8, 16, 24]).sum(-1, dtype=np.int32) >> 8
        arrays[name], at = q * 2.0 ** (e[:, None] - 23), at + rows + 3 * rows * columns
    assert at == len(raw)
    return arrays


@pytest.mark.parametrize("name", ["binary-s4d", "gsu"])
def test_a_number_is_off_by_one_part_in_eight_million_of_its_rows_largest(name):
    parts = recipe(name, N=4) | {"depth": 2, "H": 33}
    net = SequenceClassifier(1, 10, **parts, generator=torch.Generator().manual_seed(0))
    _, arrays = described(net)
    arrays["zero"], arrays["loud"] = torch.zeros(2, 3), torch.tensor([[-3e38], [1e-30]])
    got = read(*lettered(arrays, {}))
    for key, value in arrays.items():
        w = np.atleast_2d(value.double().numpy())
        assert got[key].shape == w.shape
        assert (np.abs(got[key] - w) <= 2.0**-23 * np.abs(w).max(1, keepdims=True)).all(), key
    assert (got["zero"] == 0).all()


def test_no_weight_changes_its_ternary_sign():
    """A weight at the threshold stays on its side, although its number is rounded."""
    g = torch.Generator().manual_seed(0)
    W = torch.rand(40, 40, generator=g) * 2 - 1
    cut = 0.15 * W.abs().max()
    for k in range(40):  # neighbours of the threshold, nearer than a number of 24 bits can be
        side = torch.tensor(math.inf if k % 2 else -math.inf)
        W[k, k] = torch.nextafter(cut, side) * (-1) ** (k // 2)
    W[1, 2] = cut
    plain, kept = (read(*lettered({"W": W}, cuts))["W"] for cuts in ({}, {"W": cut.item()}))
    wanted = (W.abs() >= cut).numpy()
    assert ((np.abs(plain) >= cut.item()) != wanted).any()
    assert ((np.abs(kept) >= cut.item()) == wanted).all()
    assert np.abs(kept - W.numpy()).max() < 2e-7


def test_a_shipped_gsu_keeps_its_ternary_weights(tmp_path):
    model, _ = open_model(ASSETS / "smnist-gsu-small-0.safetensors")
    to_html(model, tmp_path / "gsu.html")
    text = (tmp_path / "gsu.html").read_text(encoding="utf-8")
    head = json.loads(re.search(r'id="network">(.*?)</script>', text)[1])
    arrays = read(head["arrays"], re.search(r'id="weights">(.*?)</script>', text)[1])
    for k, block in enumerate(model.blocks):
        unit, stage = block.mix[0], head["blocks"][k]["mix"][0]
        _, T = unit.ternary_inputs(torch.ones(1, 64))
        got = np.sign(arrays[f"{k}.mix0.W"]) * (np.abs(arrays[f"{k}.mix0.W"]) >= stage["delta"])
        np.testing.assert_array_equal(got, T.detach().numpy())
