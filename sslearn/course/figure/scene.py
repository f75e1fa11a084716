"""A picture as a web page shows it: a still SVG, and over it what moves, as numbers.

matplotlib draws what stands still, once. What moves passes through matplotlib's own transforms and
is sent in pixels of the figure, so that the page's module (web/picture.js) knows no tick, no
limit, and no formula. The figure has one pixel for each 1/dpi inch; y points downwards.
"""

import io
import re
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.cbook import STEP_LOOKUP_MAP
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.scale import SymmetricalLogTransform
from matplotlib.text import Text

from sslearn.course.figure.picture import DEFAULTS, Picture

LETTERS = {
    Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z",
}  # fmt: skip
NO_LINE = ("None", "none", " ", "")
# Verdana is as wide as the DejaVu Sans that matplotlib measures with, so that labels keep apart.
FONTS = "'DejaVu Sans', Verdana, system-ui, sans-serif"


@matplotlib.rc_context(DEFAULTS | {"svg.fonttype": "none", "svg.hashsalt": "sslearn"})
def still(picture: Picture) -> str:
    """The figure as SVG without what moves; black is the page's ink, and white its ground.

    It has no size of its own, so that it fills what it is put in.
    """
    out, artists = io.StringIO(), list(picture.artists.values())
    shown = [artist.get_visible() for artist in artists]
    for artist in artists:
        artist.set_visible(False)
    try:
        none = {"Date": None, "Creator": None, "Format": None, "Type": None}
        picture.fig.savefig(out, format="svg", transparent=True, metadata=none)
    finally:
        for artist, was in zip(artists, shown, strict=True):
            artist.set_visible(was)
    svg = out.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    svg = re.sub(r"(stroke|fill): ?#000000", r"\1: currentColor", svg)
    svg = re.sub(r"(stroke|fill): ?#ffffff", r"\1: var(--paper, #fff)", svg)
    svg = re.sub(
        r'<text ([^>]*?)style="(?![^"]*fill:)', r'<text \1style="fill: currentColor; ', svg
    )
    svg = re.sub(r"(font: [^;\"]*?)'DejaVu Sans'[^;\"]*", rf"\1{FONTS}", svg)
    return re.sub(r'(?:width|height)="[^"]*pt" ?', "", svg, count=2)


class Scene:
    """The moving artists of a picture as numbers, for the module that paints them.

    `spec` holds the width W and the height H of the figure in pixels, and `looks`: the name and the
    style of each moving artist in the order of drawing, sizes in pixels. A colour None is the
    page's ink, and `to` leads from data to pixels, see `scales`.
    """

    def __init__(self, picture: Picture):
        self._fig, self._artists = picture.fig, list(picture.artists.values())
        W, H = (float(v) for v in self._fig.bbox.size)
        looks = [
            {"name": name} | _look(artist, self._fig) for name, artist in picture.artists.items()
        ]
        self.spec = {"W": W, "H": H, "looks": looks}

    def numbers(self) -> tuple[list[dict], list[np.ndarray]]:
        """What each moving artist shows now: heads of a few words, and an array each.

        A line has n points: its array is float32, (2, n), x then y, and a gap is NaN. An image has
        rows and cols, the box [left, top, width, height], and bytes (rows, cols, 4), red, green,
        blue and alpha. A text has the text and `at`, and its array is empty.
        """
        looks, H = self.spec["looks"], self.spec["H"]
        pairs = [_numbers(*both, H) for both in zip(self._artists, looks, strict=True)]
        return [head for head, _ in pairs], [array for _, array in pairs]


def scales(artist: Artist, fig: Figure) -> dict[str, list | None]:
    """How the artist's data become pixels: for x and y [kind, k, c], or None for other scales.

    A value v stands at k v + c if kind is "linear", and at k log10(v) + c if it is "log". If it is
    "symlog", two more numbers follow, T and m, and v stands at k u + c, where u is m v up to
    |v| = T, and beyond it T (m + log10(|v| / T)) with the sign of v.
    """
    ax = artist.axes
    if ax is None:
        return {"x": None, "y": None}
    transform, H = artist.get_transform(), fig.bbox.height
    x0, y0 = ax.get_xlim()[0], ax.get_ylim()[0]
    return {
        "x": _scale(lambda v: transform.transform((v, y0))[0], ax.xaxis),
        "y": _scale(lambda v: H - transform.transform((x0, v))[1], ax.yaxis),
    }


def _scale(pixel: Callable[[float], float], axis: Axis) -> list | None:
    """The map to pixels, found by its values at both limits, and tried at 3/10 of the way."""
    low, high = axis.get_view_interval()
    a, b = pixel(low), pixel(high)

    def form(kind, u, v, between):
        k = (b - a) / (v - u)
        good = abs(pixel(between) - (0.7 * a + 0.3 * b)) < 1e-6
        return [kind, float(k), float(a - k * u)] if good else None

    found = form("linear", low, high, 0.7 * low + 0.3 * high)
    if found is None and min(low, high) > 0:
        found = form("log", np.log10(low), np.log10(high), low**0.7 * high**0.3)
    bend = axis.get_transform()
    if found is None and isinstance(bend, SymmetricalLogTransform) and bend.base == 10:
        u, v = bend.transform(np.array([low, high]))
        between = bend.inverted().transform(np.array([0.7 * u + 0.3 * v]))[0]
        found = form("symlog", u, v, between)
        found = found and [*found, float(bend.linthresh), float(bend.linscale / 0.9)]
    return found


