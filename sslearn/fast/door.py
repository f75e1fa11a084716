"""When a fast twin steps aside for its definition, and in which precision it runs."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def readable() -> bool:
    """Whether torch.export or a torch.func transform traces, which needs plain functions."""
    return torch.compiler.is_exporting() or torch._C._are_functorch_transforms_active()


def single(x: Tensor) -> Tensor:
    """X in float32 where it is float16 or bfloat16, because FFTs and recurrences need its range."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def no_autocast(x: Tensor) -> AbstractContextManager:
    """A context in which autocast leaves products on the device of x alone; free without it."""
    kind = x.device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()
