"""A block as a drawing: every box and wire is there, in order, and the way around ends above."""

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from sslearn.course.figure import Part, chain_panel

PARTS = [Part("a", "note"), Part("two\nlines", n=1), Part("+", n=2, round=True)]


def drawn(**more):
    fig = Figure()
    assert chain_panel(PARTS, ["u", "", "v", "y"], **more)(fig) == {}
    return fig.axes[0]


def test_boxes_stand_from_left_to_right_without_overlap():
    ax = drawn()
    boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert len(boxes) == 3
    ends = [(b.get_x(), b.get_x() + b.get_width()) for b in boxes]
    assert all(right < left for (_, right), (left, _) in zip(ends, ends[1:], strict=False))
    texts = [t.get_text() for t in ax.texts if t.get_text()]
    assert [t for t in texts if t in ("a", "two\nlines", "+")] == ["a", "two\nlines", "+"]
    assert {"note", "u", "v", "y"} <= set(texts)
    low, high = ax.get_xlim()
    assert low < 0 < ends[-1][1] < high


def test_the_way_around_goes_over_the_boxes_to_the_one_named():
    plain, ax = drawn(), drawn(around=(0, 2))
    assert not plain.lines and len(ax.lines) == 1
    x, y = ax.lines[0].get_data()
    box = [p for p in ax.patches if isinstance(p, FancyBboxPatch)][2]
    assert x[-1] == pytest.approx(box.get_x() + box.get_width() / 2) and max(y) > 1


def test_one_wire_more_than_parts():
    with pytest.raises(ValueError, match="wires must be one more than the 3 parts, got 3"):
        chain_panel(PARTS, ["u", "", "y"])
