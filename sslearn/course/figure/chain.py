"""A block as a drawing: boxes in a row, a wire before and behind each, and a way around them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from sslearn.course.figure.plots import BLACK, COLOURS

GAP, LETTER, END = 6.0, 1.0, 4.0  # They are in widths of a letter: a wire, a letter, an end.


class Part(NamedTuple):
    """A box: its text, a note below it, its colour's number, and whether it is a round sum."""

    text: str
    note: str = ""
    n: int = 0
    round: bool = False


def chain_panel(
    parts: Sequence[Part], wires: Sequence[str], *, around: tuple[int, int] | None = None
) -> Callable[[Figure], dict]:
    """A `draw` for a Picture of boxes from left to right; nothing in it moves, so its data is {}.

    wires names what runs before the first box, between two boxes, and behind the last one, so it
    is one longer than parts; else ValueError is raised. around = (a, b) draws a wire from before
    box a over the boxes to box b from above, as a residual runs.
    """
    if len(wires) != len(parts) + 1:
        raise ValueError(f"wires must be one more than the {len(parts)} parts, got {len(wires)}")
    places, x = [], GAP
    for part in parts:
        width = LETTER * max(map(len, part.text.split("\n"))) + 2
        places.append((x, width))
        x += width + GAP

    def draw(fig):
        ax = fig.subplots()
        ax.set(xlim=(-END, x + END - GAP / 2), ylim=(-3.4, 3.4))
        ax.set_axis_off()
        for part, (left, width) in zip(parts, places, strict=True):
            style = f"round,pad=0,rounding_size={1.0 if part.round else 0.3}"
            look = {"facecolor": "white", "edgecolor": COLOURS[part.n], "linewidth": 1.4}
            ax.add_patch(FancyBboxPatch((left, -1), width, 2, boxstyle=style, **look))
            middle = left + width / 2
            ax.text(middle, 0, part.text, ha="center", va="center", fontsize=10)
            ax.text(middle, -1.5, part.note, ha="center", va="top", fontsize=9)
        ends = [0.0, *(left + width for left, width in places)]
        for start, name in zip(ends, wires, strict=True):
            _arrow(ax, (start, 0), (start + GAP, 0))
            ax.text(start + 0.4 * GAP, 0.35, name, ha="center", va="bottom", fontsize=9)
        if around:
            first, last = around
            out, back = places[first][0] - 0.35 * GAP, places[last][0] + places[last][1] / 2
            ax.plot([out, out, back], [0, 2.6, 2.6], color=BLACK, linewidth=1)
            _arrow(ax, (back, 2.6), (back, 1))
        return {}

    return draw


def _arrow(ax, start, stop):
    look = {"arrowstyle": "-|>", "color": BLACK, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", stop, start, arrowprops=look)
