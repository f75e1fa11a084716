"""The rooms' lists of names are sorted, true and used, and CONTRIBUTING.md tells of every room."""

import re

import pytest

from tests.contents import (
    COURSE,
    GUIDE,
    NOTEBOOKS,
    README,
    ROOT,
    cells,
    current,
    current_readme,
    exports,
    imports_of,
)  # fmt: skip

PACKAGES = sorted(path.parent for path in COURSE.glob("*/__init__.py"))
ROOMS = sorted(COURSE.glob("n*/*.py"))
USERS = [p for name in ("tests", "studies", "benchmarks") for p in (ROOT / name).rglob("*.py")]


def wanted(package: str, sources: list[str]) -> set[str]:
    """The names that `sources` import from a package of the course or from a module of it."""
    place = f"sslearn.course.{package}"
    return {
        name
        for source in sources
        for name, module in imports_of(source).items()
        if module == place or module.startswith(f"{place}.")
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_exports_are_sorted_imported_and_used(package):
    names = exports(package)
    imported = imports_of((package / "__init__.py").read_text(encoding="utf-8"))
    assert names == sorted(names) and set(names) == set(imported)
    notebooks = wanted(package.name, ["\n".join(cells(path)) for path in NOTEBOOKS])
    assert notebooks <= set(names)
    users = USERS if package.name.startswith("n") else USERS + ROOMS  # no room uses another one
    used = wanted(package.name, [path.read_text(encoding="utf-8") for path in users])
    assert set(names) <= notebooks | used


def test_the_uses_are_found():
    lines = ("from {}n01_neuron import lif_lab", "from {}n01_neuron.neuron import R as r",
             "import {}n01_neuron", "from {}n02_codes import digit_lab")  # fmt: skip
    sources = [line.format("sslearn.course.") for line in lines]
    assert wanted("n01_neuron", sources) == {"lif_lab", "R"} and not wanted("n01", sources)


def test_contributing_is_current():
    guide = GUIDE.read_text(encoding="utf-8")
    assert current(guide) == guide, "run  python -m tests.contents"
    assert current(guide.replace("`lif_lab`", "`lab`")) == guide  # it would be mended
    assert guide.count("\n") < 150


def test_the_readme_is_current():
    readme = README.read_text(encoding="utf-8")
    assert current_readme(readme) == readme, "run  python -m tests.contents"
    wrong = re.sub(r"\) \| \d+ \|", ") | 7 |", readme)
    assert wrong != readme and current_readme(wrong) == readme  # minutes would be mended


def test_every_path_that_contributing_names_exists():
    guide = GUIDE.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:sslearn|tests|notebooks|benchmarks|studies)/[\w./]+)`", guide)
    missing = [path for path in paths if not (ROOT / path).exists() and "NN" not in path]
    assert len(paths) > 15 and not missing
