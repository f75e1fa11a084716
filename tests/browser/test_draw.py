"""*Draw a digit* in the page: hands and keys make drawings, and what it says is the library's."""

import shutil

import numpy as np
import pytest
import torch

from sslearn.course.draw import drawings, pixels
from sslearn.course.draw.pack import SHIPPED, shipped
from tests.browser.lab import SHOTS, close_notebook, open_notebook, run_all


class Pad:
    """The page as a reader meets it: the pad, the controls by their names, what it says."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".sslearn-draw").first
        self.root.scroll_into_view_if_needed()
        self.pad = self.root.get_by_role("application")
        self.slider = self.root.get_by_role("slider", name="pixels read")

    def stroke(self, *points, lift=True):
        box = self.pad.bounding_box()
        for k, (x, y) in enumerate(points):
            place = box["x"] + x * box["width"], box["y"] + y * box["height"]
            self.page.mouse.move(*place, steps=1 if k == 0 else 12)
            if k == 0:
                self.page.mouse.down()
        if lift:
            self.page.mouse.up()

    def press(self, name):
        self.root.get_by_role("button", name=name, exact=True).click()

    @property
    def caption(self):
        return self.root.locator(".sslearn-draw-caption").inner_text()

    @property
    def digit(self):
        return self.root.locator(".sslearn-draw-digit").inner_text()

    @property
    def at(self):
        return int(self.slider.input_value())

    def wait(self, holds, what):
        for _ in range(1200):
            if holds():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"{what}: {self.caption}")

    def rest(self, L=784):
        """Wait until the whole drawing is read; the caption is then what is heard, too."""
        heard = self.root.get_by_role("status")
        self.wait(lambda: self.at == L and heard.inner_text() == self.caption, "no end")
        return self.digit


SEVEN = (0.25, 0.2), (0.75, 0.2), (0.4, 0.85)


def test_a_drawing_by_mouse_is_read_while_the_pen_moves(drawing_page):
    pad = Pad(drawing_page)
    assert pad.rest() == "2" and "This drawing is a 2 with a loop" in pad.caption
    pad.stroke(*SEVEN, lift=False)
    pad.wait(lambda: "784 pixels" in pad.caption and "loop" not in pad.caption, "pen")
    pad.wait(lambda: pad.digit != "?", "nothing is read before the pen lifts")
    drawing_page.mouse.up()
    assert pad.rest() == "7"
    seven = pad.caption
    pad.stroke((0.5, 0.9), (0.9, 0.9))
    pad.wait(lambda: pad.at == 784 and pad.caption != seven, "a second stroke")
    pad.press("Undo")
    pad.wait(lambda: pad.caption == seven, "undo")
    pad.press("Clear")
    pad.wait(lambda: pad.digit == "?" and "nothing to read" in pad.caption, "clear")
    pad.press("Undo")
    pad.wait(lambda: pad.caption == seven, "undo of clear")
    drawing_page.screenshot(path=SHOTS / "draw.png")


def test_a_reading_can_be_played_stopped_stepped_and_scrubbed(drawing_page):
    pad = Pad(drawing_page)
    pad.rest()
    pad.press("Play")
    pad.wait(lambda: 0 < pad.at < 784, "play")
    pad.press("Stop")
    drawing_page.wait_for_timeout(100)
    here = pad.at
    drawing_page.wait_for_timeout(300)
    assert pad.at == here and f"After {here} of 784" in pad.caption
    pad.press("Step")
    pad.wait(lambda: pad.at == here + 1, "step")
    pad.slider.focus()
    drawing_page.keyboard.press("Home")
    drawing_page.keyboard.press("ArrowRight")
    pad.wait(lambda: pad.at == 1 and "After 1 of 784" in pad.caption, "keys on the slider")
    assert pad.slider.get_attribute("aria-valuetext") == "after 1 of 784 pixels"
    box = pad.root.locator(".sslearn-draw-raster").bounding_box()
    drawing_page.mouse.click(box["x"] + 72 + (box["width"] - 94) / 2, box["y"] + 50)
    pad.wait(lambda: abs(pad.at - 392) < 4, "a press on the raster")
    pad.press("Play")
    pad.rest()


def test_stored_drawings_are_answered_as_the_library_does(drawing_page):
    pad, wrong = Pad(drawing_page), 0
    u = torch.tensor(np.array([pixels(d.strokes).ravel() for d in drawings()])).float()[..., None]
    for name in SHIPPED:
        pad.root.get_by_role("combobox", name="network").select_option(name)
        pad.wait(lambda name=name: name in pad.caption, "switch")
        with torch.no_grad():
            answers = shipped(name)(u).argmax(-1).tolist()
        for drawing, answer in zip(drawings(), answers, strict=True):
            pad.press(f"read {drawing.name}")
            pad.wait(lambda d=drawing: d.name in pad.caption, drawing.name)
            assert pad.rest() == str(answer), drawing.name
            assert ("so the answer is wrong" in pad.caption) == (answer != drawing.means)
            wrong += answer != drawing.means
    assert 3 <= wrong <= 15  # Some are hard, and most are not.


def test_a_drawing_by_keys(drawing_page):
    pad = Pad(drawing_page)
    pad.rest()
    pad.pad.focus()
    for key in ["ArrowUp"] * 9 + ["Space"] + ["Shift+ArrowDown"] * 6 + ["Space"]:
        drawing_page.keyboard.press(key)
    pad.wait(lambda: pad.at == 784 and "loop" not in pad.caption, "keys")
    assert pad.rest() == "1"
    drawing_page.keyboard.press("Backspace")
    pad.wait(lambda: "loop" in pad.caption, "Backspace takes the stroke back")
    drawing_page.keyboard.press("Escape")
    pad.wait(lambda: pad.digit == "?", "Escape clears")


def test_a_missing_or_cut_file_leaves_the_picture_and_a_sentence(served, chrome, tmp_path):
    folder, url = served
    kept = (folder / "binary-s4d.bin").read_bytes()
    try:
        for raw, text in (
            (None, "binary-s4d.bin is missing"), (b"", "cut off"), (kept[:-8], "cut off"),
            (kept[:100], "cut off"), (b"\4\0\0\0oops", "no file of a network"),
        ):  # fmt: skip
            (folder / "binary-s4d.bin").unlink(missing_ok=True)
            if raw is not None:
                (folder / "binary-s4d.bin").write_bytes(raw)
            page = chrome.new_page()
            page.goto(f"{url}/draw_a_digit.html")
            said = page.get_by_role("status")
            said.wait_for(timeout=30e3)
            assert text in said.inner_text()
            assert page.locator("img").get_attribute("alt").startswith("Draw a digit: Binary S4D")
            page.close()
    finally:
        (folder / "binary-s4d.bin").write_bytes(kept)


def test_another_network_that_is_missing_leaves_the_first(served, chrome):
    folder, url = served
    shutil.move(folder / "gsu.bin", folder / "away")
    page = chrome.new_page(reduced_motion="reduce")
    try:
        page.goto(f"{url}/draw_a_digit.html")
        pad = Pad(page)
        pad.rest()
        box, heard = (
            pad.root.get_by_role("combobox", name="network"),
            pad.root.get_by_role("status"),
        )
        box.select_option("GSU")
        pad.wait(lambda: "GSU cannot be shown" in heard.inner_text(), "missing")
        assert box.input_value() == "Binary S4D"
    finally:
        shutil.move(folder / "away", folder / "gsu.bin")
        page.close()


def corner(page):
    """The probabilities' canvas as it is painted now."""
    return page.evaluate("document.querySelector('.sslearn-draw-chances').toDataURL()")


