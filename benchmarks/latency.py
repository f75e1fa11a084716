"""Key press to painted change of every explorer, beside the same figure as a PNG.

make latency, or python benchmarks/latency.py NAME [NAME ...] for some of them. One JupyterLab, one
Chromium at two pixels a point, one run; medians of 40 keys, 150 ms of rest between two. Two other
forms stand on the same page: PNG, which moves the same artists over a kept background and sends
an image of 100 dots an inch, and interactive_output, which draws a new figure. A change counts as
painted in the animation frame in which it is drawn, or in the first one after the new image is
decoded. The last columns are the kernel's own time for one move. The first line is the floor: a
slider that swaps two images made beforehand, so all its time is Jupyter's and the browser's.
"""

import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import TimeoutError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.browser.lab import browser, lab, open_notebook, run_all  # noqa: E402
from tests.contents import NOTEBOOKS, PANELS, explorers  # noqa: E402

KEYS, DROPPED, REST = 40, 5, 150
WATCH = """([root, target]) => {
  window.spans = []; window.pressed = null;
  const shown = () => target.querySelector('canvas')?.dataset.painted
    || target.querySelector('img')?.src;
  let old = shown();
  root.addEventListener('keydown', () => {
    window.pressed = performance.now(); old = shown();
  }, true);
  new MutationObserver(async () => {
    const image = target.querySelector('img'), start = window.pressed;
    if (start === null || shown() === old) return;
    if (target.querySelector('canvas')) {  // It was painted just now, in this frame.
      window.spans.push(performance.now() - start); window.pressed = null;
      return;
    }
    await image.decode().catch(() => {});
    requestAnimationFrame(() => {
      if (window.pressed !== start) return;
      window.spans.push(performance.now() - start); window.pressed = null;
    });
  }).observe(target, {childList: true, subtree: true, attributes: true});
}"""
PLAIN = """
import ipywidgets, matplotlib.pyplot as plt
from sslearn.course.figure.picture import put
from {module} import {call} as make
made = make()
def replot(**values):
    fig = plt.figure(figsize=made.picture.fig.get_size_inches(), layout="constrained")
    data, caption = made.view(**values)
    for name, artist in made.picture.draw(fig).items():
        put(artist, data[name])
    plt.show()
controls = {{name: spec.widget() for name, spec in made.specs.items()}}
out = ipywidgets.interactive_output(replot, controls)
ipywidgets.VBox([*controls.values(), out]).add_class("plain-explorer")
"""
IMAGE = """
from sslearn.course.figure.explorer import one_thread, torch_defaults
other = make()
controls = {name: spec.widget() for name, spec in other.specs.items()}
shown = ipywidgets.HTML(other.picture.img(other.picture.png()))
def redraw(_):
    with torch_defaults(), one_thread(other._blas):
        other.picture.update(*other.view(**{name: c.value for name, c in controls.items()}))
    shown.value = other.picture.img(other.picture.png())
for control in controls.values():
    control.observe(redraw, "value")
ipywidgets.VBox([*controls.values(), shown]).add_class("image-explorer")
"""
FLOOR = """
import ipywidgets
from sslearn.course.n01_neuron import lif_lab
made, shown = lif_lab(), ipywidgets.HTML()
ready = []
for tau in (10, 20):
    made.set(tau=tau)
    ready.append(made.picture.img(made.picture.png()))
def swap(change):
    shown.value = ready[change.new % 2]
slider = ipywidgets.IntSlider(value=50)
slider.observe(swap, "value")
shown.value = ready[0]
ipywidgets.VBox([slider, shown.add_class("floor-picture")]).add_class("floor")
"""
TIMED = """
import statistics, time
spans, (name, s) = [], next(p for p in made.specs.items() if hasattr(p[1], "step"))
for k in range(40):
    value = type(s.low)(s.low + s.step * round((s.high - s.low) * (k + 1) / 42 / s.step))
    start = time.perf_counter()
    made.set(**{name: value})
    spans.append(1000 * (time.perf_counter() - start))
print("%.1f %.1f" % (statistics.median(spans), sorted(spans)[37]))
"""


