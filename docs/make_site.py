"""Make the site: stage the committed notebooks as pages, let Sphinx build them, run no cell.

python docs/make_site.py      writes docs/_build/html; prints what is wrong by notebook and cell
"""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "notebooks")]
from pack import explorers, packs, write  # noqa: E402
from pages import DRAW, EXPLORERS, stage  # noqa: E402

from sslearn.course.draw import write_site  # noqa: E402

PLACE = re.compile(r"^.*?([\w./-]+\.(?:ipynb|md)):(\d+): (WARNING|ERROR|CRITICAL): ", re.M)


def named(message: str, source: Path) -> str:
    """A warning of Sphinx, in which the place in a notebook is its cell and line.

    MyST-NB counts line l of cell c, which is numbered from 1, as 10000 c + l.
    """

    def place(match):
        name = match[1].removeprefix(f"{source.as_posix()}/")
        cell, line = divmod(int(match[2]), 10_000)
        where = f"cell {cell}, line {line}" if cell else f"line {line}"
        return f"{name}, {where}: {match[3]}: "

    return PLACE.sub(place, message)


def build(root: Path = ROOT, out: Path = DOCS / "_build") -> list[str]:
    """Make the site of the course in `root` in `out`/html; returns what is wrong, one line each."""
    source, html = out / "source", out / "html"
    for folder in (source, html):
        shutil.rmtree(folder, ignore_errors=True)
    if faults := stage(root, source):
        return faults
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-E", "-d", str(out / "doctrees"),
               "-c", str(DOCS), "-b", "html", str(source), str(html)]  # fmt: skip
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         text=True, encoding="utf-8")  # fmt: skip
    faults = [line for line in named(run.stderr, source).splitlines() if line.strip()]
    if run.returncode and not faults:
        faults = [f"Sphinx ended with {run.returncode}"]
    if faults:
        return faults
    paths, faults = packs(explorers(root), out / "explorers", root)
    if faults:
        return faults
    write(paths, html / EXPLORERS.removeprefix("../"))
    write_site(html / DRAW.removeprefix("../"))
    for path in sorted((root / "notebooks").glob("[0-9]*.ipynb")):
        # The download is the notebook as it was committed, without the site's remarks.
        shutil.copyfile(path, html / "_sources" / "notebooks" / path.name)
    return []


def main() -> int:
    """Build, and print where the site is and how large; returns 1 if something is wrong."""
    start = time.monotonic()
    if faults := build():
        print("\n".join(faults), file=sys.stderr)
        print(f"The site has {len(faults)} faults.", file=sys.stderr)
        return 1
    html = DOCS / "_build" / "html"
    size = sum(path.stat().st_size for path in html.rglob("*") if path.is_file()) / 1e6
    print(f"{html / 'index.html'}: {size:.0f} MB in {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
