"""Execute the notebooks and write them back, so that two runs give the same bytes.

python notebooks/build.py [NAME ...]      links, stubs from solutions, execute, clean, write
python notebooks/build.py --check         execute twice without writing: the same bytes?
python notebooks/build.py --solved        the solution edition: every check must be green
"""

import argparse
import ast
import copy
import os
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from elsewhere import repository
from flow import needed
from kernels import address, twice
from links import link, read
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

HERE = Path(__file__).resolve().parent
FENCE = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)\n```", re.S)
CHECK = re.compile(r"check_\w+\(")
READER = re.compile(r"(reveal|calibration)\(")  # What the reader has predicted changes its output.
UNCOMPARED, ANSWER = "nbval-ignore-output", "answer"
WIDGET = "application/vnd.jupyter.widget-view+json"


def stub(solution: str) -> str:
    """The solution minus its gaps: each function keeps its head and docstring, no more."""
    lines, tree = solution.splitlines(), ast.parse(solution)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    outer = [f for f in functions if not any(f is not g and f in ast.walk(g) for g in functions)]
    for f in sorted(outer, key=lambda f: -f.lineno):
        first = f.body[1] if ast.get_docstring(f) is not None else f.body[0]
        gap = " " * f.body[0].col_offset + "raise NotImplementedError"
        lines[first.lineno - 1 : f.end_lineno] = [gap]
    return "\n".join(lines)


def exercises(nb) -> list[tuple]:
    """Pairs (stub cell, solution source), in order. Raises ValueError for one without solution."""
    pairs = []
    for k, cell in enumerate(nb.cells):
        if "exercise" in cell.metadata.get("tags", []):
            found = FENCE.search(nb.cells[k + 1].source)
            if found is None:
                raise ValueError(f"cell {k}: an exercise must be followed by its solution")
            pairs.append((cell, found.group(1)))
    return pairs


def execute(nb, folder: Path = HERE):
    """Run every cell in a fresh kernel and a home of its own; raises on the first error.

    Saved outputs are those of a machine without downloaded data, whatever this one has.
    """
    with tempfile.TemporaryDirectory(prefix="k") as home:
        os.environ["SSLEARN_HOME"] = os.environ["SSLEARN_DATA"] = home  # not the reader's own
        options = {"record_timing": False, "timeout": 180, "kernel_name": "python3"}
        client = NotebookClient(
            nb,
            resources={"metadata": {"path": folder}},
            config=Config(KernelManager=address(home)),
            **options,
        )

        def start():
            client.create_kernel_manager()
            client.start_new_kernel()
            client.start_new_kernel_client()

        twice(start)
        client.execute()
    return nb


def metadata(cell) -> dict:
    """The tags of a cell, and what follows from them and from its source.

    nbval leaves the output uncompared where it depends on the reader's answers. JupyterLab folds
    a cell tagged `answer`, because it answers a prediction: the output until the cell is run, and
    the source until it is clicked.
    """
    tags = list(cell.metadata.get("tags", []))
    if cell.cell_type == "code" and READER.match(cell.source) and UNCOMPARED not in tags:
        tags.append(UNCOMPARED)
    hidden = {"outputs_hidden": True, "source_hidden": True}  # The source may hold the number.
    folded = {"collapsed": True, "jupyter": hidden} if ANSWER in tags else {}
    return folded | ({"tags": tags} if tags else {})


def joined(outputs: list) -> list:
    """Neighbouring pieces of one stream as one: a busy machine splits a cell's prints."""
    whole = []
    for o in outputs:
        if whole and "name" in o and o.name == whole[-1].get("name"):
            whole[-1].text += o.text
        else:
            whole.append(o)
    return whole


def clean(nb):
    """Drop what differs between machines or cannot be shown without a kernel."""
    nb.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for k, cell in enumerate(nb.cells):
        cell.id = f"cell-{k + 1}"
        cell.metadata = nbformat.from_dict(metadata(cell))
        if cell.cell_type == "code":
            cell.outputs = joined([o for o in cell.outputs if o.get("name") != "stderr"])
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
                if "metadata" in output:
                    output.metadata = nbformat.from_dict({})
    return nb


def build(path: Path) -> str:
    """The text of the notebook: links and stubs from solutions written, executed and cleaned."""
    nb = link(path.name, read(), repository(HERE.parent))
    for cell, solution in exercises(nb):
        cell.source = stub(solution)
    return nbformat.writes(clean(execute(nb))) + "\n"


def solved(path: Path) -> list[str]:
    """What the checks say of the solution edition, one text for each call of check_*.

    Only the cells that solutions and checks need are executed. Where that goes wrong, the whole
    notebook is: `needed` reads names, and may miss what a cell needs in another way.
    """
    nb = nbformat.read(path, as_version=4)
    for cell, solution in exercises(nb):
        cell.source = solution
    short = copy.deepcopy(nb)
    short.cells = [cell for cell in short.cells if cell.cell_type == "code"]
    goals = [k for k, cell in enumerate(short.cells) if CHECK.match(cell.source)]
    kept = needed([cell.source for cell in short.cells], goals)
    short.cells = [cell for k, cell in enumerate(short.cells) if k in kept]
    try:
        verdicts = checked(execute(short))
    except CellExecutionError:
        verdicts = []
    if verdicts and all(map(is_green, verdicts)):
        return verdicts
    return checked(execute(nb))


def checked(nb) -> list[str]:
    """The text below each call of check_*."""
    return [c.outputs[-1]["data"]["text/plain"] for c in nb.cells
            if c.cell_type == "code" and CHECK.match(c.source)]  # fmt: skip


def is_green(verdict: str) -> bool:
    """Whether a check is content."""
    return verdict.startswith("✓")


def main() -> int:
    """Returns the exit code: 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--solved", action="store_true")
    args = parser.parse_args()
    paths = [p for p in sorted(HERE.glob("[0-9]*.ipynb")) if not args.names or p.stem in args.names]
    bad = 0 if paths else 1
    if args.solved:
        with ProcessPoolExecutor(2) as pool:
            for path, verdicts in zip(paths, pool.map(solved, paths), strict=True):
                good = bool(verdicts) and all(map(is_green, verdicts))
                how = "all green" if good else verdicts
                print(f"{path.stem}: {len(verdicts)} checks {how}", flush=True)
                bad += not good
        return 1 if bad else 0
    for path in paths:
        if args.check:
            with ProcessPoolExecutor(2) as pool:
                first, second = pool.map(build, [path, path])
            good = first == second
            print(f"{path.stem}: {'same bytes twice' if good else 'differs between runs'}")
            bad += not good
        else:
            path.write_text(build(path), encoding="utf-8")
            print(f"{path.stem}: executed, {path.stat().st_size // 1000} kB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
