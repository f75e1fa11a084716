"""Every fast twin names its definition, and the test that holds the two equal."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from sslearn import fast

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([\w.]+)` in ([\w/]+\.py)")


def functions(path):
    """The functions and methods of a file by name, none where there is no file."""
    if not (ROOT / path).is_file():
        return {}
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    homes = [("", tree), *((f"{n.name}.", n) for n in tree.body if isinstance(n, ast.ClassDef))]
    return {
        prefix + node.name: node
        for prefix, home in homes
        for node in home.body
        if isinstance(node, ast.FunctionDef)
    }


def words(node):
    """All names in the code of a function, its decorators included; an attribute's as .name."""
    nodes = [*ast.walk(node)]
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    return names | {f".{n.attr}" for n in nodes if isinstance(n, ast.Attribute)}


def faults(twin, docstring):
    """What is wrong with the definition and the test that a twin's docstring names."""
    named = NAMED.findall(docstring)
    if len(named) != 2:
        return [f"two functions with their files are to be named, not {named}"]
    (definition, file), (test, test_file) = named
    wrong = [f"no {name} in {path}" for name, path in named if name not in functions(path)]
    if not file.startswith("sslearn/") or not test_file.startswith("tests/"):
        wrong.append("the definition is in sslearn and the test in tests")
    used = re.sub(r"\w+(?=\.)", "", definition)  # A method is called on a model of any name.
    if not wrong and not {twin, used} <= words(functions(test_file)[test]):
        wrong.append(f"{test} does not compare {twin} with {definition}")
    return wrong


@pytest.mark.parametrize("twin", fast.__all__)
def test_twin_names_its_definition_and_its_test(twin):
    module = importlib.import_module(getattr(fast, twin).__module__)
    assert not faults(twin, module.__doc__)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("scan_by_doubling", "scan_by_tripling", "no scan_by_tripling"),
        ("sslearn/scan.py", "sslearn/scans.py", "no scan_by_doubling in sslearn/scans.py"),
        ("test_scan_equals", "test_it_equals", "no test_it_equals"),
        ("test_fast_scan", "test_scan", "no test_scan_equals"),
        (
            "test_scan_equals_the_loop_and_its_gradient",
            "test_bad_input_is_named",
            "does not compare",
        ),
        ("The definition is `scan_by_doubling` in", "It speeds up", "two functions"),
    ],
)
def test_a_wrong_name_is_found(right, wrong, fault):
    docstring = importlib.import_module(fast.scan.__module__).__doc__
    assert right in docstring
    assert fault in " ".join(faults("scan", docstring.replace(right, wrong)))


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("SequenceClassifier.step", "SequenceClassifier.steps", "no SequenceClassifier.steps"),
        ("SequenceClassifier.step", "step", "no step in"),
        ("test_the_fast_stream_equals_step", "test_bad_input_is_named", "does not compare"),
    ],
)
def test_a_wrong_method_is_found(right, wrong, fault):
    docstring = importlib.import_module(fast.TokenStream.__module__).__doc__
    assert right in docstring
    assert fault in " ".join(faults("TokenStream", docstring.replace(right, wrong)))
