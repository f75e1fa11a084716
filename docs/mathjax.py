"""The part of MathJax that the pages load, copied from the package that brings it."""

import shutil
from importlib.metadata import files
from pathlib import Path

PACKAGE = "sphinx-mathjax-offline"
LOADED = ("/mathjax/tex-chtml.js", "/mathjax/output/chtml/fonts/woff-v2/", "/mathjax/a11y/",
          "/mathjax/sre/mathmaps/en.json", "/mathjax/sre/mathmaps/base.json",
          "/mathjax/input/tex/extensions/")  # fmt: skip


def bundle(folder: Path) -> None:
    """Copy what a page with formulas may ask for, about 3 of the package's 24 MB, to `folder`.

    Raises ValueError if the package has other files than these lines know.
    """
    for part in LOADED:
        found = [f for f in files(PACKAGE) if part in f.as_posix()]
        if not found:
            raise ValueError(f"{PACKAGE} must hold {part}, got no such file")
        for file in found:
            target = folder / file.as_posix().partition("/mathjax/")[2]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target)
