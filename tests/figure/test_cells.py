"""A cell that runs again frees what its last run made. IPython runs in a process of its own."""

import subprocess
import sys

START = """
import gc, resource
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances
shell = InteractiveShell.instance()

def run(cell, cell_id):
    gc.collect()
    shell.run_cell(cell, store_history=True, cell_id=cell_id).raise_error()
    return len(_instances)

def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if MAC else 2**10)

run("from sslearn.course.figure import LiveTraining\\n"
    "from sslearn.course.n00_start import machine_panel\\n"
    "from sslearn.course.n01_neuron import lif_lab, mystery_neuron", "import")
"""


def assert_in_ipython(code):
    code = START.replace("MAC", str(sys.platform == "darwin")) + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_fifty_runs_of_an_explorers_cell_leave_one():
    assert_in_ipython("""
one = run("lif_lab()", "a")
for _ in range(9):
    run("lif_lab()", "a")
before = megabytes()
for _ in range(40):
    assert run("lif_lab()", "a") == one > 50
assert megabytes() < before + 20, (before, megabytes())
""")


def test_live_panels_and_trainings_are_freed_as_well():
    assert_in_ipython("""
for cell in ("with LiveTraining(): pass", "machine_panel()"):
    one = run(cell, cell)
    assert [run(cell, cell) for _ in range(5)] == [one] * 5
""")


def test_other_cells_keep_theirs():
    assert_in_ipython("""
run("mine = lif_lab(), mystery_neuron()", "a")
run("mine[0]", "b")                            # shown elsewhere: it stays
run("mine += (lif_lab(),)", "c")               # made elsewhere: it stays
run("old, mine = mine, (lif_lab(),)", "a")
alive = [explorer.comm is not None for explorer in shell.user_ns["old"]]
assert alive == [True, False, True], alive
run("old = mine", "no id")
run("mine[0].set(I=3.0)", "a")                 # a run that makes none closes none
assert shell.user_ns["mine"][0].values["I"] == 3.0
""")


def test_cells_without_an_id_are_told_apart_by_their_text():
    assert_in_ipython("""
one = run("lif_lab()", None)
assert run("lif_lab()", None) == one
assert run("lif_lab() ", None) == run("lif_lab() ", None) > one
""")


def test_close_closes_every_widget():
    assert_in_ipython("""
before = len(_instances)
run("lab = lif_lab()", "a")
assert len(_instances) > before + 50
run("lab.close()", "b")
assert len(_instances) == before
run("lab.close(); lab", "b")                   # once more is no error, nor is showing it
""")
