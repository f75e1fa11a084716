"""Cases beside the first one: whole answers, gradients, and who did the work."""

import inspect
import sys
from collections.abc import Callable, Sequence

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sslearn.course.check.compare import near
from sslearn.course.check.properties import Property


def alike(a, b, *, dtype: bool = False, tolerance: float | None = None) -> bool:
    """Whether an answer a equals the right one b, in its parts, shapes and values.

    With dtype=True each tensor must have the right one's dtype. Values are compared by `near`,
    with its tolerance; True and False must be equal.
    """
    if isinstance(b, tuple | list):
        together = isinstance(a, tuple | list) and len(a) == len(b)
        return together and all(
            alike(x, y, dtype=dtype, tolerance=tolerance) for x, y in zip(a, b, strict=True)
        )
    if dtype and getattr(a, "dtype", None) != b.dtype:
        return False
    return a == b if isinstance(b, bool) else near(a, b, tolerance=tolerance)


def agrees(right: Callable, cases: Sequence[tuple], **comparison) -> Callable[[Callable], bool]:
    """The property that f answers like right in each case, and in the first one once more.

    The repetition finds an answer that remembers its last call. comparison is what `alike` takes.
    """
    return lambda f: all(alike(f(*c), right(*c), **comparison) for c in [*cases, cases[0]])


def gradients(f: Callable, *args) -> list[torch.Tensor]:
    """The gradients of sum(w f(*args)), w random, in each floating tensor of args; 0 for none."""
    given = [x.detach().clone().requires_grad_() if _is_floating(x) else x for x in args]
    leaves, out = [x for x in given if _is_floating(x)], f(*given)
    w = torch.randn(out.shape, generator=torch.Generator().manual_seed(0), dtype=out.dtype)
    loss = (w * out).sum() + 0 * sum(x.sum() for x in leaves)
    return list(torch.autograd.grad(loss, leaves))


def calls(f: Callable, *args, of: Sequence[Callable]) -> list[dict]:
    """The arguments of each call of one of the functions `of` while f(*args) runs.

    It sees calls under any name that the learner imported. What is written in C has no arguments.
    """
    functions = [inspect.unwrap(g) for g in of]
    codes = {g.__code__ for g in functions if hasattr(g, "__code__")}
    built_in = [g for g in functions if not hasattr(g, "__code__")]
    seen, before = [], sys.getprofile()

    def note(frame, event, arg):
        if event == "call" and frame.f_code in codes:
            seen.append(dict(frame.f_locals))
        elif event == "c_call" and any(arg is g for g in built_in):
            seen.append({})

    sys.setprofile(note)
    try:
        f(*args)
    finally:
        sys.setprofile(before)
    return seen


def escapes(f: Callable, *args) -> list[str]:
    """The ways in which numbers other than -1, 0 and 1 leave torch while f(*args) runs.

    They are item, tolist, numpy and what calls them. What is a choice by -1, 0 and 1 may leave.
    """
    seen, before = [], sys.getprofile()

    class Items(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func.overloadpacket.__name__ == "_local_scalar_dense" and not _is_choice(args[0]):
                seen.append("item")
            return func(*args, **(kwargs or {}))

    def note(frame, event, arg):
        ways = ("tolist", "numpy", "__array__", "__dlpack__", "data_ptr", "untyped_storage")
        x = None
        if event == "c_call" and getattr(arg, "__name__", "") in ways:
            x = getattr(arg, "__self__", None)
        elif event == "call" and frame.f_code.co_name in ways:
            x = frame.f_locals.get("self")
        if torch.is_tensor(x):
            waiting.append(x)

    waiting: list[torch.Tensor] = []
    sys.setprofile(note)
    try:
        with Items():
            f(*args)
    finally:
        sys.setprofile(before)
    return seen + ["tensor" for x in waiting if not _is_choice(x)]


def own_work(*args, without: Sequence[Callable], hint: str) -> Property:
    """The property that f(*args) calls none of the functions that solve the exercise."""
    mistake = "this hands the work to a finished function: write it yourself"
    return Property(lambda f: not calls(f, *args, of=without), mistake, hint)


def _is_choice(x: torch.Tensor) -> bool:
    """Whether x holds truth values, whole numbers, or nothing but -1, 0 and 1."""
    if not _is_floating(x):
        return True
    x = torch.view_as_real(x) if x.is_complex() else x.detach()
    return bool((x.abs().eq(1) | x.eq(0)).all())


def _is_floating(x) -> bool:
    return torch.is_tensor(x) and (x.is_floating_point() or x.is_complex())
