"""A figure that is built once, then redrawn fast: artists move over a kept background.

No formula and no widget lives here. `Picture` is the static figure of a notebook and the inside
of an explorer alike, so both are drawn by the same code.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

Draw = Callable[[Figure], dict[str, Artist]]


def put(artist: Artist, value) -> None:
    """Give an artist its new data: (x, y) to a line, an array to an image, a string to a text."""
    if hasattr(artist, "set_text"):
        artist.set_text(value)
    elif isinstance(value, tuple):
        artist.set_data(*value)
    else:
        artist.set_data(np.asarray(value))


class Picture:
    """`draw(fig)` once, then `update(data)` for each new picture; data has draw's names.

    draw returns {name: artist}; data maps each of these names to what `put` takes, and may hold
    more names (read-outs). caption is the alt text. Raises ValueError if a name is missing.
    """

    def __init__(self, draw: Draw, data: Mapping, caption: str, *, size=(8.0, 3.2), dpi=100):
        self.draw = draw
        self.fig = Figure(figsize=size, dpi=dpi, layout="constrained", facecolor="white")
        self.canvas = FigureCanvasAgg(self.fig)
        self.artists = draw(self.fig)
        for artist in self.artists.values():
            artist.set_animated(True)  # left out of the background
        self.canvas.draw()
        self.fig.set_layout_engine("none")  # the axes stay where they are from here on
        self.background = self.canvas.copy_from_bbox(self.fig.bbox)
        self.update(data, caption)

    def update(self, data: Mapping, caption: str) -> None:
        """Move the artists to the new data and redraw only them. Nothing changes on an error."""
        missing = self.artists.keys() - data.keys()
        if missing:
            raise ValueError(f"data must hold every artist's name, missing {sorted(missing)}")
        self.canvas.restore_region(self.background)
        for name, artist in self.artists.items():
            put(artist, data[name])
            artist.axes.draw_artist(artist) if artist.axes else self.fig.draw_artist(artist)
        self.caption = caption

    def png(self, *, small: bool = False) -> bytes:
        """The picture as PNG: fast, or, if small, with 64 colours and the best compression."""
        image = Image.fromarray(np.asarray(self.canvas.buffer_rgba()), "RGBA").convert("RGB")
        out = io.BytesIO()
        if small:
            image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        else:
            image.save(out, "PNG", compress_level=1)
        return out.getvalue()

    def img(self, png: bytes) -> str:
        """An <img> with the caption as its alt text."""
        src = base64.b64encode(png).decode()
        alt = html.escape(self.caption, quote=True)
        return f'<img alt="{alt}" src="data:image/png;base64,{src}" style="max-width:100%">'

    def _repr_mimebundle_(self, include=None, exclude=None):
        png = self.png(small=True)
        figure = f"<figure>{self.img(png)}<figcaption>{html.escape(self.caption)}</figcaption>"
        return {
            "text/plain": self.caption,
            "text/html": figure + "</figure>",
            "image/png": base64.b64encode(png).decode(),
        }
