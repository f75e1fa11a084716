"""What every notebook holds, and what none may hold. Each rule is shown to fail once."""

import ast
import copy
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))
from build import exercises, joined, stub  # noqa: E402

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
SECTIONS = ("Objectives", "Recap", "Self-quiz", "References")


def code(nb):
    return [c for c in nb.cells if c.cell_type == "code"]


def prose(nb):
    return "\n\n".join(c.source for c in nb.cells if c.cell_type == "markdown")


def faults(nb, *, first=False):
    """Everything wrong with a notebook; `first` for notebook 00, which has nothing before it."""
    text, raw = prose(nb), nbformat.writes(nb)
    if [c.execution_count for c in code(nb)] != list(range(1, len(code(nb)) + 1)):
        yield "not executed in order 1..n"
    if "widgets" in nb.metadata or "widget-view" in raw:
        yield "holds widget state"
    if len(raw) > 1_000_000:
        yield "over 1 MB"
    if re.search(r"/(home|root|tmp|work|Users)/", raw):
        yield "names a path of a machine"
    for cell in code(nb):
        if len(cell.source.splitlines()) > 15:
            yield "a cell over 15 lines"
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.FunctionDef) and (
                re.match(r"draw|plot|show", node.name) or re.search(r"\bax\b", ast.unparse(node))
            ):
                yield "defines a plotting function"
        for output in cell.outputs:
            if output.output_type == "error":
                yield "holds an error"
            if output.get("name") == "stderr":
                yield "holds stderr"
            data = output.get("data", {})
            if "image/png" in data and not data.get("text/plain", "").strip():
                yield "a picture without a text"
            for image in re.findall(r"<img[^>]*>", data.get("text/html", "")):
                if not re.search(r'alt="[^"]{10,}"', image):
                    yield "an image without alt text"
            if "image/png" in data and "<img" not in data.get("text/html", ""):
                yield "an image without alt text"
    for image in re.findall(r"!\[(.*?)\]\(|<img(?![^>]*alt=)", text):
        if not image:
            yield "an image without alt text"
    levels = [len(m) for m in re.findall(r"^(#+) ", text, re.M)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "not one title at the top"
    if any(b > a + 1 for a, b in zip(levels, levels[1:], strict=False)):
        yield "a heading level skipped"
    for section in SECTIONS + (() if first else ("Recall",)):
        if not re.search(rf"^## {section}", text, re.M):
            yield f"no section {section}"
    if not any("predict(" in c.source for c in code(nb)) or "reveal(" not in raw:
        yield "no prediction"
    if len(exercises(nb)) < (1 if first else 3):
        yield "too few exercises"
    if text.partition("## Self-quiz")[2].partition("\n## ")[0].count("<details>") != 5:
        yield "not five quiz questions"
    for cell, solution in exercises(nb):
        if cell.source != stub(solution):
            yield "a stub that is not its solution minus the gaps"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_notebook_is_whole(path):
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    assert not list(faults(nb, first=path.stem.startswith("00")))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_the_readme_has_the_minutes_of_the_notebook(path):
    stated = re.search(r"\*\*Your time\*\* about (\d+) minutes", prose(nbformat.read(path, 4)))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.search(rf"^\| {path.stem[:2]} \|[^|]*\| (\d+) \|", readme, re.M)
    assert stated and listed and stated[1] == listed[1]


def test_there_are_notebooks():
    assert [p.stem[:2] for p in PATHS] == [f"{k:02d}" for k in range(len(PATHS))] and PATHS


BREAKS = {
    "not executed in order 1..n": lambda nb: code(nb)[0].update(execution_count=7),
    "holds widget state": lambda nb: nb.metadata.update(widgets={}),
    "over 1 MB": lambda nb: nb.cells[0].update(source=nb.cells[0].source + "x" * 1_000_001),
    "names a path of a machine": lambda nb: nb.cells[1].update(source="# x\n/home/me/x"),
    "a cell over 15 lines": lambda nb: code(nb)[0].update(source="x = 1\n" * 16),
    "defines a plotting function": lambda nb: code(nb)[0].update(source="def draw_it(): pass"),
    "an image without alt text": lambda nb: nb.cells[1].update(source="![](a.png)"),
    "a heading level skipped": lambda nb: nb.cells[1].update(source="#### deep"),
    "no section Objectives": lambda nb: nb.cells[1].update(source="nothing"),
    "not five quiz questions": lambda nb: nb.cells[-2].update(source="## Self-quiz\n\nnone"),
    "a stub that is not its solution minus the gaps": lambda nb: exercises(nb)[0][0].update(
        source="def f():\n    return 1"
    ),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_each_rule_can_fail(fault):
    nb = nbformat.read(PATHS[1], as_version=4)
    assert not list(faults(nb))
    broken = copy.deepcopy(nb)
    BREAKS[fault](broken)
    assert fault in list(faults(broken))


def test_stub_keeps_head_and_docstring_only():
    solution = 'def f(a):\n    """What it is."""\n    b = a\n    return b\n\n\nx = 1'
    expected = 'def f(a):\n    """What it is."""\n    raise NotImplementedError\n\n\nx = 1'
    assert stub(solution) == expected
    method = "class A:\n    def f(self):\n        return 1\n    def g(self):\n        return 2"
    gap = "raise NotImplementedError"
    assert stub(method) == (
        f"class A:\n    def f(self):\n        {gap}\n    def g(self):\n        {gap}"
    )


def test_prints_split_by_a_busy_kernel_are_joined():
    a, b, value = (nbformat.v4.new_output("stream", text="a\n"),
                   nbformat.v4.new_output("stream", text="b\n"),
                   nbformat.v4.new_output("execute_result", {"text/plain": "1"}))  # fmt: skip
    assert [o.get("text") for o in joined([a, b, value])] == ["a\nb\n", None]
