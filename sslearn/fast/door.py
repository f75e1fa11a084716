"""When a fast twin steps aside for its definition, and in which precision it runs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor


def readable() -> bool:
    """Whether torch.export or a torch.func transform traces, which needs plain functions."""
    return torch.compiler.is_exporting() or torch._C._are_functorch_transforms_active()


def single(x: Tensor) -> Tensor:
    """Float32 in place of float16 and bfloat16, because FFTs and recurrences need its range."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def no_autocast(x: Tensor) -> AbstractContextManager:
    """A context in which autocast leaves products on the device of x alone; free without it."""
    kind = x.device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()


def one_thread(x: Tensor) -> AbstractContextManager:
    """A context in which torch works on x, if on the processor, by the calling thread alone.

    A loop of small operations needs it on a busy machine, because each operation that is shared
    waits until the system gives the other thread a core. torch.set_num_threads takes 0.2 us, and
    beyond the calling thread it sets only what a new thread begins with, which is put back too.
    """
    if torch.compiler.is_compiling() or not x.is_cpu or torch.get_num_threads() == 1:
        return nullcontext()
    return _alone()


@contextmanager
def _alone() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
