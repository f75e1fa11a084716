"""Texts as bytes: LRA's Text (IMDb) and Retrieval (AAN) tasks, from files in the data folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.data.files import DataError, check_hash, data_folder, read_raw
from sslearn.data.images import Data

IMDB_SHA256 = "325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8"
FETCH_IMDB = "run: python -m sslearn fetch imdb"
PAIRS = {"train": 147_086, "eval": 18_090, "test": 17_437}  # See S5, arXiv 2208.04933, appendix.
GET_RETRIEVAL = (
    "put the three new_aan_pairs files of lra_release.gz (github.com/google-research/"
    "long-range-arena) there"
)
COLUMNS = ("label", "id1", "id2", "text1", "text2")


class Retrieval(NamedTuple):
    """Three parts (x, y): x (N, 2, length) uint8 bytes of two texts, y (N,) 1 if one is cited.

    source says which files the pairs came from, and how many there are.
    """

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    source: str


def as_bytes(text: str, length: int) -> bytes:
    """The text in UTF-8, cut after length bytes, or padded with 0 to length bytes.

    A 0 in the text is left out, because 0 is the padding.
    """
    return text.encode("utf-8", "replace").replace(b"\0", b"")[:length].ljust(length, b"\0")


def imdb(folder: Path | None = None, *, length: int = 4096) -> Data:
    """LRA's Text: 25,000 and 25,000 film reviews, y = 1 if positive. x (N, length) uint8 bytes.

    The padding is 0. LRA's own token is the byte plus one, and its length is 4,000; S4's length is
    4,096 characters. The negative reviews come first in each part, so shuffle them. 123 test
    reviews stand word for word in the training part too.

    The file folder/imdb/reviews.json is read and its sha256 is checked. Its order is test negative,
    train negative, test positive, train positive, 12,500 reviews each. This is the split of Maas et
    al. (ACL 2011), as far as it can be known without the original archive. Raises DataError if the
    file is missing or altered.
    """
    path = (folder or data_folder()) / "imdb" / "reviews.json"
    raw = read_raw(path, FETCH_IMDB)
    check_hash(raw, path, IMDB_SHA256, f"delete it, then {FETCH_IMDB}")
    reviews = json.loads(raw)
    quarter = len(reviews) // 4
    parts = [_reviews(reviews[k * quarter : (k + 1) * quarter], length) for k in range(4)]
    negative_test, negative, positive_test, positive = parts
    train = tuple(map(torch.cat, zip(negative, positive, strict=True)))
    test = tuple(map(torch.cat, zip(negative_test, positive_test, strict=True)))
    counts = f"{len(train[1])} training and {len(test[1])} test reviews"
    return Data(train, test, f"{path}: {counts}")


def _reviews(reviews, length):
    x = _tokens((as_bytes(review["t"], length) for review in reviews), length)
    return x, torch.tensor([review["s"] for review in reviews])


def _tokens(rows, length):
    raw = bytearray(b"".join(rows))
    return torch.from_numpy(np.frombuffer(raw, np.uint8).reshape(-1, length))


def retrieval(folder: Path | None = None, *, length: int = 4000) -> Retrieval:
    """LRA's Retrieval: pairs of papers (ACL Anthology Network), y = 1 if one cites the other.

    They are read from folder/retrieval/new_aan_pairs.{train,eval,test}.tsv. These have five columns
    separated by tabs: a label (0.0 or 1.0), two names and two texts, none of them quoted. The
    padding is 0. With LRA's length of 4,000, x takes 1.2 GB for training. Raises DataError unless
    all 147,086, 18,090 and 17,437 pairs are there; the bytes of the texts are not checked, because
    no hash of the files is published.
    """
    place = (folder or data_folder()) / "retrieval"
    for name in PAIRS:
        path = place / f"new_aan_pairs.{name}.tsv"
        if not path.exists():
            raise DataError(f"{path} is missing; {GET_RETRIEVAL}.")
    parts = [read_pairs(place / f"new_aan_pairs.{k}.tsv", n, length) for k, n in PAIRS.items()]
    counts = ", ".join(str(len(y)) for _, y in parts)
    return Retrieval(*parts, f"{place}: {counts} training, validation and test pairs")


def read_pairs(path: Path, expected: int, length: int) -> tuple[Tensor, Tensor]:
    """x (expected, 2, length) and y (expected,) of one TSV file.

    Raises DataError for another number of pairs, and for a line that is no pair, with its number.
    """
    x, y = np.zeros((expected, 2, length), np.uint8), []
    for columns in _lines(path):
        if len(y) < expected:
            for j, text in enumerate(columns[3:]):
                x[len(y), j] = np.frombuffer(as_bytes(text, length), np.uint8)
        y.append(int(float(columns[0])))
    if len(y) != expected:
        what = "cut off" if len(y) < expected else "too long"
        raise DataError(f"{path} is {what}: {len(y)} pairs, expected {expected}; {GET_RETRIEVAL}.")
    return torch.from_numpy(x), torch.tensor(y)


def _lines(path: Path) -> Iterator[list[str]]:
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        for k, line in enumerate(file, 1):
            columns = line.rstrip("\r\n").split("\t")
            if len(columns) != len(COLUMNS) or columns[0] not in ("0", "1", "0.0", "1.0"):
                raise DataError(
                    f"{path} is cut off or altered: line {k} is not {', '.join(COLUMNS)} parted "
                    f"by tabs; {GET_RETRIEVAL}."
                )
            yield columns
