"""When docs/pack.py packs an explorer anew, and whom it names if a view raises."""

import sys

import pytest

from tests.contents import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import pack  # noqa: E402

MODULE = "sslearn.course.n01_neuron.neuron"
SOURCES = {  # what the key of an explorer of notebook 01 follows, and what it does not
    "sslearn/lif.py": True,
    "sslearn/course/figure/scene.py": True,
    "sslearn/course/n01_neuron/neuron.py": True,
    "sslearn/course/n01_neuron/other.py": True,
    "sslearn/assets/weights.safetensors": True,
    "sslearn/course/n02_codes/rasters.py": False,
    "sslearn/course/draw/page.py": False,
    "sslearn/assets/README.md": False,
}


@pytest.mark.parametrize(("path", "follows"), SOURCES.items())
def test_a_file_is_packed_anew_when_its_code_or_weights_change(
    tmp_path, monkeypatch, path, follows
):
    monkeypatch.setattr(pack, "files", lambda package: tmp_path.joinpath(*package.split(".")))
    for name in SOURCES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    before = pack.key("lif_lab", MODULE)
    assert before == pack.key("lif_lab", MODULE)
    (tmp_path / path).write_text("2")
    assert (pack.key("lif_lab", MODULE) != before) == follows


def test_what_is_packed_stays_and_what_fails_is_named(tmp_path, capsys):
    found = {"scan_stepper": pack.explorers(ROOT)["scan_stepper"], "no_lab": MODULE}
    old = tmp_path / "scan_stepper-0000.bin"
    old.write_bytes(b"")
    paths, faults = pack.packs(found, tmp_path)
    (fault,) = faults
    assert fault.startswith("notebooks/01_a_leaky_bucket_that_spikes.ipynb: no_lab: Attribute")
    assert paths["scan_stepper"].is_file() and not old.exists() and not paths["no_lab"].exists()
    assert "packed scan_stepper: 0.00 MB" in capsys.readouterr().out
    made = paths["scan_stepper"].stat().st_mtime_ns
    assert pack.packs({"scan_stepper": found["scan_stepper"]}, tmp_path)[1] == []
    assert paths["scan_stepper"].stat().st_mtime_ns == made and not capsys.readouterr().out


def test_an_unknown_explorer_is_refused():
    with pytest.raises(ValueError, match=r"explorers are \[.*'lif_lab'.*got \['no_lab'\]"):
        pack.main(["no_lab"])
