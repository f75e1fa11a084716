import math
import os
import pickle
import tarfile

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from sslearn.data import (
    DataError,
    MissingData,
    blocks,
    cifar10,
    digits,
    fetch,
    gray,
    images,
    permuted,
    pooled,
    rows,
    sequential,
)
from tests.library.file_server import serving
from tests.library.tiny_mnist import md5


def test_digits():
    x, y = digits()
    raw = load_digits()
    assert x.shape == (1797, 8, 8) and x.dtype == torch.float32 and y.dtype == torch.int64
    assert torch.equal(x * 16, torch.tensor(raw.images).float()) and y[:3].tolist() == [0, 1, 2]


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
    for side in (5, 8):
        with pytest.raises(ValueError, match=f"both multiples of side = {side}, got"):
            blocks(x, side)
    for side in (0, 2.0, math.nan, True):
        with pytest.raises(ValueError, match="side must be a whole number of at least 1, got"):
            blocks(x, side)


def test_forms_refuse_other_shapes():
    with pytest.raises(ValueError, match=r"x must be .*got shape \(28, 28\)"):
        sequential(torch.zeros(28, 28))
    for form in (sequential, permuted, rows):
        with pytest.raises(ValueError, match=r"x must be .*got shape \(2, 3, 4, 5\)"):
            form(torch.zeros(2, 3, 4, 5))
    for shape in ((1, 7, 8), (1, 8, 7), (8, 8)):
        with pytest.raises(ValueError, match=r"both even, got shape"):
            pooled(torch.zeros(shape))
    for shape in ((1, 7, 8), (1, 8, 7), (8, 8)):
        with pytest.raises(ValueError, match=r"both multiples of side = 2, got"):
            blocks(torch.zeros(shape), 2)
    with pytest.raises(ValueError, match=r"x must be .*got shape \(2, 3, 4, 4\)"):
        gray(torch.zeros(2, 3, 4, 4))


@pytest.mark.parametrize("dtype", [torch.complex64, torch.int64, torch.int8, torch.bool])
def test_forms_refuse_what_is_no_shade(dtype):
    x = torch.ones(2, 4, 4, dtype=dtype)
    for form in (sequential, permuted, rows, pooled, lambda x: blocks(x, 2)):
        with pytest.raises(ValueError, match=f"x must be uint8 or of floats, got {dtype}"):
            form(x)
    for other in (dtype, torch.float32):
        with pytest.raises(ValueError, match=f"of uint8, got shape .* of {other}"):
            gray(torch.ones(2, 4, 4, 3, dtype=other))


def test_nan_stays_nan_and_no_images_stay_none():
    x = torch.zeros(2, 4, 4)
    x[1, 2, 3] = math.nan
    for form in (sequential, permuted, rows, pooled, lambda x: blocks(x, 2)):
        assert form(x)[1].isnan().sum() == 1 and not form(x)[0].isnan().any()
        assert len(form(x[:0])) == 0


def test_gray_on_another_device_and_under_another_default_dtype():
    x = torch.randint(256, (2, 3, 3, 3), dtype=torch.uint8)
    expected = gray(x)
    assert gray(x.to("meta")).device.type == "meta"
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(gray(x), expected)
    finally:
        torch.set_default_dtype(torch.float32)


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
    with pytest.raises(DataError, match="data_batch_3 is altered: md5.*; delete it, then run: "):
        cifar10(tmp_path)
    path.unlink()
    with pytest.raises(MissingData, match="data_batch_3 is missing.*; run: .* fetch cifar10"):
        cifar10(tmp_path)


def test_cifar10_of_its_address(tmp_path, batches, monkeypatch):
    place, pixels = batches
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        tar.add(place, "cifar-10-batches-py")
    raw = (tmp_path / "a.tar.gz").read_bytes()
    monkeypatch.setattr(fetch, "CIFAR10_ARCHIVE_MD5", md5(raw))
    monkeypatch.setattr(fetch, "CIFAR10_MD5", images.CIFAR10_MD5)
    expected = cifar10(tmp_path)
    with serving(monkeypatch) as server:
        server.files["/a"], server.faults["/a"] = raw, ["cut"]
        assert str(place) in fetch.fetch("cifar10", tmp_path, addresses=[f"{server.url}/a"])
        assert not server.asked
        (place / "data_batch_2").unlink()
        for _ in range(2):
            source = fetch.fetch("cifar10", tmp_path, addresses=[f"{server.url}/a"])
        assert len(server.asked) == 2
    archive = tmp_path / "cifar-10-python.tar.gz"
    assert source == f"{archive}: 20 training and 4 test images" and archive.read_bytes() == raw
    for a, b in zip(expected[:2], cifar10(tmp_path)[:2], strict=True):
        assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])


def test_cifar10_archive_without_its_batches(tmp_path, batches, monkeypatch):
    place, _ = batches
    (place / "test_batch").unlink()
    archive = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(place, "cifar-10-batches-py")
    with pytest.raises(DataError, match="tar.gz has no test_batch; delete it, then run: "):
        cifar10(tmp_path)
    archive.write_bytes(archive.read_bytes()[:2000])
    with pytest.raises(DataError, match="tar.gz is not a whole .tar.gz.*; delete it, then run: "):
        cifar10(tmp_path)


DATA = np.zeros((4, 3072), np.uint8)


@pytest.mark.parametrize(
    "batch",
    [
        {"data": DATA},
        {"labels": [3, 1, 9, 0]},
        {"data": DATA, "labels": [3, 1, 9]},
        {"data": DATA, "labels": [3, 1, 9, -1]},
        {"data": DATA, "labels": [3, 1, 9, 10]},
        {"data": DATA, "labels": [3, 1, 9, 0.5]},
        {"data": DATA, "labels": [[3, 1, 9, 0]]},
        {"data": DATA, "labels": [[3], [1, 9], 0]},
        {"data": DATA, "labels": "3190"},
        {"data": DATA, "labels": 4},
        {"data": DATA, "labels": None},
        {"data": DATA[:, :-1], "labels": [3, 1, 9, 0]},
        {"data": DATA[0], "labels": [3, 1, 9, 0]},
        {"data": DATA + 300.7, "labels": [3, 1, 9, 0]},
        {"data": DATA.astype(int), "labels": [3, 1, 9, 0]},
        {"data": DATA.tolist(), "labels": [3, 1, 9, 0]},
        [DATA, [3, 1, 9, 0]],
        DATA,
        7,
    ],
)
def test_a_batch_that_is_none(tmp_path, batches, monkeypatch, batch):
    """As it would be if such a file had the right hash."""
    raw = pickle.dumps(batch, 2)
    (batches[0] / "test_batch").write_bytes(raw)
    monkeypatch.setitem(images.CIFAR10_MD5, "test_batch", md5(raw))
    with pytest.raises(DataError, match="test_batch is altered: it has not data .*; delete it, "):
        cifar10(tmp_path)


def test_cifar10_with_more_than_arrays_in_it(tmp_path, batches, monkeypatch):
    place, _ = batches
    raw = pickle.dumps({"data": os.system})
    (place / "data_batch_1").write_bytes(raw)
    monkeypatch.setitem(images.CIFAR10_MD5, "data_batch_1", md5(raw))
    with pytest.raises(DataError, match="data_batch_1 is not a pickle of arrays"):
        cifar10(tmp_path)
