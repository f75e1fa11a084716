"""Several processes of this machine that work together, for the tests of what they share."""

import os
import tempfile

import torch
from torch import distributed, multiprocessing

# The processes are copies of one that has imported all this once: torch alone takes seconds.
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
multiprocessing.set_forkserver_preload(["sslearn.runs", "tests.library.blobs"])


def _start(rank, work, world, folder):
    torch.set_num_threads(1)
    store = distributed.FileStore(os.path.join(folder, "store"), world)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=world)
    torch.save(work(rank, world), os.path.join(folder, f"{rank}.pt"))
    distributed.destroy_process_group()


def together(work, world=2):
    """What work(rank, world), a function of a module, returns in each of so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        args = (work, world, folder)
        multiprocessing.start_processes(_start, args, nprocs=world, start_method=METHOD)
        return [torch.load(os.path.join(folder, f"{rank}.pt")) for rank in range(world)]
