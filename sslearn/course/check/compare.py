"""What checks compare: answers with wrong and right ones, and arguments before and after a call."""

import inspect
from collections.abc import Callable

import numpy as np
import torch

DOUBLE = (torch.float64, torch.complex128)


def near(a, b, *, tolerance: float | None = None) -> bool:
    """|a - b| <= tolerance (1 + |b|) in every entry, for a and b of equal shapes.

    Both may be tensors, arrays, numbers or lists of numbers, real or complex. Without a tolerance
    the less precise of the two sets it: 1e-8 if both are tensors or arrays of double precision,
    and 1e-4 otherwise, because Python's numbers do not say how they were computed. NaN is near
    nothing. Raises what torch raises for something that holds no numbers.
    """
    a, b = torch.as_tensor(a).detach(), torch.as_tensor(b).detach()
    if tolerance is None:
        tolerance = 1e-8 if a.dtype in DOUBLE and b.dtype in DOUBLE else 1e-4
    a, b = a.to(torch.complex128), b.to(torch.complex128)
    return a.shape == b.shape and torch.allclose(a, b, rtol=tolerance, atol=tolerance)


def unlike(*wrong, run: Callable, same: Callable = near) -> Callable[[Callable], bool]:
    """The property that run(f), which asks the learner's f, is the same as no wrong answer."""
    return lambda f: not any(same(run(f), w) for w in wrong)


def on_copies(f: Callable, *args, **kwargs) -> tuple[object, list[str]]:
    """What f answers to copies of the arguments, and the names of the arguments that it changed.

    Gradients pass through the copies. The caller's own tensors, arrays, lists, tuples and dicts
    stay what they were. Modules, generators and functions are neither copied nor compared, because
    to train or to draw changes them.
    """
    given = dict(enumerate(args)) | kwargs
    copies = {key: _copy(x) for key, x in given.items()}
    out = f(*(copies[k] for k in range(len(args))), **{name: copies[name] for name in kwargs})
    return out, [_name(f, key) for key, x in given.items() if not _same(copies[key], x)]


def number(x):
    """The Python number in a NumPy scalar, or in a tensor or array without axes; else x itself."""
    return x.item() if getattr(x, "shape", None) == () else x


def is_number(x) -> bool:
    """Whether x is one real number of Python, NumPy or torch; True and False are none."""
    return isinstance(number(x), int | float) and not isinstance(number(x), bool)


def is_whole(x) -> bool:
    """Whether x is one integer of Python, NumPy or torch."""
    return is_number(x) and isinstance(number(x), int)


def _copy(x):
    if torch.is_tensor(x):
        return x.clone()
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, dict):
        return {key: _copy(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return getattr(type(x), "_make", type(x))(map(_copy, x))
    return x


def _same(a, b) -> bool:
    if torch.is_tensor(a) or isinstance(a, np.ndarray):
        if not (type(a) is type(b) and a.shape == b.shape and a.dtype == b.dtype):
            return False
        # Entries are compared without arithmetic, so that an audit may watch the call.
        return bool(((a == b) | (a != a) & (b != b)).all())
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a is b or a == b


def _name(f: Callable, key: int | str) -> str:
    """The name of an argument in the learner's own def, or its number where there is none."""
    if isinstance(key, str):
        return key
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names[key] if key < len(names) else f"number {key + 1}"
