"""What a newcomer runs (make test), and with --all everything that CI runs.

Goes on after a failure, prints a table of the steps' seconds, and fails if any step failed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PY = [sys.executable, "-m"]
PYTEST = [*PY, "pytest", "-q"]
TWO = ["-n", "2"]  # processes: two cores are what the course asks for
EVEN = [*TWO, "--dist=worksteal"]  # One that is done takes tests from the other.
RULES = ROOT / "tests" / "nbval.cfg"
NBVAL = [
    "--nbval", "--nbval-current-env", "--nbval-cell-timeout=600",
    f"--nbval-sanitize-with={RULES}", "-p", "no:cacheprovider", "-p", "tests.patient",
]  # fmt: skip
BROWSER = "tests/browser"
LONG = [
    "tests/test_wheel.py",
    "tests/test_doctor.py",
    "tests/library/test_shipped_digits.py",
    "tests/check/test_unseen.py",
    "tests/figure/test_cells.py",
    "tests/library/test_runs.py",
    "tests/library/test_gsu_trains.py",
]
TOLD = ["-rfEs", "--durations=5"]
STRICT = "notebooks under strict nbval"
STEPS = {
    "ruff": [*PY, "ruff", "check", "."],
    "ruff format": [*PY, "ruff", "format", "--check", "."],
    "codespell": [*PY, "codespell_lib"],
    "library and course": [*PYTEST, *EVEN, "tests", *TOLD,
                           *(f"--ignore={path}" for path in (BROWSER, *LONG))],
    STRICT: [*PYTEST, *TWO, "--dist=loadscope", *NBVAL, "--durations=3", "notebooks"],
}  # fmt: skip
LONG_STEPS = {
    "long tests": [*PYTEST, *EVEN, *LONG, *TOLD],
    "browser": [*PYTEST, *TWO, "--dist=loadgroup", BROWSER, *TOLD],  # groups: its conftest
    "same bytes twice": [sys.executable, "notebooks/build.py", "--check", "00_start_here"],
    "benchmark forms are equal": [sys.executable, "benchmarks/bench.py", "--smoke"],
    "solution editions": [sys.executable, "notebooks/build.py", "--solved"],
}


def sweeping(home: str) -> dict[str, str]:
    """The environment in which a notebook's kernel sweeps every explorer that is made in it.

    IPython runs the start-up file of tests/ipython; it works in a copy, since it writes there.
    """
    profile = shutil.copytree(ROOT / "tests" / "ipython", Path(home) / "ipython")
    return {"IPYTHONDIR": str(profile)}


def run(steps: dict[str, list[str]]) -> list[tuple[str, int, float]]:
    """Run every step; returns its name, its exit code and its seconds."""
    results = []
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"SSLEARN_HOME": home, "PYTHONUTF8": "1"}
        # The notebooks' outputs were saved on a machine without MNIST.
        strict = env | {"SSLEARN_DATA": home} | sweeping(home)
        for name, command in steps.items():
            print(f"\n== {name}", flush=True)
            start = time.monotonic()
            code = subprocess.run(command, cwd=ROOT, env=strict if name == STRICT else env)
            results.append((name, code.returncode, time.monotonic() - start))
    return results


def main(arguments: list[str], steps: dict | None = None) -> int:
    """Run the steps and print the table; returns 1 if any step failed, 2 for a bad argument."""
    if unknown := [a for a in arguments if a != "--all"]:
        print(f"the only argument is --all, got {unknown}")
        return 2
    if steps is None:
        steps = STEPS | LONG_STEPS if arguments else STEPS
    results = run(steps)
    failed = [name for name, code, _ in results if code]
    print()
    for name, code, seconds in [*results, ("all", len(failed), sum(s for *_, s in results))]:
        print(f"{name:30s} {seconds:6.0f} s  {'FAILED' if code else 'ok'}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
