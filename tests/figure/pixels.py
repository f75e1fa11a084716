"""Where the artists of a picture stand, in pixels of the figure, and how far they move."""

import io

import numpy as np
from matplotlib.lines import Line2D
from PIL import Image
from scipy.spatial import cKDTree

from sslearn.course.figure.picture import Picture

FAR = 1000.0  # px: an artist that was empty and now shows something has moved this far


def points(line: Line2D) -> np.ndarray:
    """The line's points (n, 2) within its axes, in px, x to the right and y up.

    A line that is drawn has a point every 2 px or closer, and one of markers alone has its markers.
    """
    x, y = (np.asarray(z, float) for z in line.get_data(orig=False))
    xy = line.get_transform().transform(np.stack(np.broadcast_arrays(x, y), -1).reshape(-1, 2))
    if line.get_linestyle() != "None" and len(xy) > 1:
        xy = np.concatenate([_between(*ends) for ends in zip(xy[:-1], xy[1:], strict=True)])
    (left, low), (right, high) = line.axes.bbox.padded(1).get_points()
    inside = (xy >= (left, low)) & (xy <= (right, high))  # A nan, which lifts the pen, is outside.
    return xy[inside.all(1)]


def _between(start, stop) -> np.ndarray:
    way = stop - start
    pieces = 2 + int(np.hypot(*way) / 2) if np.isfinite(way).all() else 2
    return start + np.linspace(0, 1, pieces)[:, None] * way


def lines(picture: Picture) -> dict[str, np.ndarray]:
    """The points of each line that moves, as the picture shows it now."""
    return {n: points(a) for n, a in picture.artists.items() if isinstance(a, Line2D)}


def moved(before: np.ndarray, after: np.ndarray) -> float:
    """How far a line has moved in px: the largest distance of a point to the other's nearest one.

    It is the Hausdorff distance of both, and FAR if just one of the two is empty.
    """
    if not len(before) or not len(after):
        return FAR if len(before) or len(after) else 0.0
    return float(max(cKDTree(a).query(b)[0].max() for a, b in ((before, after), (after, before))))


def grey(picture: Picture) -> np.ndarray:
    """The picture's grey levels 0 ... 255 as it is drawn."""
    return np.asarray(Image.open(io.BytesIO(picture.png())).convert("L"), float)


def changed_tiles(before: np.ndarray, after: np.ndarray) -> float:
    """The share of tiles of 8 x 8 px in which four or more px differ by over 64 grey levels."""
    high, wide = (8 * (n // 8) for n in before.shape)
    differ = (abs(before - after) > 64)[:high, :wide].reshape(high // 8, 8, wide // 8, 8)
    return float((differ.sum((1, 3)) >= 4).mean())
