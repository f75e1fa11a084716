"""The committed rows of few bits: whole, one measured again, and what notebook 13 says of them."""

import pytest

from sslearn.deploy import DECAYS, ROUNDINGS
from sslearn.runs import results
from studies.digit_bits import FEW, WIDE, measure, settings

ROWS = results("digit_bits")


def right(varied, bits, **how):
    """The share of digits right (%) with that width narrowed."""
    wanted = WIDE | {f"{varied}_bits": bits} | how
    (row,) = [r for r in ROWS if r["varied"] == varied
              and all(r[name] == value for name, value in wanted.items())]  # fmt: skip
    return 100 * row["right"] / row["of"]


def test_every_setting_has_its_row():
    rows = [(r["varied"], {name: r[name] for name in WIDE}) for r in ROWS]
    assert rows == settings() and len(rows) == 7 + len(FEW) * (len(ROUNDINGS) + len(DECAYS))


def test_a_row_is_measured_again():
    row = ROWS[1]
    assert row["weight_bits"] == 3
    assert measure({name: row[name] for name in WIDE}) == pytest.approx(row["right"], abs=2)


def test_each_width_falls_where_the_notebook_says():
    assert right("weight", 5) > 95 > 92 > right("weight", 4) > 88 > 50 > right("weight", 3)
    assert right("state", 7) > 95 > 85 > right("state", 6)
    assert (
        right("state", 10, rounding="truncate") > 92 > 70 > right("state", 8, rounding="truncate")
    )
    assert right("state", 6, rounding="stochastic") > right("state", 6) + 8
    assert right("decay", 7, decay="plain") > 90 > 50 > right("decay", 6, decay="plain")
    assert right("decay", 6) > 94
