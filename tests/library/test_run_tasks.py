"""Every task: its data are those that its row of TASKS promises, and made once."""

import numpy as np
import pytest
import torch

from sslearn.data import Data, DataError, sequential
from sslearn.runs import TASKS, load_task, tasks
from sslearn.runs.tasks import ALONE, lengths_of, small, tiles
from tests.library.tiny_mnist import cache

RULE = {"min_length": 5, "max_length": 30, "max_depth": 4, "max_args": 3}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Data are made here by this process alone; test_generators.py makes some with workers."""
    monkeypatch.setattr(tasks.os, "cpu_count", lambda: 1)


def made(name, make, train, test, on_made=None, **form):
    return tasks._made(on_made, name=name, make=make, train=train, test=test, **form)


def test_digits_are_split_without_overlap():
    task = load_task("digits")
    assert len(task.train[1]) == 1438 and len(task.test[1]) == 359 and task.d_input == 1
    assert 0.09 < task.chance < 0.15
    pictures = torch.cat([task.train[0], task.test[0]])[..., 0]
    assert len(pictures.unique(dim=0)) == len(sequential(tasks.data.digits().x).unique(dim=0))


def test_a_made_task_is_made_once_and_split_without_overlap(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    source, calls = tasks._listops("tiny", 150, **RULE), []
    source = source._replace(read=lambda on_made: made(
        "tiny", lambda n, **k: tasks.listops(n, **RULE, **k), 150, 50, on_made))  # fmt: skip
    monkeypatch.setitem(TASKS, "tiny", source)
    task = load_task("tiny", lambda done, n: calls.append((done, n)))
    (x, lengths), y = task.train
    assert calls[-1] == (200, 200) and len(x) == len(lengths) == len(y) == 150
    for row, n in zip(x, lengths, strict=True):
        assert (row[:n] > 0).all() and (row[n:] == 0).all()
    assert int(x.max()) < task.d_input and task.tokens and 0.1 <= task.chance < 0.5
    again = load_task("tiny", lambda done, n: calls.append("made again"))
    assert torch.equal(again.train[0][0], x) and len(again.test[1]) == 50
    assert "made again" not in calls
    both = torch.cat([x, again.test[0][0]])
    assert len(both.unique(dim=0)) == 200
    (tmp_path / "tiny.npz").write_bytes(b"half")
    with pytest.raises(DataError, match="tiny.npz.*run the same command"):
        load_task("tiny")


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((5, 4), np.int64), np.zeros(5, np.int64)),
        (np.zeros((5, 4), np.uint8), np.zeros(5, np.float64)),
        (np.zeros((4, 4), np.uint8), np.zeros(4, np.int64)),
        (np.zeros((5, 4), np.uint8), np.zeros((), np.int64)),
    ],
)
def test_a_made_file_of_other_arrays_is_refused(x, y, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    np.savez_compressed(tmp_path / "tiny.npz", x=x, y=y)
    with pytest.raises(DataError, match="tiny.npz: x must be 5 of uint8 and y 5 of int64, got "):
        made("tiny", None, 3, 2)


def test_made_pictures_are_sequences(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    make = lambda n, **k: tasks.pathfinder(n, canvas=ALONE, **k)  # noqa: E731
    for form, shape in ((sequential, (12, 1024, 1)), (tiles, (12, 64, 16))):
        (x, y), (x_test, y_test) = made("easy", make, 12, 4, form=form)
        assert x.shape == shape and len(x_test) == len(y_test) == 4
        assert y.dtype == torch.int64 and set(y.tolist()) <= {0, 1}
    assert TASKS["pathfinder-short"].d_input == 16 == x.shape[-1]


def test_made_tasks_have_their_sizes():
    """Those of the Long Range Arena, its validation with the training, and smaller ones."""
    sizes = {name: (how["train"], how["test"]) for name, source in TASKS.items()
             if "make" in (how := getattr(source.read, "keywords", {}))}  # fmt: skip
    assert sizes == {
        "listops-short": (20_000, 2_000), "listops": (98_000, 2_000),
        "pathfinder-easy": (20_000, 2_000), "pathfinder-short": (60_000, 5_000),
        "pathfinder": (180_000, 20_000), "path-x": (180_000, 20_000),
    }  # fmt: skip


def test_tiles_are_scaled_as_the_board_s_runs_read_them():
    x = torch.zeros(1, 32, 32, dtype=torch.uint8)
    x[0, 0, 5] = 255  # the second tile, its second pixel
    z = tiles(x)
    assert z[0, 1, 1] == pytest.approx(4.5) and z[0, 0] == pytest.approx(16 * [-0.5])


def test_mnist_is_read_in_its_forms(tmp_path, monkeypatch, request):
    arrays = request.getfixturevalue("small")
    monkeypatch.setenv("SSLEARN_DATA", str(tmp_path))
    cache(tmp_path, arrays)
    for name, steps in (("smnist", 784), ("psmnist", 784), ("smnist14", 196)):
        task = load_task(name)
        assert task.train[0].shape == (5, steps, 1) and task.test[0].shape == (3, steps, 1)
        assert task.train[1].tolist() == arrays[1].tolist() and task.classes == 10
    block = torch.from_numpy(arrays[0])[2, 4:6, 6:8].float().mean() / 255
    assert task.train[0][2, 2 * 14 + 3, 0] == pytest.approx(block.item())
    assert torch.equal(small(torch.from_numpy(arrays[2])), task.test[0])


@pytest.mark.parametrize("name", ["text", "retrieval"])
def test_texts_come_with_their_lengths(name):
    shape = (2, 4) if TASKS[name].pairs else (4,)
    x = torch.zeros(3, *shape, dtype=torch.uint8)
    x[0, ..., :3] = 200
    pair = (x, torch.tensor([1, 0, 1], dtype=torch.uint8))
    read = tasks._bytes(lambda: Data(pair, pair, "made here")).read
    (tokens, lengths), y = read(None)[0]
    assert torch.equal(tokens, x) and y.tolist() == [1, 0, 1] and y.dtype == torch.int64
    assert lengths.flatten().unique().tolist() == [1, 3] and lengths.shape == x.shape[:-1]
    assert TASKS[name].tokens and TASKS[name].d_input == 256


def test_lengths_of_many_pairs():
    """More rows than are counted at a time; a token may be 0 inside, and a text may be empty."""
    g = torch.Generator().manual_seed(0)
    n = torch.randint(0, 6, (2_500, 2), generator=g)
    x = (torch.arange(5) < n[..., None]).to(torch.uint8)  # (2500, 2, 5)
    x[..., 0] *= n != 3
    assert torch.equal(lengths_of(x), n.clamp(min=1))
