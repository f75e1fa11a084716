"""Every explorer of the site without a kernel: controls, presets, Play, and what a file holds."""

import re
import sys

import pytest
from playwright.sync_api import expect

from sslearn.course.figure.explorer import Drag
from sslearn.course.figure.models import LIVE
from sslearn.course.figure.packed import pack
from sslearn.course.figure.scene import Scene
from tests.browser.lab import ROOT, SHOTS
from tests.browser.site import built, visits
from tests.browser.test_site import AXE, BUT_CONTRAST, CONTRAST, JUDGE
from tests.contents import NOTEBOOKS
from tests.contents import explorers as shown
from tests.figure.test_packed import lab

sys.path.insert(0, str(ROOT / "docs"))
from pack import explorers  # noqa: E402

ALL = explorers(ROOT)
PAGES = {name: path.stem for path in NOTEBOOKS for name in shown(path) if name in ALL}
PACKED = sorted(name for name in ALL if name not in LIVE)
FILES = "/_static/explorers"
LOOK = """root => [
  root.querySelector('canvas').dataset.shows, root.querySelector('.sslearn-caption p').textContent,
]"""
# The time from a moved slider to the frame after its picture is painted, a few times.
TIMED = """async root => {
  const slider = root.querySelector('input[type=range]'), canvas = root.querySelector('canvas');
  const spans = [];
  for (let k = 0; k < 15; k++) {
    const before = canvas.dataset.painted, start = performance.now();
    slider.value = Number(slider.value) + (k % 2 ? 1 : -1);
    slider.dispatchEvent(new Event('input'));
    while (canvas.dataset.painted === before) await new Promise(requestAnimationFrame);
    spans.push(performance.now() - start);
    await new Promise(done => setTimeout(done, 30));
  }
  return spans.sort((a, b) => a - b)[7];
}"""


@pytest.fixture(scope="module")
def opened(chrome):
    """A function that opens a page of the site, see `visits`."""
    with visits(built(), chrome) as visit:
        yield visit


def living(page, name):
    """The explorer of that name on its page, once it is alive."""
    root = page.locator(f'[data-explorer="{name}"]').first
    root.scroll_into_view_if_needed()
    root.locator("canvas[data-painted]").wait_for(timeout=60e3)
    return root


def changes(page, root, before):
    """Wait until the explorer shows something else than before; returns what it shows."""
    for _ in range(200):
        page.wait_for_timeout(20)
        if (now := root.evaluate(LOOK)) != before:
            return now
    return before


def settled(page, root):
    """What the explorer shows once it stands still."""
    now = root.evaluate(LOOK)
    while (later := page.wait_for_timeout(150) or root.evaluate(LOOK)) != now:
        now = later
    return now


def move(page, knob):
    """Move a control by hand in one way after the other; yields after each."""
    if knob.get_by_role("combobox").count():
        box = knob.get_by_role("combobox")
        was = box.input_value()
        for option in box.locator("option").all_inner_texts():
            if option != was:
                box.select_option(option)
                yield
    elif knob.get_by_role("checkbox").count():
        knob.get_by_role("checkbox").click()
        yield
    else:
        knob.get_by_role("slider").focus()
        for key in ["ArrowRight"] * 4 + ["Home", "End"]:  # some steps change nothing to be seen
            page.keyboard.press(key)
            yield


def test_every_explorer_has_its_page():
    assert PAGES.keys() == ALL.keys() and len(ALL) >= 16


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_control_and_preset_of_an_explorer_works(opened, name):
    with opened(f"notebooks/{PAGES[name]}.html", reduced_motion="no-preference") as page:
        root = living(page, name)
        plain, knobs = settled(page, root), root.locator(".sslearn-knob")
        reset = root.get_by_role("button", name="Reset", exact=True)
        for k in range(knobs.count()):
            knob = knobs.nth(k)
            label = knob.locator("label").inner_text()
            for _ in move(page, knob):
                page.wait_for_timeout(60)
                if root.evaluate(LOOK) != plain:
                    break
            assert changes(page, root, plain) != plain, f"{label} changes nothing"
            assert "sslearn-moved" in knob.get_attribute("class"), label
            reset.click()
            assert settled_as(page, root, plain), f"Reset after {label}"
        for button in root.locator(".sslearn-ways button[aria-pressed]").all():
            assert button.get_attribute("aria-pressed") == "false"
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            assert changes(page, root, plain) != plain, button.inner_text()
            reset.click()
        assert settled_as(page, root, plain)
        assert root.evaluate(TIMED) <= 50, "ms from key to picture"
        for play in root.get_by_role("button", name="Play").all():
            reset.click()
            before = settled(page, root)
            play.click()
            assert changes(page, root, before) != before, "Play moves nothing"
            reset.click()
            assert settled_as(page, root, plain), "Reset during Play"


