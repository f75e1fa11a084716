"""An explorer answers on a page that took longer to load than anywidget waits."""

from tests.browser.lab import close_notebook, open_notebook, run_all
from tests.browser.test_notebooks_live import look, settled

# A hundredth of a second in place of two.
SOON = """AbortSignal.timeout = () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 10);
  return controller.signal;
};"""


def test_an_explorer_answers_though_anywidget_has_given_up(site):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 1000})
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.add_init_script(SOON)
    open_notebook(page, url, "day_two.ipynb")
    assert run_all(page) == []
    box = page.locator(".sslearn-explorer").first
    box.locator("canvas").wait_for(timeout=60e3)
    before = look(box)
    box.locator(".widget-slider .noUi-handle").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    settled(page, box, before, "slider")
    close_notebook(page)
    assert any("Failed to initialize model" in e for e in errors), "anywidget waits no more"
