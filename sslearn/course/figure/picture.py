"""A figure that is built once, then redrawn fast: artists move over a kept background.

No formula and no widget lives here. `Picture` is both the static figure of a notebook and the
inside of an explorer, so that both are drawn by the same code.
"""

import base64
import html
import io
from collections.abc import Callable, Mapping

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

Draw = Callable[[Figure], dict[str, Artist]]
DEFAULTS = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}


def put(artist: Artist, value) -> None:
    """Give an artist its new data: (x, y) to a line, an array to an image, a string to a text."""
    if hasattr(artist, "set_text"):
        artist.set_text(value)
    elif isinstance(value, tuple):
        artist.set_data(*map(np.asarray, value))  # matplotlib takes 2 ms for a torch tensor
    else:
        artist.set_data(np.asarray(value))


class Picture:
    """Call `draw(fig)` once, then `update(data)` for each new picture; data has draw's names.

    `draw` returns {name: artist}. `data` maps each of these names to what `put` takes, and may hold
    read-outs under more names. `caption` is the alt text. A missing name raises ValueError.
    It is drawn in matplotlib's own defaults, because a reader's style may be white on white.
    """

    @matplotlib.rc_context(DEFAULTS)
    def __init__(self, draw: Draw, data: Mapping, caption: str, *, size=(8.0, 3.2), dpi=100):
        self.draw = draw
        self.fig = Figure(figsize=size, dpi=dpi, layout="constrained", facecolor="white")
        self.canvas = FigureCanvasAgg(self.fig)
        self.artists = draw(self.fig)
        for artist in self.artists.values():
            artist.set_animated(True)  # The background is drawn without it.
        self.canvas.draw()
        self.fig.set_layout_engine("none")  # The axes stay where they are from here on.
        self.background, self._drawn = self.canvas.copy_from_bbox(self.fig.bbox), True
        self._palette = self._few_colours()
        self.update(data, caption)

    def update(self, data: Mapping, caption: str) -> None:
        """Move the artists to the new data; `png` draws them. A missing name changes nothing."""
        missing = self.artists.keys() - data.keys()
        if missing:
            raise ValueError(f"data must hold every artist's name, missing {sorted(missing)}")
        for name, artist in self.artists.items():
            put(artist, data[name])
        self.caption, self._drawn = caption, False

    def png(self, *, small: bool = False) -> bytes:
        """The picture as PNG in 256 colours; `small` takes the time for a palette of its own."""
        image, out = self._pixels(), io.BytesIO()
        if small and self._has_image():
            image = image.quantize(256, dither=Image.Dither.NONE)
        else:
            image = image.quantize(palette=self._palette, dither=Image.Dither.NONE)
        image.save(out, "PNG", optimize=small, compress_level=1)
        return out.getvalue()

    def _has_image(self) -> bool:
        return any(isinstance(artist, AxesImage) for artist in self.artists.values())

    @matplotlib.rc_context(DEFAULTS)
    def _redraw(self) -> None:
        """Draw the artists over the kept background."""
        self.canvas.restore_region(self.background)
        for artist in self.artists.values():
            artist.axes.draw_artist(artist) if artist.axes else self.fig.draw_artist(artist)
        self._drawn = True

    def _pixels(self) -> Image.Image:
        if not self._drawn:
            self._redraw()
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba()), "RGBA").convert("RGB")

    def _few_colours(self) -> Image.Image:
        """A palette for all pictures to come, of at most 256 colours.

        It holds 96 colours of the background, each artist's own mixed with white in 16 steps, and
        48 of an image's colour map if there is an image. A PNG of one byte a pixel is half as long
        and takes a quarter of the time.
        """
        still = self._pixels().quantize(96, dither=Image.Dither.NONE).getpalette()[: 3 * 96]
        images = [a for a in self.artists.values() if isinstance(a, AxesImage)]
        maps = [255 * image.cmap(np.linspace(0, 1, 48))[:, :3] for image in images[:1]]
        lines = (a for a in self.artists.values() if a not in images)
        own = {to_rgb(a.get_color()) for a in lines} | {(0.0, 0.0, 0.0)}
        mix = np.linspace(0, 1, 16)[:, None]
        mixed = [255 * (mix * colour + 1 - mix) for colour in sorted(own)][: 7 if maps else 10]
        colours = np.concatenate([np.reshape(still, (-1, 3)), *mixed, *maps])
        colours = np.rint(colours).astype(int)
        colours[colours.min(1) > 243] = 255  # Pillow rounds, and white must stay white.
        palette = Image.new("P", (1, 1))
        palette.putpalette(colours.ravel().tolist())
        return palette

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
