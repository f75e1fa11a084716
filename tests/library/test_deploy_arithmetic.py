"""Tables, roots, layer norm and coins on integers, against the real ones."""

import math

import pytest
import torch
from torch.nn.functional import layer_norm

from sslearn.deploy.arithmetic import (
    ENTRIES,
    ROOT_SHARE,
    LayerNorm,
    draw_words,
    inverse_root,
    look_up,
    normal_table,
    saturate,
    sigmoid_table,
)
from sslearn.deploy.fixed import SEED, next_word
from sslearn.deploy.scales import fraction


def test_the_inverse_root_is_right_to_its_share():
    """At both ends of every entry of the table, where Newton starts worst, and at every size."""
    ends = torch.tensor([i << 25 for i in range(8, 33)])
    m = torch.cat([ends[:-1], ends[1:] - 1, torch.arange(2**28, 2**30, 99_991)])
    for j in (-14, -5, 0, 3, 15):
        Q = torch.where(torch.tensor(j < 0), m >> max(0, -2 * j), m << max(0, 2 * j)).clamp(min=1)
        y, power = inverse_root(Q)
        share = (y.double() / 2.0 ** (31 + power.double()) * Q.double().sqrt() - 1).abs()
        assert share.max() < ROOT_SHARE, j
    assert share.max() > ROOT_SHARE / 4, "the stated error is not far too large"


def test_the_inverse_root_of_the_smallest_and_largest():
    Q = torch.tensor([1, 2, 3, 4, 2**30 - 1, 2**30, 2**60 - 1])
    y, j = inverse_root(Q)
    assert ((y / 2.0 ** (31 + j)) * Q.double().sqrt() - 1).abs().max() < ROOT_SHARE
    assert j.tolist() == [-14, -14, -14, -13, 0, 1, 15]


@pytest.mark.parametrize("table", ["sigmoid", "normal"])
def test_a_table_is_its_function_and_odd_around_a_half(table):
    f, made = {
        "sigmoid": (torch.sigmoid, sigmoid_table()),
        "normal": (torch.special.ndtr, normal_table()),
    }[table]
    i = torch.arange(-400, 401)
    real = f(i.double() / 32)
    got = look_up(made, i) / 2.0**15
    assert (got - real).abs().max() < 4e-4  # 1 - sigmoid(8) = 3.4e-4 is the most beyond the end
    assert (got - real)[400 - ENTRIES + 1 : 400 + ENTRIES].abs().max() < 4e-5
    assert made.max() < 2**15  # so that it fits in 16 bits
    assert torch.equal(look_up(made, i) + look_up(made, -i), torch.full_like(i, 2**15).where(
        i != 0, 2 * made[0]))  # fmt: skip


def real_and_integer(r, weight, bias, f, eps=1e-5):
    """Layer norm of the integers r (B, H) in units of 2^-f, by torch and on integers."""
    H, g = r.shape[1], 10
    G, o, shift = fraction(weight * math.sqrt(H) * 2.0 ** (g - 15), bias * 2.0**g)
    made = LayerNorm(G, o, max(1, round(eps * H**3 * 4.0**f)), shift)
    real = layer_norm(r.double() / 2.0**f, (H,), weight, bias, eps)
    return real, made(r) / 2.0**g


@pytest.mark.parametrize("H", [1, 7, 64])
@pytest.mark.parametrize("size", [1, 30, 2**10, 2**15, 2**30])
def test_layer_norm_is_that_of_torch(H, size):
    """Also where deviations are wider than what is squared, and where eps is what counts."""
    g = torch.Generator().manual_seed(0)
    r = (torch.randn(200, H, generator=g, dtype=torch.float64) * size).round().long()
    weight = 1 + torch.rand(H, generator=g, dtype=torch.float64)
    bias = torch.randn(H, generator=g, dtype=torch.float64)
    real, got = real_and_integer(r, weight, bias, f=8)
    # A unit is 2^-10; t is right to 2^-16 of sqrt(H) <= 8, times a weight <= 2, and G to 2^-15.
    assert (real - got).abs().max() < 2.0**-11 + 2.0**-12 + 2.0**-10


def test_layer_norm_of_a_constant_is_the_bias():
    real, got = real_and_integer(torch.full((1, 5), 77), torch.ones(5).double(),
                                 torch.full((5,), 0.5).double(), f=8)  # fmt: skip
    assert got.tolist() == [[0.5] * 5]
    assert torch.allclose(real, got.double())


@pytest.mark.parametrize("n", [1, 2, 33, 1024])
def test_words_that_are_drawn_at_once_are_those_one_by_one(n):
    r, one_by_one = SEED, []
    for _ in range(n):
        r = next_word(r)
        one_by_one.append(r)
    words, last = draw_words(torch.tensor(SEED), n)
    assert words.tolist() == one_by_one and last.item() == r


def test_saturate_is_symmetric():
    assert saturate(torch.tensor([-500, -128, -127, 3, 128]), 8).tolist() == [
        -127,
        -127,
        -127,
        3,
        127,
    ]
