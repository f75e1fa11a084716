"""Make README's moving picture: a real browser moves an explorer's slider, and is filmed.

python docs/animate.py      writes docs/_static/look_inside.webp and, for who wants no motion, .png

It needs requirements-test.txt and Chromium. Run it again when the explorer looks different.
"""

import io
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.browser.lab import browser, lab, open_notebook, run_all  # noqa: E402

SOURCE = "from sslearn.course.n11_network import look_inside\n\nlook_inside()"
WEBP, STILL = (ROOT / "docs" / "_static" / f"look_inside.{end}" for end in ("webp", "png"))
SLIDER, START, STRIDE = "pixel", 2, 2  # The hand moves this slider from here by so many steps.
PRESETS = ("the GSU reads it", "Binary S4D does not")
MOVE, REST = 110, 2400  # milliseconds that a frame stands: while the hand moves, and at a preset
LIMIT = 1_000_000
# A disc shows where the hand is, because a screenshot holds no pointer.
HAND = """([x, y]) => {
  let hand = document.querySelector('#hand');
  if (!hand) {
    hand = document.body.appendChild(document.createElement('div'));
    hand.id = 'hand';
    hand.style.cssText = 'position:fixed;width:22px;height:22px;margin:-11px;border-radius:50%;' +
      'background:#D55E0066;border:2px solid #D55E00;pointer-events:none;z-index:9999';
  }
  hand.style.left = x + 'px'; hand.style.top = y + 'px';
}"""


def film(page, box) -> list[tuple[Image.Image, int]]:
    """Frames and how long each stands: the slider goes up from START, then come the presets."""
    caption, frames = box.locator(".sslearn-caption"), []

    def shoot(target, milliseconds):
        at = target.bounding_box()
        page.evaluate(HAND, [at["x"] + at["width"] / 2, at["y"] + at["height"] / 2])
        image = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
        frames.append((image, milliseconds))

    def after(action):
        before = caption.inner_text()
        action()
        for _ in range(200):
            if caption.inner_text() != before:
                page.wait_for_timeout(150)  # The picture is painted after its caption has come.
                return
            page.wait_for_timeout(50)
        raise RuntimeError(f"the caption must follow each move, still {before!r}")

    slider = box.locator(".widget-slider", has_text=SLIDER).last
    knob = slider.locator(".noUi-handle")
    knob.focus()
    page.keyboard.press("Home")
    for _ in range(START):
        after(lambda: page.keyboard.press("ArrowRight"))
    last = int(float(knob.get_attribute("aria-valuemax")))
    for _ in range((last - START) // STRIDE):
        shoot(knob, MOVE)
        for _ in range(STRIDE):
            after(lambda: page.keyboard.press("ArrowRight"))
    after(lambda: page.keyboard.press("End"))
    shoot(knob, REST)
    for name in PRESETS:
        button = box.get_by_role("button", name=name, exact=True)
        after(button.click)
        shoot(button, REST)
    return frames


def packed(frames: list[tuple[Image.Image, int]]) -> bytes:
    """The frames as one WebP that plays for ever, in the best quality that keeps the limit.

    Raises ValueError if there is none.
    """
    (first, *more), times = zip(*frames, strict=True)
    for quality in range(90, 20, -10):
        file = io.BytesIO()
        first.save(file, "WEBP", save_all=True, append_images=more, duration=list(times),
                   loop=0, quality=quality, method=6)  # fmt: skip
        if file.tell() <= LIMIT:
            return file.getvalue()
    raise ValueError(f"the film must be at most {LIMIT} bytes, got {file.tell()}")


def main() -> int:
    """Film the explorer and write both pictures; prints their sizes."""
    with tempfile.TemporaryDirectory() as name:
        cells = [nbformat.v4.new_code_cell(part) for part in SOURCE.split("\n\n")]
        nb = nbformat.v4.new_notebook(cells=cells)
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nb.metadata.kernelspec = kernel
        nbformat.write(nb, Path(name) / "film.ipynb")
        with lab(Path(name)) as url, browser() as chrome:
            page = chrome.new_page(viewport={"width": 1130, "height": 1000})
            open_notebook(page, url, "film.ipynb")
            if faults := run_all(page):
                print("\n".join(faults), file=sys.stderr)
                return 1
            box = page.locator(".sslearn-explorer")
            box.wait_for(timeout=60e3)
            page.wait_for_timeout(2000)
            frames = film(page, box)
    WEBP.write_bytes(packed(frames))
    frames[len(frames) // 2][0].quantize(256).save(STILL, optimize=True)
    for path in (WEBP, STILL):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
    print(f"{len(frames)} frames, {sum(t for _, t in frames) / 1000:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
