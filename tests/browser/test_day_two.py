"""A notebook that was run and saved shows its picture when it is opened without its kernel."""

from playwright.sync_api import expect

from tests.browser.lab import SHOTS, open_notebook, run_all

SAVE = "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"
DIRTY = "window.jupyterapp.shell.currentWidget.context.model.dirty"
STOP = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
MISSING = "model not found"


def test_the_picture_stays_until_the_cells_are_run(site):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 900})
    open_notebook(page, url, "day_two.ipynb")
    assert run_all(page) == []
    live, still = page.locator(".sslearn-explorer"), page.locator("figure img[alt]")
    expect(live).to_have_count(1, timeout=60e3)
    page.evaluate(SAVE)

    open_notebook(page, url, "day_two.ipynb")  # the page again, beside its kernel
    expect(live).to_have_count(1, timeout=60e3)
    expect(page.get_by_text(MISSING)).to_have_count(0)

    page.evaluate(STOP)  # day two: another kernel
    for _ in range(2):  # when it is opened, and when its page is loaded again
        open_notebook(page, url, "day_two.ipynb")
        expect(still).to_have_count(1, timeout=60e3)
        assert "spikes" in still.get_attribute("alt")
        expect(page.locator("figcaption")).to_be_visible()
        expect(live).to_have_count(0)
        expect(page.get_by_text(MISSING)).to_have_count(0)
        assert not page.evaluate(DIRTY), "nothing asks to be saved"
    page.screenshot(path=SHOTS / "day_two.png")
    assert run_all(page) == []
    expect(live).to_have_count(1, timeout=60e3)
    page.evaluate(STOP)
    page.close()
