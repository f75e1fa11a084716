"""The contrast of what a figure draws with a white page and with a dark one."""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

WHITE, DARK = "#ffffff", "#111111"


def linear(rgb) -> np.ndarray:
    """The linear values of sRGB colours in 0 ... 1, (..., 3)."""
    rgb = np.asarray(rgb, float)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour) -> float:
    """The relative luminance of a colour without transparency (WCAG 2.2)."""
    return float(linear(to_rgba(colour)[:3]) @ (0.2126, 0.7152, 0.0722))


def contrast(colour, ground) -> float:
    """(lighter + 0.05) / (darker + 0.05) of a colour, mixed with the ground by its alpha."""
    *rgb, alpha = to_rgba(colour)
    mixed = alpha * np.array(rgb) + (1 - alpha) * np.array(to_rgba(ground)[:3])
    low, high = sorted((luminance(mixed), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def _colours(artist) -> list:
    """The colours that an artist is seen by; of a face and its edge the stronger is enough."""
    if isinstance(artist, Text):
        return [artist.get_color()] if artist.get_text().strip() else []
    if isinstance(artist, Line2D):
        drawn = artist.get_linestyle() != "None" and artist.get_linewidth() > 0
        seen = [artist.get_color()] * drawn
        if artist.get_marker() not in ("None", None, ""):
            seen.append(artist.get_markeredgecolor())
        return seen
    edges = np.reshape(artist.get_edgecolor(), (-1, 4))
    faces = np.reshape(artist.get_facecolor(), (-1, 4))
    both = [*edges[:1], *faces[:1]]
    return [max(both, key=lambda colour: contrast(colour, WHITE))] if both else []


def seen(fig: Figure) -> list[tuple]:
    """(artist, colour with alpha) of all lines, texts, patches and collections but the frames.

    Left out are grids, grounds, and what is white, which hides and does not show.
    """
    frames = {fig.patch, *(ax.patch for ax in fig.axes)}
    for ax in fig.axes:
        frames |= {*ax.get_xgridlines(), *ax.get_ygridlines(), *ax.spines.values()}
    frames |= {legend.get_frame() for legend in fig.findobj(lambda a: hasattr(a, "legend_handles"))}
    found = []
    for artist in fig.findobj(
        lambda a: isinstance(a, Line2D | Text) or hasattr(a, "get_facecolor")
    ):
        if artist in frames or not artist.get_visible() or isinstance(artist, Figure):
            continue
        if hasattr(artist, "get_axisbelow") or hasattr(artist, "legend_handles"):
            continue  # axes and legends are no marks themselves
        for colour in _colours(artist):
            *rgb, alpha = to_rgba(colour, artist.get_alpha())
            if alpha > 0 and min(rgb) < 1:
                found.append((artist, (*rgb, alpha)))
    return found
