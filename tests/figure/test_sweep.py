"""The sweep under nbval: a broken explorer must fail there, although it looks well when made."""

import os
import subprocess
import sys

import nbformat

from tests.run_all import NBVAL, PY, sweeping

CELL = """
from sslearn.course.figure import Explorer, Slider
def draw(fig):
    return {{"y": fig.subplots().plot([0, 1], [0, 0])[0]}}
def view(a):
    if a > {limit}:
        raise RuntimeError("the view fails at the control's end")
    return {{"y": ([0, 1], [a, a])}}, f"a is {{a}}"
explorer = Explorer(view, draw, {{"a": Slider("a (mV)", 0.0, 1.0, 0.1, 0.5)}}, presets={{}},
                    reading="")
"""


def nbval(folder, **env):
    """What strict nbval says of two cells: an explorer that is right, and one that breaks."""
    cells = [nbformat.v4.new_code_cell(CELL.format(limit=limit).strip()) for limit in (1.1, 0.9)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "one.ipynb")
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | env
    command = [*PY, "pytest", "-q", "-rpf", *NBVAL, "one.ipynb"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True).stdout


def test_nbval_fails_for_an_explorer_that_breaks_at_an_end(tmp_path):
    told = nbval(tmp_path, **sweeping(tmp_path))
    assert "PASSED one.ipynb::Cell 0" in told and "FAILED one.ipynb::Cell 1" in told
    assert "the view fails at the control's end" in told


def test_without_the_sweep_it_looks_well(tmp_path):
    told = nbval(tmp_path, IPYTHONDIR=str(tmp_path / "empty"))
    assert "PASSED one.ipynb::Cell 0" in told and "PASSED one.ipynb::Cell 1" in told
