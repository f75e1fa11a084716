"""What the page paints is what matplotlib draws: every explorer's lines, markers and images."""

import base64

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sslearn.course.figure.living import WEB
from sslearn.javascript import joined
from tests.figure.test_explorer import EXPLORERS

MUCH, LITTLE = 90, 30  # of 255: by how much a pixel differs from white where something is painted
PAINT = """async ([source, spec, heads, data]) => {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const { paint, unpacked } = await import(url);
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
  const canvas = document.createElement('canvas'), ctx = canvas.getContext('2d');
  [canvas.width, canvas.height] = [spec.W, spec.H];
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, spec.W, spec.H);
  paint(ctx, spec, unpacked(spec, heads, bytes), '#000000');
  const all = ctx.getImageData(0, 0, spec.W, spec.H).data;
  const least = new Uint8Array(all.length / 4);
  for (let k = 0; k < least.length; k++) {
    least[k] = Math.min(all[4 * k], all[4 * k + 1], all[4 * k + 2]);
  }
  let text = '';
  for (let k = 0; k < least.length; k += 8192) {
    text += String.fromCharCode(...least.subarray(k, k + 8192));
  }
  return btoa(text);
}"""


def grown(mask):
    """The mask with all pixels beside it."""
    image = Image.fromarray(255 * mask.astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.MaxFilter(3))) > 0


def by_matplotlib(explorer):
    """Where matplotlib paints the lines and images, over white alone, without the still part."""
    picture = explorer.picture
    np.asarray(picture.canvas.buffer_rgba())[:] = 255
    white = picture.canvas.copy_from_bbox(picture.fig.bbox)
    kept, picture.background = picture.background, white
    picture._drawn = False
    pixels = np.asarray(picture._pixels()).min(2)
    picture.background, picture._drawn = kept, False
    return pixels


def words_off(explorer):
    """Leave the texts out, because their letters are the machine's fonts."""
    for artist in explorer.picture.artists.values():
        if hasattr(artist, "set_text"):
            artist.set_visible(False)
    heads, arrays = explorer._living.scene.numbers()
    for head in heads:
        if "text" in head:
            head["text"] = ""
    return heads, b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)


@pytest.mark.parametrize("make", EXPLORERS)
def test_the_page_paints_what_matplotlib_draws(chrome, make):
    explorer, page = make(), chrome.new_page()
    page.goto("about:blank")
    source = joined(WEB, ["paint.js"], {})
    names = [None, *list(explorer.presets)[:2]]
    for name in names:
        explorer.preset(name) if name else None
        heads, data = words_off(explorer)
        sent = [source, explorer._living.spec, heads, base64.b64encode(data).decode()]
        got = np.frombuffer(base64.b64decode(page.evaluate(PAINT, sent)), np.uint8)
        drawn = by_matplotlib(explorer)
        pair = 255 - got.reshape(drawn.shape), 255 - drawn
        assert min((one > MUCH).sum() for one in pair) > 100
        # matplotlib puts an upright line on whole pixels, and the page on two halves of them.
        stray = [
            ((a > MUCH) & ~grown(b > LITTLE)).sum() / (a > MUCH).sum()
            for a, b in (pair, pair[::-1])
        ]
        assert max(stray) < 0.02, (name, stray)
    page.close()
