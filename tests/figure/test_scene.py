"""What the page paints stands where matplotlib would draw it."""

import numpy as np
import pytest

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.scene import Scene, dashes, still
from tests.figure.test_explorer import EXPLORERS


def one(data, *, setup=lambda ax: None, **line):
    """A picture with one moving line."""

    def draw(fig):
        ax = fig.subplots()
        ax.set(xlim=(1, 10), ylim=(1, 5))
        setup(ax)
        return {"it": ax.plot([], [], **line)[0]}

    return Picture(draw, {"it": data}, "one", size=(3, 2))


def by_transform(picture, name="it"):
    """The points of a line in pixels, by matplotlib's transform alone."""
    artist = picture.artists[name]
    xy = artist.get_transform().transform(np.column_stack(artist.get_data()))
    return np.stack([xy[:, 0], picture.fig.bbox.height - xy[:, 1]])


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
def test_points_stand_where_the_transform_puts_them(scale):
    x = np.linspace(1, 10, 7)
    picture = one((x, x / 2), setup=lambda ax: ax.set(xscale=scale, yscale=scale))
    scene = Scene(picture)
    (head,), (xy,) = scene.numbers()
    assert head == {"n": 7} and np.abs(xy - by_transform(picture)).max() < 1e-3
    kinds = {to and to[0] for to in scene.spec["looks"][0]["to"].values()}
    assert kinds == {scale}


def test_both_sides_of_a_symlog_axis_and_its_middle_stand_where_the_transform_puts_them():
    look = {"linthresh": 0.5, "linscale": 0.7}
    y = np.array([-300, -0.5, -0.2, 0, 0.5, 0.6, 1000])

    def setup(ax):
        ax.set_yscale("symlog", **look)
        ax.set_ylim(-400, 2000)

    picture = one((y, y), setup=setup)
    (_,), (xy,) = Scene(picture).numbers()
    assert np.abs(xy - by_transform(picture)).max() < 1e-3
    assert Scene(picture).spec["looks"][0]["to"]["y"][0] == "symlog"


@pytest.mark.parametrize("make", EXPLORERS)
def test_every_line_of_every_explorer_stands_where_matplotlib_puts_it(make):
    explorer = make()
    for name in [None, *explorer.presets]:
        explorer.preset(name) if name else None
        _, arrays = explorer._living.scene.numbers()
        looks = explorer._living.spec["looks"]
        for look, xy in zip(looks, arrays, strict=True):
            if look["kind"] == "line" and look["steps"] == "default" and xy.size:
                with np.errstate(all="ignore"):
                    wanted = by_transform(explorer.picture, look["name"])
                there = np.isfinite(wanted).all(0)
                assert np.abs(xy - wanted)[:, there].max(initial=0) < 0.01, look["name"]


def test_steps_and_gaps():
    (_,), (xy,) = Scene(one(([2, 4], [1, 3]), drawstyle="steps-post")).numbers()
    assert xy.shape == (2, 3) and xy[0, 1] == xy[0, 2] and xy[1, 0] == xy[1, 1]
    (_,), (xy,) = Scene(one(([2, np.nan], [1, 3]))).numbers()
    assert np.isnan(xy[0, 1]) and not np.isnan(xy[:, 0]).any()


def test_a_value_below_zero_on_a_log_axis_is_a_gap():
    (_,), (xy,) = Scene(one(([2, -1], [1, 3]), setup=lambda ax: ax.set(xscale="log"))).numbers()
    assert np.isnan(xy[0, 1]) and np.isfinite(xy[0, 0])


@pytest.mark.parametrize("style", ["--", "-.", ":", (0, (6, 1.2))])
def test_dashes_are_those_that_matplotlib_draws(style):
    look = {"color": "black", "linestyle": style, "linewidth": 2, "dash_capstyle": "butt"}
    picture = one(([1, 10], [3, 3]), **look)
    (_,), (xy,) = Scene(picture).numbers()
    start, height = xy[:, 0].astype(int)
    dark = np.asarray(picture._pixels())[height, start : start + 130, 0] < 128
    changes = int((dark[1:] != dark[:-1]).sum())  # from dash to gap and back
    pattern = dashes(picture.artists["it"])
    period = sum(pattern) * picture.fig.dpi / 72
    assert changes > 10 and abs(changes - len(pattern) * 130 / period) <= len(pattern)


@pytest.mark.parametrize("origin", ["upper", "lower"])
def test_the_first_row_of_an_image_is_the_uppermost(origin):
    def draw(fig):
        image = fig.subplots().imshow(np.zeros((2, 3)), vmin=0, vmax=5, cmap="gray", origin=origin)
        return {"it": image}

    picture = Picture(draw, {"it": np.arange(6.0).reshape(2, 3)}, "six", size=(3, 2))
    (head,), (rgba,) = Scene(picture).numbers()
    left, top, width, height = head["box"]
    shown = np.asarray(picture._pixels())[:, :, 0]
    for r in range(2):
        for c in range(3):
            at = int(top + (r + 0.5) * height / 2), int(left + (c + 0.5) * width / 3)
            assert shown[at] == rgba[r, c, 0]


def test_the_still_part_has_ink_and_ground_of_the_page_and_no_moving_line():
    picture = one(([1, 10], [3, 3]), color="#123456")
    svg = still(picture)
    assert svg.startswith("<svg") and "currentColor" in svg and "#000000" not in svg
    assert "#123456" not in svg and still(picture) == svg
    assert picture.artists["it"].get_visible()


def test_another_artist_is_refused():
    picture = one(([1], [1]))
    picture.artists = {"bar": picture.fig.axes[0].bar([1], [1]).patches[0]}
    with pytest.raises(TypeError, match="lines, images and texts"):
        Scene(picture)
