"""Drawing on axes that the caller owns: draw_* computes nothing and returns artists to update.

Each colour has its own line style, because no figure may rely on colour. Every colour and the grey
have a contrast of at least 3 on white and on the dark page's #111111, and they stay apart in the
three kinds of colour blindness. Black is the page's ink: a dark page shows it light. Text is black.
The first four colours are Okabe and Ito's; their orange, sky blue and yellow are too pale on white.
"""

from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

BLUE, RED, GREEN, PURPLE, VIOLET, OLIVE, GREY, BLACK = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8844DD", "#666633", "#737373", "#000000",
)  # fmt: skip
COLOURS = (BLUE, RED, GREEN, PURPLE, VIOLET, OLIVE)
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


def style_axes(ax: Axes, *, x: str = "", y: str = "", title: str = "") -> Axes:
    """Give ax labels with units, a light grid, and no top and right spine; ax is returned."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.set_title(title, loc="left", fontsize=10)
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def draw_line(ax: Axes, x=(), y=(), *, n: int = 0, label: str | None = None, **line) -> Line2D:
    """A line through x, y (L,) in the n-th colour and style; `line` holds keywords of Line2D."""
    look = {"color": COLOURS[n % 6], "linestyle": STYLES[n % 6], "linewidth": 1.5} | line
    return ax.plot(np.asarray(x), np.asarray(y), label=label, **look)[0]


def draw_points(ax: Axes, x=(), y=(), *, n: int = 0, label: str | None = None, **line) -> Line2D:
    """Markers at x, y (n,) without a line, in the n-th colour and shape."""
    look = {"marker": "os^Dv*"[n % 6], "markersize": 4, "color": COLOURS[n % 6]} | line
    return ax.plot(np.asarray(x), np.asarray(y), linestyle="none", label=label, **look)[0]


def spike_points(s, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Times (in dt's unit) and neuron numbers of the spikes in s (L, H), for a raster."""
    t, h = np.nonzero(np.asarray(s))
    return t * dt, h


def draw_raster(ax: Axes, s=None, dt: float = 1.0, *, label: str | None = None, **line) -> Line2D:
    """One tick a spike, time against neuron: s (L, H) holds 0 and 1, and dt is in ms.

    The ticks are markers of one Line2D, because an event collection redraws ten times more slowly.
    """
    t, h = ((), ()) if s is None else spike_points(s, dt)
    look = {"marker": "|", "markersize": 9, "markeredgewidth": 1.4, "color": BLACK} | line
    return ax.plot(t, h, linestyle="none", label=label, **look)[0]


def draw_level(ax: Axes, y: float, *, label: str, n: int = 1) -> Line2D:
    """A horizontal dashed line over the whole width, which set_data([0, 1], [y, y]) moves."""
    return ax.axhline(y, color=COLOURS[n], linestyle="--", linewidth=1.2, label=label)


def legend(ax: Axes, *, loc: str = "upper right", ncols: int = 1) -> Artist:
    """A legend with an opaque ground, so that a curve behind it stays apart from its text."""
    return ax.legend(loc=loc, ncols=ncols, fontsize=8, framealpha=0.9)


def lines_panel(lines: dict, *, x: str, y: str) -> Callable[[Figure], dict]:
    """A `draw` for a Picture: one panel with a labelled line for each name in lines.

    `lines` maps a label to (x, y), which set the axes' limits; x and y are the axes' labels.
    """

    def draw(fig):
        ax = style_axes(fig.subplots(), x=x, y=y)
        artists = {n: draw_line(ax, *xy, n=k, label=n) for k, (n, xy) in enumerate(lines.items())}
        ax.margins(x=0)
        ax.autoscale_view()  # It sets the limits now, because matplotlib waits until it draws.
        ax.autoscale(False)
        legend(ax, loc="best")
        return artists

    return draw


def dots_panel(groups: dict, *, y: str, low: float, high: float) -> Callable[[Figure], dict]:
    """A `draw` for a Picture: a column of points for each name in groups, and a bar at their mean.

    The artists are named runs and means, and `dots` makes their data; y is the axis' label.
    """

    def draw(fig):
        ax = style_axes(fig.subplots(), y=y)
        ax.set(xlim=(-0.5, len(groups) - 0.5), ylim=(low, high))
        ax.set_xticks(range(len(groups)), list(groups))
        bar = {"marker": "_", "markersize": 26, "markeredgewidth": 2}
        return {"runs": draw_points(ax, n=0), "means": draw_points(ax, n=1, **bar)}

    return draw


def dots(groups: dict) -> dict:
    """The data of a `dots_panel`: (column, value) of every run, and of each column's mean."""
    pairs = [(k, value) for k, values in enumerate(groups.values()) for value in values]
    means = [np.mean(values) for values in groups.values()]
    return {"runs": tuple(zip(*pairs, strict=True)), "means": (range(len(means)), means)}


def images_panel(images: dict, *, x: str, y: str) -> Callable[[Figure], dict]:
    """A `draw` for a Picture: grey images {title: (rows, columns)} side by side, the largest white.

    The artists have the titles as names, so `images` is their data as well. x and y are the axes'
    labels.
    """

    def draw(fig):
        shown = {}
        axes = fig.subplots(1, len(images), sharey=True, squeeze=False)[0]
        for ax, (title, image) in zip(axes, images.items(), strict=True):
            style_axes(ax, x=x, title=title).grid(False)
            shown[title] = ax.imshow(image, cmap="gray", interpolation="nearest")
        axes[0].set_ylabel(y)
        return shown

    return draw
