"""The explorer itself, and what must hold for every explorer of every notebook.

tests/test_explorers_NN.py lists the explorers of notebook NN as EXPLORERS.
"""

import importlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslearn.explorers import Explorer, Slider, Toggle, image_bytes
from sslearn.explorers.neuron import (
    hidden_neuron,
    lif_lab,
    lif_view,
    mystery_neuron,
    mystery_view,
    verdict,
)
from sslearn.pictures import Picture
from sslearn.plots import draw_line, style_axes

EXPLORERS = [lif_lab, mystery_neuron]
for path in sorted(Path(__file__).parent.glob("test_explorers_*.py")):
    EXPLORERS += importlib.import_module(path.stem).EXPLORERS


def draw(fig):
    ax = style_axes(fig.subplots(), x="x", y="y")
    ax.set(xlim=(0, 1), ylim=(-2, 2))
    return {"y": draw_line(ax)}


def compute(a, flip):
    if a > 1.5:
        raise RuntimeError("too far")
    return {"y": ([0, 1], [a, -a if flip else a])}, f"a is {a}"


def small():
    controls = {"a": Slider("a (mV)", 0.0, 1.0, 0.1, 0.5), "flip": Toggle("flip")}
    return Explorer(compute, draw, controls, presets={"one": {"a": 1.0}}, reading="A line.")


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
    fresh = Picture(lab.picture.draw, data, caption, size=(8, 4.2))
    assert fresh.png() == lab.picture.png()


def test_error_is_shown_and_raised_and_next_move_recovers():
    explorer = small()
    explorer.controls["a"].max = 3.0
    with pytest.raises(RuntimeError, match="too far"):
        explorer.set(a=2.0)
    assert "RuntimeError: too far" in explorer._caption.value
    assert "sslearn-error" in explorer._caption.value
    explorer.set(a=1.0)
    assert explorer._caption.value == '<p role="status">a is 1.0</p>'


def test_alt_text_caption_and_saved_text_agree():
    explorer = small()
    explorer.set(a=0.2)
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.caption == "a is 0.2"
    assert 'alt="a is 0.2"' in explorer._image.value and 'alt="a is 0.2"' in bundle["text/html"]
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= bundle.keys()
    assert "a (mV) 0.2" in explorer.describe() and "A line." in explorer.describe()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="controls"):
        small().set(b=1)
    with pytest.raises(ValueError, match="preset"):
        small().preset("two")
    with pytest.raises(ValueError, match="presets"):
        Explorer(compute, draw, {}, presets={"x": {"a": 1}}, reading="")
    with pytest.raises(ValueError, match="missing"):
        small().picture.update({}, "nothing")
    with pytest.raises(ValueError, match="number"):
        hidden_neuron(10)


def discoveries():
    lab = lif_lab()
    return {name: lif_view(**lab.defaults | values)[0] for name, values in lab.presets.items()}


def test_rheobase_is_theta_over_R():
    found = discoveries()
    assert found["just below rheobase"]["count"] == 0
    assert found["just above rheobase"]["count"] > 0
    for tau, theta in ((10.0, 15.0), (5.0, 7.0), (20.0, 20.0)):  # at theta / R, to rounding
        assert lif_view(I=theta / 10, tau=tau, theta=theta)[0]["count"] == 0


def test_subtract_keeps_the_surplus():
    found = discoveries()
    zero, subtract = found["zero loses the surplus"], found["subtract keeps it"]
    assert subtract["hz"] > 1.2 * zero["hz"]


def test_a_coarse_step_shifts_the_rate():
    coarse, fine = discoveries()["coarse step"], lif_view()[0]
    assert coarse["hz"] < fine["hz"] and coarse["formula_hz"] == fine["formula_hz"]
    assert abs(fine["hz"] / fine["formula_hz"] - 1) < 0.02
    assert abs(coarse["hz"] / coarse["formula_hz"] - 1) > 0.05


def test_without_reset_v_settles_at_RI():
    assert discoveries()["no reset"]["v_max"] == pytest.approx(20, rel=1e-3)
    assert "closed form" not in lif_view(reset="none")[1]  # it is the rate of a reset to zero


@pytest.mark.parametrize("dt", [0.5, 10.0])
def test_v_and_spikes_stand_at_the_end_of_their_step(dt):
    data, caption = lif_view(I=1.4, dt=dt, now=60)  # the step of current starts at 20 ms
    t, v = (x.numpy() for x in data["v"])
    assert np.allclose(v, 14 * (1 - np.exp(-np.maximum(t - 20, 0) / 20)), atol=1e-4)
    left = 14 * (1 - np.exp(-2))
    assert caption.endswith(f"at 60 ms the last finished step left v at {left:.1f} mV.")
    data = lif_view(dt=dt)[0]
    times = data["spikes"][0]
    assert set(times) <= set(data["v"][0].tolist()) and times[0] - 20 > 20 * np.log(4) > 0


@pytest.mark.parametrize("number", range(10))
def test_mystery_neuron_can_be_solved_from_its_spikes(number):
    def fires(I):
        return not np.isnan(mystery_view(number=number, I=I)[0]["first"])

    low, high = 60, 250  # in steps of the slider, 0.01 nA: halve until one step is left
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if fires(mid / 100) else (mid, high)
    rheobase = high / 100
    theta = 10 * (rheobase - 0.005)
    weak, strong = (mystery_view(number=number, I=k * rheobase)[0] for k in (1.3, 2.5))
    tau = (weak["first"] - 0.25) / np.log(1.3 * rheobase / (1.3 * rheobase - theta / 10))
    estimate = {"tau": tau, "theta": theta, "t_ref": strong["gap"] - strong["first"]}
    assert verdict(number, **estimate).endswith("solved.")
    assert "tau not within" in verdict(number, **estimate | {"tau": 1.2 * tau})
