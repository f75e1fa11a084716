"""The public address of the repository, and what appears once there is one."""

import copy
import sys
from types import ModuleType, SimpleNamespace

import nbformat
import pytest

from tests.contents import ROOT, clone_lines, current_readme
from tests.test_notebooks import code, faults

sys.path.insert(0, str(ROOT / "notebooks"))
from elsewhere import COLAB, badges, binder, colab, owner, repository, with_first_cell  # noqa: E402
from flow import flow  # noqa: E402
from links import link, read  # noqa: E402

ADDRESS = "https://github.com/someone/sslearn"
OTHERS = ("", "https://gitlab.com/someone/sslearn", "git@github.com:someone/sslearn.git")


@pytest.fixture(scope="module")
def notebooks():
    return read()


@pytest.fixture(scope="module")
def published(notebooks):
    """Every notebook as notebooks/links.py writes it once there is an address."""
    made = copy.deepcopy(notebooks)
    return {name: link(name, made, ADDRESS) for name in made}


def run(cell, monkeypatch, *, in_colab, installed):
    """Run the first cell beside a stand-in for Colab and for pip; returns what it asked for."""
    asked = []
    shell = SimpleNamespace(run_line_magic=lambda name, line: asked.append(f"%{name} {line}"))
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: asked.append("widgets")
    package = ModuleType("google.colab")
    package.output = output
    modules = {"google": ModuleType("google"), "google.colab": package}
    for name, module in (modules if in_colab else {}).items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: installed or None)
    exec(compile(cell.source, "cell", "exec"), {"get_ipython": lambda: shell})
    return asked


def test_the_address_stands_in_one_place(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[tool.sslearn]\nrepository = "{ADDRESS}/"\n')
    assert repository(tmp_path) == ADDRESS
    assert owner(ADDRESS) == owner(f"{ADDRESS}.git") == "someone/sslearn"


@pytest.mark.parametrize("address", OTHERS)
def test_without_an_address_at_github_there_is_no_door_elsewhere(address, notebooks):
    assert owner(address) is colab(address, "a.ipynb") is binder(address, "a.ipynb") is None
    assert badges(address) == []
    for name, nb in copy.deepcopy(notebooks).items():
        bare = link(name, notebooks | {name: nb}, address)
        assert "colab" not in nbformat.writes(bare), name


def test_readme_says_which_address_it_needs(monkeypatch):
    monkeypatch.setattr("tests.contents.repository", lambda root: "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    bare = current_readme(readme)
    assert "git clone <address of this repository> sslearn" in clone_lines()
    assert "colab" not in bare and "mybinder.org" not in bare
    monkeypatch.setattr("tests.contents.repository", lambda root: ADDRESS)
    full = current_readme(bare)
    assert f"git clone {ADDRESS} sslearn" in full
    assert f"]({colab(ADDRESS, '00_start_here.ipynb')})" in full
    assert f"]({ADDRESS}/actions/workflows/tests.yml)" in full
    monkeypatch.setattr("tests.contents.repository", lambda root: "")
    assert current_readme(full) == bare


def test_every_notebook_gets_its_link_and_its_first_cell(published):
    for k, (name, nb) in enumerate(published.items()):
        nbformat.validate(nb)
        place = (
            f"https://colab.research.google.com/github/someone/sslearn/blob/main/notebooks/{name}"
        )
        assert f"[open in Colab]({place})" in nb.cells[0].source
        assert [COLAB in c.metadata.get("tags", []) for c in code(nb)].index(True) == 0
        assert not list(faults(nb, first=k == 0))
        assert not code(nb)[0].outputs and flow(code(nb)[0].source)[0] <= {"get_ipython"}


def test_the_first_cell_comes_once_and_goes_again(notebooks, published):
    for name, nb in published.items():
        again = with_first_cell(copy.deepcopy(nb), ADDRESS)
        assert again == nb
        bare = with_first_cell(copy.deepcopy(notebooks[name]), "")
        assert with_first_cell(again, "").cells[1:] == bare.cells[1:]


def test_the_first_cell_installs_what_colab_lacks(published, monkeypatch):
    cell = code(published["00_start_here.ipynb"])[0]
    assert run(cell, monkeypatch, in_colab=True, installed=False) == [
        f"%pip install -q 'sslearn[lab] @ git+{ADDRESS}'",
        "widgets",
    ]
    assert run(cell, monkeypatch, in_colab=True, installed=True) == ["widgets"]


def test_the_first_cell_does_nothing_elsewhere(published, monkeypatch):
    cell = code(published["00_start_here.ipynb"])[0]
    assert "google.colab" not in sys.modules
    assert run(cell, monkeypatch, in_colab=False, installed=False) == []
