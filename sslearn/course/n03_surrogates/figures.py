"""Figures of notebook 03: the neuron unrolled in time, and what each input does to its spikes."""

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import (
    BLUE,
    GREY,
    RED,
    draw_raster,
    legend,
    lines_panel,
    spike_points,
)

COLUMNS = {"t": 0, "t+1": 1, "t+2": 2}
ROWS = {"i": 0, "v": 1, "s": 2}


def _arrow(ax, start, end, label, at, *, color, style="-"):
    """An arrow from one node to another, with its factor written beside it at `at`."""
    look = {"arrowstyle": "-|>", "color": color, "linestyle": style, "linewidth": 1.6,
            "shrinkA": 19, "shrinkB": 19}  # fmt: skip
    ax.annotate("", xy=end, xytext=start, arrowprops=look)
    ax.text(*at, label, fontsize=11, ha="center", va="center")


def draw_unrolled(fig) -> dict:
    """Three steps side by side: i[t] to v[t] to s[t], v[t] to v[t+1], and s[t] back to v[t+1]."""
    ax = fig.subplots()
    ax.set(xlim=(-0.3, 2.95), ylim=(-0.35, 2.35))
    ax.axis("off")
    for name, x in COLUMNS.items():
        end = x + 1 if x < 2 else 2.93  # The arrows of the last step lead out of the picture.
        later = GREY if x else BLUE  # The input of a later step is no part of the question.
        _arrow(ax, (x, 0), (x, 1), "1", (x - 0.08, 0.5), color=later)
        _arrow(ax, (x, 1), (x, 2), "σ", (x - 0.08, 1.5), color=BLUE)
        _arrow(ax, (x, 1), (end, 1), "β", (x + 0.5, 0.86), color=BLUE)
        low = 1 if x < 2 else 1.15
        _arrow(ax, (x, 2), (end, low), "−θ", (x + 0.58, 1.62), color=RED, style="--")
        for letter, y in ROWS.items():
            edge = GREY if letter == "i" and x else "black"
            look = {
                "marker": "o",
                "markersize": 34,
                "markerfacecolor": "white",
                "linestyle": "none",
            }
            ax.plot(x, y, markeredgecolor=edge, **look)
            ax.text(x, y, f"{letter}[{name}]", ha="center", va="center", fontsize=9)
    return {}


def unrolled_picture() -> Picture:
    """The neuron unrolled over three steps, with the factor of each arrow."""
    caption = (
        "Three steps of one neuron. Arrows lead from i[t] to v[t] (factor 1), from v[t] up to s[t] "
        "(factor σ), from v[t] to v[t+1] (factor β) and, dashed, from s[t] back to v[t+1] "
        "(factor −θ, the reset)."
    )
    return Picture(draw_unrolled, {}, caption, size=(8, 3.6))


def influence_picture(lines: dict, s, caption: str) -> Picture:
    """Lines {label: (t, g)} of g[t] over steps t, and above them a tick at each spike of s (L,).

    The ticks stand a tenth of the lines' height above the highest line.
    """
    top = max(float(max(g)) for _, g in lines.values())
    t, _ = spike_points(s[:, None], 1)
    panel = lines_panel(lines, x="step t", y="g[t]")

    def draw(fig) -> dict:
        artists = panel(fig)
        (ax,) = fig.axes
        ax.set_ylim(ax.get_ylim()[0], 1.2 * top)
        artists["spikes"] = draw_raster(ax, label="spikes")
        legend(ax, loc="best")
        return artists

    return Picture(draw, lines | {"spikes": (t, [1.1 * top] * len(t))}, caption)
