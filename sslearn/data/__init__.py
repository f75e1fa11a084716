"""Real data. `digits` comes with scikit-learn; the others are files in the data folder.

The loaders only read files. `python -m sslearn fetch NAME` downloads what may be downloaded.
"""

from sslearn.data.files import DataError, data_folder
from sslearn.data.forms import (
    PERMUTATION_SEED,
    blocks,
    gray,
    permuted,
    pooled,
    rows,
    sequential,
)
from sslearn.data.images import Data, Digits, cifar10, digits, fashion_mnist, mnist
from sslearn.data.texts import Retrieval, imdb, retrieval

__all__ = [
    "PERMUTATION_SEED",
    "Data",
    "DataError",
    "Digits",
    "Retrieval",
    "blocks",
    "cifar10",
    "data_folder",
    "digits",
    "fashion_mnist",
    "gray",
    "imdb",
    "mnist",
    "permuted",
    "pooled",
    "retrieval",
    "rows",
    "sequential",
]
