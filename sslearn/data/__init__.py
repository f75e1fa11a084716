"""Data: images and texts as they were published, and in `sslearn.data.made` data made by a rule.

`digits` comes with scikit-learn; the other loaders read files in the data folder and download
nothing. `python -m sslearn fetch NAME` downloads what may be downloaded. `sequential`, `permuted`,
`rows`, `pooled`, `blocks` and `gray` turn images into the sequences that a model reads, and
`averaged` makes a sequence shorter.
"""

from sslearn.data.characters import (
    ALPHABET,
    Text,
    addresses,
    as_symbols,
    as_text,
    held_out,
    plain,
    windows,
)
from sslearn.data.files import DataError, MissingData, data_folder
from sslearn.data.forms import (
    PERMUTATION_SEED,
    averaged,
    blocks,
    gray,
    permuted,
    pooled,
    rows,
    sequential,
)
from sslearn.data.images import Data, Digits, cifar10, digits, fashion_mnist, mnist
from sslearn.data.speech import Vowels, vowels
from sslearn.data.texts import Retrieval, imdb, retrieval

__all__ = [
    "ALPHABET",
    "PERMUTATION_SEED",
    "Data",
    "DataError",
    "Digits",
    "MissingData",
    "Retrieval",
    "Text",
    "Vowels",
    "addresses",
    "as_symbols",
    "as_text",
    "averaged",
    "blocks",
    "cifar10",
    "data_folder",
    "digits",
    "fashion_mnist",
    "gray",
    "held_out",
    "imdb",
    "mnist",
    "permuted",
    "plain",
    "pooled",
    "retrieval",
    "rows",
    "sequential",
    "vowels",
    "windows",
]
