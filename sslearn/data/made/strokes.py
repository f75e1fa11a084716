"""The dashes that Pathfinder draws: one small picture for each angle, made once."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import maximum_filter

Cell = tuple[int, int]  # A cell is (row, column).


class Canvas(NamedTuple):
    """Pathfinder's parameters, in pixels; the defaults are LRA's Pathfinder32, contour 14 (hard).

    contour and distractor_dashes count dashes: there are distractor_dashes // (contour // 3)
    distractors of contour // 3 dashes each. For each image one of margins is drawn, which is the
    number of pixels that other dashes keep away from a dash. The shades are relative to a marker's,
    which is 1.

    >>> Canvas(contour=6).window
    32
    """

    window: int = 32
    contour: int = 14
    seed_distance: int = 7
    marker_radius: float = 1.5
    dash: int = 2
    thickness: float = 0.5
    margins: tuple[int, ...] = (1,)
    continuity: float = 1.0
    distractor_dashes: int = 20
    target_shade: float = 1.5
    distractor_shade: float = 2.0
    antialias: int = 2
    padding: int = 1


class Stamp(NamedTuple):
    """A dash that starts in the middle of three square pictures with shades 0 ... 255.

    line is the dash itself, mask is the line dilated by the margin, and dilated is the mask dilated
    by the margin once more. solid lists the (row, column) of the cells where mask is 255. They are
    counted from dash + margin cells above and left of the start, and are one cell too far down and
    right, because the published program has them there.
    """

    line: np.ndarray
    mask: np.ndarray
    dilated: np.ndarray
    solid: list[list[int]]


def moved(cell: Cell, angle: float, distance: int) -> Cell:
    """cell + distance (sin angle, cos angle), both rounded up as in the published program."""
    y, x = distance * math.sin(angle), distance * math.cos(angle)
    return math.ceil(cell[0] + y), math.ceil(cell[1] + x)


def flipped(angle: float) -> float:
    """angle +- pi, the opposite direction in -pi ... pi."""
    return angle + math.pi if angle < 0 else angle - math.pi


def disc(radius: int) -> np.ndarray:
    """The cells within radius of the middle, (2 radius + 1, 2 radius + 1) bool."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """A uint8 image resampled to (side, side) by Lanczos."""
    small = Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small)


def overlap(side: int, window: int, cell: Cell) -> tuple[tuple, tuple]:
    """The slices of a window that a square of odd side centred on cell covers, and of the square.

    Both pairs of slices have the same shape, because what lies outside the window is cut off.
    """
    half = side // 2
    y, x = cell[0] - half, cell[1] - half
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + side, window), min(x + side, window)
    in_window = slice(top, bottom), slice(left, right)
    return in_window, (slice(top - y, bottom - y), slice(left - x, right - x))


class Brush:
    """Everything that depends on the canvas and one margin alone.

    ring (K, 2) holds the offsets of the cells at dash + margin around a pivot, which are the
    candidates for the next head; angles (K,) are their directions. frame is the width of the border
    that an `Occupancy` needs so that each of these cells lies on it. Stamps and weights are made
    when they are first asked for.
    """

    def __init__(self, canvas: Canvas, margin: int):
        self.canvas, self.margin = canvas, margin
        self.half = canvas.dash + math.ceil(canvas.thickness) + margin
        reach = canvas.dash + margin
        turn = np.deg2rad(np.arange(0, 360, 360 / (2 * reach * np.pi)))
        ring = np.floor(reach * np.stack([np.sin(turn), np.cos(turn)], axis=1)).astype(int)
        self.ring = np.unique(ring, axis=0)
        self.angles = np.arctan2(self.ring[:, 0], self.ring[:, 1])
        self.frame = 2 * (canvas.dash + 2 * margin + 2)
        self.flat_ring = self.ring @ (canvas.window + 2 * self.frame, 1)
        self.heads = [tuple(offset) for offset in self.ring.tolist()]
        self.directions = self.angles.tolist()
        self.stamps: dict[float, Stamp] = {}
        self.weights: dict[float, np.ndarray] = {}
        self.middles: dict[int, np.ndarray] = {}

    def stamp(self, angle: float) -> Stamp:
        """The dash from the middle towards angle."""
        if angle not in self.stamps:
            self.stamps[angle] = self._draw(angle)
        return self.stamps[angle]

    def _draw(self, angle):
        fine, half = self.canvas.antialias, self.half
        side = 2 * half * fine + 1
        image = Image.new("L", (side, side), 0)
        start = (half * fine, half * fine)
        head = moved(start, angle, self.canvas.dash * fine)
        width = round(self.canvas.thickness * fine)
        ImageDraw.Draw(image).line([start, head[::-1]], fill=255, width=width)
        line = np.asarray(image)
        mask = _dilated(line, self.margin * fine)
        line, mask = shrunk(line, 2 * half + 1), shrunk(mask, 2 * half + 1)
        dilated = _dilated(np.pad(mask, self.margin), self.margin)
        reach = self.canvas.dash + self.margin
        solid = np.argwhere(mask == 255) - half + 1
        solid = solid[(np.abs(solid) <= reach).all(1)] + reach
        return Stamp(line, mask.astype(np.int16), dilated.astype(np.int16), solid.tolist())

    def weight(self, angle: float) -> np.ndarray:
        """cos^2(min(continuity * turn, pi / 2)), turn from angle to each of the ring's, (K,)."""
        if angle not in self.weights:
            turn = np.abs(self.angles - angle)
            turn = np.minimum(turn, 2 * np.pi - turn) * self.canvas.continuity
            self.weights[angle] = np.maximum(np.cos(np.minimum(turn, np.pi / 2)), 0) ** 2
        return self.weights[angle]

    def free_cells(self, occupied: np.ndarray, angle: float) -> np.ndarray:
        """Flat indices of the cells from which a dash towards angle covers no occupied cell.

        occupied is (window, window) bool; only the solid cells of the dash's mask count.
        """
        reach, n = self.canvas.dash + self.margin, len(occupied)
        framed = np.zeros((n + 2 * reach, n + 2 * reach), bool)
        framed[reach : n + reach, reach : n + reach] = occupied
        blocked = np.zeros_like(occupied)
        for y, x in self.stamp(angle).solid:
            blocked |= framed[y : y + n, x : x + n]
        return np.flatnonzero(~blocked)

    def middle_cells(self, degrees: int) -> np.ndarray:
        """`free_cells` for the first path, whose dash keeps 2 seed_distance from the edge."""
        if degrees not in self.middles:
            edge = 2 * self.canvas.seed_distance
            occupied = np.ones((self.canvas.window, self.canvas.window), bool)
            occupied[edge:-edge, edge:-edge] = False
            self.middles[degrees] = self.free_cells(occupied, degrees * math.pi / 180)
        return self.middles[degrees]


def _dilated(image, radius):
    return maximum_filter(image, footprint=disc(radius), mode="constant", cval=0)


@lru_cache(maxsize=32)
def brush_for(canvas: Canvas, margin: int) -> Brush:
    """The brush of a canvas and a margin, kept for the next image."""
    return Brush(canvas, margin)
