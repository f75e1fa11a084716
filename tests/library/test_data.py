import io
import os
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from sslearn.data import (
    DataError,
    MissingData,
    data_folder,
    fashion_mnist,
    files,
    images,
    mnist,
)
from tests.library.tiny_mnist import cache, flip, same, write_idx


def test_folder_is_the_chosen_one_else_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("SSLEARN_DATA")
    for platform, key, value in [
        ("linux", "XDG_CACHE_HOME", tmp_path),
        ("win32", "LOCALAPPDATA", tmp_path),
    ]:
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setenv(key, str(value))
        assert data_folder() == tmp_path / "sslearn"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert data_folder().parts[-3:] == ("Library", "Caches", "sslearn")


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_come_before_the_cache(tmp_path, small, packed):
    other = [np.zeros_like(a) for a in small]
    cache(tmp_path, other)
    write_idx(tmp_path / "mnist", small, packed)
    got = mnist(tmp_path)
    assert same(got, small) and got.train[0].dtype == torch.uint8
    assert got.train[1].dtype == torch.int64
    assert got.source == f"{tmp_path / 'mnist'}: 5 training and 3 test images"


def test_cache_is_read_and_checked(tmp_path, small):
    cache(tmp_path, small)
    got = mnist(tmp_path)
    assert same(got, small) and "mnist.npz" in got.source
    small[3] = small[3] + 1
    cache(tmp_path, small)
    with pytest.raises(
        DataError, match="t10k-labels.*mnist.npz is altered.*delete it.*fetch mnist"
    ) as error:
        mnist(tmp_path)
    assert not isinstance(error.value, MissingData)


@pytest.mark.parametrize(
    "cast",
    [
        lambda a: a.astype(np.int64),
        lambda a: a.astype(np.int64) + 256,
        lambda a: a.astype(np.int8),
        lambda a: a.astype(np.float32),
        lambda a: a + 1j,
        lambda a: a.astype(str),
        lambda a: a.astype(">u2"),
    ],
)
def test_a_cache_of_another_dtype_is_refused(tmp_path, small, cast):
    """Its numbers, cast to bytes, have the right hash; they themselves have not."""
    cache(tmp_path, [*small[:2], cast(small[2]), small[3]])
    with pytest.raises(DataError, match="t10k-images.*mnist.npz is altered: .*expected uint8; del"):
        mnist(tmp_path)


def test_only_bytes_become_an_idx_file():
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert np.array_equal(files.parse_idx(files.make_idx(values.T), "a", "b"), values.T)
    empty = files.parse_idx(files.make_idx(values[:0]), "a", "b")
    assert empty.shape == (0, 3)
    for other in (values.astype(int), values / 1, values + 1j, values.astype(str), values > 1):
        with pytest.raises(ValueError, match=f"values must be uint8, got {other.dtype}"):
            files.make_idx(other)


@pytest.mark.parametrize("fault", ["empty", "cut off", "objects", "no arrays", "one array"])
def test_broken_cache_is_one_sentence(tmp_path, small, fault):
    path = tmp_path / "mnist.npz"
    cache(tmp_path, small)
    if fault == "empty":
        path.write_bytes(b"")
    elif fault == "cut off":
        path.write_bytes(path.read_bytes()[:2000])
    elif fault == "one array":
        np.save(path.with_suffix(".npy"), small[0])
        path.with_suffix(".npy").replace(path)
    elif fault == "no arrays":
        np.savez(path, a=np.zeros(3))
    else:
        np.savez(path, **{stem: np.array([{"a": 1}]) for stem in images.STEMS})
    with pytest.raises(DataError, match="mnist.npz cannot be read.*delete it.*fetch mnist"):
        mnist(tmp_path)


def cut(raw):
    return raw[:-1]


def longer(raw):
    return raw + b"\0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (cut, "t10k-images-idx3-ubyte is cut off: 2367 bytes, expected 2368"),
        (longer, "t10k-images-idx3-ubyte is too long: 2369 bytes, expected 2368"),
        (flip, "t10k-images-idx3-ubyte is altered: md5 .*, expected "),
        (lambda raw: raw[:10], "t10k-images-idx3-ubyte is not an IDX file"),
        (lambda raw: b"", "t10k-images-idx3-ubyte is not an IDX file"),
        (lambda raw: b"<html>" + raw, "t10k-images-idx3-ubyte is not an IDX file"),
    ],
)
def test_broken_idx_names_the_file_and_what_to_run(tmp_path, small, change, message):
    cache(tmp_path, small)  # a good cache is no way out
    write_idx(tmp_path / "mnist", small)
    path = tmp_path / "mnist" / images.STEMS[2]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=message) as error:
        mnist(tmp_path)
    assert str(error.value).startswith(str(path)) and not isinstance(error.value, MissingData)
    assert str(error.value).endswith("; delete it, then run: python -m sslearn fetch mnist.")


def test_missing_idx_file_is_not_replaced_by_the_cache(tmp_path, small):
    cache(tmp_path, small)
    write_idx(tmp_path / "mnist", small)
    (tmp_path / "mnist" / images.STEMS[1]).unlink()
    with pytest.raises(MissingData, match="train-labels-idx1-ubyte is missing.*; run: python -m"):
        mnist(tmp_path)


