"""Who may import whom, and the rules of the house that a machine can hold."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "sslearn"
FLOORS = [
    {"spikes", "hippo", "ssm", "scan", "signals", "codes", "plots", "pictures"},
    {"lif", "data", "generators", "kernels", "energy"},
    {"layers"},
    {"models", "recurrent", "tasks"},
    {"training", "deploy", "doctor"},
    {"runs"},
    {"explorers", "checks"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names)


def breaches(module, source):
    """What in the source of sslearn.<module> breaks the floors."""
    for name in imports(source):
        first, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if first == "sslearn" and other in LEVEL and other != module:
            if LEVEL[other] >= LEVEL[module]:
                yield f"{module} imports {other}"
        if "pyplot" in name or (first == "ipywidgets" and module != "explorers"):
            yield f"{module} imports {name}"
        if module in ("plots", "pictures") and first in ("torch", "sslearn"):
            yield f"{module} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_file_keeps_the_house_rules(path):
    source = path.read_text(encoding="utf-8")
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    assert source.count("\n") <= 250, "over 250 lines: two ideas"
    if parts == ("__init__",):
        assert not list(imports(source)), "__init__ imports nothing"
        return
    assert parts[0] in LEVEL, "a module without a floor"
    assert not list(breaches(parts[0], source))
    if parts[0] != "__main__":
        assert not re.search(r"^\s*print\(", source, re.M), "the package prints nothing"
    assert "seed(" not in source or "manual_seed" in source


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("spikes", "from sslearn.lif import lif"),
        ("lif", "import sslearn.explorers"),
        ("lif", "import matplotlib.pyplot as plt"),
        ("lif", "import ipywidgets"),
        ("plots", "import torch"),
        ("explorers", "from sslearn.checks import check"),
    ],
)
def test_the_rules_can_fail(module, source):
    assert list(breaches(module, source))
