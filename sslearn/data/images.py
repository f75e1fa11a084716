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
    read_tar,
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
FETCH_FASHION = "run: python -m sslearn fetch fashion-mnist"
FETCH_CIFAR10 = "run: python -m sslearn fetch cifar10"
CIFAR10_ARCHIVE = "cifar-10-python.tar.gz"


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

    They are read from the four IDX files (or their .gz) in folder/mnist, which
    `python -m sslearn fetch mnist` gets, or, if none of these is there, from folder/mnist.npz. The
    md5 of each IDX file is checked in either case. Raises MissingData if a file is missing, and
    DataError if one is altered; nothing is downloaded here.
    """
    folder = folder or data_folder()
    cache = folder / "mnist.npz"
    if not idx_files(folder / "mnist") and cache.exists():
        arrays = read_npz(cache, STEMS, FETCH_MNIST)
        for stem, array, md5 in zip(STEMS, arrays, MNIST_MD5, strict=True):
            name, advice = f"{stem} in {cache}", f"delete it, then {FETCH_MNIST}"
            if array.dtype != np.uint8:
                raise DataError(f"{name} is altered: {array.dtype}, expected uint8; {advice}.")
            check_hash(make_idx(array), name, md5, advice)
        return as_images(arrays, cache)
    return read_idx_folder(folder / "mnist", MNIST_MD5, FETCH_MNIST)


def fashion_mnist(folder: Path | None = None) -> Data:
    """Fashion-MNIST: 60,000 and 10,000 grey 28 x 28 pictures of clothes in 10 classes.

    They are read from the four IDX files (or their .gz) in folder/fashion-mnist, or, if none of
    these is there, from those that Debian's package dataset-fashion-mnist installs. The source is
    Xiao, Rasul and Vollgraf, arXiv 1708.07747. Raises MissingData if a file is missing, and
    DataError if one is altered.
    """
    place = (folder or data_folder()) / "fashion-mnist"
    if not idx_files(place) and idx_files(FASHION_DEBIAN):
        place = FASHION_DEBIAN
    return read_idx_folder(place, FASHION_MD5, FETCH_FASHION)


def cifar10(folder: Path | None = None) -> Data:
    """CIFAR-10: 50,000 and 10,000 colour pictures of 10 classes, x (N, 32, 32, 3); LRA's Image.

    They are read from the six batches of the python version in folder/cifar-10-batches-py, or, if
    one is not there, from folder/cifar-10-python.tar.gz, which `python -m sslearn fetch cifar10`
    gets. The md5 of each batch is checked. The batches are pickles, of which nothing but arrays,
    lists and strings is built. LRA holds out the last 5,000 training images, and `gray` makes its
    input. The source is Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    Raises MissingData if a file is missing, and DataError if one is altered.
    """
    place = (folder or data_folder()) / "cifar-10-batches-py"
    archive, again = place.parent / CIFAR10_ARCHIVE, f"delete it, then {FETCH_CIFAR10}"
    if packed := archive.exists() and not all((place / name).exists() for name in CIFAR10_MD5):
        raws = read_tar(archive, lambda name: "_batch" in name, archive, again)
        place = archive
    batches = []
    for name, md5 in CIFAR10_MD5.items():
        where = place / name
        if not packed:
            raw = read_raw(where, FETCH_CIFAR10)
        elif (raw := raws.get(f"cifar-10-batches-py/{name}")) is None:
            raise DataError(f"{archive} has no {name}; {again}.")
        check_hash(raw, where, md5, again)
        batches.append(_read_batch(unpickle(raw, where, again), where, again))
    x, y = (np.concatenate(parts) for parts in zip(*batches[:-1], strict=True))
    return as_images([x, y, *batches[-1]], place)


def _read_batch(batch, name, advice):
    """Pixels (n, 32, 32, 3) and labels (n,) of an unpickled batch, if it is what it should be."""
    try:
        pixels, labels = batch["data"], np.asarray(batch["labels"])
        whole = pixels.dtype == np.uint8 and labels.dtype.kind in "iu" and labels.ndim == 1
        whole = whole and pixels.shape == (len(labels), 3072) and np.isin(labels, range(10)).all()
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        whole = False
    if not whole:
        rule = "data (n, 3072) of bytes and n labels 0 ... 9"
        raise DataError(f"{name} is altered: it has not {rule}; {advice}.")
    return pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def idx_files(place: Path) -> list[Path]:
    """The paths of those of the four IDX files, packed or not, that exist in the folder place."""
    names = [stem + end for stem in STEMS for end in ("", ".gz")]
    return [place / name for name in names if (place / name).exists()]


def read_idx_folder(place: Path, md5s: tuple[str, ...], advice: str) -> Data:
    """The four IDX files of a folder as Data, each checked by the md5 of its unpacked bytes.

    Raises MissingData and DataError, whose message ends in advice.
    """
    arrays, again = [], f"delete it, then {advice}"
    for stem, md5 in zip(STEMS, md5s, strict=True):
        raw = read_raw(place / stem, advice)
        arrays.append(parse_idx(raw, place / stem, again))
        check_hash(raw, place / stem, md5, again)
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