def test_images_without_a_label_each_are_refused(tmp_path, small):
    for k in (1, 3):
        arrays = [a[:-1] if j == k else a for j, a in enumerate(small)]
        with pytest.raises(DataError, match="has not one label for each image"):
            images.as_images(arrays, tmp_path)


def test_cut_off_gz(tmp_path, small):
    write_idx(tmp_path / "mnist", small, packed=True)
    path = tmp_path / "mnist" / (images.STEMS[0] + ".gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz cannot be read.*; delete it"):
        mnist(tmp_path)


def test_fashion_mnist(tmp_path, small, monkeypatch):
    with pytest.raises(MissingData, match="fashion-mnist/train-images.* is missing.*fetch fashion"):
        fashion_mnist(tmp_path)
    write_idx(tmp_path / "debian", small, packed=True)
    monkeypatch.setattr(images, "FASHION_DEBIAN", tmp_path / "debian")
    assert same(fashion_mnist(tmp_path), small)
    write_idx(tmp_path / "fashion-mnist", small)
    assert "fashion-mnist" in fashion_mnist(tmp_path).source


def test_write_whole_leaves_all_or_nothing(tmp_path):
    path = tmp_path / "new" / "deep" / "a.bin"
    files.write_whole(path, lambda file: file.write(b"one"))

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_whole(path, fail)
    assert os.listdir(path.parent) == ["a.bin"] and path.read_bytes() == b"one"


def test_write_whole_removes_what_killed_processes_left(tmp_path):
    """A process is killed in the middle of a write; the next write of the same file cleans up."""
    path = tmp_path / "a[1].bin"  # Its name is no pattern.
    code = (
        "import os, pathlib, runpy, signal, sys\n"
        "def write(file): file.write(b'half'), file.flush(), os.kill(os.getpid(), signal.SIGKILL)\n"
        "runpy.run_path(sys.argv[1])['write_whole'](pathlib.Path(sys.argv[2]), write)"
    )
    subprocess.run([sys.executable, "-c", code, files.__file__, path])
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".part") and left.read_bytes() == b"half"
    kept = [f".a[1].bin.{os.getppid()}.part", ".a[1].bin.name.part", f".b{left.name[5:]}"]
    for name in kept:
        (tmp_path / name).write_bytes(b"")
    files.write_whole(path, lambda file: file.write(b"whole"))
    assert sorted(os.listdir(tmp_path)) == sorted(["a[1].bin", *kept])
    assert path.read_bytes() == b"whole"


def test_on_windows_a_part_that_nobody_writes_for_a_minute_is_abandoned(tmp_path, monkeypatch):
    path, parts = tmp_path / "a", [tmp_path / f".a.{pid}.part" for pid in (os.getppid(), 2, 3)]
    for part, age in zip(parts, (0, 61, 59), strict=True):
        part.write_bytes(b"")
        os.utime(part, 2 * (time.time() - age,))
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        assert files.abandoned(path) == parts[1:2]


def test_write_whole_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        done = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, name=name, done=done: (calls.append(name), done(*a))
        )
    files.write_whole(tmp_path / "a", lambda file: file.write(b"one"))
    assert calls == ["fsync", "replace"]


@pytest.mark.parametrize("target", [os.system, eval, np.load, torch.Tensor])
def test_unpickling_refuses_everything_but_arrays(target):
    with pytest.raises(DataError, match="is not allowed"):
        files.unpickle(pickle.dumps(target), "evil.pkl", "delete it")


def test_unpickling_arrays():
    value = {"data": np.arange(6).reshape(2, 3), "labels": [1, 2], "name": "a"}
    for protocol in (0, 2, 4):
        got = files.unpickle(pickle.dumps(value, protocol), "a.pkl", "delete it")
        assert np.array_equal(got["data"], value["data"]) and got["labels"] == [1, 2]
    encode = files._Unpickler(io.BytesIO()).find_class("_codecs", "encode")
    assert encode("\xff", "latin1") == b"\xff"
    with pytest.raises(pickle.UnpicklingError, match="the codec 'rot13' is not allowed"):
        encode("a", "rot13")
    with pytest.raises(DataError, match="a.pkl is not a pickle"):
        files.unpickle(pickle.dumps(value)[:-9], "a.pkl", "delete it")


def test_mnist_is_the_published_one():
    try:
        train, test, _ = mnist()
    except DataError as error:
        pytest.skip(str(error))
    assert train[0].shape == (60000, 28, 28) and test[0].shape == (10000, 28, 28)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert train[1].bincount().tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test[1].bincount().tolist() == counts
    shade = train[0].flatten().bincount(minlength=256).double()
    value = torch.arange(256) / 255
    mean = (shade * value).sum() / shade.sum()
    std = ((shade * (value - mean) ** 2).sum() / shade.sum()) ** 0.5
    assert round(float(mean), 4) == 0.1307 and round(float(std), 4) == 0.3081
