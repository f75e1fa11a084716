"""The doctor finds what is wrong, and speaks where what it looks for is missing."""

import importlib.metadata as metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sslearn import doctor
from sslearn.doctor import examine

MODULES = {name: doctor.IMPORTED_AS.get(name, name) for name in doctor.needed()}
BLOCKED = "import sys; sys.modules[{module!r}] = None; from sslearn.__main__ import main; "
# JupyterLab takes longer to import than all the rest, and needs none of the rest but these.
WITH_LAB = {"jupyterlab", "ipython", "ipywidgets", "traitlets"}
EMPTY_LAB = "import sys; sys.modules['jupyterlab'] = type(sys)('jupyterlab'); "


def finding_of(name, **arguments):
    return next(f for f in examine(**arguments) if f.name == name)


def python(source, **options):
    return subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, encoding="utf-8", **options
    )


def test_the_list_is_that_of_pyproject():
    assert {"torch", "numpy", "scipy", "safetensors", "scikit-learn"} <= MODULES.keys()
    assert {"jupyterlab", "ipywidgets", "matplotlib", "pillow", "snntorch", "nir"} <= MODULES.keys()
    assert not {"ruff", "playwright", "nbval", "sslearn"} & MODULES.keys()  # a learner needs none


@pytest.mark.parametrize("name", MODULES)
def test_a_missing_package_is_one_line_that_says_what_to_do(name):
    lab = "" if name in WITH_LAB else EMPTY_LAB
    done = python(lab + BLOCKED.format(module=MODULES[name]) + "sys.exit(main(['doctor']))")
    wrong = [line for line in done.stdout.splitlines() if not line.startswith("✓")]
    assert len(wrong) == 1 and wrong[0].startswith(f"✗ {name}: not installed. Run: ")
    assert f'python -m pip install "{name}' in wrong[0] and ">=" in wrong[0]
    assert done.returncode == 1 and not done.stderr


@pytest.mark.parametrize("module", ["torch", "numpy", "safetensors", "scipy", "sklearn"])
def test_a_command_that_needs_what_is_missing_says_one_sentence(module, tmp_path):
    command = ["train", "digits", "--folder", str(tmp_path)]
    done = python(BLOCKED.format(module=module) + f"sys.exit(main({command}))")
    assert done.returncode == 2 and not done.stdout and not list(tmp_path.iterdir())
    *warned, sentence = done.stderr.splitlines()  # torch warns where numpy is missing
    assert module in sentence and sentence.endswith("python -m sslearn doctor says what to do.")
    assert "Traceback" not in "".join(warned)


def test_the_help_appears_without_torch():
    done = python(
        "import sys; from sslearn.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('loaded:', sorted({'torch', 'numpy', 'scipy', 'matplotlib'} & sys.modules.keys()))"
    )
    assert "doctor" in done.stdout and "train" in done.stdout and "loaded: []" in done.stdout


def test_a_broken_package_is_told_in_one_line(tmp_path):
    (tmp_path / "snntorch.py").write_text("raise OSError('a library cannot be found\\nat all')")
    source = EMPTY_LAB + f"sys.path.insert(0, {str(tmp_path)!r}); "
    done = python(source + "from sslearn.__main__ import main; sys.exit(main(['doctor']))")
    wrong = [line for line in done.stdout.splitlines() if not line.startswith("✓")]
    assert len(wrong) == 1 and "snntorch: installed, but broken" in wrong[0]
    assert "(OSError: a library cannot be found)" in wrong[0] and "--force-reinstall" in wrong[0]
    assert done.returncode == 1 and not done.stderr


def test_what_a_package_lacks_is_named(tmp_path):
    (tmp_path / "snntorch.py").write_text("import a_part_of_it")
    source = EMPTY_LAB + f"sys.path.insert(0, {str(tmp_path)!r}); "
    done = python(source + "from sslearn.__main__ import main; sys.exit(main(['doctor']))")
    assert "✗ snntorch: a_part_of_it is missing, which it needs. Run: " in done.stdout


def test_sslearn_itself_may_not_be_installed(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    wrong = [f for f in examine() if not f.ok]
    assert [str(f) for f in wrong] == [
        "✗ sslearn: not installed. Run in its folder: python -m pip install -r requirements.txt"
    ]


def test_widgets_lack_their_part_in_jupyterlab(monkeypatch):
    version = metadata.version

    def without(name):
        if name == "jupyterlab_widgets":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", without)
    finding = finding_of("widgets")
    assert not finding.ok and finding.state == "jupyterlab_widgets is not installed"
    assert "Install ipywidgets 8" in str(finding)


def test_a_fresh_machine_is_told_how_to_get_mnist(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path / "none"))
    finding = finding_of("data cache")
    assert finding.ok and "python -m sslearn fetch mnist" in finding.state
    assert not (tmp_path / "none").exists()


def test_an_altered_cache_is_not_called_mnist(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    (tmp_path / "mnist.npz").write_bytes(b"nonsense")
    finding = finding_of("data cache")
    assert not finding.ok and finding.state == "MNIST is broken"
    assert "mnist.npz cannot be read" in finding.advice
    assert finding.advice.endswith("delete it, then run: python -m sslearn fetch mnist.")


def test_folders_that_cannot_be_written_get_advice(monkeypatch):
    finding = finding_of("answers", home=Path("/proc/nowhere"))
    assert not finding.ok and "SSLEARN_HOME" in str(finding)
    monkeypatch.setenv("SSLEARN_DATA", "/proc/nowhere")
    finding = finding_of("data cache")
    assert not finding.ok and "SSLEARN_DATA" in str(finding) and "MNIST" not in str(finding)


def test_every_finding_has_advice_and_every_part_is_looked_at(monkeypatch):
    monkeypatch.setattr(doctor, "SLOW_MS", 0.0)
    findings = {f.name: f for f in examine()}
    parts = {"Python", "torch", "widgets", "threads", "answers", "data cache", "slider to picture"}
    assert parts <= findings.keys() and all(f.ok or f.advice for f in findings.values())
    slow = findings["slider to picture"]
    assert re.fullmatch(r"\d+ ms in Python", slow.state) and not slow.ok and slow.advice


def test_a_terminal_without_a_check_mark_stops_nothing():
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = python("from sslearn.__main__ import main; main(['doctor'])", env=env)
    assert "? Python: 3." in done.stdout and "UnicodeEncodeError" not in done.stderr
