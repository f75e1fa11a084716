"""Real data. Everything here comes with scikit-learn, so nothing is downloaded."""

from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from torch import Tensor


class Digits(NamedTuple):
    """x (1797, 8, 8) pixels in 0 ... 1 (the file's 0 ... 16 over 16), y (1797,) classes 0 ... 9."""

    x: Tensor
    y: Tensor


def digits() -> Digits:
    """The 1,797 handwritten 8 x 8 digits of scikit-learn (UCI optdigits, test part)."""
    raw = load_digits()
    return Digits(torch.tensor(raw.images / 16, dtype=torch.float32), torch.tensor(raw.target))
