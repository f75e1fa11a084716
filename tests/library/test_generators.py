import pytest
import torch

from sslearn.data.made import PATHFINDER32, listops, parallel, pathfinder

TEACHING = {"min_length": 20, "max_length": 200, "max_depth": 6, "max_args": 5}
SMALL = PATHFINDER32._replace(contour=6)


def test_workers_make_the_same_data_and_pass_errors_on():
    a, b = (pathfinder(40, canvas=SMALL, seed=4, workers=w) for w in (1, 2))
    assert torch.equal(a.x, b.x) and torch.equal(a.y, b.y)
    with pytest.raises(ValueError, match="lengths must be reachable"):
        listops(40, max_depth=2, workers=2)


def test_workers_that_end_are_one_sentence(monkeypatch):
    class Pool(parallel.ProcessPoolExecutor):
        def map(self, *args):
            raise parallel.BrokenProcessPool("gone")

    monkeypatch.setattr(parallel, "ProcessPoolExecutor", Pool)
    with pytest.raises(RuntimeError, match="2 workers could not start.*__main__.*workers=1"):
        listops(40, workers=2, **TEACHING)


def test_on_made_can_stop_the_work():
    def stop(done, n):
        raise KeyboardInterrupt

    for make in (listops, pathfinder):
        rule = TEACHING if make is listops else {"canvas": SMALL}
        with pytest.raises(KeyboardInterrupt):
            make(101, on_made=stop, **rule)
