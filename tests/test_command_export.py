"""The command export: what it writes, what it prints, and its refusals."""

import importlib.util
import shutil
from pathlib import Path

import pytest
import torch

from sslearn.__main__ import main
from sslearn.deploy import from_nir, to_nir
from sslearn.runs import ASSETS, open_model

BINARY = ASSETS / "digits-binary-s4d-small-0.safetensors"


def test_the_graph_of_a_shipped_network_stands_beside_and_runs_as_it_does(tmp_path, capsys):
    out = tmp_path / "new folder" / "net.nir"
    assert main(["export", str(BINARY), "--to", "nir", "--out", str(out)]) == 0
    size = f"{out.stat().st_size:,} bytes"
    told, err = capsys.readouterr()
    assert told == f"{out} ({size}): a NIR graph of 68 nodes; the host does glu, layer_norm\n"
    assert not err
    x = torch.rand(2, 64, 1, generator=torch.Generator().manual_seed(0))
    got, want = (from_nir(g).run(x)["scores"] for g in (out, to_nir(open_model(BINARY)[0])))
    assert torch.equal(got, want)


@pytest.mark.parametrize("to", ["nir", "c", "html"])
def test_without_out_the_file_has_the_model_s_name(to, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copy(BINARY, "mine.safetensors")
    assert main(["export", "mine.safetensors", "--to", to]) == 0
    assert Path(f"mine.{to}").stat().st_size > 1000
    assert capsys.readouterr().out.startswith(f"mine.{to} (")


def test_what_cannot_be_exported_is_one_sentence_and_leaves_nothing(tmp_path, capsys):
    altered, file, out = tmp_path / "altered.safetensors", tmp_path / "file", tmp_path / "out"
    raw = bytearray(BINARY.read_bytes())
    raw[-1] ^= 1
    altered.write_bytes(raw)
    file.write_text("")
    before = sorted(tmp_path.iterdir())
    for args, sentence in (
        ([tmp_path / "no.safetensors", "--to", "nir", "--out", out], "no trained model at no.safe"),
        ([altered, "--to", "nir", "--out", out], "altered.safetensors is altered"),
        ([ASSETS / "saturation.safetensors", "--to", "nir", "--out", out], "no record of a run"),
        ([BINARY, "--to", "nir", "--out", file / "net.nir"], "cannot be written"),
        ([BINARY, "--to", "nir", "--weight-bits", "4", "--out", out], "--weight-bits must stand"),
        ([BINARY, "--to", "html", "--rounding", "nearest", "--out", out], "--rounding must stand"),
        ([BINARY, "--to", "c", "--weight-bits", "99", "--out", out], "weight_bits must be"),
        ([BINARY, "--to", "c", "--rounding", "up", "--out", out], "rounding must be one of"),
        ([BINARY, "--to", "c", "--out", file / "net.c"], "cannot be written"),
        ([BINARY, "--to", "html", "--out", file / "net.html"], "can be written, got"),
    ):
        assert main(["export", *map(str, args)]) == 2
        told, err = capsys.readouterr()
        assert not told and sentence in err and err.count("\n") == 1
        assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "levels", "source"),
    [("digits-binary-s4d-small-0", 16, "100 examples of digits"),
     ("smnist-binary-s4d-small-0", 255, "100 examples of scikit-learn's digits, without MNIST"),
     ("psmnist-gsu-small-0", 255, "100 examples of scikit-learn's digits, without MNIST")],
)  # fmt: skip
def test_c_is_that_of_the_chosen_integers(name, levels, source, tmp_path, monkeypatch, capsys):
    """The units of a network that read MNIST do not wait for it."""
    networks = []
    monkeypatch.setattr("sslearn.deploy.to_c", lambda network, out: networks.append(network))
    monkeypatch.setattr("sslearn.deploy.quantise", lambda *args, **how: (*args, how))
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    (out := tmp_path / "net.c").write_text("")
    file = str(ASSETS / f"{name}.safetensors")
    assert main(["export", file, "--to", "c", "--out", str(out), "--weight-bits", "6",
                 "--rounding", "stochastic"]) == 0  # fmt: skip
    ((model, x, how),) = networks
    assert how == {"levels": levels, "weight_bits": 6, "rounding": "stochastic"}
    assert x.shape == (100, 64 if "digits-" in name else 784, 1) and 0 <= x.min() < x.max() <= 1
    assert type(model).__name__ == "SequenceClassifier" and source in capsys.readouterr().out


def test_an_unknown_form_is_named_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["export", str(BINARY), "--to", "onnx"])
    err = capsys.readouterr().err
    assert "onnx" in err and all(form in err for form in ("nir", "html"))


def test_without_nir_it_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda n: None if n == "nir" else find(n))
    assert main(["export", str(BINARY), "--to", "nir", "--out", str(tmp_path / "x.nir")]) == 2
    err = capsys.readouterr().err
    assert err.startswith("This command cannot run: nir is not installed, get it by python -m pip")
    assert err.count("\n") == 1 and not list(tmp_path.iterdir())
