"""Who may import whom, and the rules of the house that a machine can hold."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "sslearn"
FLOORS = [  # from the ground up: a file imports from floors below its own
    {"spikes", "trains", "codes", "information", "hippo", "ssm", "scan", "assets", "javascript"},
    {"lif", "data", "convergence"},
    {"fast", "neurons"},
    {"layers"},
    {"models"},
    {"training"},
    {"runs", "deploy", "energy"},
    {"course.figure", "course.check"},
    {"doctor", "course.draw", "course.saved"},
    {"course.n"},  # the rooms, one for each notebook
    {"commands"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


def place(module):
    """The entry of FLOORS that sslearn.<module> belongs to, and its room; None if there is none."""
    first, _, rest = module.partition(".")
    room = f"course.{rest.partition('.')[0]}" if first == "course" else first
    return ("course.n" if re.match(r"course\.n\d\d_", room) else room), room


def imports(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names)


def breaches(module, source):
    """What in the source of sslearn.<module> breaks the floors."""
    here, room = place(module)
    for name in imports(source):
        first, _, rest = name.partition(".")
        floor, other = place(rest)
        if first == "sslearn" and floor in LEVEL and other != room:
            if LEVEL[floor] >= LEVEL[here]:
                yield f"{module} imports {name}"
        if "pyplot" in name or (first in ("ipywidgets", "anywidget") and here != "course.figure"):
            yield f"{module} imports {name}"
        if first == "matplotlib" and not here.startswith("course."):
            yield f"{module} imports {name}"
        if here in ("course.figure", "course.check") and first == "sslearn":
            if floor not in ("training", "javascript", here, "course"):
                yield f"{module} imports {name}, and should know no neuron"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_file_keeps_the_house_rules(path):
    source = path.read_text(encoding="utf-8")
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    assert source.count("\n") <= 250, "over 250 lines: two ideas"
    if parts in (("__init__",), ("course", "__init__")):
        assert not list(imports(source)), "__init__ imports nothing"
        return
    module = ".".join(parts)
    assert place(module)[0] in LEVEL, "a module without a floor"
    assert not list(breaches(module, source))
    if parts[0] not in ("__main__", "commands"):
        assert not re.search(r"^\s*print\(", source, re.M), "the package prints nothing"
    assert "seed(" not in source or "manual_seed" in source


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("spikes", "from sslearn.lif import lif"),
        ("lif", "from sslearn.fast import lif"),
        ("lif", "import sslearn.course.figure.picture"),
        ("lif", "import matplotlib.pyplot as plt"),
        ("runs.run", "from matplotlib.figure import Figure"),
        ("lif", "import ipywidgets"),
        ("course.n01_neuron.lif_lab", "import ipywidgets"),
        ("course.figure.plots", "from sslearn.lif import lif_step"),
        ("course.n07_faces.race", "from sslearn.course.n01_neuron.checks import check_lif_step"),
        ("course.check.properties", "from sslearn.course.n01_neuron import checks"),
    ],
)
def test_the_rules_can_fail(module, source):
    assert list(breaches(module, source))
