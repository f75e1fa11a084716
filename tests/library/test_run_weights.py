"""Files of trained models: what is altered, incomplete or of another version is one sentence."""

import json
import random

import pytest
import torch
from safetensors.torch import load_file, save_file

from sslearn.runs import ASSETS, open_model
from sslearn.runs import record as records
from sslearn.runs.weights import read_weights, write_weights

PATH = ASSETS / "digits-gsu-small-0.safetensors"
WEIGHTS, RECORD = read_weights(PATH)


def test_a_written_file_is_read_as_it_was(tmp_path):
    write_weights(tmp_path / "x", WEIGHTS | {"n": torch.tensor(3)}, RECORD)
    again, record = read_weights(tmp_path / "x")
    assert record == RECORD and again.pop("n") == 3
    assert all(torch.equal(again[name], w) for name, w in WEIGHTS.items())


def test_every_flipped_bit_is_seen(tmp_path):
    raw, draw = PATH.read_bytes(), random.Random(0)
    start = int.from_bytes(raw[:8], "little")
    places = [draw.randrange(8 + start, len(raw)) for _ in range(40)]  # in the weights
    places += [raw.index(b'"sha256"') + 1, raw.index(b'"format"') + 1, raw.index(b'"1"') + 1]
    places += [draw.randrange(len(raw)) for _ in range(40)]
    for place in places:
        bad = bytearray(raw)
        bad[place] ^= 1 << draw.randrange(8)
        (tmp_path / "bad.safetensors").write_bytes(bad)
        with pytest.raises(ValueError, match="bad.safetensors is (altered|no whole file)"):
            open_model(tmp_path / "bad.safetensors")


def test_a_file_from_before_the_sums_opens_and_a_newer_one_is_named(tmp_path, monkeypatch):
    path = tmp_path / "old.safetensors"
    save_file(WEIGHTS, path, {"record": json.dumps(RECORD)})
    assert open_model(path)[1] == RECORD
    monkeypatch.setattr("sslearn.runs.weights.FORMAT", "2")
    with pytest.raises(ValueError, match="has format 1 of another sslearn, not 2"):
        read_weights(PATH)


def test_a_file_that_may_not_be_read_is_named(monkeypatch):
    def refuse(path, *args):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("sslearn.runs.weights.safe_open", refuse)
    with pytest.raises(ValueError, match="is there and cannot be read .Permission denied"):
        open_model(PATH)


def test_a_weight_that_is_not_finite_is_named(tmp_path):
    name = "head.weight"
    bad = WEIGHTS[name].clone()
    bad[0, 0] = torch.nan
    write_weights(tmp_path / "x", WEIGHTS | {name: bad}, RECORD)
    with pytest.raises(ValueError, match="x: head.weight must be finite"):
        open_model(tmp_path / "x")


GONE = object()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"accuracy": GONE}, "accuracy must be of type float, got None"),
        ({"accuracy": None}, "accuracy must"), ({"accuracy": "good"}, "accuracy must"),
        ({"accuracy": 1.5}, "accuracy must be in 0 ... 1"), ({"test": GONE}, "test must"),
        ({"seed": "x"}, "seed must"), ({"setting": []}, "setting must"), ({"task": 3}, "task must"),
        ({"setting": RECORD["setting"] | {"N": 10**9}}, "sizes must"),
        ({"setting": RECORD["setting"] | {"depth": 10**9}}, "sizes must"),
        ({"setting": RECORD["setting"] | {"H": "wide"}}, "sizes must"),
        ({"classes": 10**9}, "sizes must"), ({"d_input": 2}, r"encode.weight must have shape"),
        ({"setting": RECORD["setting"] | {"N": 8}}, "blocks.0.ssm.A_imag must have shape"),
        ({"model": "s4d"}, "scaled"),
    ],
)  # fmt: skip
def test_a_record_that_does_not_fit_is_one_sentence(change, sentence, tmp_path, monkeypatch):
    record = {name: value for name, value in (RECORD | change).items() if value is not GONE}
    write_weights(tmp_path / "x", WEIGHTS, record)
    if "sizes" in sentence:
        monkeypatch.setattr(records, "build_model", None)  # Nothing is built.
    with pytest.raises(ValueError, match=f"x: weights and record do not fit .*{sentence}") as error:
        open_model(tmp_path / "x")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "[1, 2]", '"words"'])
def test_a_record_that_is_no_dict_is_one_sentence(text, tmp_path):
    save_file(WEIGHTS, tmp_path / "x", {"record": text})
    with pytest.raises(ValueError, match="x(:| is) (no whole file|weights and record do not fit)"):
        open_model(tmp_path / "x")


def test_a_trained_model_is_float32_whatever_the_default_is():
    torch.set_default_dtype(torch.float64)
    try:
        model, _ = open_model(PATH)
    finally:
        torch.set_default_dtype(torch.float32)
    assert {w.dtype for w in model.parameters()} == {torch.float32}
    x = torch.rand(2, 64, 1, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(model(x), open_model(PATH)[0](x), atol=0, rtol=0)
    assert load_file(PATH).keys() == dict(model.named_parameters()).keys()
