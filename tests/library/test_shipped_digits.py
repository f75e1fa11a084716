"""The shipped models that read MNIST, tested on all ten thousand digits again."""

import pytest

from sslearn.runs import retest
from tests.library.test_shipped import SHIPPED, mnist_is_missing


@pytest.mark.parametrize("path", [p for p in SHIPPED if "mnist" in p.stem], ids=lambda p: p.stem)
def test_all_ten_thousand_digits_again(path):
    if missing := mnist_is_missing():
        pytest.skip(f"no MNIST here: {missing}")
    accuracy, record = retest(path)
    assert record["test"] == 10_000 and abs(accuracy - record["accuracy"]) <= 0.0002
