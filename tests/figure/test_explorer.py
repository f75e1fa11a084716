"""The explorer itself, and what must hold for every explorer of every notebook.

tests/nNN/test_explorers.py lists the explorers of notebook NN as EXPLORERS.
"""

import importlib
import io
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import pytest
from PIL import Image

from sslearn.course.figure.controls import Slider, Toggle
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import draw_line, style_axes
from sslearn.course.n01_neuron.mystery import hidden_neuron
from sslearn.course.n01_neuron.neuron import lif_lab, lif_view
from tests.contents import NOTEBOOKS, PANELS, explorers

ROOT = Path(__file__).parents[2]
ROOMS = sorted((ROOT / "tests").glob("n*/test_explorers.py"))
DEFAULTS = ("float32", "cpu"), ("float64", "meta")  # a learner may set the second pair
EXPLORERS = [
    make
    for path in ROOMS
    for make in importlib.import_module(f"tests.{path.parent.name}.test_explorers").EXPLORERS
]


def test_every_explorer_that_a_notebook_shows_is_under_test():
    shown = {name for path in NOTEBOOKS for name in explorers(path)} - set(PANELS)
    assert {make.__name__ for make in EXPLORERS} == shown


def draw(fig):
    ax = style_axes(fig.subplots(), x="x", y="y")
    ax.set(xlim=(0, 1), ylim=(-2, 2))
    return {"y": draw_line(ax)}


def view(a, flip):
    if a > 1.5:
        raise RuntimeError("too far")
    return {"y": ([0, 1], [a, -a if flip else a])}, f"a is {a}"


def small():
    controls = {"a": Slider("a (mV)", 0.0, 1.0, 0.1, 0.5), "flip": Toggle("flip")}
    return Explorer(view, draw, controls, presets={"one": {"a": 1.0}}, reading="A line.")


def image_bytes(explorer):
    """What the explorer shows now, as PNG."""
    return explorer.picture.png()


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(image_bytes(explorer))))


@pytest.mark.parametrize("make", EXPLORERS)
def test_every_control_end_and_preset(make):
    explorer = make()
    first = pixels(explorer)
    explorer.sweep()
    assert np.array_equal(pixels(explorer), first)  # back to the start, to the pixel
    for name in explorer.presets:
        explorer.preset(name)
        assert not np.array_equal(pixels(explorer), first), name


PICTURES = """
import hashlib, torch
torch.set_num_threads(1)
torch.set_default_dtype(torch.{dtype})
from tests.figure.test_explorer import EXPLORERS, image_bytes
torch.set_default_device("{device}")
for make in EXPLORERS:
    explorer = make()
    for name in [None, *explorer.presets]:
        explorer.preset(name) if name else None
        print(make.__name__, name, hashlib.md5(image_bytes(explorer)).hexdigest(), explorer.caption)
assert torch.get_default_dtype() == torch.{dtype} and torch.get_default_device().type == "{device}"
"""


def test_a_readers_default_dtype_and_device_change_no_picture():
    codes = (PICTURES.format(dtype=t, device=d) for t, d in DEFAULTS)
    command = [sys.executable, "-c"]
    runs = [Popen([*command, code], stdout=PIPE, text=True, cwd=ROOT) for code in codes]
    usual, own = (run.communicate()[0].splitlines() for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert len(usual) > 3 * len(EXPLORERS)
    assert [(a, b) for a, b in zip(usual, own, strict=True) if a != b] == []


@pytest.mark.parametrize("make", EXPLORERS)
def test_every_control_changes_the_picture_or_the_caption(make):
    explorer = make()
    for name, spec in explorer.specs.items():
        seen = set()
        for value in spec.ends():
            explorer.set(**explorer.defaults | {name: value})
            seen.add((explorer.caption, image_bytes(explorer)))
        assert len(seen) > 1, name


@pytest.mark.parametrize("make", EXPLORERS)
def test_nothing_is_drawn_outside_the_axes(make):
    explorer = make()
    for name in [None, *explorer.presets]:
        explorer.preset(name) if name else explorer.reset()
        for key, artist in explorer.picture.artists.items():
            if hasattr(artist, "get_ydata") and len(np.atleast_1d(artist.get_ydata())):
                low, high = artist.axes.get_ylim()
                y = np.asarray(artist.get_ydata(), float)
                assert low <= y.min() and y.max() <= high, (name, key)


def test_moved_picture_equals_a_new_one():
    lab = lif_lab()
    lab.set(I=3.0, reset="subtract")
    data, caption = lif_view(I=3.0, reset="subtract")
    fresh = Picture(lab.picture.draw, data, caption, size=(9.5, 4.2))
    assert fresh.png() == lab.picture.png()


def test_error_is_shown_and_raised_and_next_move_recovers():
    explorer = small()
    explorer.controls["a"].max = 3.0
    with pytest.raises(RuntimeError, match="too far"):
        explorer.set(a=2.0)
    complaint = explorer._living.move
    assert complaint["error"] and complaint["caption"] == "RuntimeError: too far"
    explorer.set(a=1.0)
    assert explorer._living.move["caption"] == "a is 1.0" and "error" not in explorer._living.move


def test_alt_text_caption_and_saved_text_agree():
    explorer = small()
    explorer.set(a=0.2)
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.caption == "a is 0.2"
    assert (
        explorer._living.move["caption"] == "a is 0.2" and 'alt="a is 0.2"' in bundle["text/html"]
    )
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= bundle.keys()
    assert "a (mV) 0.2" in explorer.describe() and "A line." in explorer.describe()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="controls"):
        small().set(b=1)
    with pytest.raises(ValueError, match="preset"):
        small().preset("two")
    with pytest.raises(ValueError, match="presets"):
        Explorer(view, draw, {}, presets={"x": {"a": 1}}, reading="")
    with pytest.raises(ValueError, match="missing"):
        small().picture.update({}, "nothing")
    with pytest.raises(ValueError, match="number"):
        hidden_neuron(10)
