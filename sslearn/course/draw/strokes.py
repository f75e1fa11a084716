"""Drawings as strokes, and the picture of pixels that a network reads of them."""

import functools
import json
from importlib.resources import files
from typing import NamedTuple

import numpy as np

FINE = 4  # samples along each side of a pixel
# How a set of digits has its ink, by the side of its pictures: the side of the ink's box, what
# stands in the middle, and the pen's width in sides of the pad.
FORMS = {28: (20, "mass", 0.078), 8: (8, "box", 0.12)}
Strokes = list[list[list[float]]]


class Drawing(NamedTuple):
    """A stored drawing: its name, the digit that it means, and its strokes of points (x, y)."""

    name: str
    means: int
    strokes: Strokes


@functools.cache
def drawings() -> list[Drawing]:
    """The ten stored drawings."""
    text = files("sslearn.deploy").joinpath("web/drawings.json").read_text(encoding="utf-8")
    return [Drawing(**fields) for fields in json.loads(text)]


def pixels(strokes: Strokes, side: int = 28) -> np.ndarray:
    """The picture (side, side), 0 to 1, of strokes whose points lie in 0 to 1, y downwards.

    The ink's box, pen included, is scaled to 20 of MNIST's 28 pixels and its centre of mass put in
    the middle, as LeCun, Bottou, Bengio and Haffner (1998) made MNIST; of scikit-learn's digits
    it fills all 8, and the pen is wider, so that the mean of the ten drawings is that of the set.
    A side of 14 has the mean of each 2 x 2 pixels of 28. The page's pen.js is this function, and
    a test holds the two equal.
    Raises ValueError for another side.
    """
    if side == 14:
        return pixels(strokes, 28).reshape(14, 2, 14, 2).mean((1, 3))
    if side not in FORMS:
        raise ValueError(f"side must be one of {sorted([14, *FORMS])}, got {side!r}")
    (box, centre, pen), out = FORMS[side], np.zeros((side, side))
    points = np.array([p for stroke in strokes for p in stroke])
    if not len(points):
        return out
    low, high = points.min(0) - pen / 2, points.max(0) + pen / 2
    scale = box / (high - low).max()
    n, r = box * FINE, pen / 2 * scale * FINE
    ink, grid = np.zeros((n, n), bool), np.stack(np.meshgrid(*2 * [np.arange(n) + 0.5]), -1)
    for stroke in strokes:
        ends = (np.array(stroke) - low) * scale * FINE
        for a, b in zip(ends, [*ends[1:], ends[-1]], strict=True):
            way, off = b - a, grid - a
            t = np.clip(off @ way / max(way @ way, 1e-30), 0, 1)
            ink |= np.square(off - t[..., None] * way).sum(-1) <= r * r
    small = ink.reshape(box, FINE, box, FINE).mean((1, 3))
    y, x = np.mgrid[:box, :box]
    middle = np.array([(small * x).sum(), (small * y).sum()]) / max(small.sum(), 1e-30)
    if centre == "box":
        middle = ((high - low) * scale - 1) / 2
    dx, dy = np.floor((side - 1) / 2 - middle + 0.5).astype(int)
    for row, column in np.argwhere(small):
        if 0 <= row + dy < side and 0 <= column + dx < side:
            out[row + dy, column + dx] = small[row, column]
    return out
