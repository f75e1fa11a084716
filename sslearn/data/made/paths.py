"""The dashed paths of Pathfinder: where a path may start, how it goes on, which cells it occupies.

The constants of shades are those of the published program, which has 1 for our 255.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from sslearn.data.made.strokes import Brush, Cell, Stamp, flipped, moved, overlap

OVERLAP_LIMIT = 459  # 1.8 * 255: two masks overlap if their sum reaches this in any cell.
OCCUPIED_ABOVE = 76  # 0.3 * 255: a cell is occupied if its mask exceeds this.
TRIES, DISTRACTOR_TRIES = 3, 5
LEAST_FREE = 0.01  # No distractor is begun if a smaller share of the window is free.


class Occupancy:
    """The cells that are occupied, as shades 0 ... 255.

    mask (window, window) is the maximum of the masks of all dashes. dilated is the same of their
    dilated masks; it has a border of `frame` cells of 255, so that no dash starts outside the
    window.
    """

    def __init__(self, mask: np.ndarray, dilated: np.ndarray, frame: int):
        self.mask, self.dilated, self.frame = mask, dilated, frame
        self.flat, self.width = dilated.reshape(-1), len(dilated)

    def copy(self) -> "Occupancy":
        """The same cells in new arrays, so that occupying the copy leaves this one as it is."""
        return Occupancy(self.mask.copy(), self.dilated.copy(), self.frame)

    def overlaps(self, mask: np.ndarray, cell: Cell) -> bool:
        """Whether a dash's mask, centred on cell, overlaps what is occupied already."""
        in_window, in_mask = overlap(len(mask), len(self.mask), cell)
        return (self.mask[in_window] + mask[in_mask]).max() >= OVERLAP_LIMIT

    def occupy(self, stamp: Stamp, cell: Cell) -> None:
        """Add the mask of a dash that starts in cell."""
        for whole, part, middle in (
            (self.mask, stamp.mask, cell),
            (self.dilated, stamp.dilated, (cell[0] + self.frame, cell[1] + self.frame)),
        ):
            in_whole, in_part = overlap(len(part), len(whole), middle)
            np.maximum(whole[in_whole], part[in_part], out=whole[in_whole])


class Path:
    """A path that grows: its dashes (stamp, cell), their cells, and the pivot of the next dash.

    The mask of its last dash is not occupied yet, because the next dash could not touch it then.
    """

    def __init__(self, stamp: Stamp, tail: Cell, pivot: Cell, angle: float):
        self.dashes, self.cells = [(stamp, tail)], [tail]
        self.pivot, self.angle = pivot, angle

    def extend(self, occupancy: Occupancy, brush: Brush, rng: Generator) -> bool:
        """Add a dash whose head is drawn from the ring, P ~ (255 - dilated) * weight.

        Returns False, and adds nothing, if no head is free or three drawn dashes overlap.
        """
        pivot = moved(self.pivot, self.angle, brush.canvas.dash + 2 * brush.margin)
        y, x = pivot
        centre = (y + occupancy.frame) * occupancy.width + x + occupancy.frame
        chance = (255 - occupancy.flat[brush.flat_ring + centre]) * brush.weight(self.angle)
        total = chance.cumsum()
        if total[-1] < 255e-4:
            return False
        for _ in range(TRIES):
            k = int(total.searchsorted(rng.random() * total[-1], side="right"))
            (down, right), angle = brush.heads[k], brush.directions[k]
            head = y + down, x + right
            stamp = brush.stamp(flipped(angle))
            if not occupancy.overlaps(stamp.mask, head):
                occupancy.occupy(*self.dashes[-1])
                self.dashes.append((stamp, head))
                self.cells.append(head)
                self.pivot, self.angle = pivot, angle
                return True
        return False


