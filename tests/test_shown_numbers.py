"""What a notebook prints: numbers, of which those after ≈ may differ between machines."""

import re
import subprocess

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

from tests.run_all import NBVAL, PYTEST, ROOT, RULES

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
# A reveal that waits for a prediction names the argument skip=True, which is no number.
YES_OR_NO = re.compile(r"(?<!skip=)\b(True|False)\b")
# Lines that may say True or False, because the answer is one of the two, and why it is.
ALLOWED: dict[str, str] = {}


def compared(text):
    """What nbval compares of a text."""
    for pattern, replacement in get_sanitize_patterns(RULES.read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text


def texts(nb):
    """Everything that the cells print or return as text."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            yield output.get("text") or output.get("data", {}).get("text/plain", "")


def yes_or_no(nb):
    """The lines that say True or False and may not."""
    lines = [line.strip() for text in texts(nb) for line in text.splitlines()]
    return [line for line in lines if YES_OR_NO.search(line) and line not in ALLOWED]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("after ≈ 12.3 ms", "after ≈ 9.87 ms"),
        ("≈ 1.2e-7", "≈ 3e-08"),
        ("≈ −0.5", "≈ 0.5"),
        ("≈ -0.5 %, 3 of 4", "≈ 1,234,567 %, 3 of 4"),
        ("<td>≈ 96.4 ± 0.5</td>", "<td>≈ 97 ± 1.25</td>"),
        ("['≈ 1', '≈ 2']", "['≈ 3', '≈ 4']"),
        ("seed    gap\n   1    ≈ 9", "seed     gap\n   1    ≈ 10"),
        ("≈12 and ≈ 3.", "≈ 1 and ≈   4."),
    ],
)
def test_a_number_after_the_mark_may_differ(one, other):
    assert compared(one) == compared(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12.3 ms", "12.4 ms"),
        ("≈ 12.3 ms, 4 of 5", "≈ 12.3 ms, 3 of 5"),
        ("4 of 5, ≈ 12.3 ms", "3 of 5, ≈ 12.3 ms"),
        ("≈ 12.3 ms", "≈ 12.3 s"),
        ("≈ 12.3 ms", "≈ nan ms"),
        ("≈ 12.3 ms", "≈ inf ms"),
        ("≈ 1, 2", "≈ 1, 3"),
        ("≈ 1 2", "≈ 1 3"),
        ("≈ 1\n2", "≈ 1\n3"),
        ("≈ 1.2e-7", "1.2e-7"),
        ("1 ± 2", "1 ± 3"),
        ("PNG ≈ 1", "PNG ≈ True"),
    ],
)
def test_a_wrong_number_elsewhere_is_seen(one, other):
    assert compared(one) != compared(other)


def test_strict_nbval_reads_the_mark(tmp_path):
    nb = nbformat.v4.new_notebook()
    for k, saved in enumerate(("≈ 3.5 ms, 2 of 2\n", "≈ 2 ms, 1 of 2\n")):
        cell = nbformat.v4.new_code_cell("print('≈ 2 ms, 2 of 2')", execution_count=k + 1)
        cell.outputs = [nbformat.v4.new_output("stream", text=saved)]
        nb.cells.append(cell)
    nbformat.write(nb, tmp_path / "one.ipynb")
    command = [*PYTEST, "-rpf", *NBVAL, str(tmp_path / "one.ipynb")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    assert re.search(r"^PASSED .*Cell 0", told, re.M) and re.search(r"^FAILED .*Cell 1", told, re.M)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_prints_numbers(path):
    lines = yes_or_no(nbformat.read(path, as_version=4))
    assert lines == []


def test_a_line_that_says_true_is_found():
    printed = nbformat.v4.new_output("stream", text="equal: True\nTruely 1\n")
    value = nbformat.v4.new_output("execute_result", {"text/plain": "(False, 2)"})
    cell = nbformat.v4.new_code_cell("", outputs=[printed, value])
    found = yes_or_no(nbformat.v4.new_notebook(cells=[cell]))
    assert found == ["equal: True", "(False, 2)"]
