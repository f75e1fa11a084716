"""Texts as bytes: LRA's Text (IMDb) and Retrieval (AAN) tasks, from files in the data folder."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.data.arguments import require_whole
from sslearn.data.files import DataError, MissingData, check_hash, data_folder, read_raw, read_tar
from sslearn.data.images import Data

IMDB_SHA256 = "325ab424eb6899870dd9294c6fe5be9265f66f8a2f63bcd941c6277cc1c17ea8"
IMDB_ARCHIVE = "aclImdb_v1.tar.gz"
IMDB_MD5 = "7c2ac02c03563afcf9b574c7e56c153a"
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

    A 0 in the text is left out, because 0 is the padding. Raises ValueError for a length below 1.
    """
    require_whole(1, length=length)
    return text.encode("utf-8", "replace").replace(b"\0", b"")[:length].ljust(length, b"\0")


def imdb(folder: Path | None = None, *, length: int = 4096) -> Data:
    """LRA's Text: 25,000 and 25,000 film reviews, y = 1 if positive. x (N, length) uint8 bytes.

    The padding is 0. LRA's own token is the byte plus one, and its length is 4,000; S4's length is
    4,096 characters. The negative reviews come first in each part, so shuffle them. 123 test
    reviews stand word for word in the training part too.

    They are read from folder/imdb/aclImdb_v1.tar.gz, the archive of Maas et al. (ACL 2011), in the
    order of its files' names, or else from folder/imdb/reviews.json; the hash is checked. The order
    of reviews.json is test negative, train negative, test positive, train positive, 12,500 reviews
    each. That this is the archive's split is known only in part: the review at 12,501 has the md5
    that is published for train/neg/10000_4.txt. Raises ValueError for a length below 1, MissingData
    if no file is there, and DataError if it is altered.
    """
    require_whole(1, length=length)
    place = (folder or data_folder()) / "imdb"
    path, again = place / IMDB_ARCHIVE, f"delete it, then {FETCH_IMDB}"
    if path.exists():
        parts = _parts_of_archive(path, again)
    else:
        path = place / "reviews.json"
        parts = _parts_of_json(path, again)
    if not parts[0] or len(set(map(len, parts))) > 1:
        raise DataError(f"{path} is altered: its four parts are not of one size; {again}.")
    half = len(parts[0])
    texts = [
        _tokens([*negative, *positive], length) for negative, positive in (parts[:2], parts[2:])
    ]
    train, test = ((x, torch.arange(2 * half) // half) for x in texts)
    counts = f"{2 * half} training and {2 * half} test reviews"
    return Data(train, test, f"{path}: {counts}")


def _parts_of_archive(path, advice):
    """The texts of train negative, train positive, test negative and test positive."""
    check_hash(read_raw(path, FETCH_IMDB), path, IMDB_MD5, advice)
    folders = [f"aclImdb/{part}/{end}/" for part in ("train", "test") for end in ("neg", "pos")]
    review = re.compile("(" + "|".join(folders) + r")\d+_\d+\.txt").fullmatch
    raws = read_tar(path, review, path, advice)
    return [
        [raws[n].decode("utf-8", "replace") for n in sorted(raws) if n.startswith(f)]
        for f in folders
    ]


def _parts_of_json(path, advice):
    """The same, of a list of {"t": text, "s": 1 if positive}."""
    raw = read_raw(path, FETCH_IMDB)
    check_hash(raw, path, IMDB_SHA256, advice)
    try:
        reviews = json.loads(raw)
        quarter = len(reviews) // 4
        whole = [review["s"] for review in reviews] == [
            k // (2 * quarter) for k in range(4 * quarter)
        ]
        texts = [review["t"] for review in reviews]
        whole = whole and all(isinstance(text, str) for text in texts)
    except (ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        rule = 'a list of {"t": text, "s": 0 or 1}, negative before positive'
        raise DataError(f"{path} is altered: it is not {rule}; {advice}.")
    negative_test, negative, positive_test, positive = (
        texts[k * quarter : (k + 1) * quarter] for k in range(4)
    )
    return [negative, positive, negative_test, positive_test]


def _tokens(texts, length):
    raw = bytearray(b"".join(as_bytes(text, length) for text in texts))
    return torch.from_numpy(np.frombuffer(raw, np.uint8).reshape(-1, length))


def retrieval(folder: Path | None = None, *, length: int = 4000) -> Retrieval:
    """LRA's Retrieval: pairs of papers (ACL Anthology Network), y = 1 if one cites the other.

    They are read from folder/retrieval/new_aan_pairs.{train,eval,test}.tsv. These have five columns
    separated by tabs: a label (0.0 or 1.0), two names and two texts, none of them quoted. The
    padding is 0. With LRA's length of 4,000, x takes 1.2 GB for training. Raises DataError unless
    all 147,086, 18,090 and 17,437 pairs are there, and MissingData if a file is missing. A name or
    a text that was altered is not noticed, because no hash of the files is published. Raises
    ValueError for a length below 1.
    """
    require_whole(1, length=length)
    place = (folder or data_folder()) / "retrieval"
    for name in PAIRS:
        path = place / f"new_aan_pairs.{name}.tsv"
        if not path.exists():
            raise MissingData(f"{path} is missing; {GET_RETRIEVAL}.")
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