def cases() -> list[tuple[str, str, str]]:
    """(notebook, module, function) of every explorer that a notebook shows."""
    return [
        (path.stem[:2], module, call)
        for path in NOTEBOOKS
        for call, module in explorers(path).items()
        if call not in PANELS
    ]


def press(page, root, target) -> list[float]:
    """Spans in ms from key to paint, for the first slider below root."""
    page.evaluate(WATCH, [root.element_handle(), target.element_handle()])
    knob = root.locator(".noUi-handle").first
    knob.focus()
    keys = ["ArrowRight", "ArrowLeft"]
    now, most = (float(knob.get_attribute(f"aria-value{name}")) for name in ("now", "max"))
    if now == most:
        keys.reverse()  # The slider stands at its upper end.
    for k in range(KEYS):
        page.keyboard.press(keys[k % 12 // 6])
        page.wait_for_timeout(REST)
        with contextlib.suppress(TimeoutError):  # A move may change nothing.
            page.wait_for_function("window.pressed === null", timeout=2000)
    spans = page.evaluate("window.spans")[DROPPED:]
    if len(spans) < KEYS // 2:
        raise RuntimeError(f"only {len(spans)} of {KEYS} keys changed the picture")
    return spans


def upper(spans: list[float]) -> float:
    """The 95th percentile."""
    return sorted(spans)[round(0.95 * (len(spans) - 1))]


def written(path: Path, *cells: str) -> None:
    """A notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3"}  # JupyterLab asks for it otherwise.
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    nb.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nb, path)


def opened(chrome, url, name):
    """A page with the notebook, all of it run."""
    page = chrome.new_page(viewport={"width": 1280, "height": 3200}, device_scale_factor=2)
    open_notebook(page, url, name)
    if errors := run_all(page):
        raise RuntimeError(errors)
    page.wait_for_timeout(3000)
    return page


def main() -> None:
    """Measure and print one Markdown table."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = [c for c in cases() if not sys.argv[1:] or c[2] in sys.argv[1:]]
        written(Path(folder) / "floor.ipynb", FLOOR)
        for number, module, call in chosen:
            made = f"from {module} import {call} as make\nmake()"
            plain = PLAIN.format(module=module, call=call)
            written(Path(folder) / f"{number}_{call}.ipynb", made, plain, IMAGE, TIMED)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        print("| explorer | key to paint, median ms | p95 | PNG | p95 | interactive_output "
              "| kernel median | p95 |\n|---|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
        with lab(Path(folder)) as url, browser() as chrome:
            page = opened(chrome, url, "floor.ipynb")
            a = press(page, page.locator(".floor"), page.locator(".floor-picture"))
            page.close()
            print(f"| floor | {statistics.median(a):.0f} | {upper(a):.0f} | | | | | |", flush=True)
            for number, _, call in chosen:
                page = opened(chrome, url, f"{number}_{call}.ipynb")
                ours = page.locator(".sslearn-explorer").first
                a = press(page, ours, ours.locator(".sslearn-picture"))
                image = page.locator(".image-explorer").first
                b = press(page, image, image)
                plain = page.locator(".plain-explorer").first
                c = press(page, plain, plain)
                printed = page.evaluate("""() => window.jupyterapp.shell.currentWidget.content.model
                    .toJSON().cells.at(-1).outputs.map(o => o.text).join('')""")
                page.close()
                kernel, p95 = map(float, printed.split())
                ours, png, plain = map(statistics.median, (a, b, c))
                print(f"| {number} {call} | {ours:.0f} | {upper(a):.0f} | {png:.0f} "
                      f"| {upper(b):.0f} | {plain:.0f} | {kernel:.1f} | {p95:.1f} |",
                      flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
