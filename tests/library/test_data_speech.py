"""Japanese vowels: records of unequal length out of their files, and out of the wheel."""

import hashlib
import io
import os
import zipfile

import pytest
import torch

from sslearn.data import DataError, packages, speech, vowels
from sslearn.data.fetch import fetch

# Two records of two channels, of 3 and 2 steps, as the format has them: channels apart by colons.
TEXT = b"#note\n@equalLength false\n@data\n1,2,3:4,5,6:1\n7,8:9,10:3\n"
NAMES = list(speech.VOWELS_SHA256)


@pytest.fixture
def known(monkeypatch):
    """The hashes of TEXT in place of the real files'."""
    sums = dict.fromkeys(NAMES, hashlib.sha256(TEXT).hexdigest())
    for module in (speech, packages):
        monkeypatch.setattr(module, "VOWELS_SHA256", sums)


def put(folder, text=TEXT):
    (folder / "vowels").mkdir(exist_ok=True)
    for name in NAMES:
        (folder / "vowels" / name).write_bytes(text)


def test_records_are_padded_and_labels_count_from_zero(tmp_path, known):
    put(tmp_path)
    ((x, lengths), y), _, source = vowels(tmp_path)
    assert x.tolist() == [[[1, 4], [2, 5], [3, 6]], [[7, 9], [8, 10], [0, 0]]]
    assert lengths.tolist() == [3, 2] and y.tolist() == [0, 2] and x.dtype == torch.float32
    assert "2 training and 2 test records" in source


def test_what_is_wrong_with_a_file_is_said(tmp_path, known, monkeypatch):
    with pytest.raises(DataError, match="TRAIN.ts is missing.*fetch vowels"):
        vowels(tmp_path)
    put(tmp_path, TEXT[:-3])
    with pytest.raises(DataError, match="altered: sha256.*delete it, then run"):
        vowels(tmp_path)
    for text in (b"no data", b"@data\n1,2:3:1\n", b"@data\n1,x:3,4:1\n", b"\xff"):
        put(tmp_path, text)
        sums = dict.fromkeys(NAMES, hashlib.sha256(text).hexdigest())
        monkeypatch.setattr(speech, "VOWELS_SHA256", sums)
        with pytest.raises(DataError, match="is no such file of records"):
            vowels(tmp_path)


def wheel(text):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        for name in NAMES:
            file.writestr(f"aeon/datasets/data/JapaneseVowels/{name}", text)
    return raw.getvalue()


def test_fetch_takes_two_files_out_of_the_wheel(tmp_path, known, monkeypatch):
    def downloads(raw):
        source = (packages.VOWELS_PIP, lambda pinned: raw, packages.vowels_of_wheel)
        source[1].__name__ = "pip_download"
        monkeypatch.setattr("sslearn.data.fetch.VOWELS_SOURCES", [source])

    for raw, reason in ((wheel(b"other"), "altered"), (b"no zip", "expected data")):
        downloads(raw)
        with pytest.raises(DataError, match=f"vowels cannot be downloaded.*{reason}"):
            fetch("vowels", tmp_path)
        assert not os.listdir(tmp_path)
    downloads(wheel(TEXT))
    assert "2 training" in fetch("vowels", tmp_path)
    assert sorted(os.listdir(tmp_path / "vowels")) == sorted(NAMES)
    downloads(b"never asked")
    fetch("vowels", tmp_path)


def test_the_published_records():
    try:
        train, test, _ = vowels()
    except DataError:
        pytest.skip("the vowels are not in the data folder")
    assert train[0][0].shape == (270, 26, 12) and test[0][0].shape == (370, 29, 12)
    assert train[1].bincount().tolist() == [30] * 9
    assert min(train[0][1].min(), test[0][1].min()) == 7 and test[0][1].max() == 29
