"""The package works where it is installed, outside the checkout and without a network."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sslearn.doctor import IMPORTED_AS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TREE = sorted((ROOT / "sslearn").rglob("*.py"))
EVERY_EXPLORER = """
import importlib, pkgutil, sslearn, sslearn.assets, sslearn.course
from sslearn.course.figure import Explorer
print(sslearn.__file__, sslearn.assets.__file__, sep="\\n")
for room in pkgutil.iter_modules(sslearn.course.__path__, "sslearn.course."):
    names = vars(importlib.import_module(room.name)).values()
    for make in names:
        if getattr(make, "__annotations__", {}).get("return") is Explorer:
            make()._repr_mimebundle_()
            print(make.__name__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the wheel of this checkout installed in it; built in a copy of the sources."""
    copy, target = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("installed")
    for name in ("sslearn", "assets"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    pip = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check"]
    wheel = [*pip, "wheel", "-v", str(copy), "--no-deps", "--no-build-isolation", "-w", str(copy)]
    built = subprocess.run(wheel, check=True, capture_output=True, text=True)
    (target / "built.log").write_text(built.stdout + built.stderr, encoding="utf-8")
    (built,) = copy.glob("sslearn-*.whl")
    install = [
        *pip,
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        str(target),
        str(built),
    ]
    subprocess.run(install, check=True)
    return target


def run(installed, *arguments, home):
    env = os.environ | {"PYTHONPATH": str(installed), "SSLEARN_HOME": str(home)}
    env |= {"PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}  # a second thread waits on a busy machine
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True)


def test_every_explorer_of_every_room(installed, tmp_path):
    done = run(installed, "-c", EVERY_EXPLORER, home=tmp_path)
    assert done.returncode == 0, done.stderr
    package, assets, *explorers = done.stdout.splitlines()
    assert package == str(installed / "sslearn" / "__init__.py")
    assert assets == str(installed / "sslearn" / "assets" / "__init__.py")
    listed = "\n".join(
        p.read_text(encoding="utf-8") for p in ROOT.glob("tests/n*/test_explorers.py")
    )
    names = re.findall(r"\w+", " ".join(re.findall(r"^EXPLORERS = \[(.*?)\]", listed, re.M | re.S)))
    assert len(names) > 10 and set(names) == set(explorers)


def test_the_doctor_and_a_shipped_model(installed, tmp_path):
    doctor = run(installed, "-m", "sslearn", "doctor", home=tmp_path)
    slow = r"✗ slider to picture: \d+ ms"  # on a machine that is busy
    wrong = [line for line in doctor.stdout.splitlines() if line.startswith("✗")]
    assert [line for line in wrong if not re.match(slow, line)] == [] and not doctor.stderr
    assert "✓ torch: " in doctor.stdout and "slider to picture: " in doctor.stdout
    model = installed / "sslearn" / "assets" / "digits-binary-s4d-small-0.safetensors"
    test = run(installed, "-m", "sslearn", "test", model, home=tmp_path)
    assert test.returncode == 0, test.stderr
    assert re.match(r"digits-binary-s4d-small-0: \d\d\.\d+% of 359, recorded", test.stdout)


def test_the_command_is_installed(installed, tmp_path):
    (script,) = (p for p in (installed / "bin").iterdir() if p.stem == "sslearn")
    done = run(installed, script, "--help", home=tmp_path)
    assert done.returncode == 0 and "doctor" in done.stdout


def test_every_package_is_named():
    tree = {".".join(p.parent.relative_to(ROOT).parts) for p in TREE if p.name == "__init__.py"}
    assert {".".join(p.parent.relative_to(ROOT).parts) for p in TREE} == tree
    assert sorted(tree | {"sslearn.assets"}) == sorted(PROJECT["tool"]["setuptools"]["packages"])


def test_every_file_of_assets_is_packed(installed):
    packed = {p.name for p in (installed / "sslearn" / "assets").iterdir() if p.is_file()}
    assert packed == {p.name for p in (ROOT / "assets").iterdir() if p.is_file()}


def test_what_a_browser_runs_is_packed_and_the_build_warns_of_nothing(installed):
    def web(root):
        files = (p for p in (root / "sslearn").rglob("web/**/*") if p.is_file())
        return {p.relative_to(root) for p in files}

    assert web(installed) == web(ROOT) and len(web(ROOT)) > 5
    log = (installed / "built.log").read_text(encoding="utf-8")
    assert "running build_py" in log and "Warning" not in log


def test_jupyter_server_is_told_of_the_extension(installed):
    told = installed / "etc" / "jupyter" / "jupyter_server_config.d" / "sslearn-saved.json"
    (name,) = json.loads(told.read_text(encoding="utf-8"))["ServerApp"]["jpserver_extensions"]
    points = importlib.import_module(name)._jupyter_server_extension_points()
    assert points == [{"module": name}]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


def test_whatever_is_imported_is_declared():
    def modules(requirements):
        names = (re.match(r"[\w.-]+", requirement)[0] for requirement in requirements)
        return {IMPORTED_AS.get(name, name) for name in names}

    project, known = PROJECT["project"], sys.stdlib_module_names | {"sslearn"}
    library = modules(project["dependencies"])
    extras = {name: modules(lines) for name, lines in project["optional-dependencies"].items()}
    course, deploy = library | extras["lab"], library | extras["deploy"]
    used = set()
    for path in TREE:
        parts = path.relative_to(ROOT / "sslearn").parts
        used |= (here := set(imported(path)) - known)
        assert here <= {"course": course, "deploy": deploy}.get(parts[0], library), path
    assert library <= used


def test_the_version_is_one():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['project']['version']}\n" in citation


def test_every_link_of_the_readme_leads_to_a_file():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme)
    assert links and all((ROOT / link).exists() for link in links)
