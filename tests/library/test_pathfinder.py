import math

import numpy as np
import pytest
import torch

from sslearn.data.made import PATHFINDER32, PATHX, Canvas, pathfinder
from sslearn.data.made.pathfinder import draw_image
from sslearn.data.made.paths import two_paths
from sslearn.data.made.strokes import brush_for, moved

SMALL = PATHFINDER32._replace(contour=6)


@pytest.fixture(scope="module", params=[SMALL, PATHFINDER32._replace(contour=9)])
def drawn(request):
    images = [draw_image(request.param, np.random.default_rng([7, k])) for k in range(200)]
    return request.param, images


def test_markers_are_joined_if_and_only_if_the_label_is_1(drawn):
    shared = 0
    for image in drawn[1]:
        starts, stops = zip(*((path[0], path[-1]) for path in image.paths), strict=True)
        one, two = image.markers
        assert one in starts and two in stops and starts[0] != starts[1]
        if stops[0] == stops[1]:  # rare, as published: either label would do
            shared += 1
        else:
            assert (starts.index(one) == stops.index(two)) == bool(image.label)
    assert shared <= 0.02 * len(drawn[1])


def test_paths_have_their_dashes_in_steps_of_one_dash(drawn):
    canvas, images = drawn
    step = canvas.dash + 2 * canvas.margins[0]
    for image in images:
        for path in image.paths:
            assert len(path) == canvas.contour
            assert np.min(path) >= 0 and np.max(path) < canvas.window
            gaps = np.linalg.norm(np.diff(path[1:], axis=0), axis=1)
            assert gaps.max() <= step + 3 and gaps.min() > 0
        one, two = image.paths
        assert abs(math.dist(one[0], two[0]) - canvas.seed_distance) < 0.8


def test_what_is_drawn_lies_on_the_paths_and_markers(drawn):
    canvas, _ = drawn
    plain = canvas._replace(distractor_dashes=0)
    for k in range(20):
        image, _, paths, markers = draw_image(plain, np.random.default_rng([7, k]))
        assert all(image[cell] > 0 for path in paths for cell in path)
        assert image.min() == 0 and image.max() == 255
        near = np.zeros_like(image, bool)
        for y, x in [*paths[0], *paths[1], *markers]:
            near[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5] = True
        assert not image[~near].any()
        for y, x in markers:
            assert image[max(y - 1, 0) : y + 1, max(x - 1, 0) : x + 1].mean() > 150


def test_distractors_are_brighter_as_published(drawn):
    canvas, images = drawn
    plain = canvas._replace(distractor_dashes=0)
    for k in range(5):
        alone = draw_image(plain, np.random.default_rng([7, k])).image
        assert (alone > 0).sum() < (images[k].image > 0).sum()
        assert images[k].image.max() == 255


def test_both_classes_are_as_frequent_and_as_bright():
    x, y = pathfinder(1000, canvas=SMALL, seed=2)
    assert x.dtype == torch.uint8 and x.shape == (1000, 32, 32) and y.dtype == torch.int64
    assert abs(float(y.float().mean()) - 0.5) < 0.05
    ink = x.float().mean((1, 2))
    assert abs(ink[y == 1].mean() - ink[y == 0].mean()) < 0.5


def test_attempts_at_two_paths_fail_as_often_as_in_a_prototype_of_the_published_program():
    for contour, attempts in ((6, 3.8), (9, 9.3)):
        brush, rng = brush_for(PATHFINDER32._replace(contour=contour), 1), np.random.default_rng(0)
        tries = 1500
        found = sum(two_paths(brush, rng) is not None for _ in range(tries))
        assert abs(math.log(tries / found / attempts)) < 0.25


def test_hard_images_and_path_x():
    hard = draw_image(PATHFINDER32, np.random.default_rng(0))
    assert len(hard.paths[0]) == 14 and hard.image.shape == (32, 32)
    x, _ = pathfinder(2, canvas=PATHX._replace(contour=6))
    assert x.shape == (2, 128, 128)
    assert PATHX.contour == 14 and PATHX.window == 128


def test_pathfinder_seeds_and_on_made():
    calls = []
    a = pathfinder(101, canvas=SMALL, seed=1, on_made=lambda *done: calls.append(done))
    assert calls == [(100, 101), (101, 101)]
    b, c = (pathfinder(20, canvas=SMALL, seed=seed) for seed in (1, 2))
    assert torch.equal(a.x[:20], b.x) and torch.equal(a.y[:20], b.y)
    assert not torch.equal(b.x, c.x)


def test_moved_rounds_up():
    assert moved((5, 5), 0.0, 2) == (5, 7) and moved((5, 5), math.pi / 4, 2) == (7, 7)
    assert moved((5, 5), -math.pi / 4, 2) == (4, 7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": 28}, "window must exceed 4 seed_distance = 28, got 28"),
        ({"contour": 2}, "contour must be a whole number of at least 3, got 2"),
        ({"thickness": 0.7}, "thickness \\* antialias must be a whole number, got 0.7"),
        ({"thickness": 0.0}, "thickness must be a finite positive number, got 0.0"),
        ({"thickness": math.nan}, "thickness must be a finite positive number, got nan"),
        ({"marker_radius": math.nan}, "marker_radius must be a finite number of at least 0"),
        ({"continuity": -1}, "continuity must be a finite number of at least 0, got -1"),
        ({"target_shade": math.inf}, "target_shade must be a finite number of at least 0"),
        ({"distractor_shade": "1"}, "distractor_shade must be a finite number of at least 0"),
        ({"window": 32.0}, "window must be a whole number of at least 1, got 32.0"),
        ({"margins": (1.5,)}, "margins must be a whole number of at least 1, got 1.5"),
        ({"margins": 1}, "margins must be a tuple of whole numbers, got 1"),
        ({"margins": ()}, "margins must be"),
        ({"margins": (0,)}, "margins must be"),
        ({"padding": 0}, "padding must be a whole number of at least 1, got 0"),
        (
            {"distractor_dashes": -1},
            "distractor_dashes must be a whole number of at least 0, got -1",
        ),
        ({"dash": 0}, "dash must be a whole number of at least 1"),
        ({"antialias": 0}, "antialias must be a whole number of at least 1, got 0"),
        ({"seed_distance": 0}, "seed_distance must be a whole number of at least 1, got 0"),
        ({"window": 0}, "window must be a whole number of at least 1, got 0"),
        ({"window": 9, "seed_distance": 2}, "window must have room for two paths of 14 dashes"),
    ],
)
def test_pathfinder_names_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        pathfinder(1, canvas=Canvas()._replace(**change))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"n": 0}, "n must be a whole number of at least 1, got 0"),
        ({"n": 2.0}, "n must be a whole number of at least 1, got 2.0"),
        ({"workers": math.nan}, "workers must be a whole number of at least 1, got nan"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": "1"}, "seed must be a whole number of at least 0, got '1'"),
    ],
)
def test_pathfinder_names_bad_arguments(bad, message):
    with pytest.raises(ValueError, match=message):
        pathfinder(**{"n": 1, "canvas": SMALL} | bad)
