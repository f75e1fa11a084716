"""What docs/ makes of the notebooks, the docstring and the README before Sphinx sees it."""

import copy
import re
import sys
from pathlib import Path

import nbformat
import pytest

from sslearn.course.draw import embed
from tests.contents import NOTEBOOKS, ROOT
from tests.contents import explorers as shown

sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "notebooks")]
from make_site import named  # noqa: E402
from pack import explorers  # noqa: E402
from pages import faults, for_the_site, page, section, stage  # noqa: E402
from references import references, surname  # noqa: E402


@pytest.fixture(scope="module")
def notebooks():
    return {path.name: nbformat.read(path, as_version=4) for path in NOTEBOOKS}


def test_links_of_a_notebook_lead_to_the_places_of_the_site():
    text = "[map](00_start_here.ipynb#The-map) · [map](#The-map) · [glossary](glossary.md)"
    there = "[map](00_start_here.ipynb#the-map) · [map](#the-map) · [glossary](../glossary.md)"
    assert for_the_site(text) == there


def test_every_explorer_of_the_course_keeps_its_figure_and_says_how_to_go_on(notebooks):
    live, places = explorers(ROOT), 0
    assert len(live) >= 16
    for path in NOTEBOOKS:
        nb = copy.deepcopy(notebooks[path.name])
        page(nb, live)
        assert len(nb.cells) == len(notebooks[path.name].cells)
        html = "".join(o.data.get("text/html", "") for c in nb.cells if c.cell_type == "code"
                       for o in c.outputs if "data" in o)  # fmt: skip
        for name in set(shown(path)) & live.keys():
            part = html.partition(f'data-explorer="{name}"')[2].partition("</div>")[0]
            assert re.search(r'<img alt="[^"]{20,}"', part), (path.name, name)
            assert "<figcaption>" in part and "../start.html" in part
            places += 1
        code = [c for c in nb.cells if c.cell_type == "code"]
        asked = sum("exercise" in c.metadata.get("tags", []) for c in code)
        asked += sum(c.source.startswith("predict(") for c in code)
        assert html.count("in the notebook") >= asked
        folded = [c for c in code if "answer" in c.metadata.get("tags", [])]
        assert all("hide-output" in c.metadata["tags"] for c in folded)
    assert places >= 16


def test_a_cell_that_draws_a_digit_is_alive():
    nb = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# 00"),
            nbformat.v4.new_code_cell("draw_a_digit()", execution_count=1),
        ]
    )
    (output,) = page(nb, set()).cells[1].outputs
    assert output.data["text/html"] == embed("../_static/draw")


def test_a_cell_at_fault_is_named(notebooks):
    nb = copy.deepcopy(notebooks[NOTEBOOKS[1].name])
    assert faults("x.ipynb", nb) == []
    k, cell = next((k, c) for k, c in enumerate(nb.cells, 1) if c.cell_type == "code")
    cell.execution_count = None
    cell.outputs = [nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])]
    assert [line.partition(":")[0] for line in faults("x.ipynb", nb)] == [f"x.ipynb, cell {k}"] * 2


def test_a_broken_notebook_is_named(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "03_cut.ipynb").write_text('{"cells": [', encoding="utf-8")
    (line,) = stage(tmp_path, tmp_path / "out")
    assert line.startswith("notebooks/03_cut.ipynb: no notebook: ")
    assert not (tmp_path / "out").exists()


def test_a_warning_names_cell_and_line():
    said = "/a/notebooks/03_x.ipynb:120003: WARNING: no target\n/a/start.md:7: ERROR: e"
    assert named(said, Path("/a")) == (
        "notebooks/03_x.ipynb, cell 12, line 3: WARNING: no target\nstart.md, line 7: ERROR: e"
    )


def test_the_references_keep_every_numbered_item(notebooks):
    text = references(notebooks)
    ends = "\n".join(nb.cells[-1].source for nb in notebooks.values())
    assert text.count("\n- [") == len(re.findall(r"^\d+\. ", ends, re.M)) > 30
    paper = "*Learning long sequences in spiking neural networks*"
    assert text.count(f"[{paper}](https://doi.org/10.1038/s41598-024-71678-8)") == 1
    assert not re.search(r"\]\(\d\d_", text), "a link of a notebook must lead from this page"
    assert surname("M.-I. Stan, O. Rhodes") == "stan"
    with pytest.raises(ValueError, match="x.ipynb must end with"):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## References")])
        references({"x.ipynb": nb})


def test_a_part_that_the_readme_lacks_is_named():
    assert section("<!-- who -->\nyou\n<!-- end of who -->", "who") == "you"
    with pytest.raises(ValueError, match="README.md must hold <!-- who -->"):
        section("nothing", "who")
