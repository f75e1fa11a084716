"""Which cells of a notebook depend on which."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))
import build  # noqa: E402
from flow import flow, needed, trained  # noqa: E402


@pytest.mark.parametrize(
    ("source", "reads", "binds"),
    [
        ("b = a", {"a"}, {"b"}),
        ("a = 1\nb = a", set(), {"a", "b"}),
        ("a = a + 1", {"a"}, {"a"}),
        ("a += 1", {"a"}, {"a"}),
        ("def f(x, y=c):\n    z = x\n    return z + a + f(x)", {"a", "c"}, {"f"}),
        ("b = [x * a for x in c if (lambda x: x + d)(x)]", {"a", "c", "d"}, {"b"}),
        ("for k in a:\n    b = k\n    c = b", {"a"}, {"k", "b", "c"}),
        ("if a:\n    b = 1\nelse:\n    c = d", {"a", "d"}, {"b", "c"}),
        ("with a() as b:\n    c = b", {"a"}, {"b", "c"}),
        ("try:\n    a = b\nexcept E:\n    c = d", {"b", "E", "d"}, {"a", "c"}),
        ("import a.b\nfrom c import d as e", set(), {"a", "e"}),
        ("a.b[0].c = d", {"a", "d"}, {"a"}),
        ("a[0] = b", {"a", "b"}, {"a"}),
        ("a.append(b)", {"a", "b"}, {"a"}),
        ("m.set_num_threads(1)", {"m"}, set()),
        ("class A(B):\n    c = d\n    def f(self):\n        return e", {"B", "d", "e"}, {"A"}),
    ],
)
def test_names_read_and_bound(source, reads, binds):
    assert flow(source, {"m"}) == (reads, binds)


def test_needed_cells_are_found_backwards():
    cells = ["import m", "a = m.f()", "b = 1", "a.x = b", "c = a", "d = c", "check(c)", "c = 7"]
    assert needed(cells, [6]) == {0, 1, 2, 3, 4, 6}
    assert needed(cells, [2]) == {2}


def test_cells_that_train_and_those_that_read_from_them():
    cells = [
        "net = make()", "k = 3", "h = fit(net, data)", "print(accuracy(net))", "h = 1", "print(h)",
        "def arm():\n    return fit(make(), data)", "runs = arm()", "print(k)", "net = make()",
        "print(net)", "nets = train(f)", "with LiveTraining() as live:\n    other = 1",
        "print(nets)", "trained('gsu')",
    ]  # fmt: skip
    assert trained(cells) == {2, 3, 6, 7, 11, 12, 13}


def notebook(path, *sources):
    """A notebook of an exercise with this solution, after these cells."""
    solution = "def f():\n    return a"
    v4 = nbformat.v4
    stub = v4.new_code_cell(build.stub(solution), metadata={"tags": ["exercise"]})
    fence = f"<details><summary>Solution</summary>\n\n```python\n{solution}\n```\n\n</details>"
    cells = [v4.new_code_cell(source) for source in sources]
    cells += [stub, v4.new_markdown_cell(fence), v4.new_code_cell("check_f(f)")]
    nb = v4.new_notebook(cells=cells)
    nb.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(nb, path)
    return path


CHECKED = """class Verdict:
    def __init__(self, text): self.text = text
    def __repr__(self): return self.text
def check_f(f):
    return Verdict("✓ right" if f() == 1 else f"✗ wrong, {f()}")"""


def test_a_solution_edition_skips_what_no_exercise_needs(tmp_path, monkeypatch):
    runs, execute = [], build.execute
    monkeypatch.setattr(build, "execute", lambda nb: runs.append(len(nb.cells)) or execute(nb))
    path = notebook(tmp_path / "a.ipynb", CHECKED, "a = 1", "raise RuntimeError('not needed')")
    assert build.solved(path) == ["✓ right"] and runs == [4]
    runs.clear()  # What reaches a by another way than its name: the whole notebook is executed.
    path = notebook(tmp_path / "b.ipynb", CHECKED, "globals()['a'] = 1")
    assert build.solved(path) == ["✓ right"] and runs == [3, 5]
    path = notebook(tmp_path / "c.ipynb", CHECKED, "a = 2")
    assert build.solved(path) == ["✗ wrong, 2"]
