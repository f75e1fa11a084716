"""The explorers' files for the site; each is packed again only when its code or weights changed.

python docs/pack.py [NAME ...]      packs what has changed into docs/_build/explorers, prints sizes
"""

import ast
import hashlib
import importlib
import multiprocessing
import os
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from sslearn.course.figure.living import PICTURE, WEB, style
from sslearn.course.figure.models import LIVE, model
from sslearn.course.figure.packed import pack
from sslearn.javascript import joined

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "docs" / "_build" / "explorers"
PARTS = (*PICTURE, "place.js", "packed.js", "controls.js", "site.js")
DRAWN_BY = ("torch", "numpy", "scipy", "matplotlib", "scikit-learn")  # packages that may change it


def explorers(root: Path) -> dict[str, str]:
    """The functions of the rooms that return an Explorer, each with the module it stands in."""
    return {
        node.name: ".".join(path.relative_to(root).with_suffix("").parts)
        for path in sorted((root / "sslearn" / "course").glob("n[0-9]*/*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.returns
        if ast.unparse(node.returns) == "Explorer"
    }


def key(name: str, module: str) -> str:
    """A hash of all that the explorer's file depends on.

    That is its room, the library, the figure code, what is shipped in assets/, and the packages
    that compute and draw.
    """
    package, assets = (Path(str(files(p))) for p in ("sslearn", "sslearn.assets"))
    room = Path(*module.split(".")[1:-1])
    other = re.compile(r"course/(n\d\d_|check/|draw/)")
    sources = [
        path for path in sorted(package.rglob("*.py"))
        if room in (place := path.relative_to(package)).parents or not other.match(place.as_posix())
    ]  # fmt: skip
    kinds = (".json", ".safetensors")
    shipped = (path for path in sorted(assets.iterdir()) if path.suffix in kinds)
    words = [name, str(name in LIVE), *(version(p) for p in DRAWN_BY)]
    found = hashlib.sha256("\n".join(words).encode())
    for path in (*sources, *shipped):
        found.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def packed(name: str, module: str, path: Path) -> tuple[str, float]:
    """Pack one explorer into `path`; returns what went wrong, or nothing, and seconds of a core."""
    torch.set_num_threads(1)
    start = time.process_time()
    try:
        explorer = getattr(importlib.import_module(module), name)()
        # What computes is loaded now; a second thread would wait for a core that packs another.
        with threadpool_limits(limits=1):
            raw = pack(explorer, live=name in LIVE)
    except Exception as error:
        return f"{type(error).__name__}: {error}", time.process_time() - start
    part = path.with_suffix(".part")
    part.write_bytes(raw)
    part.replace(path)  # A run that was broken off leaves no half file under the name.
    return "", time.process_time() - start


def notebook(module: str, root: Path) -> str:
    """The notebook whose room holds a module."""
    number = module.split(".")[2][1:3]
    return next(f"notebooks/{p.name}" for p in (root / "notebooks").glob(f"{number}_*.ipynb"))


def packs(found: dict[str, str], cache: Path, root: Path = ROOT) -> tuple[dict, list[str]]:
    """The file of each explorer of `found`, made where it is missing; and what went wrong."""
    cache.mkdir(parents=True, exist_ok=True)
    paths = {name: cache / f"{name}-{key(name, module)}.bin" for name, module in found.items()}
    todo = {name: path for name, path in paths.items() if not path.is_file()}
    faults = []
    workers = max(1, min(len(todo), os.cpu_count() or 1))
    if not todo:
        return paths, []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        runs = {name: pool.submit(packed, name, found[name], path) for name, path in todo.items()}
        for name, run in runs.items():
            fault, seconds = run.result()
            if fault:
                faults.append(f"{notebook(found[name], root)}: {name}: {fault}")
                continue
            print(f"packed {name}: {paths[name].stat().st_size / 1e6:.2f} MB in {seconds:.0f} s")
            for old in cache.glob(f"{name}-*.bin"):
                if old != paths[name]:
                    old.unlink()
    return paths, faults


def write(paths: dict[str, Path], folder: Path) -> None:
    """Put the explorers' files, the page's module and the models that run in it into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    look = WEB.joinpath("explorer.css").read_text(encoding="utf-8")
    script = joined(WEB, PARTS, {"STYLE": style(), "LOOK": look})
    (folder / "explorers.js").write_text(script, encoding="utf-8")
    for name, path in paths.items():
        shutil.copyfile(path, folder / f"{name}.bin")
    (folder / "models").mkdir(exist_ok=True)
    for name in LIVE:
        (folder / "models" / f"{name}.js").write_text(model(name), encoding="utf-8")


def embed(base: str) -> str:
    """HTML that brings every explorer of its page to life, from the folder that `write` filled."""
    return (
        f'<script type="module">import {{ mountAll }} from "{base}/explorers.js"; '
        "mountAll();</script>"
    )


def main(names: list[str]) -> int:
    """Pack the named explorers, or all; returns 1 if a view raised."""
    found = explorers(ROOT)
    if unknown := set(names) - found.keys():
        raise ValueError(f"explorers are {sorted(found)}, got {sorted(unknown)}")
    start = time.monotonic()
    paths, faults = packs({n: m for n, m in found.items() if not names or n in names}, CACHE)
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    size = sum(path.stat().st_size for path in paths.values() if path.is_file()) / 1e6
    print(f"{len(paths)} explorers: {size:.1f} MB in {time.monotonic() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
