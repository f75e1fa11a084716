"""Figures of notebook 12: energy by what is counted, and by the tokens read, on log axes."""

from collections.abc import Mapping, Sequence

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import draw_line, legend, style_axes

MARKS = "os^Dv"


def _lines(ax, lines: Mapping[str, Sequence[float]], x: Sequence[float]) -> dict:
    """A marked line for each name, on a log axis of nJ with room for a legend."""
    ax.set_yscale("log")
    artists = {
        name: draw_line(ax, x, y, n=n, label=name, marker=MARKS[n], markersize=5)
        for n, (name, y) in enumerate(lines.items())
    }
    legend(ax, loc="upper left")
    return artists


def boundaries_picture(nJ: Mapping[str, Sequence[float]], names: Sequence[str]) -> Picture:
    """nJ a token of each network at each boundary; names are the boundaries', in their order."""
    x = range(len(names))
    told = "; ".join(f"{n} " + ", ".join(f"≈ {v:.0f}" for v in y) for n, y in nJ.items())

    def draw(fig) -> dict:
        ax = style_axes(fig.subplots(), x="what is counted", y="energy of token 64 (nJ)")
        ax.set(xlim=(-0.2, len(names) - 0.6), ylim=(1, 2000))
        ax.set_xticks(x, names)
        return _lines(ax, nJ, x)

    caption = f"nJ a token, counted {', '.join(names)}: {told}."
    return Picture(draw, {n: (x, y) for n, y in nJ.items()}, caption, size=(8, 3.6))


def tokens_picture(nJ: Mapping[str, Sequence[float]], read: Sequence[int], told: str) -> Picture:
    """nJ of the next token of each network after so many tokens read; told ends the caption."""

    def draw(fig) -> dict:
        ax = style_axes(fig.subplots(), x="tokens read so far", y="energy of the next token (nJ)")
        ax.set(xlim=(0.8, 1.3 * max(read)), ylim=(10, 1e6), xscale="log")
        ax.set_xticks([1, 10, 100, 1000, 10000], ["1", "10", "100", "1,000", "10,000"])
        return _lines(ax, nJ, read)

    return Picture(draw, {n: (read, y) for n, y in nJ.items()}, told, size=(8, 3.6))
