"""Every notebook in a real JupyterLab: all cells run, every control answers to real keys."""

import os
import re

import pytest

from tests.browser.lab import ROOT, SHOTS, browser, chromium, lab, open_notebook, run_all

NOTEBOOKS = sorted(p.name for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
NOISE = (  # what JupyterLab itself says on a machine without a network
    "favicon", "net::ERR_INTERNET_DISCONNECTED", "ERR_NAME_NOT_RESOLVED",
)  # fmt: skip

if chromium() is None and not os.environ.get("CI"):
    pytest.skip("no Chromium here: the browser test is left out", allow_module_level=True)


@pytest.fixture(scope="module")
def site():
    assert chromium(), "CI needs Chromium"
    SHOTS.mkdir(exist_ok=True)
    with lab() as url, browser() as chrome:
        yield url, chrome


def look(box):
    """What an explorer shows now: picture, alt text, caption."""
    image = box.locator(".sslearn-picture img")
    caption = box.locator(".sslearn-caption p").inner_text()
    return image.get_attribute("src"), image.get_attribute("alt"), caption


def settled(page, box, before, what, tries=80):
    """Wait until the explorer shows something else than before."""
    for _ in range(tries):
        if (now := look(box)) != before:
            return now
        page.wait_for_timeout(50)
    raise AssertionError(f"{what}: nothing changed")


def move_sliders(page, box):
    moved = []
    for k in range(box.locator(".widget-slider").count()):
        slider = box.locator(".widget-slider").nth(k)
        knob, readout = slider.locator(".noUi-handle"), slider.locator(".widget-readout")
        name, value = knob.get_attribute("aria-label"), readout.inner_text()
        assert name and name == slider.locator(".widget-label").inner_text(), "slider has no name"
        knob.focus()
        before = look(box)
        for key in ["ArrowRight"] * 8 + ["ArrowLeft"] * 16:  # some steps change nothing to be seen
            page.keyboard.press(key)
            page.wait_for_timeout(150)
            if look(box) != before:
                break
        now = settled(page, box, before, name)
        assert readout.inner_text() != value, name
        assert now[1] == now[2], "alt text and caption differ"
        moved.append(now[1] != before[1])
    assert any(moved), "no slider changed the alt text"


def press_buttons(page, box, start):
    buttons = box.locator(".sslearn-presets button")
    names = [buttons.nth(k).inner_text() for k in range(buttons.count())]
    box.get_by_role("button", name="Reset", exact=True).click()
    for _ in range(80):
        if look(box) == start:
            break
        page.wait_for_timeout(50)
    assert look(box) == start, "Reset does not lead back"
    for name in names[:-2]:
        box.get_by_role("button", name="Reset", exact=True).click()
        page.wait_for_timeout(300)
        before = look(box)
        box.get_by_role("button", name=name, exact=True).click()
        settled(page, box, before, f"preset {name}")
    box.get_by_role("button", name="Describe", exact=True).click()
    page.wait_for_timeout(400)
    assert "Controls:" in box.inner_text(), "Describe says nothing"
    box.get_by_role("button", name="Reset", exact=True).click()
    page.wait_for_timeout(300)


def reset(page, box):
    box.get_by_role("button", name="Reset", exact=True).click()
    page.wait_for_timeout(500)


def choose(page, box):
    for k in range(box.locator(".widget-play").count()):
        before, buttons = look(box), box.locator(".widget-play").nth(k).locator("button")
        buttons.first.click()
        settled(page, box, before, f"play {k}")
        reset(page, box)  # which stops the play too
        stopped = look(box)
        page.wait_for_timeout(1000)
        assert look(box) == stopped, "Reset does not stop the play"
    for k in range(box.locator("select").count()):
        reset(page, box)
        options, before = box.locator("select").nth(k), look(box)
        last = options.locator("option").count() - 1
        chosen = options.evaluate("select => select.selectedIndex")
        options.select_option(index=0 if chosen == last else last)
        settled(page, box, before, f"choice {k}")
    for k in range(box.locator("input[type=checkbox]").count()):
        reset(page, box)
        before = look(box)
        box.locator("input[type=checkbox]").nth(k).press("Space")
        settled(page, box, before, f"toggle {k}")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_alive(site, name):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 1000})
    said = []
    page.on("console", lambda m: said.append(f"{m.text} {m.location.get('url', '')}")
            if m.type == "error" else None)  # fmt: skip
    page.on("pageerror", lambda e: said.append(str(e)))
    open_notebook(page, url, name)
    assert run_all(page) == []
    boxes = page.locator(".sslearn-explorer")
    boxes.first.wait_for(timeout=30e3)
    page.wait_for_timeout(1000)
    for k in range(boxes.count()):
        box = boxes.nth(k)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        start = look(box)
        move_sliders(page, box)
        box.screenshot(path=SHOTS / f"{name[:2]}_{k}_moved.png")
        choose(page, box)
        press_buttons(page, box, start)
        box.screenshot(path=SHOTS / f"{name[:2]}_{k}.png")
        assert box.locator(".sslearn-error").count() == 0
    page.screenshot(path=SHOTS / f"{name[:2]}_page.png")
    page.close()
    assert not [s for s in said if not any(re.search(n, s) for n in NOISE)]
