"""Real data. `digits` comes with scikit-learn; the others are files in the data folder.

The loaders only read files. `python -m sslearn fetch NAME` downloads what may be downloaded.
"""

from sslearn.data.files import DataError, data_folder
from sslearn.data.forms import PERMUTATION_SEED, permuted, pooled, rows, sequential
from sslearn.data.images import Digits, Images, digits, fashion_mnist, mnist

__all__ = [
    "PERMUTATION_SEED",
    "DataError",
    "Digits",
    "Images",
    "data_folder",
    "digits",
    "fashion_mnist",
    "mnist",
    "permuted",
    "pooled",
    "rows",
    "sequential",
]
