"""Which GPU a process takes: mocks stand for the GPUs and for the group of processes."""

import pytest
import torch
from torch import distributed

from sslearn.runs import train_run
from sslearn.runs.processes import first_alone, place, together
from tests.library.test_runs import tiny


@pytest.fixture
def machine(monkeypatch):
    """machine(gpus, rank, world, local) sets a machine up; returns what is called on it."""
    calls = []

    def start(gpus, rank=0, world=1, local=0):
        for name, value in (("RANK", rank), ("WORLD_SIZE", world), ("LOCAL_RANK", local)):
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "set_device", lambda n: calls.append(("set_device", n)))
        for name in ("init_process_group", "barrier", "destroy_process_group"):
            note = lambda *args, name=name, **how: calls.append((name, *args))  # noqa: E731
            monkeypatch.setattr(distributed, name, note)
        return calls

    return start


def test_each_process_has_a_gpu_of_its_own(machine):
    calls = machine(gpus=2, rank=3, world=4, local=1)  # the second process of the second machine
    assert place() == (3, 4, "cuda") and calls == [("set_device", 1)]
    assert machine(gpus=0, rank=1, world=2, local=1) and place() == (1, 2, "cpu")
    with pytest.raises(ValueError, match="has 2: start it with --nproc-per-node=2"):
        machine(gpus=2, rank=2, world=3, local=2)
        place()


@pytest.mark.parametrize(("device", "backend"), [("cuda", "nccl"), ("cpu", "gloo")])
def test_processes_talk_by_what_their_devices_know(device, backend, machine):
    calls = machine(gpus=0)
    with together(device, 2):
        assert calls == [("init_process_group", backend)]
    assert calls[1:] == [("destroy_process_group",)]
    with together(device, 1):
        assert len(calls) == 2


def test_the_first_process_makes_data_and_the_others_wait(machine):
    calls = machine(gpus=0)
    for rank, order in ((0, ["made", "wait"]), (1, ["wait", "made"])):
        calls.clear()
        with first_alone(rank, 2):
            calls.append(("made",))
        assert ["wait" if name == "barrier" else name for (name,) in calls] == order
    calls.clear()
    with first_alone(0, 1):
        pass
    assert not calls


def test_a_run_without_a_gpu_for_each_process_stops_before_data_are_read(
    machine, tmp_path, monkeypatch
):
    machine(gpus=1, rank=1, world=2, local=1)
    monkeypatch.setattr("sslearn.runs.train.load_task", None)
    with pytest.raises(ValueError, match="a GPU of its own"):
        train_run(tiny(), tmp_path)
    assert not list(tmp_path.iterdir())
