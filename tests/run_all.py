"""Everything that CI runs, in order; goes on after a failure and fails in the end."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PY = [sys.executable, "-m"]
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=180"]
STEPS = {
    "ruff": [*PY, "ruff", "check", "."],
    "ruff format": [*PY, "ruff", "format", "--check", "."],
    "codespell": [*PY, "codespell_lib"],
    "unit and browser tests": [*PY, "pytest", "-q", "tests", "-rs", "--durations=5"],
    "notebooks under strict nbval": [
        *PY, "pytest", "-q", *NBVAL, "--nbval-sanitize-with=tests/nbval.cfg",
        "-p", "no:cacheprovider", "--durations=3", "notebooks",
    ],
    "same bytes twice": [sys.executable, "notebooks/build.py", "--check", "00_start_here"],
    "benchmark forms are equal": [sys.executable, "benchmarks/bench.py", "--smoke"],
    "solution editions": [sys.executable, "notebooks/build.py", "--solved"],
}  # fmt: skip


def sweeping(home: str) -> dict[str, str]:
    """The environment in which a notebook's kernel sweeps every explorer that is made in it.

    IPython runs the start-up file of tests/ipython; it works in a copy, since it writes there.
    """
    profile = shutil.copytree(ROOT / "tests" / "ipython", Path(home) / "ipython")
    return {"IPYTHONDIR": str(profile)}


def main() -> int:
    """Run every step; returns 1 if any failed."""
    failed = []
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"SSLEARN_HOME": home, "PYTHONUTF8": "1"}
        for name, command in STEPS.items():
            print(f"\n== {name}", flush=True)
            start = time.monotonic()
            if name == "notebooks under strict nbval":  # saved as on a machine without MNIST
                env = env | {"SSLEARN_DATA": home} | sweeping(home)
            code = subprocess.run(command, cwd=ROOT, env=env).returncode
            print(
                f"== {name}: {'ok' if code == 0 else f'FAILED ({code})'}, "
                f"{time.monotonic() - start:.0f} s",
                flush=True,
            )
            if code:
                failed.append(name)
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'All steps passed.'}")
    print(f"{len(STEPS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
