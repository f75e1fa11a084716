"""The networks that the page runs are the library's, and so are the pixels that they read."""

import base64
from functools import partial

import numpy as np
import pytest
import torch

from sslearn.course.draw import drawings, packed, pixels
from sslearn.course.draw.pack import SHIPPED, shipped
from sslearn.data import DataError
from sslearn.layers import BinaryS4D, GatedSpikingUnit
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import load_task

SCORES = """async ([raw, inputs, L]) => {
  const page = await import('./draw_a_digit.js');
  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const net = page.network(page.unpack(bytes(raw)));
  const u = new Float32Array(bytes(inputs).buffer), out = [];
  for (let k = 0; k < u.length / L; k++) {
    const reader = new page.Reader(net, L, Math.sqrt(L));
    reader.put(u.slice(k * L, (k + 1) * L));
    reader.read();
    out.push([...reader.scores.slice((L - 1) * net.classes)]);
  }
  return out;
}"""
# Of a score. The page adds up in float64, so that a spike or a sign of Ter that lies at its
# threshold may fall the other way, and S4D has none. Measured on 500 digits: 0.07, 0.04 and 0.0001.
BOUNDS = {"Binary S4D": 0.2, "GSU": 0.2, "S4D": 1e-3}


def digits(n=500):
    """n pictures (n, 784, 1): MNIST's first test digits, or scikit-learn's where it is missing."""
    try:
        return load_task("smnist").test[0][:n].clone()
    except DataError:
        x = torch.cat(load_task("digits").test[:1] + load_task("digits").train[:1])[:n]
        image = x.view(-1, 1, 8, 8)
        big = torch.nn.functional.interpolate(image, size=20, mode="bilinear", align_corners=False)
        return torch.nn.functional.pad(big, (4, 4, 4, 4)).reshape(len(x), 784, 1)


def scores_of(page, raw, x):
    """The scores (n, classes) that the packed network gives in the page for x (n, L, 1)."""
    texts = (raw, x.numpy().astype("<f4").tobytes())
    arguments = [*(base64.b64encode(t).decode() for t in texts), x.shape[1]]
    return torch.tensor(page.evaluate(SCORES, arguments))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_are_the_librarys_on_500_digits(drawing_page, name):
    net, x, bound = shipped(name), digits(), BOUNDS[name]
    with torch.no_grad():
        wanted = torch.cat([net(part) for part in x.split(100)])
    raw = packed(net, name)
    got = torch.cat([scores_of(drawing_page, raw, part) for part in x.split(50)])
    assert len(x) == 500 and (got - wanted).abs().max() < bound
    first, second = wanted.topk(2).values.T
    clear = first - second > 2 * bound  # elsewhere a bound on the scores cannot hold the class
    assert clear.sum() >= 450
    assert (got.argmax(-1) == wanted.argmax(-1))[clear].all()
    assert (got.argmax(-1) != wanted.argmax(-1)).sum() <= 2


def twice(H, generator):
    """Two units in a row, the second with a matrix of its own for Ter(W)."""
    units = [GatedSpikingUnit(H, shared=k == 0, generator=generator) for k in range(2)]
    return torch.nn.Sequential(units[0], torch.nn.Tanh(), units[1])


@pytest.mark.parametrize(
    "parts",
    [
        recipe("s4d", N=4) | {"prenorm": True, "pool": "last"},
        recipe("gsu", N=6) | {"norm": "batch"},
        recipe("gsu", N=4) | {"mix": twice, "prenorm": True},
        recipe("binary-s4d") | {"layer": partial(BinaryS4D, N=8, theta=0.3)},
        recipe("s4d", N=4) | {"act": torch.relu},
    ],
)
def test_a_readers_own_network_is_the_librarys(drawing_page, parts):
    g = torch.Generator().manual_seed(1)
    net = SequenceClassifier(1, 7, **parts, H=6, depth=3, generator=g)
    x = torch.rand(20, 64, 1, generator=g)
    with torch.no_grad():
        net(x)  # in training, so that a batch norm has seen something
        wanted = net.eval()(x)
    got = scores_of(drawing_page, packed(net, "mine", side=8), x)
    assert wanted.std(0).max() > 1e-3  # The scores depend on the picture.
    torch.testing.assert_close(got, wanted, atol=2e-4, rtol=1e-3)


def test_strokes_become_the_same_pixels(drawing_page):
    g = np.random.default_rng(0)
    made = [g.random((3, 9, 2)).round(3).tolist() for _ in range(20)] + [[[[0.3, 0.4]]]]
    every = [d.strokes for d in drawings()] + made
    for side in (28, 14, 8):
        script = """async ([strokes, side]) => {
          const { pixels } = await import('./draw_a_digit.js');
          return strokes.map(s => [...pixels(s, side)]);
        }"""
        got = np.array(drawing_page.evaluate(script, [every, side]))
        wanted = np.array([pixels(s, side).ravel() for s in every])
        np.testing.assert_allclose(got, wanted, atol=1 / 16 + 1e-9)  # one sample on the pen's rim
        assert (got != wanted).mean() < 1e-3
