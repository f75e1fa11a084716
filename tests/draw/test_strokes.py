"""Strokes become the picture that MNIST's makers would have made of them."""

import numpy as np
import pytest
import torch

from sslearn.course.draw import drawings, pixels
from sslearn.course.draw.strokes import FORMS
from sslearn.data import digits, pooled

FLAT = [[[0.2, 0.5], [0.8, 0.5]]]  # a stroke from left to right


def test_a_flat_stroke_by_hand():
    image = pixels(FLAT)
    pen = FORMS[28][-1]
    wide, high = 20, 20 * pen / (0.6 + pen)  # its box in pixels: 20 by 2.3
    rows, columns = (np.flatnonzero(image.sum(axis)) for axis in (1, 0))
    assert columns.tolist() == list(range(4, 24))
    assert rows.tolist() == [13, 14, 15] and image[14, 5:23].min() == 1
    assert image.sum() == pytest.approx(wide * high - (1 - np.pi / 4) * high**2, rel=0.1)


def test_size_and_place_do_not_matter():
    ring = [[[0.5 + 0.3 * np.cos(a), 0.5 + 0.3 * np.sin(a)] for a in np.linspace(0, 6.3, 40)]]
    moved = [[[x - 0.15, y + 0.1] for x, y in ring[0]]]
    np.testing.assert_allclose(pixels(ring), pixels(moved), atol=1 / 16)


def test_ink_is_centred_by_mass_and_fills_its_box():
    for drawing in drawings():
        image = pixels(drawing.strokes)
        y, x = np.mgrid[:28, :28]
        for axis in (x, y):
            assert abs((image * axis).sum() / image.sum() - 13.5) <= 0.5
        rows, columns = (np.ptp(np.flatnonzero(image.sum(axis))) + 1 for axis in (1, 0))
        assert 18 <= max(rows, columns) <= 20
        small = pixels(drawing.strokes, 8)
        rows, columns = (np.ptp(np.flatnonzero(small.sum(axis))) + 1 for axis in (1, 0))
        assert max(rows, columns) == 8


def test_the_ink_of_small_drawings_is_that_of_scikit_learns_digits():
    ink = np.mean([pixels(drawing.strokes, 8) for drawing in drawings()])
    assert ink == pytest.approx(digits().x.float().mean().item(), rel=0.05)


def test_the_half_of_the_resolution_is_that_of_the_data():
    image = pixels(FLAT)
    wanted = pooled(torch.tensor(image[None]))[0].numpy()
    np.testing.assert_allclose(pixels(FLAT, 14), wanted, atol=1e-12)


def test_nothing_drawn_is_black_and_a_dot_is_not():
    assert pixels([]).sum() == 0 and pixels([[]]).sum() == 0
    dot = pixels([[[0.9, 0.1]]])
    assert dot.sum() == pytest.approx(np.pi * 10**2, rel=0.02)


def test_another_side_is_refused():
    with pytest.raises(ValueError, match=r"side must be one of \[8, 14, 28\], got 16"):
        pixels(FLAT, 16)


def test_there_is_a_stored_drawing_for_each_digit():
    assert [drawing.means for drawing in drawings()] == list(range(10))
    points = np.array([p for d in drawings() for stroke in d.strokes for p in stroke])
    assert 0 <= points.min() and points.max() <= 1
    assert len({drawing.name for drawing in drawings()}) == 10
