"""Every notebook in a real JupyterLab: every control answers to real keys."""

import re

import pytest

from tests.browser.lab import ROOT, SHOTS, close_notebook, open_notebook, run_all

NOTEBOOKS = sorted(p.name for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
NOISE = (  # what JupyterLab itself says on a machine without a network, or on a slow one
    "favicon", "net::ERR_INTERNET_DISCONNECTED", "ERR_NAME_NOT_RESOLVED",
    "Failed to initialize model",  # test_slow_page holds that the explorer answers all the same
)  # fmt: skip


def look(box):
    """What an explorer shows now: a sum of what is painted, the picture's name, the caption."""
    canvas, caption = box.locator("canvas"), box.locator(".sslearn-caption p").inner_text()
    return canvas.get_attribute("data-shows"), canvas.get_attribute("aria-label"), caption


def waited(page, holds, ms):
    """Whether holds() within so many ms, which should be enough for a slow machine."""
    for _ in range(ms // 25):
        if holds():
            return True
        page.wait_for_timeout(25)
    return holds()


def changed(page, box, before, ms):
    """Whether the explorer shows something else than before, within so many ms."""
    return waited(page, lambda: look(box) != before, ms)


def settled(page, box, before, what):
    """Wait until the explorer shows something else than before; returns what it shows."""
    assert changed(page, box, before, 15_000), f"{what}: nothing changed"
    return look(box)


def move_sliders(page, box):
    moved, ghosts = [], []
    for k in range(box.locator(".widget-slider").count()):
        slider = box.locator(".widget-slider").nth(k)
        knob, readout = slider.locator(".noUi-handle"), slider.locator(".widget-readout")
        name, value = knob.get_attribute("aria-label"), readout.inner_text()
        assert name and name == slider.locator(".widget-label").inner_text(), "slider has no name"
        knob.focus()
        before = look(box)
        for key in ["ArrowRight"] * 8 + ["ArrowLeft"] * 16:  # some steps change nothing to be seen
            page.keyboard.press(key)
            if changed(page, box, before, 150):
                break
        settled(page, box, before, name)
        assert readout.inner_text() != value, name
        agree = waited(page, lambda: len(set(look(box)[1:])) == 1, 15_000)  # two messages
        assert agree, "alt text and caption differ"
        moved.append(look(box)[1] != before[1])
        ghosts.append(box.locator("canvas").get_attribute("data-ghost"))
    assert any(moved), "no slider changed the alt text"
    assert "yes" in ghosts, "the last picture leaves no ghost"


def press_buttons(page, box, start):
    buttons = box.locator(".sslearn-presets button")
    names = [buttons.nth(k).inner_text() for k in range(buttons.count())]
    box.get_by_role("button", name="Reset", exact=True).click()
    assert waited(page, lambda: look(box) == start, 15_000), "Reset does not lead back"
    for name in names[:-2]:
        reset(page, box, start)
        before = look(box)
        box.get_by_role("button", name=name, exact=True).click()
        settled(page, box, before, f"preset {name}")
    box.get_by_role("button", name="Describe", exact=True).click()
    told = waited(page, lambda: "Controls:" in box.inner_text(), 15_000)
    assert told, "Describe says nothing"
    reset(page, box, start)


IDLE = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"


def reset(page, box, start):
    # A slider that a preset has moved still answers the kernel when the picture is there already.
    for _ in range(2):  # because on a busy machine the answer may set out after the first pause
        page.wait_for_function(IDLE, timeout=120e3)
        page.wait_for_timeout(300)
    box.get_by_role("button", name="Reset", exact=True).click()
    assert waited(page, lambda: look(box) == start, 15_000), "Reset does not lead back"
    page.wait_for_timeout(100)  # Reset draws once, so nothing comes after it.


def choose(page, box, start):
    plays = box.get_by_role("button", name="Play", exact=True)
    presets = box.locator(".sslearn-presets button:not(:text-is('Describe'))")
    for k in range(plays.count()):
        for button in (presets.first, presets.last):  # Reset is the last of them
            reset(page, box, start)
            plays.nth(k).click()
            settled(page, box, start, f"play {k}")
            button.click()
            page.wait_for_timeout(500)  # Pictures that the kernel had sent may still come.
            page.wait_for_function(IDLE, timeout=120e3)
            stopped = look(box)
            page.wait_for_timeout(600)
            assert look(box) == stopped, "a preset does not stop the play"
            if button == presets.last:
                assert stopped == start, "Reset during Play does not lead to the default"
    for k in range(box.locator("select").count()):
        reset(page, box, start)
        options, before = box.locator("select").nth(k), look(box)
        last = options.locator("option").count() - 1
        chosen = options.evaluate("select => select.selectedIndex")
        options.select_option(index=0 if chosen == last else last)
        settled(page, box, before, f"choice {k}")
    for k in range(box.locator("input[type=checkbox]").count()):
        reset(page, box, start)
        before = look(box)
        box.locator("input[type=checkbox]").nth(k).press("Space")
        settled(page, box, before, f"toggle {k}")


GRABBED = """canvas => {
  const box = canvas.getBoundingClientRect();
  for (let y = 4; y < box.height; y += 4) for (let x = 4; x < box.width; x += 4) {
    const at = {clientX: box.left + x, clientY: box.top + y, bubbles: true};
    canvas.dispatchEvent(new PointerEvent('pointermove', at));
    if (canvas.style.cursor) return [at.clientX, at.clientY, canvas.style.cursor];
  }
}"""


def drag(page, box):
    """Drag the first thing that can be dragged, if there is one, by 60 pixels either way."""
    box.locator("canvas").scroll_into_view_if_needed()
    found = box.locator("canvas").evaluate(GRABBED)
    if not found:
        return
    x, y, cursor = found
    before = look(box)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in (20, 40, 60, -20, -60):
        page.mouse.move(x + step * (cursor != "ns-resize"), y + step * (cursor != "ew-resize"))
        page.wait_for_timeout(50)
    page.mouse.up()
    settled(page, box, before, "drag")


@pytest.mark.parametrize("name", [*NOTEBOOKS, "own.ipynb"])
def test_notebook_is_alive(site, name):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 1000})
    errors = []
    page.on("console", lambda m: errors.append(f"{m.text} {m.location.get('url', '')}")
            if m.type == "error" else None)  # fmt: skip
    page.on("pageerror", lambda e: errors.append(str(e)))
    open_notebook(page, url, name)
    assert run_all(page) == []
    boxes = page.locator(".sslearn-explorer")
    boxes.first.wait_for(timeout=60e3)
    page.wait_for_timeout(600)
    for k in range(boxes.count()):
        box = boxes.nth(k)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        start = look(box)
        move_sliders(page, box)
        box.screenshot(path=SHOTS / f"{name[:2]}_{k}_moved.png")
        choose(page, box, start)
        press_buttons(page, box, start)
        box.screenshot(path=SHOTS / f"{name[:2]}_{k}.png")
        drag(page, box)
        assert box.locator(".sslearn-error").count() == 0
    page.screenshot(path=SHOTS / f"{name[:2]}_page.png")
    close_notebook(page)
    assert not [e for e in errors if not any(re.search(n, e) for n in NOISE)]
