"""The list of tests itself: a step that fails makes the whole fail, and no test is left out."""

import re
import subprocess
import sys

import nbformat

from tests.run_all import BROWSER, LONG, LONG_STEPS, NBVAL, PYTEST, ROOT, STEPS, main


def test_a_step_that_fails_is_told_and_does_not_hide_the_others(capfd):
    steps = {name: [sys.executable, "-c", f"print({name!r}); raise SystemExit({code})"]
             for name, code in (("one", 0), ("two", 3), ("three", 0))}  # fmt: skip
    assert main([], steps) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[-1] == "2 passed, 1 failed" and "three" in lines
    states = [line.split()[0::3] for line in lines[-5:-1]]
    assert states == [["one", "ok"], ["two", "FAILED"], ["three", "ok"], ["all", "FAILED"]]
    assert main([], {"one": steps["one"]}) == 0
    assert capfd.readouterr().out.endswith("1 passed, 0 failed\n")
    assert main(["--short"]) == 2 and "--all" in capfd.readouterr().out


def test_what_the_short_list_leaves_out_is_in_the_long_one():
    library, long = STEPS["library and course"], LONG_STEPS["long tests"]
    assert "tests" in library and [a for a in library if a.startswith("--ignore=")] == [
        f"--ignore={path}" for path in (BROWSER, *LONG)
    ]
    assert BROWSER in LONG_STEPS["browser"]
    assert all(path in long and (ROOT / path).exists() for path in LONG)


def test_strict_nbval_sees_an_output_that_differs(tmp_path):
    """Each of two processes has a notebook: the output of one is right."""
    for name, saved in (("right", "2\n"), ("wrong", "3\n")):
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1 + 1)")])
        nb.cells[0].outputs = [nbformat.v4.new_output("stream", text=saved)]
        nb.cells[0].execution_count = 1
        nbformat.write(nb, tmp_path / f"{name}.ipynb")
    command = [*PYTEST, "-rf", "-n", "2", "--dist=loadscope", *NBVAL, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "1 failed, 1 passed" in done.stdout
    assert re.search(r"^FAILED .*wrong.ipynb", done.stdout, re.M)
