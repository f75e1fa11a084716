"""The Stop button of a training run, pressed in a real JupyterLab while the kernel is busy."""

from tests.browser.lab import close_notebook, open_notebook


def test_training_stops_at_the_press_of_its_button(site):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 1000})
    open_notebook(page, url, "stop.ipynb")
    page.evaluate("""() => {
      const run = window.jupyterapp.commands.execute('notebook:run-all-cells');
      run.then(() => { window.ended = true; });
    }""")
    panel = page.locator(".sslearn-progress")
    panel.locator("img").wait_for(timeout=120e3)
    panel.get_by_text("test accuracy").wait_for(timeout=120e3)
    assert not page.evaluate("window.ended")
    panel.get_by_role("button", name="Stop").click()
    page.wait_for_function("window.ended", timeout=60e3)
    page.get_by_text("stopped: True").wait_for(timeout=30e3)
    assert "test accuracy" in panel.inner_text()  # the last line stays
    close_notebook(page)
