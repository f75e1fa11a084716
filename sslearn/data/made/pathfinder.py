"""Pathfinder: do the two marked ends belong to the same dashed path?

The rule is that of snakes2.py at github.com/drewlinsley/pathfinder (Linsley et al., NeurIPS 2018;
Kim et al., ICLR 2020) with the parameters in lra_benchmarks/data/pathfinder.py. That program has no
seed and needs functions that SciPy has dropped, so this module makes other images by the same rule.
Every image holds two long paths and two markers, whatever its label. Two quirks are kept as
published: the last dash of the first path does not keep the second away, so that in a few images
both paths end in the same cell and either label would do; and at 32 x 32 distractors are brighter
than paths.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from sslearn.data.arguments import require_number, require_positive, require_whole
from sslearn.data.made.parallel import OnMade, make_all
from sslearn.data.made.paths import distractors, two_paths
from sslearn.data.made.strokes import Canvas, Cell, brush_for, overlap, shrunk

PATHFINDER32 = Canvas()
PATHX = Canvas(
    window=128,
    seed_distance=20,
    marker_radius=3.0,
    dash=5,
    thickness=1.5,
    margins=(2, 3),
    continuity=1.8,
    distractor_dashes=35,
    target_shade=0.9,
    distractor_shade=0.9,
)
ATTEMPTS = 20_000  # A canvas is refused if as many attempts at two long paths fail.


class Pathfinder(NamedTuple):
    """x (N, window, window) uint8 images; y (N,) 1 if the markers are on one path, else 0."""

    x: Tensor
    y: Tensor


class Drawn(NamedTuple):
    """One image, its label, the cells of its two long paths, and its two marked cells."""

    image: np.ndarray
    label: int
    paths: tuple[list[Cell], list[Cell]]
    markers: tuple[Cell, Cell]


def pathfinder(
    n: int,
    *,
    canvas: Canvas = PATHFINDER32,
    seed: int = 0,
    workers: int = 1,
    on_made: OnMade | None = None,
) -> Pathfinder:
    """n images of two dashed paths; the label of each is a fair coin.

    LRA has the canvas PATHFINDER32, the same with a contour of 9 (intermediate) or 6 (easy), and
    PATHX of 128 x 128 pixels. Image k depends on (canvas, seed, k) alone, whatever the number of
    workers. on_made(done, n) is called every 100 images and at the end. Returns x (n, window,
    window) and y (n,). Raises ValueError for an n, seed or workers that is no whole number, and if
    the canvas cannot hold two paths.

    >>> x, y = pathfinder(2, canvas=PATHFINDER32._replace(contour=6))
    >>> x.shape, y.tolist()
    (torch.Size([2, 32, 32]), [1, 1])
    """
    require_whole(1, n=n, workers=workers)
    require_whole(0, seed=seed)
    check_canvas(canvas)
    x = torch.empty(n, canvas.window, canvas.window, dtype=torch.uint8)
    y = torch.empty(n, dtype=torch.int64)
    made = make_all(partial(_example, canvas, seed), 0, n, workers)
    for k, (image, label) in enumerate(made):
        x[k], y[k] = torch.from_numpy(image), label
        if on_made and ((k + 1) % 100 == 0 or k + 1 == n):
            on_made(k + 1, n)
    return Pathfinder(x, y)


def check_canvas(canvas: Canvas) -> None:
    """Raise ValueError, naming the parameter, if no image can be drawn on a canvas."""
    for name in ("window", "seed_distance", "dash", "antialias", "padding"):
        require_whole(1, **{name: getattr(canvas, name)})
    require_whole(0, distractor_dashes=canvas.distractor_dashes)
    require_whole(3, contour=canvas.contour)  # A distractor has a third of its dashes.
    for name in ("marker_radius", "continuity", "target_shade", "distractor_shade"):
        require_number(0, **{name: getattr(canvas, name)})
    require_positive(thickness=canvas.thickness)
    if canvas.window <= 4 * canvas.seed_distance:
        raise ValueError(
            f"window must exceed 4 seed_distance = {4 * canvas.seed_distance}, got {canvas.window}"
        )
    if (canvas.thickness * canvas.antialias) % 1:
        raise ValueError(
            f"thickness * antialias must be a whole number, got {canvas.thickness} * "
            f"{canvas.antialias}"
        )
    if not isinstance(canvas.margins, tuple) or not canvas.margins:
        raise ValueError(f"margins must be a tuple of whole numbers, got {canvas.margins!r}")
    for margin in canvas.margins:
        require_whole(1, margins=margin)


def _example(canvas, seed, k):
    drawn = draw_image(canvas, np.random.default_rng([seed, k]))
    return drawn.image, drawn.label


def draw_image(canvas: Canvas, rng: Generator) -> Drawn:
    """One image, by the steps of the published program: paths, distractors, markers, 8 bits.

    Raises ValueError if 20,000 attempts at two long paths fail.
    """
    label = int(rng.integers(2))
    brush = brush_for(canvas, canvas.margins[int(rng.integers(len(canvas.margins)))])
    for _ in range(ATTEMPTS):
        if made := two_paths(brush, rng):
            break
    else:
        raise ValueError(
            f"window must have room for two paths of {canvas.contour} dashes: {ATTEMPTS} attempts "
            f"failed at {canvas.window} x {canvas.window}"
        )
    one, two, occupancy = made
    scene = np.zeros((canvas.window, canvas.window))
    for path in (one, two):
        _draw_path(scene, path, canvas.target_shade)
    for path in distractors(brush, occupancy, rng):
        _draw_path(scene, path, canvas.distractor_shade)
    ends = [(path.cells[0], path.cells[-1]) for path in (one, two)]
    first = int(rng.integers(2))
    markers = ends[first][0], ends[first if label else 1 - first][1]
    for cell in markers:
        np.maximum(scene, _marker(canvas, cell), out=scene)
    low, high = scene.min(), scene.max()
    image = ((scene - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
    return Drawn(image, label, (one.cells, two.cells), markers)


def _draw_path(scene, path, shade):
    for stamp, cell in path.dashes:
        in_scene, in_line = overlap(len(stamp.line), len(scene), cell)
        np.maximum(scene[in_scene], stamp.line[in_line] * (shade / 255), out=scene[in_scene])


def _marker(canvas, cell):
    fine = canvas.antialias
    y, x = (np.arange(canvas.window * fine) - middle * fine for middle in cell)
    inside = y[:, None] ** 2 + x**2 <= (canvas.marker_radius * fine) ** 2
    return shrunk(inside.astype(np.uint8) * 255, canvas.window) / 255
