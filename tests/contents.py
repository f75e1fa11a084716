"""The tables of CONTRIBUTING.md (rooms, floors) and of README.md (course, address, badges).

`python -m tests.contents` writes them between their markers. A test holds them current.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import nbformat

from tests.test_house import FLOORS

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "notebooks"))
from elsewhere import badges, repository  # noqa: E402

GUIDE = ROOT / "CONTRIBUTING.md"
README = ROOT / "README.md"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
COURSE = ROOT / "sslearn" / "course"
PANELS = ("event_race", "machine_panel", "race")  # They look at the reader's own machine.


@cache
def imports_of(source: str) -> dict[str, str]:
    """The module that each name comes from which `source` imports with `from`."""
    return {
        alias.name: node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@cache
def cells(path: Path) -> list[str]:
    """The sources of a notebook's code cells."""
    nb = nbformat.read(path, as_version=4)
    return [cell.source for cell in nb.cells if cell.cell_type == "code"]


def explorers(path: Path) -> dict[str, str]:
    """The explorers and live panels that a notebook shows, each with the room it comes from.

    They are the functions of a room whose call is a whole cell. A drawing, which is called
    something_picture, is none.
    """
    sources = cells(path)
    home = imports_of("\n".join(sources))
    calls = [m[1] for m in (re.fullmatch(r"(\w+)\(\)", s.strip()) for s in sources) if m]
    calls = [c for c in calls if not c.endswith("_picture")]
    return {c: home[c] for c in calls if home.get(c, "").startswith("sslearn.course.n")}


def exports(room: Path) -> list[str]:
    """The names in `__all__` of a package of the course."""
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "__all__"
    ]
    return ast.literal_eval(lists[0])


def rooms_table() -> list[str]:
    """One line a notebook: its room, explorers, checks and tests."""
    lines = [
        "| notebook | room in `sslearn/course` | explorers | checks | tests |",
        "|---" * 5 + "|",
    ]
    for path in NOTEBOOKS:
        number = path.stem[:2]
        (room,) = COURSE.glob(f"n{number}_*")
        shown = [f"`{name}`" for name in explorers(path) if name in exports(room)]
        checks = [f"`{name}`" for name in exports(room) if name.startswith("check_")]
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
        cells_ = (f"[{title}](notebooks/{path.name})", f"`{room.name}`",
                  ", ".join(shown), ", ".join(checks), f"`tests/n{number}`")  # fmt: skip
        lines.append(f"| {' | '.join(cells_)} |")
    return lines


def floors_table() -> list[str]:
    """One line a floor, the highest first: each imports only from the lines below its own."""
    lines = ["| floor | files and folders of `sslearn` |", "|---|---|"]
    for level in reversed(range(len(FLOORS))):
        names = (f"`{name}NN_*`" if name == "course.n" else f"`{name}`" for name in FLOORS[level])
        lines.append(f"| {level} | {', '.join(sorted(names))} |")
    return lines


def minutes(path: Path) -> int:
    """The reader's minutes, as the notebook itself says them under its objectives."""
    match = re.search(r"\*\*Your time\*\* about (\d+) minutes", path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"{path.name} must say **Your time** about N minutes, got nothing")
    return int(match[1])


def course_table(readme: str) -> list[str]:
    """One line a notebook: link, minutes and the discovery that README's own line tells."""
    told = dict(re.findall(r"^\| (\d\d) \|.*\| ([^|\n]*(?:\\\|[^|\n]*)*) \|$", readme, re.M))
    lines = ["| | notebook | minutes | one discovery |", "|---|---|---|---|"]
    for path in NOTEBOOKS:
        number = path.stem[:2]
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
        title = title.partition(" · ")[2]
        if number not in told:
            raise ValueError(f"README.md must tell one discovery of {path.name}, got none")
        lines.append(f"| {number} | [{title}](notebooks/{path.name}) "
                     f"| {minutes(path)} | {told[number]} |")  # fmt: skip
    hours = sum(map(minutes, NOTEBOOKS)) / 60
    return [*lines, "", f"Together about {hours:.0f} hours of yours, exercises included."]


def clone_lines() -> list[str]:
    """The lines that clone the course, with the address that pyproject.toml may hold."""
    address = repository(ROOT) or "<address of this repository>"
    return ["```", f"git clone {address} sslearn", "cd sslearn", "make lab", "```"]


def rewritten(text: str, parts: dict[str, list[str]]) -> str:
    """The text with the lines of each part put between its two markers."""
    for name, lines in parts.items():
        table = "\n".join([f"<!-- {name} -->", *lines, f"<!-- end of {name} -->"])
        pattern = rf"<!-- {name} -->.*<!-- end of {name} -->"
        text, n = re.subn(pattern, lambda _, table=table: table, text, flags=re.S)
        if n != 1:
            raise ValueError(f"the file must hold the markers of {name} once, got {n}")
    return text


def current(guide: str) -> str:
    """The text of CONTRIBUTING.md with both tables made anew."""
    return rewritten(guide, {"rooms": rooms_table(), "floors": floors_table()})


def current_readme(readme: str) -> str:
    """The text of README.md with its table, its clone line and its badges made anew."""
    parts = {"course": course_table(readme), "address": clone_lines()}
    return rewritten(readme, parts | {"badges": badges(repository(ROOT))})


if __name__ == "__main__":
    GUIDE.write_text(current(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
    README.write_text(current_readme(README.read_text(encoding="utf-8")), encoding="utf-8")
