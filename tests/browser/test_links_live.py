"""The links of a notebook in JupyterLab: the next notebook, the map, and the glossary."""

from playwright.sync_api import expect

from tests.browser.lab import open_notebook

FRONT = "window.jupyterapp.shell.currentWidget"
OPEN = f"async path => {{ await {FRONT}.context.ready; return {FRONT}.context.path === path; }}"


def follow(page, text, path):
    """Click the link of that text; wait until the file at `path` is the one in front."""
    page.locator(".jp-RenderedMarkdown a:visible", has_text=text).first.click()
    page.wait_for_function(OPEN, arg=path, timeout=120e3)


def test_neighbours_map_and_glossary_open(site):
    url, chrome = site
    page = chrome.new_page(viewport={"width": 1280, "height": 900})
    for text, path in (
        ("HiPPO: remembering a function", "05_hippo_remembering_a_function.ipynb"),
        ("Learning through a cliff", "03_learning_through_a_cliff.ipynb"),
        ("map", "00_start_here.ipynb"),
        ("glossary", "glossary.md"),
    ):
        open_notebook(page, url, "04_take_the_reset_away.ipynb")
        follow(page, text, path)
    letters = page.locator(".jp-MarkdownViewer td", has_text="strictly above theta")
    expect(letters).to_be_visible(timeout=60e3)
    page.evaluate("async () => { await window.jupyterapp.serviceManager.sessions.shutdownAll(); }")
    page.close()
