"""What one torch operation costs in real multiplications, additions and comparisons."""

from collections.abc import Callable, Sequence
from math import prod

from torch import Tensor

MOVES = set(
    """
    _conj _local_scalar_dense _reshape_alias _to_copy _unsafe_view abs alias as_strided bitwise_and
    bitwise_not bitwise_or cat clone copy copysign detach diagonal expand flip gather index
    index_select lift_fresh logical_and logical_not logical_or masked_fill neg permute repeat
    reshape select slice split split_with_sizes squeeze stack t transpose unbind unsafe_split
    unsqueeze view view_as_complex view_as_real where
""".split()
)  # They move, choose, convert, or change a sign, and compute no number.
FRESH = set(
    """
    empty_like full_like new_empty new_empty_strided new_full new_ones new_zeros ones_like
    zeros_like fill zero
""".split()
)  # What they hold does not depend on their tensor.
COMPARES = {"eq", "ne", "gt", "ge", "lt", "le", "isfinite", "isnan", "isinf", "signbit"}
CHECKS = {"all", "any"}  # A comparison that ends here checks an argument.
LOGISTIC = {"exp": 1, "add": 1, "divide": 1}  # 1 / (1 + exp(-x)); the sign is free.
ENTRIES = {  # by entry of a real result
    **{name: {"compare": 1} for name in COMPARES | {"relu", "maximum", "minimum"}},
    **{name: {"compare": 1} for name in ("clamp_min", "clamp_max")},
    "sign": {"compare": 2},
    "exp": {"exp": 1},
    "sqrt": {"root": 1},
    "rsqrt": {"root": 1},
    "reciprocal": {"divide": 1},
    "square": {"multiply": 1},
    "sigmoid": LOGISTIC,
    "silu": LOGISTIC | {"multiply": 1},
    "glu": LOGISTIC | {"multiply": 1},
    "tanh": {"exp": 1, "add": 3, "divide": 1},  # 1 - 2 / (exp(x + x) + 1), 2 being a constant
    "erf": {"erf": 1},
    "bernoulli": {"draw": 1, "compare": 1},
}
ACTIVATIONS = {"gelu", "relu", "sigmoid", "silu", "tanh"}
PRODUCTS = {
    "mm": 0,
    "bmm": 0,
    "mv": 0,
    "dot": 0,
    "addmm": 1,
    "baddbmm": 1,
    "addmv": 1,
}  # of A in AB


class Operation:
    """One call of torch: its name, its arguments and its result."""

    def __init__(self, name: str, args: Sequence, kwargs: dict, out):
        self.name, self.args, self.kwargs = name, args, kwargs
        self.out = out[0] if isinstance(out, tuple | list) and out else out

    def entries(self) -> int:
        """How many numbers the result has."""
        return self.out.numel()


def multiplied(a, b, chosen: bool) -> dict[str, int]:
    """What an entry of a b costs, a and b real or complex; nothing where one is a spike.

    A complex product is (ac - bd) + i (ad + bc), 4 multiplications and 2 additions.
    """
    parts = sum(
        isinstance(x, complex) or (isinstance(x, Tensor) and x.is_complex()) for x in (a, b)
    )
    if chosen:
        return {}
    return ({"multiply": 1}, {"multiply": 2}, {"multiply": 4, "add": 2})[parts]


def added(a, b) -> dict[str, int]:
    """What an entry of a + b costs: 2 real additions where both are complex, else 1."""
    both = all(isinstance(x, complex) or (isinstance(x, Tensor) and x.is_complex()) for x in (a, b))
    return {"add": 2 if both else 1}


def scaled(costs: dict[str, int], n: int) -> dict[str, int]:
    """Costs, n times."""
    return {kind: number * n for kind, number in costs.items()}


def joined(*costs: dict[str, int]) -> dict[str, int]:
    """The sum of costs."""
    kinds = dict.fromkeys(kind for cost in costs for kind in cost)  # in order
    return {kind: sum(cost.get(kind, 0) for cost in costs) for kind in kinds}


def cost(op: Operation, chosen: bool, constant: Callable[[object], bool]) -> dict[str, int] | None:
    """The real operations of one call of torch that is no matrix product; None if it is unknown.

    chosen says that a factor is a spike, constant(x) that x is a number or computed from weights
    alone, so that a division by x is a product with 1 / x.
    """
    args, out = op.args, op.out
    if not isinstance(out, Tensor):
        return None
    n = op.entries()
    if op.name in REDUCTIONS:
        return REDUCTIONS[op.name](args[0], out)
    if op.name in ENTRIES:
        return None if out.is_complex() else scaled(ENTRIES[op.name], n)
    if op.name in ("add", "sub", "rsub"):
        alpha = op.kwargs.get("alpha", 1)
        extra = {} if alpha in (1, -1) else multiplied(args[1], alpha, False)
        return scaled(joined(added(*args[:2]), extra), n)
    if op.name == "mul":
        return scaled(multiplied(*args[:2], chosen), n)
    if op.name == "addcmul":
        value = op.kwargs.get("value", 1)
        extra = {} if value in (1, -1) else multiplied(out, value, False)
        product = multiplied(args[1], args[2], chosen)
        complex_one = args[1] if args[1].is_complex() else args[2]
        return scaled(joined(product, added(args[0], complex_one), extra), n)
    if op.name == "div" and not (isinstance(args[1], Tensor) and args[1].is_complex()):
        known = constant(args[1]) and op.kwargs.get("rounding_mode") is None
        kind = "multiply" if known else "divide"
        return {kind: n * (2 if out.is_complex() else 1)}
    if op.name == "clamp":
        bounds = sum(x is not None for x in [*args[1:3], *op.kwargs.values()])
        return {"compare": bounds * n}
    if op.name == "pow" and args[1] == 2 and not out.is_complex():
        return {"multiply": n}
    if op.name == "gelu" and op.kwargs.get("approximate", "none") == "none":
        return {"multiply": 3 * n, "add": n, "erf": n}  # x / 2 (1 + erf(x / sqrt 2))
    if op.name == "_softmax":
        return _softmax(args[0], args[1])
    if op.name == "native_layer_norm":
        return _layer_norm(args[0], args[1], args[2:4])
    if op.name == "native_batch_norm" and not args[5]:
        return {"multiply": n, "add": n}  # weight / sqrt(var + eps) is computed once
    return None


def _sum(x, out):
    return {"add": (x.numel() - out.numel()) * (2 if x.is_complex() else 1)}


def _mean(x, out):
    return joined(_sum(x, out), {"multiply": out.numel() * (2 if x.is_complex() else 1)})


def _largest(x, out):
    return {"compare": x.numel() - out.numel()}


REDUCTIONS = {"sum": _sum, "mean": _mean} | dict.fromkeys(
    ("amax", "amin", "max", "min", "argmax", "argmin"), _largest
)


def _softmax(x, dim):
    """Each row of k: its maximum, k differences, k exponentials, their sum, and k divisions."""
    k, n = x.shape[dim], x.numel()
    return {"compare": n - n // k, "add": n + n - n // k, "exp": n, "divide": n}


def _layer_norm(x, shape, affine):
    """Each row of k: mean, differences, mean square, 1 / sqrt(var + eps), scale, weight, bias."""
    k = prod(shape)
    weight, bias = (k if part is not None else 0 for part in affine)
    row = {"multiply": 1 + k + 1 + k + weight, "add": (k - 1) + k + (k - 1) + 1 + bias, "root": 1}
    return scaled(row, x.numel() // k)
