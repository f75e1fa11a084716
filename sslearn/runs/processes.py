"""Several processes of torchrun: which one this is, its GPU, and their common beginning and end."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed
from torch.multiprocessing import _prctl_pr_set_pdeathsig

LONGEST = timedelta(days=1)  # The others wait while the first process makes a task's data.


def place() -> tuple[int, int, str]:
    """The number of this process, how many there are, and its device: cuda means its own GPU.

    Raises ValueError where a machine has fewer GPUs than processes.
    """
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if not torch.cuda.is_available():
        return rank, world, "cpu"
    local, gpus = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
    if local >= gpus:
        raise ValueError(f"each process needs a GPU of its own, and this machine has {gpus}: "
                         f"start it with --nproc-per-node={gpus}")  # fmt: skip
    torch.cuda.set_device(local)
    return rank, world, "cuda"


@contextmanager
def together(device: str, world: int) -> Iterator[None]:
    """Within it the processes can send each other tensors, by NCCL on GPUs and by gloo without."""
    if world > 1:
        # Linux then ends this process with torchrun, which cannot do so itself when it is killed.
        _prctl_pr_set_pdeathsig(signal.SIGKILL)
        distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=LONGEST)
    yield
    if world > 1:  # After an error the others may wait for a message; torchrun ends them.
        distributed.destroy_process_group()


@contextmanager
def first_alone(rank: int, world: int) -> Iterator[None]:
    """The first process runs the block, and then all others do."""
    if rank > 0:
        distributed.barrier()
    yield
    if rank == 0 and world > 1:
        distributed.barrier()
