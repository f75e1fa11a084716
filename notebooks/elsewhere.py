"""The public address of the repository, which pyproject.toml holds, and what follows from it.

As long as it is empty there are no badges, no links that open a notebook elsewhere, and no cell
that installs the course in Colab. `python notebooks/links.py` and `python -m tests.contents` write
them, once there is an address, into the notebooks and into README.md.
"""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat

COLAB = "colab"  # the tag of the cell that installs the course
START = "00_start_here.ipynb"
CELL = """import sys
from importlib.util import find_spec

if "google.colab" in sys.modules:  # Only Colab lacks the course; elsewhere this does nothing.
    from google.colab import output

    if find_spec("sslearn") is None:
        get_ipython().run_line_magic("pip", "install -q 'sslearn[lab] @ git+{address}'")
    output.enable_custom_widget_manager()"""


def repository(root: Path) -> str:
    """The address that the project in `root` gives, without a slash at its end, or nothing."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["sslearn"]["repository"].rstrip("/")


def owner(address: str) -> str | None:
    """OWNER/NAME of an address at GitHub, because only such a one has Colab, or None."""
    match = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?", address)
    return match and match[1]


def colab(address: str, name: str) -> str | None:
    """Where Colab opens the notebook of that name."""
    base, place = "https://colab.research.google.com/github", owner(address)
    return place and f"{base}/{place}/blob/main/notebooks/{name}"


def binder(address: str, name: str) -> str | None:
    """Where Binder opens the notebook of that name in JupyterLab."""
    page, place = quote(f"lab/tree/notebooks/{name}", safe=""), owner(address)
    return place and f"https://mybinder.org/v2/gh/{place}/main?urlpath={page}"


def badges(address: str) -> list[str]:
    """README's line of badges: tests, Colab, Binder; empty without an address at GitHub."""
    if owner(address) is None:
        return []
    tests = f"https://github.com/{owner(address)}/actions/workflows/tests.yml"
    pictures = {
        "tests": (f"{tests}/badge.svg", tests),
        "Open in Colab": ("https://colab.research.google.com/assets/colab-badge.svg",
                          colab(address, START)),
        "Open in Binder": ("https://mybinder.org/badge_logo.svg", binder(address, START)),
    }  # fmt: skip
    return [" ".join(f"[![{name}]({image})]({link})" for name, (image, link) in pictures.items())]


def with_first_cell(nb, address: str):
    """The notebook with the cell that installs the course in Colab before all code, or without.

    Cells are numbered again, because the new one has run like the others, and done nothing.
    """
    nb.cells = [cell for cell in nb.cells if COLAB not in cell.metadata.get("tags", [])]
    if owner(address):
        first = next(k for k, cell in enumerate(nb.cells) if cell.cell_type == "code")
        cell = nbformat.v4.new_code_cell(CELL.format(address=address), metadata={"tags": [COLAB]})
        nb.cells.insert(first, cell)
    for k, cell in enumerate(nb.cells, 1):
        cell.id = f"cell-{k}"
    for k, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), 1):
        cell.execution_count = k
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = k
    return nb
