"""Is this machine ready for the course? Each finding says what to do if it is not."""

import importlib.metadata as metadata
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import draw_line, style_axes
from sslearn.data import DataError, data_folder, mnist
from sslearn.fast import lif

NEEDED = ("torch", "jupyterlab", "matplotlib", "ipywidgets", "nbval", "snntorch", "scikit-learn")
SLOW_MS = 100.0  # above this a slider no longer seems to answer at once


class Finding(NamedTuple):
    """One thing looked at: is it fine, what was found, and what to do if it is not."""

    name: str
    ok: bool
    found: str
    advice: str = ""

    def __str__(self) -> str:
        head = f"{'✓' if self.ok else '✗'} {self.name}: {self.found}"
        return head if self.ok else f"{head}\n    {self.advice}"


def examine(home: Path | None = None) -> list[Finding]:
    """Versions, widgets, threads, answers' folder, data cache and picture time, in this order."""
    home = home or Path(os.environ.get("SSLEARN_HOME", Path.home() / ".sslearn"))
    folders = _folder("answers", home, "SSLEARN_HOME"), _cache()
    return [_python(), *_packages(), _widgets(), _threads(), *folders, _picture()]


def _python():
    version = ".".join(map(str, sys.version_info[:3]))
    advice = "Install Python 3.11 or later and run the set-up again."
    return Finding("Python", sys.version_info >= (3, 11), version, advice)


def _packages():
    for name in NEEDED:
        try:
            yield Finding(name, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            advice = "Run: python -m pip install -r requirements.txt"
            yield Finding(name, False, "not installed", advice)


def _widgets():
    advice = "Install ipywidgets 8 in the environment that runs JupyterLab, then restart it."
    try:
        major = int(metadata.version("ipywidgets").split(".")[0])
        front = metadata.version("jupyterlab_widgets")
    except metadata.PackageNotFoundError as error:
        return Finding("widgets", False, f"{error.name} is not installed", advice)
    return Finding("widgets", major >= 8, f"ipywidgets {major}, JupyterLab part {front}", advice)


def _threads():
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
    finding = _folder("data cache", data_folder(), "SSLEARN_DATA")
    if not finding.ok:
        return finding
    try:
        found = f"MNIST is there ({mnist().source})"
    except DataError:
        found = f"{finding.found}; no MNIST yet, python -m sslearn fetch mnist gets it"
    return finding._replace(found=found)


def _picture():
    def draw(fig):
        ax = style_axes(fig.subplots(), x="step", y="v")
        ax.set(xlim=(0, 400), ylim=(0, 2))
        return {"v": draw_line(ax)}

    def view(drive):
        return {"v": (range(400), lif(torch.full((1, 400, 1), drive), beta=0.9).v[0, :, 0])}

    picture, spans = Picture(draw, view(0.2), "self-test"), []
    for k in range(9):
        start = time.perf_counter()
        picture.update(view(0.1 + 0.02 * k), "self-test")
        picture.png()
        spans.append(1000 * (time.perf_counter() - start))
    ms = statistics.median(spans)
    advice = "Close other programs; on a laptop, plug in the charger. Nothing else needs to change."
    return Finding("slider to picture", ms < SLOW_MS, f"{ms:.0f} ms in Python", advice)
