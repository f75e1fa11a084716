"""The course as Sphinx's sources: each notebook as a page, the home page, glossary, references."""

import re
import sys
from collections.abc import Collection
from pathlib import Path

import nbformat

from sslearn.course.draw import embed

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS), str(DOCS.parent / "notebooks")]
from elsewhere import COLAB  # noqa: E402
from glossary import docstring, glossary  # noqa: E402
from links import GLOSSARY  # noqa: E402
from pack import embed as living  # noqa: E402
from pack import explorers  # noqa: E402
from references import references  # noqa: E402

DRAW = "../_static/draw"  # where *Draw a digit* stands, seen from a notebook's page
EXPLORERS = "../_static/explorers"
HOW = '<a href="../start.html">how to open it</a>'


def for_the_site(text: str) -> str:
    """Prose whose links lead where the site has their places: its glossary, its anchors."""
    text = text.replace(f"]({GLOSSARY})", f"](../{GLOSSARY})")
    return re.sub(r"\]\(([\w.]*#)([\w-]+)\)", lambda m: f"]({m[1]}{m[2].lower()})", text)


def faults(name: str, nb) -> list[str]:
    """What a page could not show: a cell that was not run, or that ended in an error."""
    lines = []
    for k, cell in enumerate(nb.cells, 1):
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None and cell.source.strip():
            lines.append(f"{name}, cell {k}: it has not been run; run make notebooks")
        errors = [o for o in cell.outputs if o.output_type == "error"]
        lines += [f"{name}, cell {k}: it holds {e.ename}: {e.evalue}" for e in errors]
    return lines


def remark(text: str):
    """An output with one line about how to go on in the notebook."""
    html = f'<p class="sslearn-go-on">{text}</p>'
    return nbformat.v4.new_output("display_data", {"text/html": html})


def page(nb, live: Collection[str]):
    """The notebook as a page: folded answers, and a line where a kernel would go on.

    live names the explorers. An explorer's figure stands in a `div.sslearn-live` that names it,
    in which a script puts the living one. No cell is added, so that a warning's cell is the
    notebook's. The links stand in the notebook already, by notebooks/links.py.
    """
    for cell in nb.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            cell.source = for_the_site(cell.source)
            continue
        call = re.fullmatch(r"(\w+)\(\)", cell.source.strip())
        if cell.source.strip() == "draw_a_digit()":
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": embed(DRAW)})]
        elif call and call[1] in live and cell.outputs:
            text = f"This is the picture as it was saved. In the notebook it has sliders: {HOW}."
            data = cell.outputs[-1].data
            data["text/html"] = (
                f'<div class="sslearn-live" data-explorer="{call[1]}">{data["text/html"]}'
                f'<p class="sslearn-go-on">{text}</p></div>{living(EXPLORERS)}'
            )
        elif cell.source.startswith("predict("):
            cell.outputs.append(remark(f"Your prediction is stored in the notebook: {HOW}."))
        elif "exercise" in tags:
            cell.outputs.append(remark(f"Write it in the notebook, which checks it: {HOW}."))
        if "answer" in tags:
            cell.metadata["tags"] = [*tags, "hide-output"]
        if COLAB in tags:
            cell.metadata["tags"] = [*tags, "remove-cell"]  # The site has its buttons above.
    nb.cells[0].source += (
        "\n\n{.sslearn-go-on}\nThis page is the notebook as it was saved. "
        "Its explorers answer here; its code does not run. "
        "[How to run it](../start.md) · its sources among all [references](../references.md)."
    )
    return nb


def section(readme: str, name: str) -> str:
    """The part of the README between its markers of that name; raises ValueError without it."""
    match = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", readme, re.S)
    if match is None:
        raise ValueError(f"README.md must hold <!-- {name} --> and <!-- end of {name} -->")
    return match[1]


def stage(root: Path, source: Path) -> list[str]:
    """Write the pages of the course in `root` to `source`; returns what is wrong with notebooks."""
    paths = sorted((root / "notebooks").glob("[0-9]*.ipynb"))
    live, wrong, notebooks = explorers(root), [], {}
    for path in paths:
        try:
            notebooks[path] = nbformat.read(path, as_version=4)
            nbformat.validate(notebooks[path])
        except Exception as error:  # nbformat raises its reader's and its schema's own errors.
            wrong.append(f"notebooks/{path.name}: no notebook: {str(error).splitlines()[0]}")
            continue
        wrong += faults(f"notebooks/{path.name}", notebooks[path])
    if wrong:
        return wrong
    (source / "notebooks").mkdir(parents=True)
    named = {path.name: nb for path, nb in notebooks.items()}
    collected = references(named)
    for path, nb in notebooks.items():
        nbformat.write(page(nb, live), source / "notebooks" / path.name)
    readme = (root / "README.md").read_text(encoding="utf-8")
    listed = "\n".join(f"notebooks/{path.stem}" for path in paths)
    for path in DOCS.glob("*.md"):
        text = path.read_text(encoding="utf-8").replace("PAGES", listed)
        text = re.sub(r"<!-- README: (\w+) -->", lambda m: section(readme, m[1]), text)
        text = text.replace("<!-- draw a digit -->", embed(f"./{DRAW.removeprefix('../')}"))
        (source / path.name).write_text(text, encoding="utf-8")
    (source / "glossary.md").write_text(glossary(docstring(root)), encoding="utf-8")
    (source / "references.md").write_text(collected, encoding="utf-8")
    return []
