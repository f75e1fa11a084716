"""The dashes that Pathfinder draws: one small picture for each angle, made once."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import maximum_filter

Cell = tuple[int, int]  # row, column


class Canvas(NamedTuple):
    """Pathfinder's parameters, in pixels; the defaults are LRA's Pathfinder32, contour 14 (hard).

    contour and distractor_dashes count dashes: there are distractor_dashes // (contour // 3)
    distractors of contour // 3 dashes each. One of margins, the room around a dash, is drawn for
    each image. Shades are relative; a marker has 1.
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
    """A dash that starts in the middle, 0 ... 255: its line, the room it takes, that room grown.

    full lists the cells of full room, counted from dash + margin up and left of the start, and (as
    published) one cell too far down and right.
    """

    line: np.ndarray
    room: np.ndarray
    grown: np.ndarray
    full: list[list[int]]


def moved(cell: Cell, angle: float, distance: int) -> Cell:
    """The cell at a distance, rounded up in both directions, as in the published program."""
    y, x = distance * math.sin(angle), distance * math.cos(angle)
    return math.ceil(cell[0] + y), math.ceil(cell[1] + x)


def flipped(angle: float) -> float:
    """The opposite direction."""
    return angle + math.pi if angle < 0 else angle - math.pi


def disc(radius: int) -> np.ndarray:
    """Cells within radius of the middle, (2 radius + 1, 2 radius + 1) bool."""
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return x * x + y * y <= radius * radius


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """A uint8 image resampled to (side, side) by Lanczos."""
    small = Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small)


def overlap(side: int, window: int, cell: Cell) -> tuple[tuple, tuple]:
    """Where a stamp of odd side round cell lies in the window, and which part of it does."""
    half = side // 2
    y, x = cell[0] - half, cell[1] - half
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + side, window), min(x + side, window)
    there = slice(top, bottom), slice(left, right)
    return there, (slice(top - y, bottom - y), slice(left - x, right - x))


class Brush:
    """All that depends on the canvas and one margin alone.

    ring (K, 2): offsets of the cells at dash + margin around a pivot, the next heads; angles (K,):
    their directions; frame: what a ground needs around it so that each such cell is on it. Stamps
    and weights are made when they are first asked for.
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
        room = _dilated(line, self.margin * fine)
        line, room = shrunk(line, 2 * half + 1), shrunk(room, 2 * half + 1)
        grown = _dilated(np.pad(room, self.margin), self.margin)
        reach = self.canvas.dash + self.margin
        full = np.argwhere(room == 255) - half + 1
        full = full[(np.abs(full) <= reach).all(1)] + reach
        return Stamp(line, room.astype(np.int16), grown.astype(np.int16), full.tolist())

    def weight(self, angle: float) -> np.ndarray:
        """cos^2(min(continuity * turn, pi / 2)), turn from angle to each of the ring's, (K,)."""
        if angle not in self.weights:
            turn = np.abs(self.angles - angle)
            turn = np.minimum(turn, 2 * np.pi - turn) * self.canvas.continuity
            self.weights[angle] = np.maximum(np.cos(np.minimum(turn, np.pi / 2)), 0) ** 2
        return self.weights[angle]

    def free_cells(self, taken: np.ndarray, angle: float) -> np.ndarray:
        """Flat indices of the cells where a dash towards angle has its room free; taken is bool."""
        reach, n = self.canvas.dash + self.margin, len(taken)
        framed = np.zeros((n + 2 * reach, n + 2 * reach), bool)
        framed[reach : n + reach, reach : n + reach] = taken
        blocked = np.zeros_like(taken)
        for y, x in self.stamp(angle).full:
            blocked |= framed[y : y + n, x : x + n]
        return np.flatnonzero(~blocked)

    def middle_cells(self, degrees: int) -> np.ndarray:
        """`free_cells` for the first path, whose dash keeps 2 seed_distance from the edge."""
        if degrees not in self.middles:
            edge = 2 * self.canvas.seed_distance
            taken = np.ones((self.canvas.window, self.canvas.window), bool)
            taken[edge:-edge, edge:-edge] = False
            self.middles[degrees] = self.free_cells(taken, degrees * math.pi / 180)
        return self.middles[degrees]


def _dilated(image, radius):
    return maximum_filter(image, footprint=disc(radius), mode="constant", cval=0)


@lru_cache(maxsize=32)
def brush(canvas: Canvas, margin: int) -> Brush:
    """The brush of a canvas and a margin, kept for the next image."""
    return Brush(canvas, margin)