def _first_dash(brush, tail, degrees):
    """A path of one dash, or None if its head or its pivot falls outside the window."""
    angle = degrees * math.pi / 180
    head = moved(tail, angle, brush.canvas.dash)
    back = angle + math.pi if degrees < 0 else angle - math.pi
    pivot = moved(head, back, brush.canvas.dash + brush.margin)
    if min(*head, *pivot) < 0 or max(*head, *pivot) >= brush.canvas.window:
        return None
    return Path(brush.stamp(angle), tail, pivot, angle)


@lru_cache(maxsize=32)
def empty_occupancy(brush: Brush) -> Occupancy:
    """An occupancy of nothing but the padding at the edge.

    It is kept for the next image, so copy it before you occupy a cell.
    """
    window, edge = brush.canvas.window, brush.canvas.padding
    mask = np.full((window, window), 255, np.int16)
    mask[edge:-edge, edge:-edge] = 0
    dilated = np.full((window, window), 255, np.int16)
    inner = edge + brush.margin
    dilated[inner:-inner, inner:-inner] = 0
    framed = np.pad(dilated, brush.frame, constant_values=255)
    return Occupancy(mask, framed, brush.frame)


def _start_both(brush, rng):
    canvas, first = brush.canvas, None
    for _ in range(TRIES):
        degrees = int(rng.integers(-180, 180))
        cells = brush.middle_cells(degrees)
        if not len(cells):
            return None
        tail = divmod(int(cells[rng.integers(len(cells))]), canvas.window)
        if first := _first_dash(brush, tail, degrees):
            break
    if not first:
        return None
    for _ in range(TRIES):
        degrees, around = int(rng.integers(-180, 180)), math.radians(int(rng.integers(0, 360)))
        y = round(tail[0] + canvas.seed_distance * math.sin(around))
        x = round(tail[1] + canvas.seed_distance * math.cos(around))
        if second := _first_dash(brush, (y, x), degrees):
            return first, second
    return None


def two_paths(brush: Brush, rng: Generator) -> tuple[Path, Path, Occupancy] | None:
    """One attempt at two paths of `contour` dashes each, which grow by one dash in turn.

    Returns None if one of them cannot go on.
    """
    paths = _start_both(brush, rng)
    if paths is None:
        return None
    occupancy = empty_occupancy(brush).copy()
    for _ in range(brush.canvas.contour - 1):
        for path in paths:
            if not path.extend(occupancy, brush, rng):
                return None
    # The first path's last dash is not occupied, because the published program forgets it too.
    occupancy.occupy(*paths[1].dashes[-1])
    return *paths, occupancy


def distractors(brush: Brush, occupancy: Occupancy, rng: Generator) -> list[Path]:
    """distractor_dashes // (contour // 3) short paths, fewer where one fails five times.

    The caller's occupancy stays as it is.
    """
    length, kept = brush.canvas.contour // 3, []
    for _ in range(brush.canvas.distractor_dashes // length):
        for _ in range(DISTRACTOR_TRIES):
            trial = occupancy.copy()
            path = _one_path(brush, trial, length, rng)
            if path:
                kept.append(path)
                occupancy = trial
                break
    return kept


def _one_path(brush, occupancy, length, rng):
    path = _start_anywhere(brush, occupancy, rng)
    if not path or not all(path.extend(occupancy, brush, rng) for _ in range(length - 1)):
        return None
    occupancy.occupy(*path.dashes[-1])
    return path


def _start_anywhere(brush, occupancy, rng):
    window, occupied = brush.canvas.window, occupancy.mask > OCCUPIED_ABOVE
    if occupied.size - np.count_nonzero(occupied) < LEAST_FREE * occupied.size:
        return None
    for _ in range(TRIES):
        degrees = int(rng.integers(-180, 180))
        cells = brush.free_cells(occupied, degrees * math.pi / 180)
        if not len(cells):
            return None
        tail = divmod(int(cells[rng.integers(len(cells))]), window)
        if path := _first_dash(brush, tail, degrees):
            return path
    return None
