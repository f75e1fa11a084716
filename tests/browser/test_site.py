"""The site from a plain file server, with the network cut: pages, links, requests, axe."""

import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import expect

from tests.browser.lab import ROOT, SHOTS
from tests.browser.site import built, visits
from tests.contents import NOTEBOOKS

sys.path.insert(0, str(ROOT / "docs"))
from make_site import build  # noqa: E402

AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
# Formulas and coloured code are thousands of nodes, all alike, which axe need not walk through.
JUDGE = """async (rules) => {
  document.querySelectorAll('mjx-container').forEach(node => node.remove());
  document.querySelectorAll('pre').forEach(node => { node.textContent = node.textContent; });
  return (await axe.run(document, {resultTypes: ['violations'], ...rules}))
    .violations.filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes[0].html);
}"""
# Without preload axe asks for no style sheet again; it takes @import for a path from the page.
BUT_CONTRAST = {"preload": False, "rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {"preload": False, "runOnly": ["color-contrast"]}
DRAWN = """async () => {
  if (window.MathJax) await MathJax.startup.promise;
  for (const image of document.images) { image.loading = 'eager'; await image.decode(); }
  return {formulas: document.querySelectorAll('mjx-container').length,
          wanted: document.querySelectorAll('.math').length,
          wrong: document.querySelectorAll('mjx-merror').length};
}"""


class Page(HTMLParser):
    """The ids of a page, and every address in it that a reader or a browser follows."""

    def __init__(self, path: Path):
        """Read the page at `path`."""
        super().__init__()
        self.ids, self.links, self.images = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Keep id, href and src of a tag."""
        given = dict(attributes)
        self.ids |= {given["id"]} if given.get("id") else set()
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        self.images += [given.get("alt", "")] if tag == "img" else []


def dead_links(html: Path) -> list[str]:
    """The links of a site's pages that lead to no file of it, or to no place in its page."""
    pages = {path: Page(path) for path in html.rglob("*.html") if "_static" not in path.parts}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme:  # another site, or data
                continue
            address, anchor = urldefrag(link)
            target = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
            if not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif anchor and target in pages and unquote(anchor) not in pages[target].ids:
                dead.append(f"{path.name}: {link}: no such place")
    return dead


@pytest.fixture(scope="module")
def html(chrome):
    """The folder of the site, made as `make site` makes it."""
    return built()


@pytest.fixture(scope="module")
def opened(html, chrome):
    """A function that opens a page of the site; no request may leave, and no error be said."""
    with visits(html, chrome) as visit:
        yield visit


def names(html: Path) -> list[str]:
    return sorted(
        path.relative_to(html).as_posix()
        for path in html.rglob("*.html")
        if "_static" not in path.parts
    )


def test_every_page_loads_whole_and_axe_finds_nothing_serious(html, opened):
    found = names(html)
    assert len(found) >= len(NOTEBOOKS) + 4
    for name in found:
        with opened(name, viewport={"width": 1366, "height": 900}) as page:
            drawn = page.evaluate(DRAWN)
            assert drawn["formulas"] == drawn["wanted"] and not drawn["wrong"], (name, drawn)
            page.evaluate(f"{AXE};0")
            assert page.evaluate(JUDGE, BUT_CONTRAST) == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(opened, scheme):
    for name in ("index.html", "glossary.html", "notebooks/00_start_here.html"):
        with opened(name, color_scheme=scheme) as page:
            assert page.evaluate("document.documentElement.dataset.theme") == scheme
            page.screenshot(path=SHOTS / f"site_{Path(name).stem}_{scheme}.png")
            page.evaluate(f"{AXE};0")
            assert page.evaluate(JUDGE, CONTRAST) == [], (name, scheme)


def test_axe_and_the_network_trap_can_fail(opened):
    with opened("start.html") as page:
        page.evaluate(f"{AXE};0")
        page.evaluate("document.querySelector('article').innerHTML += '<img src=\"data:,\">'")
        assert any(line.startswith("image-alt") for line in page.evaluate(JUDGE, BUT_CONTRAST))
    with pytest.raises(AssertionError, match="left: http://away.invalid/x.js"):
        with opened("start.html") as page:
            page.evaluate("fetch('http://away.invalid/x.js').catch(() => 0)")


def test_the_home_page_reads_a_drawing(opened):
    with opened("index.html") as page:
        pad = page.locator(".draw-a-digit .sslearn-draw")
        pad.scroll_into_view_if_needed()
        caption = pad.locator(".sslearn-draw-caption")
        expect(caption).to_contain_text("After 784 of 784 pixels", timeout=60e3)
        before = caption.inner_text()
        pad.get_by_role("combobox", name="network").select_option("GSU")
        expect(caption).not_to_have_text(before, timeout=60e3)
        expect(caption).to_contain_text("After 784 of 784 pixels GSU says", timeout=60e3)
        assert pad.get_by_role("combobox", name="network").input_value() == "GSU"


def test_a_link_to_nowhere_is_named_by_notebook_and_cell(tmp_path):
    for name in ("README.md", "sslearn/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    nb = nbformat.read(NOTEBOOKS[0], as_version=4)
    k = next(k for k, cell in enumerate(nb.cells) if "## Recap" in cell.source)
    nb.cells[k].source += "\n\n[nowhere](nowhere.ipynb)"
    (tmp_path / "notebooks").mkdir()
    nbformat.write(nb, tmp_path / "notebooks" / NOTEBOOKS[0].name)
    said = "\n".join(build(tmp_path, tmp_path / "_build"))
    assert f"notebooks/{NOTEBOOKS[0].name}, cell {k + 1}, line" in said and "nowhere" in said


def test_search_finds_a_word_of_a_notebook(opened):
    with opened("search.html?q=rheobase") as page:
        first = page.locator("#search-results li a").first
        first.wait_for(timeout=30e3)
        assert "A leaky bucket that spikes" in page.locator("#search-results").inner_text()


def test_a_phone_scrolls_down_only(opened):
    for name in ("index.html", "notebooks/01_a_leaky_bucket_that_spikes.html"):
        with opened(name, viewport={"width": 390, "height": 844}) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_no_link_is_dead(html, tmp_path):
    assert dead_links(html) == []
    (tmp_path / "a.html").write_text('<p id="x"><a href="#x"></a><a href="#y"></a><img src="b">')
    assert dead_links(tmp_path) == ["a.html: #y: no such place", "a.html: b"]


def test_every_notebook_has_its_page_neighbours_and_download(html):
    for k, path in enumerate(NOTEBOOKS):
        page = Page(html / "notebooks" / f"{path.stem}.html")
        for other in NOTEBOOKS[max(k - 1, 0) : k] + NOTEBOOKS[k + 1 : k + 2]:
            assert page.links.count(f"{other.stem}.html") >= 2, (path.stem, other.stem)
        assert f"../_sources/notebooks/{path.name}" in page.links
        assert (html / "_sources" / "notebooks" / path.name).read_bytes() == path.read_bytes()
        assert all(len(alt) >= 10 for alt in page.images) and (page.images or k == 0), path.stem
    size = sum(path.stat().st_size for path in html.rglob("*") if path.is_file())
    assert size < 60e6
