"""One JupyterLab and one Chromium for all browser tests."""

import functools
import http.server
import os
import re
import shutil
import sys
import threading

import nbformat
import pytest

from sslearn.course.draw import write_site
from tests.browser.lab import ROOT, SHOTS, browser, chromium, lab
from tests.browser.one_page import visits

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

DRAW = (
    "import torch\n"
    "from sslearn.course.draw import draw_a_digit\n"
    "from sslearn.models import SequenceClassifier, recipe\n"
    "g = torch.Generator().manual_seed(0)\n"
    "net = SequenceClassifier(1, 10, **recipe('gsu', N=4), depth=1, H=8, generator=g)",
    "draw_a_digit()",
    "draw_a_digit(net, side=8)",
)

# Notebook 11 ends in an explorer of a network that was just trained; here it is not.
OWN = (
    "import torch\n"
    "from sslearn.course.n11_network import look_inside\n"
    "from sslearn.data.made import rhythms\n"
    "from sslearn.models import SequenceClassifier, recipe\n"
    "g = torch.Generator().manual_seed(0)\n"
    "net = SequenceClassifier(1, 2, **recipe('gsu', N=16), depth=2, H=24, generator=g)\n"
    "x, _, y = rhythms(20, shortest=80, longest=80)",
    "look_inside(networks={'mine': net, 'twin': net}, examples=(x[..., None], y))",
)

DAY_TWO = ("from sslearn.course.n01_neuron import lif_lab", "lif_lab()")
FILM = ("from sslearn.course.n11_network import look_inside", "look_inside()")
MADE = {"stop": STOP, "draw": DRAW, "own": OWN, "day_two": DAY_TWO, "film": FILM}


def without_training(path):
    """The notebook, whose cells that train are raw: Lab shows them, and does not run them.

    Strict nbval runs them all. An explorer must not depend on training, because it would be left
    out; the one of notebook 11 that has to has a notebook of its own, OWN.
    """
    nb = nbformat.read(path, as_version=4)
    code = [k for k, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    for j in trained([nb.cells[k].source for k in code]):
        source = nb.cells[code[j]].source
        assert not re.fullmatch(r"\w+\(\)", source.strip()), f"{path.name}: {source} is left out"
        nb.cells[code[j]] = nbformat.v4.new_raw_cell(source)
    return nb


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Two processes share the notebooks one by one; the other tests stay with their file.

    A file's tests share what they set up, and those of the site one site.
    """
    for item in items:
        file = item.path.stem
        if file != "test_notebooks_live":
            group = "site" if file.startswith("test_site") else file
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def chrome():
    """One Chromium for all tests."""
    if chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: the browser tests are left out")
    assert chromium(), "CI needs Chromium"
    SHOTS.mkdir(exist_ok=True)
    with browser() as found:
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory, chrome):
    """The address of a JupyterLab on a copy of the notebooks and some more, and the browser."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    for path in folder.glob("[0-9]*.ipynb"):
        nbformat.write(without_training(path), path)
    for name, sources in MADE.items():
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in sources])
        python = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nb.metadata.kernelspec = python
        nbformat.write(nb, folder / f"{name}.ipynb")
    with lab(folder) as url:
        yield url, chrome


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The files of `write_site` behind a plain file server: the folder and its address."""
    folder = tmp_path_factory.mktemp("draw")
    write_site(folder)
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def opened(chrome, tmp_path):
    """A function that opens the page of a network, see `visits`."""
    return visits(chrome, tmp_path)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def drawing_page(served, chrome):
    page = chrome.new_page(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    errors, requests = [], []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("request", lambda r: requests.append(r.url))
    page.goto(f"{served[1]}/draw_a_digit.html")
    page.locator(".sslearn-draw").wait_for(timeout=60e3)
    yield page
    page.close()
    assert errors == []
    assert all(url.startswith((served[1], "data:", "file:")) for url in requests)
