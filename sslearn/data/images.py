"""Images as published: digits come with scikit-learn, others are files in the data folder."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from sslearn.data.files import (
    DataError,
    check_hash,
    data_folder,
    make_idx,
    parse_idx,
    read_npz,
    read_raw,
    unpickle,
)

STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
MNIST_MD5 = (
    "6bbc9ace898e44ae57da46a324031adb",
    "a25bea736e30d166cdddb491f175f624",
    "2646ac647ad5339dbf082846283269ea",
    "27ae3e4e09519cfbb04c329615203637",
)
FASHION_MD5 = (
    "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "9018921c3c673c538a1fc5bad174d6f9",
    "8181f5470baa50b63fa0f6fddb340f0a",
    "15d484375f8d13e6eb1aabb0c3f46965",
)
CIFAR10_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
FASHION_DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FETCH_MNIST = "run: python -m sslearn fetch mnist"


class Digits(NamedTuple):
    """x (1797, 8, 8) pixels in 0 ... 1, the file's 0 ... 16 over 16; y (1797,) classes 0 ... 9."""

    x: Tensor
    y: Tensor


class Data(NamedTuple):
    """train and test, each (x, y): x (N, rows, columns) uint8 for grey images, y (N,) classes.

    x is (N, rows, columns, 3) for colours and (N, length) for texts. source says which files the
    examples came from, and how many there are.
    """

    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    source: str


def digits() -> Digits:
    """The 1,797 handwritten 8 x 8 digits of scikit-learn (UCI optdigits, test part).

    >>> x, y = digits()
    >>> x.shape, y[:3].tolist()
    (torch.Size([1797, 8, 8]), [0, 1, 2])
    """
    raw = load_digits()
    return Digits(torch.tensor(raw.images / 16, dtype=torch.float32), torch.tensor(raw.target))


def mnist(folder: Path | None = None) -> Data:
    """MNIST: 60,000 and 10,000 handwritten 28 x 28 digits, 0 ... 255, from the data folder.

    They are read from the four IDX files (or their .gz) in folder/mnist, or, if none of these is
    there, from folder/mnist.npz, which `python -m sslearn fetch mnist` writes. The md5 of each IDX
    file is checked in either case. Raises DataError if a file is missing or altered; nothing is
    downloaded here.
    """
    folder = folder or data_folder()
    cache = folder / "mnist.npz"
    if not idx_files(folder / "mnist") and cache.exists():
        arrays = read_npz(cache, STEMS, FETCH_MNIST)
        for stem, array, md5 in zip(STEMS, arrays, MNIST_MD5, strict=True):
            advice = f"delete it, then {FETCH_MNIST}"
            check_hash(make_idx(array), f"{stem} in {cache}", md5, advice)
        return as_images(arrays, cache)
    return read_idx_folder(folder / "mnist", MNIST_MD5, FETCH_MNIST)


def fashion_mnist(folder: Path | None = None) -> Data:
    """Fashion-MNIST: 60,000 and 10,000 grey 28 x 28 pictures of clothes in 10 classes.

    They are read from the four IDX files (or their .gz) in folder/fashion-mnist, or, if none of
    these is there, from those that Debian's package dataset-fashion-mnist installs. The source is
    Xiao, Rasul and Vollgraf, arXiv 1708.07747. Raises DataError if a file is missing or altered.
    """
    place = (folder or data_folder()) / "fashion-mnist"
    if not idx_files(place) and idx_files(FASHION_DEBIAN):
        place = FASHION_DEBIAN
    advice = (
        "put the four IDX files of github.com/zalandoresearch/fashion-mnist there, or run: "
        "apt-get install dataset-fashion-mnist"
    )
    return read_idx_folder(place, FASHION_MD5, advice)


def cifar10(folder: Path | None = None) -> Data:
    """CIFAR-10: 50,000 and 10,000 colour pictures of 10 classes, x (N, 32, 32, 3); LRA's Image.

    They are read from the six batches of the python version in folder/cifar-10-batches-py, and the
    md5 of each is checked. The batches are pickles, of which nothing but arrays, lists and strings
    is built. LRA holds out the last 5,000 training images, and `gray` makes its input. The source
    is Krizhevsky, Learning multiple layers of features from tiny images, 2009. Raises DataError if
    a file is missing or altered.
    """
    place = (folder or data_folder()) / "cifar-10-batches-py"
    advice = (
        f"unpack cifar-10-python.tar.gz of www.cs.toronto.edu/~kriz/cifar.html in {place.parent}"
    )
    batches = []
    for name, md5 in CIFAR10_MD5.items():
        raw = read_raw(place / name, advice)
        check_hash(raw, place / name, md5, advice)
        batch = unpickle(raw, place / name, advice)
        pixels = np.asarray(batch["data"], np.uint8).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        batches.append((pixels, np.asarray(batch["labels"], np.uint8)))
    x, y = (np.concatenate(parts) for parts in zip(*batches[:-1], strict=True))
    return as_images([x, y, *batches[-1]], place)


def idx_files(place: Path) -> list[Path]:
    """The paths of those of the four IDX files, packed or not, that exist in the folder place."""
    names = [stem + end for stem in STEMS for end in ("", ".gz")]
    return [place / name for name in names if (place / name).exists()]


def read_idx_folder(place: Path, md5s: tuple[str, ...], advice: str) -> Data:
    """The four IDX files of a folder as Data, each checked by the md5 of its unpacked bytes.

    Raises DataError, whose message ends in advice.
    """
    arrays = []
    for stem, md5 in zip(STEMS, md5s, strict=True):
        raw = read_raw(place / stem, advice)
        arrays.append(parse_idx(raw, place / stem, advice))
        check_hash(raw, place / stem, md5, advice)
    return as_images(arrays, place)


def as_images(arrays: list[np.ndarray], source: Path) -> Data:
    """Data of the four arrays x, y of training and x, y of test.

    Raises DataError if there is not one label for each image.
    """
    x, y, x_test, y_test = (torch.tensor(array) for array in arrays)
    if len(x) != len(y) or len(x_test) != len(y_test):
        raise DataError(f"{source} has not one label for each image.")
    counts = f"{len(x)} training and {len(x_test)} test images"
    return Data((x, y.long()), (x_test, y_test.long()), f"{source}: {counts}")
