"""A picture is the same on every reader's machine."""

import matplotlib
import matplotlib.style
import numpy as np
import pytest
import torch

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import draw_line, draw_raster, legend, style_axes
from sslearn.course.figure.training import rasters_picture

OWN_STYLES = {
    "dark": lambda: matplotlib.style.context("dark_background"),
    "large": lambda: matplotlib.rc_context({"font.size": 24, "lines.antialiased": False}),
    "LaTeX": lambda: matplotlib.rc_context({"text.usetex": True, "image.cmap": "jet"}),
}


def draw(fig):
    left, right = fig.subplots(1, 2)
    style_axes(left, x="time (ms)", y="v (mV)", title="left").set(xlim=(0, 9), ylim=(-1, 2))
    lines = {"v": draw_line(left, label="v"), "s": draw_raster(left, label="spikes")}
    legend(left)
    return lines | {"said": left.text(1, 1, ""), "image": right.imshow(np.eye(3))}


def data(k):
    values = {"v": (range(9), [k] * 9), "s": ([k], [k]), "said": f"k = {k}"}
    return values | {"image": k * np.eye(3)[::-1]}


@pytest.mark.parametrize("style", OWN_STYLES)
def test_a_readers_own_style_changes_no_byte(style):
    expected = Picture(draw, data(0), "")
    first = expected.png()
    expected.update(data(1), "")
    with OWN_STYLES[style]():
        before = dict(matplotlib.rcParams)
        picture = Picture(draw, data(0), "")
        assert picture.png() == first
        picture.update(data(1), "")
        assert picture.png() == expected.png() != first
        assert dict(matplotlib.rcParams) == before


def test_one_raster_alone_is_a_picture():
    picture = rasters_picture({"one": torch.eye(4)}, "one neuron a step")
    assert [ax.get_title(loc="left") for ax in picture.fig.axes] == ["one"]
