"""A prediction comes before its answer: what a notebook shows, saves and compares."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))
from build import ANSWER, UNCOMPARED, clean, metadata  # noqa: E402

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def called(cell, name):
    """The calls of a function of this name in a code cell."""
    tree = ast.parse(cell.source) if cell.cell_type == "code" else ast.Module([], [])
    return [n for n in ast.walk(tree)
            if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]  # fmt: skip


def alone(cell):
    """Whether a cell does nothing but one call."""
    body = ast.parse(cell.source).body
    return len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Call)


def mistakes(nb):
    """What is wrong with each prediction of a notebook, one text for each that is wrong."""
    for k, cell in enumerate(nb.cells):
        for call in called(cell, "reveal"):
            key, rest = call.args[0].value, nb.cells[k + 1 :]
            while rest and called(rest[0], "reveal"):  # Two questions may share an answer.
                rest = rest[1:]
            behind = next((c for c in rest[1:] if c.cell_type == "code"), None)
            tags = cell.metadata.get("tags", [])
            said = "".join(o.get("data", {}).get("text/plain", "") for o in cell.outputs)
            asked = {p.args[0].value for c in nb.cells[:k] for p in called(c, "predict")}
            if not (alone(cell) and UNCOMPARED in tags):
                yield f"{key}: reveal stands alone in its cell, tagged {UNCOMPARED}"
            elif key not in asked or not said.startswith(f"○ {key}: predict first, or skip"):
                yield f"{key}: saved with an answer"
            elif not (rest and rest[0].cell_type == "markdown" and "<details>" in rest[0].source):
                yield f"{key}: the answer for who has no kernel follows, in <details>"
            elif behind is None or ANSWER not in behind.metadata.get("tags", []):
                yield f"{key}: a cell tagged {ANSWER} follows"
            elif "assert " not in behind.source:
                yield f"{key}: the cell tagged {ANSWER} asserts the answer"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_predictions_come_first(path):
    wrong = list(mistakes(nbformat.read(path, as_version=4)))
    assert wrong == []


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_answers_are_saved_folded_and_reveals_uncompared(path):
    nb = nbformat.read(path, as_version=4)
    assert [c.source for c in nb.cells if metadata(c) != c.metadata] == []


def asking():
    """A small notebook that keeps every rule, as it is saved."""
    told = nbformat.v4.new_output(
        "execute_result", {"text/plain": "○ x: predict first, or skip: ..."}, execution_count=2
    )
    return clean(
        nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell('predict("x", None)'),
                nbformat.v4.new_code_cell('reveal("x", 3)', outputs=[told]),
                nbformat.v4.new_markdown_cell("<details><summary>Answer</summary>3</details>"),
                nbformat.v4.new_code_cell("assert 2 < 3", metadata={"tags": [ANSWER]}),
            ]
        )
    )


BREAKS = {
    "alone": lambda cells: cells[1].update(source='y = 3\nreveal("x", y)'),
    "tagged nbval": lambda cells: cells[1].metadata.clear(),
    "saved with an answer": lambda cells: cells[1].outputs[0].data.update({"text/plain": "3"}),
    "<details>": lambda cells: cells[2].update(source="It is 3."),
    "tagged answer": lambda cells: cells[3].metadata.clear(),
    "asserts": lambda cells: cells[3].update(source="print(3)"),
}


@pytest.mark.parametrize("part", BREAKS)
def test_each_rule_can_fail(part):
    nb = asking()
    assert not list(mistakes(nb))
    BREAKS[part](nb.cells)
    (wrong,) = mistakes(nb)
    assert part in wrong


def test_tags_make_the_metadata_that_is_saved():
    _, reveal, _, answer = asking().cells
    assert reveal.metadata == {"tags": [UNCOMPARED]}
    hidden = {"outputs_hidden": True, "source_hidden": True}
    folded = {"collapsed": True, "jupyter": hidden, "tags": [ANSWER]}
    assert answer.metadata == folded == metadata(answer)
    answer.metadata.tags = []
    assert metadata(answer) == {}
    calibration = nbformat.v4.new_code_cell("calibration()")
    assert metadata(calibration) == {"tags": [UNCOMPARED]}
    mixed = nbformat.v4.new_code_cell('print(1)\nreveal("x", 3)')
    assert metadata(mixed) == {}  # Its output is compared until its reveal stands alone.
