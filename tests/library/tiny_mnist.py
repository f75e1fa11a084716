"""A data set of a few images in MNIST's place, and its files."""

import gzip
import hashlib

import numpy as np

from sslearn.data import fetch, files, images, packages


def md5(raw):
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def stand_in(monkeypatch):
    """A data set of 5 and 3 images in MNIST's place; returns its four arrays."""
    rng = np.random.default_rng(0)
    arrays = []
    for n in (5, 3):
        arrays += [rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n, np.uint8)]
    md5s = tuple(md5(files.make_idx(a)) for a in arrays)
    for module, name in (
        (images, "MNIST_MD5"),
        (images, "FASHION_MD5"),
        (fetch, "MNIST_MD5"),
        (fetch, "FASHION_MD5"),
        (packages, "MNIST_MD5"),
    ):
        monkeypatch.setattr(module, name, md5s)
    for module in (images, fetch):
        monkeypatch.setattr(module, "FASHION_DEBIAN", images.Path("/no/such/folder"))
    return arrays


def write_idx(place, arrays, packed=False):
    place.mkdir(parents=True)
    for stem, array in zip(images.STEMS, arrays, strict=True):
        raw = files.make_idx(array)
        (place / (stem + ".gz" * packed)).write_bytes(gzip.compress(raw) if packed else raw)


def cache(folder, arrays):
    np.savez_compressed(folder / "mnist.npz", **dict(zip(images.STEMS, arrays, strict=True)))


def same(got, arrays):
    pairs = zip((*got.train, *got.test), arrays, strict=True)
    return all(np.array_equal(a.numpy(), b) for a, b in pairs)


def flip(raw):
    return raw[:-1] + bytes([raw[-1] ^ 1])
