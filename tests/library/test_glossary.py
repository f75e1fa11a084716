"""The glossary in `sslearn.__doc__` holds every letter of the library and of the notebooks."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import sslearn

ROOT = Path(__file__).parents[2]
FILES = sorted(p for p in (ROOT / "sslearn").rglob("*.py") if "course" not in p.parts)
GREEK = set(
    """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda lam mu nu xi pi rho sigma tau
    phi chi psi omega dt
""".split()
)


def sections(text=sslearn.__doc__):
    """The names of each entry, by section: an entry stands in column 4, a section in column 0."""
    found = {}
    for line in text.splitlines()[1:]:
        if re.match(r"\w", line):
            found[line.split(":")[0]] = entries = []
        elif match := re.match(r"    (\S+(?:, \S+)*)  +\S", line):
            entries.append(match[1].split(", "))
    return found


MEANINGS = [names for title, entries in sections().items() for names in entries
            if not title.startswith(("One letter", "Their letters"))]  # fmt: skip
NAMES = {name for names in MEANINGS for name in names}


def is_letter(name):
    """A single letter, with an index or without, or the name of a Greek one."""
    return bool(re.fullmatch(r"[^\W\d_]_?\d?", name)) or name.lower() in GREEK


def letters(source):
    """The letters among the parameters of public functions and constructors, methods included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and not re.match(r"_(?!_init__)", node.name):
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            yield from (a.arg for a in arguments if is_letter(a.arg))
        elif isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases):
            fields = (f.target.id for f in node.body if isinstance(f, ast.AnnAssign))
            yield from (f for f in fields if is_letter(f))


def missing(source):
    return set(letters(source)) - NAMES


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_letters_of_public_signatures_are_in_the_glossary(path):
    assert not missing(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "letter"),
    [
        ("def f(x, *, kappa=1): ...", "kappa"),
        ("class F:\n    def __init__(self, E): ...", "E"),
        ("class F:\n    def step(self, u, Y): ...", "Y"),
        ("class Pair(NamedTuple):\n    J: int", "J"),
    ],
)
def test_a_letter_without_a_meaning_is_found(source, letter):
    assert missing(source) == {letter}
    assert not missing(source.replace(letter, "theta"))


def test_a_letter_with_several_meanings_is_named_as_such():
    times = Counter(name for names in MEANINGS for name in names)
    several = {name for name, n in times.items() if n > 1}
    title = next(t for t in sections() if t.startswith("One letter"))
    assert several == {name for names in sections()[title] for name in names}


def test_letters_of_the_notebooks_tables_are_in_the_glossary():
    found = set()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            _, _, table = "".join(cell["source"]).partition("| letter | meaning")
            for line in re.findall(r"^\| (.*?) \|", table, re.M):
                line = re.sub(r"\[.\]|\(\w\)|_[\w]\b|[₁₂`]", "", line)
                found |= {name for name in re.split(r"[^\w\u0304]+", line) if name}
    assert len(found) > 60 and {"u", "θ", "A_bar", "Ā"} <= found
    assert not found - NAMES
