"""ListOps of the Long Range Arena: nested lists of digits, one digit as the answer.

The rule is that of lra_benchmarks/data/listops.py (Tay et al., arXiv 2011.04006; the task is from
Nangia and Bowman, arXiv 1804.06028). That program has no seed, so its published files cannot be
made again, and this module makes other examples from the same distribution.
"""

import random
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from sslearn.data.arguments import require_pairs, require_whole
from sslearn.data.made.parallel import OnMade, make_all

SYMBOLS = ("", *"0123456789", "[MIN", "[MAX", "[MED", "[SM", "]")  # Token k is SYMBOLS[k]; 0 pads.
MIN, MAX, MED, SM, END = range(11, 16)
P_LIST = 0.25  # This is P(a node is a list); otherwise it is a digit.
TRIES = 200_000  # The lengths are refused if none of so many trees has one of them.


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

    A node is a list of 2 ... max_args nodes with probability 0.25, and a digit otherwise; at
    max_depth all nodes are digits. The length counts operators, digits and closing brackets. MED is
    the median, rounded down, and SM the sum modulo 10. LRA takes 96,000, 2,000 and 2,000 examples
    for training, validation and test; take consecutive parts of one call, whose examples differ.
    on_made(done, n) is called every 100 examples and at the end. Returns x (n, longest) and y (n,).
    Raises ValueError for an argument that is no whole number or too small, and if there are hardly
    any such expressions.

    >>> x, y = listops(2, min_length=5, max_length=20, seed=1)
    >>> listops_text(x[0]), int(y[0])
    ('[MAX [SM 5 6 ] 9 ]', 9)
    """
    require_whole(1, n=n, workers=workers, max_depth=max_depth)
    require_whole(0, seed=seed, min_length=min_length, max_length=max_length)
    require_whole(2, max_args=max_args)
    if min_length > max_length - 2:
        raise ValueError(
            f"lengths must leave room, min_length < length < max_length, got {min_length} and "
            f"{max_length}"
        )
    make = partial(_example, seed, (min_length, max_length, max_depth, max_args))
    answers, start = {}, 0
    while len(answers) < n:
        missing = n - len(answers)
        for tokens, value in make_all(make, start, missing, workers):
            answers.setdefault(tokens, value)
            if on_made and (len(answers) % 100 == 0 or len(answers) == n):
                on_made(len(answers), n)
        start += missing
        if len(answers) < n and start > 20 * n + 1000:
            raise ValueError(
                f"n must be smaller: {start} expressions hold {len(answers)} different"
            )
    x = torch.zeros(n, max(map(len, answers)), dtype=torch.uint8)
    for row, tokens in zip(x, answers, strict=True):
        row[: len(tokens)] = torch.frombuffer(bytearray(tokens), dtype=torch.uint8)
    return ListOps(x, torch.tensor(list(answers.values())))


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
    """Append a node's tokens and return its value; _TooLong is raised once it cannot fit."""
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
    """One row of x as people write it; raises ValueError for what is no token.

    >>> listops_text([12, 3, 10, 15, 0, 0])
    '[MAX 2 9 ]'
    """
    row = torch.as_tensor(tokens).tolist()
    if not isinstance(row, list) or not all(k in range(len(SYMBOLS)) for k in row):
        raise ValueError(f"tokens must be a row of whole numbers 0 ... {END}, got {tokens}")
    return " ".join(SYMBOLS[int(k)] for k in row if k)


def root_baseline(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> float:
    """The accuracy on test of a guess from the first token of each row alone.

    The guess is the most frequent answer in train after that token, or the most frequent answer of
    all if train lacks the token. train and test are (x, y). The accuracy is about 0.36 on LRA's
    ListOps, so a model at that level has learned nothing about nesting. Raises ValueError for a
    part that is empty or has not one answer for each row.
    """
    for name, part in (("train", train), ("test", test)):
        require_pairs(name, *part)
    x, y = train
    table = torch.zeros(len(SYMBOLS), 10).index_put_(
        (x[:, 0].long(), y), torch.ones(len(y)), accumulate=True
    )
    table[table.sum(1) == 0] = table.sum(0)
    return float((table.argmax(1)[test[0][:, 0].long()] == test[1]).float().mean())
