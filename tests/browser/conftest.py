"""One JupyterLab and one Chromium for all browser tests."""

import os
import re
import shutil
import sys

import nbformat
import pytest

from tests.browser.lab import ROOT, SHOTS, browser, chromium, lab

sys.path.insert(0, str(ROOT / "notebooks"))
from flow import trained  # noqa: E402

STOP = (
    "import torch\n"
    "from sslearn.course.figure.training import LiveTraining\n"
    "from sslearn.models import LIFNetwork\n"
    "from sslearn.training import fit\n"
    "g = torch.Generator().manual_seed(0)\n"
    "data = torch.rand(64, 25, 8, generator=g), torch.arange(64) % 4\n"
    "net = LIFNetwork(8, 4, H=16, generator=g)",
    "with LiveTraining() as live:\n"
    "    history = fit(net, data, data, epochs=10**5, batch=16, lr=1e-3, generator=g,"
    " progress=live)\n"
    "print('stopped:', history.stopped)",
)


def without_training(path):
    """The notebook, whose cells that train are raw: Lab shows them, and does not run them.

    Strict nbval runs them all. An explorer must not depend on training: it would be left out.
    """
    nb = nbformat.read(path, as_version=4)
    code = [k for k, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    for j in trained([nb.cells[k].source for k in code]):
        source = nb.cells[code[j]].source
        assert not re.fullmatch(r"\w+\(\)", source.strip()), f"{path.name}: {source} is left out"
        nb.cells[code[j]] = nbformat.v4.new_raw_cell(source)
    return nb


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks and stop.ipynb, and a browser."""
    if chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: the browser tests are left out")
    assert chromium(), "CI needs Chromium"
    SHOTS.mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    for path in folder.glob("[0-9]*.ipynb"):
        nbformat.write(without_training(path), path)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in STOP])
    nb.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(nb, folder / "stop.ipynb")
    with lab(folder) as url, browser() as chrome:
        yield url, chrome
