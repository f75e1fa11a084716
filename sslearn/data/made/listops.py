"""ListOps of the Long Range Arena: nested lists of digits, one digit as the answer.

The rule is that of lra_benchmarks/data/listops.py (Tay et al., arXiv 2011.04006; the task is from
Nangia and Bowman, arXiv 1804.06028). That program has no seed, so its published files cannot be
made again: this makes other examples from the same distribution.
"""

import random
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data.made.parallel import OnMade, check_run, make_all

SYMBOLS = ("", *"0123456789", "[MIN", "[MAX", "[MED", "[SM", "]")  # token k is SYMBOLS[k], 0 pads
MIN, MAX, MED, SM, END = range(11, 16)
P_LIST = 0.25  # of a list rather than a digit
TRIES = 200_000  # trees for one example, before giving up


class ListOps(NamedTuple):
    """x (N, L) uint8 tokens, index into SYMBOLS, 0 behind the end; y (N,) answers 0 ... 9."""

    x: Tensor
    y: Tensor


class _TooLong(Exception):
    pass


def listops(
    n: int,
    *,
    min_length: int = 500,
    max_length: int = 2000,
    max_depth: int = 10,
    max_args: int = 10,
    seed: int = 0,
    workers: int = 1,
    on_made: OnMade | None = None,
) -> ListOps:
    """n different expressions of min_length < length < max_length tokens; the defaults are LRA's.

    A node is a list with probability 0.25, of 2 ... max_args nodes, else a digit; at max_depth all
    are digits. Length counts operators, digits and closing brackets. MED is the median, rounded
    down; SM the sum modulo 10. LRA: 96,000, 2,000 and 2,000 for training, validation and test,
    consecutive parts of one call. on_made(done, n) is called every 100 examples and at the end.
    Returns x (n, longest) and y (n,). Raises ValueError if there are hardly any such expressions.
    """
    check_run(n, workers)
    if not 0 <= min_length <= max_length - 2:
        raise ValueError(
            f"lengths must leave room, min_length < length < max_length, got {min_length} and "
            f"{max_length}"
        )
    if max_args < 2 or max_depth < 1:
        raise ValueError(
            f"max_args must be at least 2 and max_depth 1, got {max_args} and {max_depth}"
        )
    make = partial(_example, seed, (min_length, max_length, max_depth, max_args))
    found, start = {}, 0
    while len(found) < n:
        missing = n - len(found)
        for tokens, value in make_all(make, start, missing, workers):
            found.setdefault(tokens, value)
            if on_made and (len(found) % 100 == 0 or len(found) == n):
                on_made(len(found), n)
        start += missing
        if len(found) < n and start > 20 * n + 1000:
            raise ValueError(f"n must be smaller: {start} expressions hold {len(found)} different")
    x = torch.zeros(n, max(map(len, found)), dtype=torch.uint8)
    for row, tokens in zip(x, found, strict=True):
        row[: len(tokens)] = torch.frombuffer(bytearray(tokens), dtype=torch.uint8)
    return ListOps(x, torch.tensor(list(found.values())))


def _example(seed, rule, k):
    """The first tree of generator (seed, k) that is neither too short nor too long."""
    min_length, max_length, max_depth, max_args = rule
    draw = random.Random(f"listops {seed} {k}").random
    for _ in range(TRIES):
        tokens = []
        try:
            value = _grow(draw, tokens, 1, max_depth, max_args, max_length)
        except _TooLong:
            continue
        if min_length < len(tokens) < max_length:
            return bytes(tokens), value
    raise ValueError(
        f"lengths must be reachable: none of {TRIES} trees has {min_length} < length < {max_length}"
    )


def _grow(draw, tokens, depth, max_depth, max_args, max_length):
    """Append a node's tokens, return its value; _TooLong as soon as it cannot fit."""
    if depth >= max_depth or draw() > P_LIST:
        digit = int(10 * draw())
        tokens.append(1 + digit)
        return digit
    op, args = MIN + int(4 * draw()), 2 + int((max_args - 1) * draw())
    tokens.append(op)
    values = []
    for _ in range(args):
        if len(tokens) >= max_length:
            raise _TooLong
        values.append(_grow(draw, tokens, depth + 1, max_depth, max_args, max_length))
    tokens.append(END)
    return _apply(op, values)


def _apply(op, values):
    if op == MIN:
        return min(values)
    if op == MAX:
        return max(values)
    if op == SM:
        return sum(values) % 10
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) // 2


def listops_text(tokens: Sequence[int] | Tensor) -> str:
    """One row of x as people write it: '[MAX 2 9 [MIN 4 7 ] 0 ]'."""
    return " ".join(SYMBOLS[int(k)] for k in tokens if k)


def root_baseline(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """The accuracy on test of one who sees only the first token of each row.

    The guess for each first token is the most frequent answer in train; for one that train lacks,
    the most frequent of all. Both are (x, y). About 0.36 on LRA's ListOps: a model at that level
    has learned nothing about nesting.
    """
    x, y = train
    table = torch.zeros(len(SYMBOLS), 10).index_put_(
        (x[:, 0].long(), y), torch.ones(len(y)), accumulate=True
    )
    table[table.sum(1) == 0] = table.sum(0)
    return float((table.argmax(1)[test[0][:, 0].long()] == test[1]).float().mean())
