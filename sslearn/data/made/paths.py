"""The dashed paths of Pathfinder: where one may start, how it goes on, what it takes."""

import math
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from sslearn.data.made.strokes import Brush, Cell, Stamp, flipped, moved, overlap

CLASH = 459  # 1.8 * 255: two rooms that sum to this in one cell clash
TAKEN = 76  # 0.3 * 255: a cell above this is taken
TRIES, DISTRACTOR_TRIES = 3, 5
LEAST_FREE = 0.01  # of the window, below which no distractor is begun


class Ground:
    """What is taken, 0 ... 255: room (window, window), and grown, the same dilated by the margin.

    grown has a frame of 255, so that no dash starts outside the window.
    """

    def __init__(self, room: np.ndarray, grown: np.ndarray, frame: int):
        self.room, self.grown, self.frame = room, grown, frame
        self.flat, self.width = grown.reshape(-1), len(grown)

    def copy(self) -> "Ground":
        """Another one, to be taken from without harm."""
        return Ground(self.room.copy(), self.grown.copy(), self.frame)

    def clashes(self, room: np.ndarray, cell: Cell) -> bool:
        """Whether a stamp's room round cell overlaps what is taken."""
        there, part = overlap(len(room), len(self.room), cell)
        return (self.room[there] + room[part]).max() >= CLASH

    def take(self, stamp: Stamp, cell: Cell) -> None:
        """Take the room of a stamp round cell."""
        for ground, mark, at in (
            (self.room, stamp.room, cell),
            (self.grown, stamp.grown, (cell[0] + self.frame, cell[1] + self.frame)),
        ):
            there, part = overlap(len(mark), len(ground), at)
            np.maximum(ground[there], mark[part], out=ground[there])


class Path:
    """A path that grows: its dashes (stamp, cell), its cells, and where it goes on.

    The room of its last dash is not taken yet, or the next could not touch it.
    """

    def __init__(self, stamp: Stamp, tail: Cell, pivot: Cell, angle: float):
        self.dashes, self.cells = [(stamp, tail)], [tail]
        self.pivot, self.angle = pivot, angle

    def extend(self, ground: Ground, tool: Brush, rng: Generator) -> bool:
        """Add a dash; False if there is no room for it."""
        pivot = moved(self.pivot, self.angle, tool.canvas.dash + 2 * tool.margin)
        y, x = pivot
        here = (y + ground.frame) * ground.width + x + ground.frame
        chance = (255 - ground.flat[tool.flat_ring + here]) * tool.weight(self.angle)
        total = chance.cumsum()
        if total[-1] < 255e-4:
            return False
        for _ in range(TRIES):
            k = int(total.searchsorted(rng.random() * total[-1], side="right"))
            (down, right), angle = tool.heads[k], tool.directions[k]
            head = y + down, x + right
            stamp = tool.stamp(flipped(angle))
            if not ground.clashes(stamp.room, head):
                ground.take(*self.dashes[-1])
                self.dashes.append((stamp, head))
                self.cells.append(head)
                self.pivot, self.angle = pivot, angle
                return True
        return False


def _first_dash(tool, tail, degrees):
    """A path of one dash, or None if its head or its pivot falls outside the window."""
    angle = degrees * math.pi / 180
    head = moved(tail, angle, tool.canvas.dash)
    back = angle + math.pi if degrees < 0 else angle - math.pi
    pivot = moved(head, back, tool.canvas.dash + tool.margin)
    if min(*head, *pivot) < 0 or max(*head, *pivot) >= tool.canvas.window:
        return None
    return Path(tool.stamp(angle), tail, pivot, angle)


@lru_cache(maxsize=32)
def empty_ground(tool: Brush) -> Ground:
    """Nothing is taken but the padding at the edge. Copy it before you take."""
    window, edge = tool.canvas.window, tool.canvas.padding
    room = np.full((window, window), 255, np.int16)
    room[edge:-edge, edge:-edge] = 0
    grown = np.full((window, window), 255, np.int16)
    inner = edge + tool.margin
    grown[inner:-inner, inner:-inner] = 0
    return Ground(room, np.pad(grown, tool.frame, constant_values=255), tool.frame)


def _start_both(tool, rng):
    canvas, first = tool.canvas, None
    for _ in range(TRIES):
        degrees = int(rng.integers(-180, 180))
        cells = tool.middle_cells(degrees)
        if not len(cells):
            return None
        tail = divmod(int(cells[rng.integers(len(cells))]), canvas.window)
        if first := _first_dash(tool, tail, degrees):
            break
    if not first:
        return None
    for _ in range(TRIES):
        degrees, around = int(rng.integers(-180, 180)), math.radians(int(rng.integers(0, 360)))
        y = round(tail[0] + canvas.seed_distance * math.sin(around))
        x = round(tail[1] + canvas.seed_distance * math.cos(around))
        if second := _first_dash(tool, (y, x), degrees):
            return first, second
    return None


def two_paths(tool: Brush, rng: Generator) -> tuple[Path, Path, Ground] | None:
    """One attempt at two paths of the full length, dash by dash in turn; None if one is stuck."""
    paths = _start_both(tool, rng)
    if paths is None:
        return None
    ground = empty_ground(tool).copy()
    for _ in range(tool.canvas.contour - 1):
        for path in paths:
            if not path.extend(ground, tool, rng):
                return None
    ground.take(*paths[1].dashes[-1])  # not the first path's: as published
    return *paths, ground


def distractors(tool: Brush, ground: Ground, rng: Generator) -> list[Path]:
    """Short paths, each tried five times and left out if it does not fit. ground stays."""
    length, found = tool.canvas.contour // 3, []
    for _ in range(tool.canvas.distractor_dashes // length):
        for _ in range(DISTRACTOR_TRIES):
            trial = ground.copy()
            path = _one_path(tool, trial, length, rng)
            if path:
                found.append(path)
                ground = trial
                break
    return found


def _one_path(tool, ground, length, rng):
    path = _start_anywhere(tool, ground, rng)
    if not path or not all(path.extend(ground, tool, rng) for _ in range(length - 1)):
        return None
    ground.take(*path.dashes[-1])
    return path


def _start_anywhere(tool, ground, rng):
    window, taken = tool.canvas.window, ground.room > TAKEN
    if taken.size - np.count_nonzero(taken) < LEAST_FREE * taken.size:
        return None
    for _ in range(TRIES):
        degrees = int(rng.integers(-180, 180))
        cells = tool.free_cells(taken, degrees * math.pi / 180)
        if not len(cells):
            return None
        tail = divmod(int(cells[rng.integers(len(cells))]), window)
        if path := _first_dash(tool, tail, degrees):
            return path
    return None
