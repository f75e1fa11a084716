"""The files of the page, and what a saved notebook keeps of it."""

import re

import pytest
import torch
from ipywidgets.widgets.widget import _instances
from matplotlib.text import Text

from sslearn.course.draw import draw_a_digit, draw_picture, embed, write_site
from sslearn.course.draw.pack import shipped
from sslearn.course.draw.picture import still
from sslearn.deploy.page import DRAW, WEB, module
from sslearn.models import SequenceClassifier, recipe

FILES = {
    "draw_a_digit.js", "draw_a_digit.png", "draw_a_digit.html",
    "binary-s4d.bin", "gsu.bin", "s4d.bin",
}  # fmt: skip
ADDRESS = r"(?<!xmlns=\")https?://(?!www\.w3\.org/2000/svg)"


@pytest.fixture(scope="module")
def mine():
    g = torch.Generator().manual_seed(0)
    return SequenceClassifier(1, 10, **recipe("gsu", N=4), depth=1, H=4, generator=g)


def test_the_module_mounts_itself():
    text = module(DRAW)
    assert text.count("export default") == 1 and "export function mountAll" in text
    assert not re.search(ADDRESS, text)


def test_no_text_tells_marks_by_a_colour_and_signs_have_places_of_their_own():
    colours = re.compile(r"\b(blue|orange|red|green|black|white)\b", re.I)
    quoted = re.compile(r"'([^'\n]*)'|`([^`]*)`")
    code = "\n".join(
        WEB.joinpath(f).read_text(encoding="utf-8") for f in ("parts.js", "reading.js")
    )
    texts = ["".join(pair) for pair in quoted.findall(code)]
    picture = still(shipped("GSU"), "GSU", 28)
    texts += [text.get_text() for text in picture.fig.findobj(Text)]
    assert len(texts) > 50 and [t for t in texts if colours.search(t)] == []
    assert {"layer 2 +1", "layer 2 −1"} <= set(texts)
    rows = [picture.artists[name].get_ydata() for name in ("plus", "minus")]
    bands = [set((y // 64).astype(int)) for y in rows]
    assert bands == [{0, 2}, {1, 3}]


def test_the_site_has_its_files(tmp_path):
    write_site(tmp_path / "new")
    assert {p.name for p in (tmp_path / "new").iterdir()} == FILES
    page = (tmp_path / "new" / "draw_a_digit.html").read_text(encoding="utf-8")
    assert embed() in page and not re.search(ADDRESS, page)
    assert sum(p.stat().st_size for p in (tmp_path / "new").iterdir()) < 1e6
    assert 'src="_static/draw/draw_a_digit.png" alt="Draw a digit: ' in embed("_static/draw")
    assert "Run the cell" not in embed()  # A page has none.


def test_the_shipped_networks_read_28_pixels():
    with pytest.raises(ValueError, match="side must be 28, got 8"):
        draw_a_digit(side=8)


def test_a_saved_notebook_keeps_picture_and_text():
    shown = draw_a_digit()
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle and len(bundle["image/png"]) > 9000
    assert bundle["text/plain"] == draw_picture().caption
    assert f'alt="{bundle["text/plain"]}"' in bundle["text/html"]
    assert re.match(
        r"Draw a digit: Binary S4D has read a 2 with a loop as 784 pixels, row by row. It says "
        r"\d \(≈ \d+ %\), as it has since pixel ≈ \d+; its channels are active ≈ \d+ % of the ",
        bundle["text/plain"],
    )
    shown.close()


def test_ones_own_network_and_its_widgets_go(mine):
    before = set(_instances)
    shown = draw_a_digit(mine, side=8)
    (network,) = shown.children[0].data["networks"]
    assert network["name"] == "your network" and isinstance(network["bytes"], bytes)
    assert "your network has read" in shown.picture.caption
    assert "as 64 pixels" in shown.picture.caption
    shown.close()
    assert set(_instances) == before
