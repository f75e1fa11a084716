"""Is this machine ready for the course? Each finding says what to do if it is not.

Whatever may be missing is imported inside the function that looks for it, because the doctor
must be able to speak where torch, or anything else that the course needs, is not installed.
"""

import importlib
import importlib.metadata as metadata
import os
import re
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import NamedTuple

IMPORTED_AS = {"scikit-learn": "sklearn", "pillow": "PIL", "ipython": "IPython"}
SLOW_MS = 100.0  # above this a slider no longer seems to answer at once


class Finding(NamedTuple):
    """One thing looked at: whether it is fine, its state, and what to do if it is not fine."""

    name: str
    ok: bool
    state: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{'✓' if self.ok else '✗'} {self.name}: {self.state}"
        return line if self.ok else f"{line}. {self.advice}"


def examine(home: Path | None = None) -> list[Finding]:
    """Versions, answers' folder, widgets, threads, data cache and picture time, in this order.

    The last four need the packages, so they are left out until every package can be imported.
    """
    home = home or Path(os.environ.get("SSLEARN_HOME", Path.home() / ".sslearn"))
    findings = [_python(), *_packages(), _folder("answers", home, "SSLEARN_HOME")]
    if all(finding.ok for finding in findings[:-1]):
        findings += [_widgets(), _threads(), _cache(), _picture()]
    return findings


def needed() -> dict[str, str]:
    """Distribution name to requirement, as pyproject.toml declares them: what the notebooks need.

    These are the library's, those of the extra `lab`, and those of `deploy`, which `lab` brings.
    Raises PackageNotFoundError where sslearn itself is not installed.
    """
    wanted = {}
    for line in metadata.requires("sslearn") or []:
        requirement, _, marker = (part.strip() for part in line.partition(";"))
        name = re.match(r"[\w.-]+", requirement)[0]
        if name != "sslearn" and re.fullmatch(r"|extra == .(lab|deploy).", marker):
            wanted[name] = requirement
    return wanted


def _python():
    version = ".".join(map(str, sys.version_info[:3]))
    advice = "Install Python 3.11 or later and run the set-up again."
    return Finding("Python", sys.version_info >= (3, 11), version, advice)


def _packages():
    try:
        wanted = needed()
    except metadata.PackageNotFoundError:
        advice = "Run in its folder: python -m pip install -r requirements.txt"
        yield Finding("sslearn", False, "not installed", advice)
        return
    modules, whole = {name: IMPORTED_AS.get(name, name) for name in wanted}, True
    for name, requirement in wanted.items():
        advice = f'Run: python -m pip install "{requirement}"'
        try:
            with warnings.catch_warnings(action="ignore"):  # torch warns where numpy is missing
                importlib.import_module(modules[name])
            yield Finding(name, True, metadata.version(name))
        except (ModuleNotFoundError, metadata.PackageNotFoundError) as error:
            missing, whole = (error.name or "").partition(".")[0], False
            if missing in (name, modules[name]):
                yield Finding(name, False, "not installed", advice)
            elif missing not in modules.values():  # A package of the list has its own finding.
                yield Finding(name, False, f"{error.name} is missing, which it needs", advice)
        except Exception as error:  # A broken package may raise anything when it is imported.
            if not whole:  # It may be broken only because of what is missing.
                continue
            reason = (str(error).splitlines() or [""])[0]
            advice = f'Run: python -m pip install --force-reinstall "{requirement}"'
            state = f"installed, but broken ({type(error).__name__}: {reason})"
            yield Finding(name, False, state, advice)


def _widgets():
    advice = "Install ipywidgets 8 in the environment that runs JupyterLab, then restart it."
    try:
        major = int(metadata.version("ipywidgets").split(".")[0])
        front = metadata.version("jupyterlab_widgets")
    except metadata.PackageNotFoundError as error:
        return Finding("widgets", False, f"{error.name} is not installed", advice)
    return Finding("widgets", major >= 8, f"ipywidgets {major}, JupyterLab part {front}", advice)


def _threads():
    import torch

    n, cores = torch.get_num_threads(), os.cpu_count() or 1
    advice = f"Set OMP_NUM_THREADS={cores} or fewer before you start JupyterLab."
    return Finding("threads", n <= cores, f"torch uses {n} of {cores} cores", advice)


def _folder(name, home, variable):
    place = home
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            return Finding(name, True, f"{home} can be written")
    except OSError as error:
        advice = f"Set {variable} to a folder that you can write to; the course runs without it."
        return Finding(name, False, f"{home}: {error.strerror}", advice)


def _cache():
    """The data cache; that MNIST is missing is no fault, since no notebook needs it."""
    from sslearn.data import DataError, MissingData, data_folder, mnist

    finding = _folder("data cache", data_folder(), "SSLEARN_DATA")
    if not finding.ok:
        return finding
    try:
        return finding._replace(state=f"MNIST is there ({mnist().source})")
    except MissingData:
        advice = "no MNIST yet, python -m sslearn fetch mnist gets it"
        return finding._replace(state=f"{finding.state}; {advice}")
    except DataError as error:
        return Finding("data cache", False, "MNIST is broken", str(error))


def _picture():
    import torch

    from sslearn.course.figure.picture import Picture
    from sslearn.course.figure.plots import draw_line, style_axes
    from sslearn.fast import lif

    def draw(fig):
        ax = style_axes(fig.subplots(), x="step", y="v")
        ax.set(xlim=(0, 400), ylim=(0, 2))
        return {"v": draw_line(ax)}

    def compute(drive):
        return {"v": (range(400), lif(torch.full((1, 400, 1), drive), beta=0.9).v[0, :, 0])}

    picture, spans = Picture(draw, compute(0.2), "self-test"), []
    for k in range(9):
        start = time.perf_counter()
        picture.update(compute(0.1 + 0.02 * k), "self-test")
        picture.png()
        spans.append(1000 * (time.perf_counter() - start))
    ms = statistics.median(spans)
    advice = "Close other programs; on a laptop, plug in the charger. Nothing else needs to change."
    return Finding("slider to picture", ms < SLOW_MS, f"{ms:.0f} ms in Python", advice)
