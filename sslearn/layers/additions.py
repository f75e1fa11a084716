"""Products of a ternary matrix by additions alone, and an audit of the operations that run."""

import math
from collections import Counter

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from sslearn.layers.settings import require_sizes

MOVES = set(
    """
    _local_scalar_dense _to_copy _unsafe_view abs alias all amax amin any arange as_strided
    bitwise_and bitwise_not bitwise_or cat clone copy detach empty empty_like empty_strided eq
    expand fill full full_like ge gt index index_select is_nonzero le lift_fresh logical_and
    logical_not logical_or lt masked_fill masked_select max min ne neg new_empty new_empty_strided
    new_full new_zeros nonzero ones ones_like permute reshape scalar_tensor select set sign slice
    split squeeze stack t transpose unbind unsafe_split unsqueeze view view_as_complex
    view_as_real where zero zeros zeros_like
""".split()
)  # these read, write, compare and choose, but compute no number
ADDS = {"add", "sub", "rsub", "sum", "cumsum", "index_add", "scatter_add"}


class Audit(TorchDispatchMode):
    """A context that notes every operation that torch runs, and counts the `multiplications`.

    multiplications maps the name of an operation to how many real ones it takes: n k m for a
    matrix product, 4 for each complex one. An operation that is neither a sum nor a product, such
    as exp, is counted by the entries of its result. If the Counter is empty, then nothing ran but
    additions, comparisons and moves.
    """

    def __init__(self):
        super().__init__()
        self.multiplications: Counter = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation and note it."""
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = func.overloadpacket.__name__.rstrip("_")
        scaled = name in ADDS and kwargs.get("alpha", 1) not in (1, -1)  # a + alpha b
        if name not in MOVES | ADDS or scaled:
            self.multiplications[name] += _size(name, args, out)
        return out


def _size(name, args, out) -> int:
    """How many multiplications one operation takes, or how many results it has."""
    first = out[0] if isinstance(out, tuple | list) else out
    left = {"mm": 0, "bmm": 0, "mv": 0, "dot": 0, "addmm": 1, "baddbmm": 1}  # index of A in A B
    n = first.numel() * (args[left[name]].shape[-1] if name in left else 1)
    return n * (4 if first.is_complex() else 1)


def signed_sums(S: Tensor, W: Tensor) -> Tensor:
    """S W^T by additions: y[n, m] = sum of W[m, h] where S[n, h] = 1, less those where it is -1.

    S (..., H) holds -1, 0 and 1 in any dtype, W (M, H) any numbers; returns (..., M).
    Raises ValueError if S holds anything else.
    """
    if not ((S == 1) | (S == 0) | (S == -1)).all():
        raise ValueError("S must hold only -1, 0 and 1")
    plus, minus = (S == 1)[..., None, :], (S == -1)[..., None, :]  # (..., 1, H)
    nothing = W.new_zeros(())
    return torch.where(plus, W, nothing).sum(-1) - torch.where(minus, W, nothing).sum(-1)


def block_operations(
    H: int, N: int, unit: str, *, zeros: tuple[float, float] = (0.0, 0.0)
) -> dict[str, tuple[int, int]]:
    """Operations of one S4D block a token, by part: {part: (multiplications, additions)}.

    unit is GLU, binary (0 or 1 into a GLU) or GSU. zeros are the shares of zeros in Ter(x), or in
    the spikes, and in Ter(W). The state is counted as `S4D.step` runs it: 4 real multiplications
    for each complex one, twice for each of N/2 pairs, and 2 additions for each, 1 for the real
    input of a pair, and 2 for each pair but the first of a channel's sum. The norm squares, scales,
    and applies its gain.
    Raises ValueError for another unit, a size below 1, and zeros out of [0, 1].
    """
    if unit not in ("GLU", "binary", "GSU"):
        raise ValueError(f"unit must be GLU, binary or GSU, got {unit!r}")
    require_sizes(H=H, N=N)
    if not all(0 <= z <= 1 for z in zeros):
        raise ValueError(f"zeros must be shares in [0, 1], got {zeros}")
    alive = [1 - z for z in zeros]
    products = {
        "GLU": (2 * H * H, 2 * H * H),
        "binary": (0, math.ceil(2 * H * H * alive[0])),
        "GSU": (0, math.ceil(H * H * alive[0] + H * H * alive[1])),
    }[unit]
    pairs = H * N // 2
    return {
        "products": products,
        "gate": (H + (unit == "GSU"), 2 * H),  # the product *, delta = alpha max, the two biases
        "state": (8 * pairs + H, 7 * pairs - H),
        "norm": (3 * H, 3 * H),
    }