def _colour(colour) -> str | None:
    return None if to_hex(colour) == "#000000" else to_hex(colour)


def _path(path: Path, scale: float) -> str:
    """A matplotlib path as the d of an SVG path, y downwards."""
    parts = []
    for points, code in path.iter_segments(simplify=False, curves=True):
        pairs = np.reshape(points, (-1, 2)) * [scale, -scale]
        ends = "" if code == Path.CLOSEPOLY else " ".join(f"{x:.3f} {y:.3f}" for x, y in pairs)
        parts.append(LETTERS[code] + ends)
    return "".join(parts)


def dashes(line: Line2D) -> list[float]:
    """The lengths of a line's dashes and gaps in points; none for a whole line.

    matplotlib has no public name for them, so that a test compares them with what it draws.
    """
    return [] if line.get_linestyle() in NO_LINE else list(line._dash_pattern[1] or [])


def _look(artist: Artist, fig: Figure) -> dict:
    px, H = fig.dpi / 72, float(fig.bbox.height)
    alpha = artist.get_alpha()
    own = {"alpha": 1.0 if alpha is None else float(alpha), "clip": None}
    if artist.axes and artist.get_clip_on():
        box = artist.axes.bbox
        own["clip"] = [float(v) for v in (box.x0, H - box.y1, box.width, box.height)]
    if isinstance(artist, AxesImage):
        smooth = artist.get_interpolation() not in ("nearest", "none", "antialiased", "auto")
        return own | {"kind": "image", "smooth": smooth}
    if isinstance(artist, Text):
        return own | {
            "kind": "text", "c": _colour(artist.get_color()), "size": artist.get_fontsize() * px,
            "ha": artist.get_ha(), "va": artist.get_va(), "turn": float(artist.get_rotation()),
            "weight": artist.get_fontweight(), "at": _anchor(artist, H),
        }  # fmt: skip
    if not isinstance(artist, Line2D):
        raise TypeError(f"draw may return lines, images and texts, got a {type(artist).__name__}")
    own |= {
        "kind": "line", "c": _colour(artist.get_color()), "w": artist.get_linewidth() * px,
        "line": artist.get_linestyle() not in NO_LINE, "dash": [d * px for d in dashes(artist)],
        "steps": artist.get_drawstyle(), "to": scales(artist, fig), "marker": "",
    }  # fmt: skip
    if artist.get_marker() in NO_LINE:
        return own
    marker = MarkerStyle(artist.get_marker(), artist.get_fillstyle())
    shape = marker.get_path().transformed(marker.get_transform())
    filled = marker.is_filled() and to_hex(artist.get_markerfacecolor(), True)[7:] != "00"
    return own | {
        "marker": _path(shape, artist.get_markersize() * px), "filled": filled,
        "mc": _colour(artist.get_markerfacecolor()) if filled else None,
        "mec": _colour(artist.get_markeredgecolor()), "mew": artist.get_markeredgewidth() * px,
    }  # fmt: skip


def _anchor(text: Text, H: float) -> list[float]:
    """Where a text stands, in pixels: new data changes its words, and not its place."""
    x, y = text.get_transform().transform(text.get_position())
    return [float(x), float(H - y)]


def _numbers(artist: Artist, look: dict, H: float) -> tuple[dict, np.ndarray]:
    if isinstance(artist, AxesImage):
        return _pixels(artist, H)
    if isinstance(artist, Text):
        return {"text": artist.get_text(), "at": look["at"]}, np.empty(0, np.float32)
    x, y = np.broadcast_arrays(*(np.asarray(v, float) for v in artist.get_data(orig=False)))
    if look["steps"] != "default" and x.size:
        x, y = STEP_LOOKUP_MAP[look["steps"]](x, y)
    to = look["to"]
    if to["x"] and to["y"]:  # which is ten times as fast as the transforms that it was found from
        xy = np.stack([_placed(x, to["x"]), _placed(y, to["y"])])
    else:
        xy = artist.get_transform().transform(np.column_stack([x, y])).reshape(-1, 2).T
        xy = np.stack([xy[0], H - xy[1]])
    return {"n": x.size}, np.where(np.isfinite(xy), xy, np.nan).astype(np.float32)


def _placed(values: np.ndarray, to: list) -> np.ndarray:
    """Values of one axis in pixels, by what `scales` found; what a log axis lacks is NaN."""
    kind, k, c, *bend = to
    if kind == "symlog":
        T, m = bend
        far = T * (m + np.log10(np.maximum(abs(values), T) / T))
        values = np.where(abs(values) > T, np.sign(values) * far, m * values)
    elif kind == "log":
        values = np.log10(values, where=values > 0, out=np.full(values.shape, np.nan))
    return k * values + c


def _pixels(image: AxesImage, H: float) -> tuple[dict, np.ndarray]:
    rgba = image.to_rgba(image.get_array(), bytes=True)
    left, right, below, above = image.get_extent()
    corners = image.axes.transData.transform([[left, below], [right, above]])
    (x0, y0), (x1, y1) = corners
    if (image.origin == "lower") == (y1 > y0):  # The first row is to be the uppermost.
        rgba = rgba[::-1]
    box = [float(v) for v in (min(x0, x1), H - max(y0, y1), abs(x1 - x0), abs(y1 - y0))]
    head = {"rows": rgba.shape[0], "cols": rgba.shape[1], "box": box}
    return head, np.ascontiguousarray(rgba)
