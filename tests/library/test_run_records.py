"""What runs and studies leave, and what is said of a file that is not whole."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from sslearn.__main__ import main
from sslearn.runs import ASSETS, open_model, record, results
from sslearn.runs.record import RESULTS
from sslearn.runs.weights import write_weights


@pytest.mark.parametrize("kept", [0, 100, 20_000])
def test_a_trained_model_that_is_cut_off_is_named(kept, tmp_path, capsys):
    path = tmp_path / "cut.safetensors"
    path.write_bytes((ASSETS / "smnist-gsu-small-0.safetensors").read_bytes()[:kept])
    with pytest.raises(ValueError, match="cut.safetensors is no whole file"):
        open_model(path)
    assert main(["test", str(path)]) == 2
    assert "no whole file" in capsys.readouterr().err


def test_weights_of_another_model_are_named(tmp_path):
    path = tmp_path / "mixed.safetensors"
    _, made = open_model(ASSETS / "digits-gsu-small-0.safetensors")
    save_file(load_file(ASSETS / "digits-s4d-small-0.safetensors"), path,
              {"record": json.dumps(made)})  # fmt: skip
    with pytest.raises(ValueError, match="do not fit"):
        open_model(path)
    save_file({"w": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="no record"):
        open_model(path)


def test_results_are_rows_of_every_study():
    counts = {"bits": 35, "board": 208, "coarse": 3, "delayed_recall": 72, "digit_bits": 42,
              "digits": 70, "gsu_scale": 34, "mnist_runs": 4, "noisy_recall": 100,
              "saturation": 78}  # fmt: skip
    for name in RESULTS:
        rows = results(name)
        score = "tested" if name == "gsu_scale" else "accuracy"  # On text it is in bits.
        assert {score, "seed"} <= set.intersection(*map(set, rows)), name
    assert {name: len(results(name)) for name in RESULTS} == counts
    saved = json.loads((ASSETS / "delayed_recall.json").read_text())
    found = [r for r in results("delayed_recall") if (r["model"], r["delay"]) == ("LSTM", 100)]
    assert [row["accuracy"] for row in found] == saved["accuracy"]["LSTM"]["100"]
    with pytest.raises(ValueError, match=r"name must be one of \['bits', .*got 'boards'"):
        results("boards")


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_results_of_a_file_that_is_cut_off_are_one_sentence(name, tmp_path, monkeypatch):
    whole = (ASSETS / RESULTS[name]).read_bytes()
    monkeypatch.setattr(record, "ASSETS", tmp_path)
    texts = [None, whole.rstrip()[:-3], b"\xff" + whole]  # the second ends within a line
    if RESULTS[name].endswith("json"):
        texts += [b"{}", b"[]"]
    for text in texts:
        if text is not None:
            (tmp_path / RESULTS[name]).write_bytes(text)
        with pytest.raises(ValueError, match=f"{RESULTS[name]} is missing or cut off"):
            results(name)


@pytest.mark.parametrize("theta", [0.0, 0.02])
def test_a_file_keeps_the_threshold_that_it_was_saved_with(theta, tmp_path):
    """A record that does not name theta is of the default of its day, whatever today's is."""
    old = ASSETS / "digits-binary-s4d-small-0.safetensors"
    model, record = open_model(old)
    for block in model.blocks:
        block.ssm.theta = theta
    path = tmp_path / "mine.safetensors"
    write_weights(path, model.state_dict(), record)
    opened, _ = open_model(path)
    assert [block.ssm.theta for block in opened.blocks] == [theta] * 2
    x = torch.rand(2, 64, 1, generator=torch.Generator().manual_seed(0))
    assert torch.equal(opened(x), model(x))