def settled_as(page, root, wanted):
    """Whether the explorer comes to show what is wanted, and stays there."""
    for _ in range(100):
        if root.evaluate(LOOK) == wanted:
            return settled(page, root) == wanted
        page.wait_for_timeout(30)
    return False


def test_a_second_control_goes_to_the_nearest_state_and_says_so(opened):
    raw = pack(lab())
    with opened(f"notebooks/{PAGES['lif_lab']}.html", {f"{FILES}/lif_lab.bin": raw}) as page:
        root = living(page, "lif_lab")
        slider, kind = root.get_by_role("slider"), root.get_by_role("combobox")
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert root.locator(".sslearn-note").inner_text() == ""
        kind.select_option("down")  # The preset of that name has this, and nothing else.
        note = root.locator(".sslearn-note")
        expect(note).to_contain_text("one moved control at a time: a (µV) is at 1.00 again.")
        expect(root.get_by_role("button", name="down")).to_have_attribute("aria-pressed", "true")
        slider.focus()
        page.keyboard.press("End")
        expect(note).to_have_text("")
        assert kind.input_value() == "down"
        expect(root.locator(".sslearn-caption p")).to_have_text("a is 3.00 µV, down, False")
        root.get_by_role("button", name="Describe").click()
        words = root.locator(".sslearn-words")
        expect(words).to_contain_text("Look. Controls: a (µV) 3.00; kind down; on false. a is 3.00")


def test_a_point_can_be_dragged(opened):
    explorer = lab(drags={"line": {"y": Drag("a")}})
    raw, scene = pack(explorer), Scene(explorer.picture)
    (line,) = [look for look in scene.spec["looks"] if look["name"] == "line"]
    with opened(f"notebooks/{PAGES['lif_lab']}.html", {f"{FILES}/lif_lab.bin": raw}) as page:
        root = living(page, "lif_lab")
        box = root.locator("canvas").bounding_box()
        scale = box["width"] / scene.spec["W"]
        x, y = (line["to"][axis] for axis in "xy")
        at = {v: (box["x"] + scale * (x[1] + x[2]), box["y"] + scale * (y[1] * v + y[2]))
              for v in (1, 2)}  # fmt: skip
        page.mouse.move(*at[1])
        page.mouse.down()
        page.mouse.move(*at[2], steps=3)
        page.mouse.up()
        expect(root.locator("output")).to_have_text(re.compile(r"^(1\.9|2\.0)\d$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_living_explorers_can_be_used_by_all(opened, scheme):
    for name in ("lif_lab", "look_inside"):
        with opened(f"notebooks/{PAGES[name]}.html", color_scheme=scheme) as page:
            root = living(page, name)
            root.locator(".sslearn-ways button").first.click()
            root.get_by_role("button", name="Describe").click()
            root.screenshot(path=SHOTS / f"site_{name}_{scheme}.png")
            page.evaluate(f"{AXE};0")
            for rules in (BUT_CONTRAST, CONTRAST):
                within = JUDGE.replace("axe.run(document", "axe.run('.sslearn-live'")
                assert page.evaluate(within, rules) == [], (name, scheme)


def test_a_phone_keeps_the_picture_in_sight_and_scrolls_down_only(opened):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(f"notebooks/{PAGES['lif_lab']}.html", **phone) as page:
        root = living(page, "lif_lab")
        root.get_by_role("button", name="no reset").tap()
        last = root.locator(".sslearn-knob").last
        last.evaluate("knob => knob.scrollIntoView({block: 'end'})")
        page.wait_for_timeout(200)
        box = root.locator("canvas").bounding_box()
        assert 0 <= box["y"] < 300 and last.bounding_box()["y"] > box["y"] + box["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        root.screenshot(path=SHOTS / "site_lif_lab_phone.png")
