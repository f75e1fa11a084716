"""The Stop button of a training run, pressed in a real JupyterLab while the kernel is busy."""

import os

import nbformat
import pytest

from tests.browser.lab import browser, chromium, lab, open_notebook

CELLS = (
    "import torch\n"
    "from sslearn.course.figure.training import LiveTraining\n"
    "from sslearn.models import LIFNetwork\n"
    "from sslearn.training import fit\n"
    "g = torch.Generator().manual_seed(0)\n"
    "data = torch.rand(64, 25, 8, generator=g), torch.arange(64) % 4\n"
    "net = LIFNetwork(8, 4, H=16, generator=g)",
    "with LiveTraining() as live:\n"
    "    history = fit(net, data, data, epochs=10**5, batch=16, lr=1e-3, generator=g,"
    " progress=live)\n"
    "print('stopped:', history.stopped)",
)

if chromium() is None and not os.environ.get("CI"):
    pytest.skip("no Chromium here: the browser test is left out", allow_module_level=True)


def test_training_stops_at_the_press_of_its_button(tmp_path):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nb.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(nb, tmp_path / "stop.ipynb")
    with lab(tmp_path) as url, browser() as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 1000})
        open_notebook(page, url, "stop.ipynb")
        page.evaluate("""() => {
          const run = window.jupyterapp.commands.execute('notebook:run-all-cells');
          run.then(() => { window.ended = true; });
        }""")
        panel = page.locator(".sslearn-progress")
        panel.locator("img").wait_for(timeout=60e3)
        panel.get_by_text("test accuracy").wait_for(timeout=60e3)
        assert not page.evaluate("window.ended")
        panel.get_by_role("button", name="Stop").click()
        page.wait_for_function("window.ended", timeout=30e3)
        page.get_by_text("stopped: True").wait_for(timeout=10e3)
        assert "test accuracy" in panel.inner_text()  # the last line stays
        page.close()
