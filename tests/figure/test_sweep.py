"""The sweep under nbval: a broken explorer must fail there, although it looks well when made."""

import os
import subprocess
import sys

import nbformat
import pytest

from tests.run_all import NBVAL, PY, sweeping

CELL = """
from sslearn.course.figure import Explorer, Slider
from tests.figure.test_explorer import draw
def view(a):
    if a > {limit}:
        raise RuntimeError("the view fails at the control's end")
    return {{"y": ([0, 1], [a, a])}}, f"a is {{a}}"
explorer = Explorer(view, draw, {{"a": Slider("a (mV)", 0.0, 1.0, 0.1, 0.5)}}, presets={{}},
                    reading="")
"""


@pytest.mark.parametrize(("limit", "swept", "passes"),
                         [(0.9, True, False), (0.9, False, True), (1.1, True, True)])  # fmt: skip
def test_nbval_fails_for_an_explorer_that_breaks_at_an_end(tmp_path, limit, swept, passes):
    cells = [nbformat.v4.new_code_cell(CELL.format(limit=limit).strip(), execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "one.ipynb")
    env = {"PYTHONPATH": os.pathsep.join(sys.path), "IPYTHONDIR": str(tmp_path / "empty")}
    env = os.environ | env | (sweeping(tmp_path) if swept else {})
    command = [*PY, "pytest", "-q", *NBVAL, "-p", "no:cacheprovider", "one.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ("1 passed" in done.stdout) == passes, done.stdout
    assert ("the view fails at the control's end" in done.stdout) == (not passes)
