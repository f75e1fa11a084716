"""A proof that a computation runs on integers alone: every operation of torch is looked at."""

from collections import Counter
from collections.abc import Iterable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class IntegerAudit(TorchDispatchMode):
    """A context that notes each operation of torch, and in `floating` those that are not whole.

    operations maps the name of an operation to how many numbers it made, floating to how often a
    tensor or a number with a point, real or complex, went in or came out. If floating is empty,
    then nothing ran but integers and truth values.
    """

    def __init__(self):
        super().__init__()
        self.operations: Counter = Counter()
        self.floating: Counter = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation and note it."""
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = func.overloadpacket.__name__.rstrip("_")
        made = [x for x in _leaves(out) if isinstance(x, Tensor)]
        self.operations[name] += made[0].numel() if made else 1
        if any(map(_is_floating, _leaves((args, tuple(kwargs.values()), out)))):
            self.floating[name] += 1
        return out


def _leaves(value) -> Iterable:
    if isinstance(value, tuple | list):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _is_floating(x) -> bool:
    if isinstance(x, Tensor):
        return x.is_floating_point() or x.is_complex()
    return isinstance(x, float | complex)
