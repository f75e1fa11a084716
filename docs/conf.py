"""How Sphinx makes the site; docs/make_site.py calls it on the pages that it has staged."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent / "notebooks")]
from elsewhere import owner, repository  # noqa: E402
from mathjax import bundle  # noqa: E402

REPOSITORY = repository(DOCS.parent)  # empty as long as nobody has published it
SERVICES = {
    "colab_url": "https://colab.research.google.com",
    "binderhub_url": "https://mybinder.org",
    "notebook_interface": "jupyterlab",
}

project = "sslearn"
author = "The sslearn developers"
copyright = "the sslearn developers; code and text under BSD-3-Clause"
html_title = "sslearn: spiking state space models, hands on"
language = "en"

extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "attrs_block"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]

html_theme = "sphinx_book_theme"
html_theme_options = {
    "logo": {"text": "sslearn"},
    "navbar_persistent": [],  # The search field stands in the side bar already.
    "show_navbar_depth": 1,
    "show_toc_level": 2,
    "use_download_button": True,
    "use_repository_button": bool(REPOSITORY),
    "use_issues_button": bool(REPOSITORY),
    "repository_url": REPOSITORY,
    "repository_branch": "main",
    "launch_buttons": SERVICES if owner(REPOSITORY) else {},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_static_path = [str(DOCS / "_static")]
html_css_files = ["site.css"]
html_sourcelink_suffix = ""  # The download of a notebook keeps its name.
html_favicon = str(DOCS / "_static" / "spike.svg")
html_context = {"default_mode": "auto"}  # The reader's system says light or dark.
html_use_index = False
html_show_sphinx = False
html_last_updated_fmt = None
mathjax_path = "mathjax/tex-chtml.js"  # inside _static, where `bundle` puts it


def setup(app):
    """Put MathJax into the site, so that formulas need no network."""
    app.connect("builder-inited", lambda app: bundle(Path(app.outdir) / "_static" / "mathjax"))