@pytest.mark.parametrize("width", [390, 800, 1366])
def test_nothing_is_cut_off_at_any_width(served, chrome, width):
    motion = {"color_scheme": "dark", "reduced_motion": "reduce"}
    page = chrome.new_page(viewport={"width": width, "height": 900}, **motion)
    page.goto(f"{served[1]}/draw_a_digit.html")
    Pad(page).rest()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = corner(page)
    page.evaluate(
        "document.documentElement.style.colorScheme = 'light'"
    )  # as a theme's switch does
    page.wait_for_timeout(300)
    assert corner(page) != dark, "the canvases keep the colours of the other theme"
    page.screenshot(path=SHOTS / f"draw_{width}.png", full_page=True)
    page.close()


def test_in_jupyterlab_keys_stay_in_the_pad(site):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    open_notebook(page, url, "draw.ipynb")
    assert run_all(page) == []
    page.locator(".sslearn-draw").nth(1).wait_for(timeout=60e3)
    pad, panel = Pad(page), "window.jupyterapp.shell.currentWidget.content"
    assert pad.rest() == "2"
    assert pad.root.bounding_box()["height"] <= 600, "pad and answer do not fit on a small screen"
    pad.stroke(*SEVEN)
    pad.wait(lambda: "loop" not in pad.caption, "mouse")
    assert pad.rest() == "7"
    pad.press("Clear")
    pad.pad.focus()
    cell = page.evaluate(f"{panel}.activeCellIndex")
    for key in ["ArrowUp"] * 9 + ["Space"] + ["ArrowDown"] * 18 + ["Space", "d", "d"]:
        page.keyboard.press(key)
    pad.wait(lambda: pad.digit == "1", "keys")
    pad.slider.focus()
    page.keyboard.press("ArrowLeft")
    pad.wait(lambda: pad.at == 783, "keys on the slider")
    assert page.evaluate(f"{panel}.activeCellIndex") == cell
    assert page.evaluate(f"{panel}.widgets.length") == 3
    own = page.locator(".sslearn-draw").nth(1).locator(".sslearn-draw-caption")
    assert own.inner_text().startswith("After 64 of 64 pixels your network says")
    close_notebook(page)
