"""The ways into the course that run elsewhere: container, Binder, workflows, make as root."""

import json
import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from PIL import Image

from tests.contents import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINS = ("requirements.txt", "requirements-test.txt", ".binder/requirements.txt")


def commands() -> list[str]:
    """Every command line that a workflow or the container runs in the repository's root."""
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert (ROOT / ".devcontainer" / container["build"]["dockerfile"]).is_file()
    lines = [container["postCreateCommand"]]
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            lines += [step["run"] for step in job["steps"] if "run" in step]
    return lines


def test_every_file_and_target_that_they_run_exists():
    found = commands()
    assert len(found) >= 5
    for line in found:
        assert all((ROOT / name).is_file() for name in re.findall(r"[.\w/-]+\.(?:py|txt)", line))
        if line.startswith("."):
            assert os.access(ROOT / line, os.X_OK), line
    targets = [line.split()[1] for line in found if line.startswith("make ")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")
    assert targets and all(f"\n{target}:" in makefile for target in targets)


def test_the_site_that_is_published_is_the_one_that_is_made():
    site = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text(encoding="utf-8"))
    (path,) = [s["with"]["path"] for s in site["jobs"]["publish"]["steps"]
               if "upload-pages" in s.get("uses", "")]  # fmt: skip
    assert f'"{path.split("/")[1]}"' in (ROOT / "docs/make_site.py").read_text(encoding="utf-8")
    assert path == "docs/_build/html"


def test_three_systems_and_every_python_from_the_oldest_allowed():
    tests = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    matrix = tests["jobs"]["test"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={matrix['python'][0]}" and len(matrix["python"]) == 3


def test_one_torch_for_all():
    """Binder takes the pin of requirements.txt, and the tests have the same."""
    text = {name: (ROOT / name).read_text(encoding="utf-8") for name in PINS}
    pins = {re.search(r"^torch==\S+$", text[name], re.M)[0] for name in PINS[:2]}
    assert len(pins) == 1 and "\n-r ../requirements.txt\n" in text[PINS[2]]


def test_no_door_names_an_index():
    doors = [*WORKFLOWS, *(ROOT / name for name in PINS), ROOT / "docs/requirements.txt",
             ROOT / "README.md", ROOT / ".devcontainer/Dockerfile"]  # fmt: skip
    for path in doors:
        assert not re.search(r"pypi|whl/|pytorch\.org", path.read_text(encoding="utf-8")), path


@pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="needs make and a shell")
def test_lab_starts_as_root_and_as_nobody_special():
    line = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "jupyterlab" in line
    assert ("--allow-root" in line) == (os.getuid() == 0)
    assert "-q -r" not in line, "pip shows its progress"


def test_the_readme_moves_and_has_a_still_picture_and_words_for_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    still = re.search(r'<source media="\(prefers-reduced-motion: reduce\)" srcset="(\S+)">', readme)
    film, words = re.search(r'<img src="(\S+\.webp)" alt="([^"]+)">', readme).groups()
    assert "slider" in words and len(words) > 200
    assert f"[without motion]({still[1]})" in readme
    with Image.open(ROOT / film) as moving, Image.open(ROOT / still[1]) as standing:
        assert moving.n_frames >= 20 and standing.size == moving.size
    assert (ROOT / film).stat().st_size <= 1_000_000
