"""README's moving picture can be filmed: the slider moves, the presets change the picture."""

import io
import sys

from PIL import Image, ImageChops

from tests.browser.lab import ROOT, open_notebook, run_all

sys.path.insert(0, str(ROOT / "docs"))
import animate  # noqa: E402


def test_an_explorer_is_filmed(site, monkeypatch):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1130, "height": 1000})
    open_notebook(page, url, "film.ipynb")
    assert run_all(page) == []
    box = page.locator(".sslearn-explorer")
    box.wait_for(timeout=60e3)
    page.wait_for_timeout(2000)
    monkeypatch.setattr(animate, "STRIDE", 20)  # three frames of the slider instead of thirty
    frames = animate.film(page, box)
    page.close()
    assert len(frames) == 3 + 1 + len(animate.PRESETS)
    images = [image for image, _ in frames]
    for a, b in zip(images, images[1:], strict=False):
        assert a.size == b.size and ImageChops.difference(a, b).getbbox()
    with Image.open(io.BytesIO(animate.packed(frames))) as film:
        assert film.n_frames == len(frames) and film.size == images[0].size
