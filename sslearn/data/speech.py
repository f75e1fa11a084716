"""Recorded speech as sequences of unequal length with several channels."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data.files import DataError, check_hash, data_folder, read_raw

FETCH_VOWELS = "run: python -m sslearn fetch vowels"
VOWELS_SHA256 = {
    "JapaneseVowels_TRAIN.ts": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "JapaneseVowels_TEST.ts": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}

Padded = tuple[tuple[Tensor, Tensor], Tensor]


class Vowels(NamedTuple):
    """train and test, each ((x, lengths), y), which `fit` takes as they are.

    x (n, L, 12) float32, L = 26 and 29, has zeros behind each record's end, lengths (n,) are steps,
    and y (n,) is the speaker, 0 ... 8. source says which files they came from, and how many.
    """

    train: Padded
    test: Padded
    source: str


def vowels(folder: Path | None = None) -> Vowels:
    """Nine speakers say two vowels: 270 and 370 records of 12 cepstral coefficients a step.

    Kudo, Toyama and Shimbo 1999 (Japanese Vowels of the UCI archive). They are read from
    folder/vowels/JapaneseVowels_TRAIN.ts and _TEST.ts, whose sha256 are checked. Raises MissingData
    if a file is not there, and DataError if one is altered.
    """
    place = (folder or data_folder()) / "vowels"
    parts = [_read(place / name, sha256) for name, sha256 in VOWELS_SHA256.items()]
    (_, train), (_, test) = parts
    counts = f"{len(train)} training and {len(test)} test records"
    return Vowels(*parts, f"{place}: {counts}")


def _read(path, sha256) -> Padded:
    """Lines channel:channel:...:label behind @data, a channel being numbers between commas."""
    raw, advice = read_raw(path, FETCH_VOWELS), f"delete it, then {FETCH_VOWELS}"
    check_hash(raw, path, sha256, advice)
    try:
        records = [line.split(":") for line in raw.decode().split("@data")[1].split()]
        steps = [
            torch.tensor([[float(v) for v in channel.split(",")] for channel in channels]).T
            for *channels, _ in records
        ]
        x = torch.nn.utils.rnn.pad_sequence(steps, batch_first=True)  # (n, L, 12)
        y = torch.tensor([int(label) - 1 for *_, label in records])
    except (ValueError, IndexError, RuntimeError) as error:
        raise DataError(f"{path} is no such file of records ({error}); {advice}.") from None
    return (x, torch.tensor([len(record) for record in steps])), y
