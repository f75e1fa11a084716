import pytest

from sslearn.course.figure import pivot, spread, table

ROWS = [
    {"model": "gsu", "task": "digits", "accuracy": 0.98},
    {"model": "gsu", "task": "digits", "accuracy": 1.0},
    {"model": "lif <2>", "task": "listops", "accuracy": 0.25},
]


def test_rows_are_arranged_by_two_names_in_their_order():
    cells = pivot(ROWS, "model", "task", lambda r: 100 * r["accuracy"])
    assert cells == {"gsu": {"digits": [98, 100]}, "lif <2>": {"listops": [25]}}
    with pytest.raises(KeyError, match="seed"):
        pivot(ROWS, "model", "seed", len)


def test_spread_is_mean_and_sample_sd():
    assert spread([98.0, 100.0]) == "99.0 ± 1.4"  # sqrt 2, by n - 1
    assert spread([1.25], digits=2) == "1.25"


def test_text_is_aligned_and_a_missing_cell_is_empty():
    cells = {"gsu": {"a": [98.0, 100.0], "b": "at 0.1"}, "linear": {"a": 7.25, "c": 1234}}
    assert repr(table(cells, corner="%")).splitlines() == [
        "%                a       b      c",
        "gsu     99.0 ± 1.4  at 0.1",
        "linear         7.2          1,234",
    ]


def test_html_names_its_rows_and_escapes_them():
    shown = table(pivot(ROWS, "model", "task", lambda r: r["accuracy"]), digits=2)._repr_html_()
    assert '<th scope="row">lif &lt;2&gt;</th><td></td><td>0.25</td>' in shown
    assert shown.count("<tr>") == 3 and "<tr><td></td><th>digits</th>" in shown
    assert "<tr><th>model</th><th>a</th></tr>" in table({1: {"a": 2}}, corner="model")._repr_html_()


def test_no_row_is_refused():
    with pytest.raises(ValueError, match="at least one row"):
        table({})
