"""Each preset's discovery is seen in the picture: it differs from the default and all others.

What sets a discovery apart that rests on a small gap is measured in pixels in its own room's
tests, as in tests/n01 and tests/n06.
"""

import itertools

import numpy as np
import pytest

from sslearn.course.figure import Picture, lines_panel
from tests.figure.pixels import FAR, changed_tiles, grey, lines, moved, points
from tests.figure.test_explorer import EXPLORERS

TILES = 0.02  # of the picture, in tiles of 8 x 8 px
WAY = 12.0  # px that a line moves, as thick as a line of text


@pytest.mark.parametrize("make", EXPLORERS)
def test_every_preset_looks_unlike_the_default_and_every_other(make):
    explorer, seen = make(), {}
    for name in ["default", *explorer.presets]:
        explorer.reset() if name == "default" else explorer.preset(name)
        seen[name] = lines(explorer.picture), grey(explorer.picture)
    for one, two in itertools.combinations(seen, 2):
        (here, before), (there, after) = seen[one], seen[two]
        tiles = changed_tiles(before, after)
        way = max(moved(here[name], there[name]) for name in here)
        assert tiles >= TILES and way >= WAY, f"{one} and {two}: {tiles:.1%}, {way:.0f} px"


def panel(y):
    curves = {"y": (np.arange(50), np.asarray(y, float))}
    limits = {"low": ([0, 49], [0, 0]), "high": ([0, 49], [1, 1])}
    return Picture(lines_panel(curves | limits, x="x", y="y"), curves | limits, "", size=(4, 3))


def test_what_moves_by_a_line_width_is_no_discovery():
    flat, near, far, none = (panel([y] * 50) for y in (0.5, 0.51, 0.7, np.nan))
    height = np.ptp(points(far.artists["high"])[:, 1].tolist() + [points(far.artists["low"])[0, 1]])
    assert moved(lines(flat)["y"], lines(near)["y"]) == pytest.approx(0.01 * height)
    assert moved(lines(flat)["y"], lines(far)["y"]) == pytest.approx(0.2 * height)
    assert 0.01 * height < WAY < 0.2 * height
    assert moved(lines(flat)["y"], lines(none)["y"]) == FAR
    assert changed_tiles(grey(flat), grey(near)) < changed_tiles(grey(flat), grey(far))
    assert changed_tiles(grey(flat), grey(flat)) == 0
