"""Pathfinder's images against images that were kept, and its dashes measured in pixels."""

import hashlib
import math

import numpy as np
import pytest

from sslearn.data.made import PATHFINDER32, PATHX, pathfinder
from sslearn.data.made.paths import LEAST_FREE, distractors, empty_occupancy
from sslearn.data.made.strokes import Brush, brush_for

KEPT = {  # Each is the start of the sha256 of x and y of 20 images.
    (6, 0): "60795bb6cf510067",
    (9, 1): "a379cf4772a666fa",
    (14, 0): "227cf2861f4d7860",
}


@pytest.mark.parametrize(("contour", "seed"), KEPT)
def test_images_are_the_kept_ones(contour, seed):
    x, y = pathfinder(20, canvas=PATHFINDER32._replace(contour=contour), seed=seed)
    raw = x.numpy().tobytes() + y.numpy().tobytes()
    assert hashlib.sha256(raw).hexdigest()[:16] == KEPT[contour, seed]


def test_an_image_of_path_x_is_the_kept_one():
    x, y = pathfinder(1, canvas=PATHX._replace(contour=9), seed=3)
    raw = x.numpy().tobytes() + y.numpy().tobytes()
    assert hashlib.sha256(raw).hexdigest()[:16] == "755a61ea53755c36"


BRUSHES = [(canvas, margin) for canvas in (PATHFINDER32, PATHX) for margin in canvas.margins]
SIDES = {0: (0, 1), 90: (1, 0), 180: (0, -1), -90: (-1, 0)}  # degrees: (rows, columns) a pixel on


def extent(picture, shade):
    """The first and last row, and the first and last column, that have more than a shade."""
    return [np.flatnonzero((picture > shade).any(axis))[[0, -1]] for axis in (1, 0)]


@pytest.mark.parametrize(("canvas", "margin"), BRUSHES)
@pytest.mark.parametrize("degrees", SIDES)
def test_a_dash_has_its_length_and_thickness_and_its_mask_a_margin_more(canvas, margin, degrees):
    """Measured in pixels, from the middle of the stamp, where the dash starts."""
    stamp = Brush(canvas, margin).stamp(math.radians(degrees))
    assert stamp.line.shape == stamp.mask.shape and len(stamp.line) % 2 == 1
    assert len(stamp.dilated) == len(stamp.mask) + 2 * margin
    middle = len(stamp.line) // 2
    half = math.ceil(canvas.thickness) // 2
    for k, (first, last) in enumerate(extent(stamp.line, 40)):
        way = SIDES[degrees][k]
        if way:
            assert (first, last) == (
                middle - (way < 0) * canvas.dash,
                middle + (way > 0) * canvas.dash,
            )
        else:
            assert (first, last) == (middle - half, middle + half)
        mask, dilated = extent(stamp.mask, 76)[k], extent(stamp.dilated, 76)[k]
        assert mask.tolist() == [first - margin, last + margin]
        assert dilated.tolist() == [first - margin, last + 3 * margin]  # Its picture is padded.


def test_no_distractor_is_begun_where_hardly_any_cell_is_free():
    brush, rng = brush_for(PATHFINDER32, 1), np.random.default_rng(0)
    occupancy = empty_occupancy(brush).copy()
    assert len(distractors(brush, occupancy, rng)) == PATHFINDER32.distractor_dashes // (14 // 3)
    occupancy.mask[:] = 255
    occupancy.mask[4, 4 : 4 + int(LEAST_FREE * 32 * 32)] = 0
    before = rng.bit_generator.state
    assert distractors(brush, occupancy, rng) == [] and rng.bit_generator.state == before
