"""Tables of results: a study's rows arranged by two of their names, and shown side by side."""

import html
import statistics
from collections.abc import Callable, Iterable, Mapping

Cells = Mapping[object, Mapping[object, object]]


class Table:
    """A table as aligned text, and as HTML where a notebook shows it."""

    def __init__(self, lines: list[list[str]]):
        self.lines = lines

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.lines, strict=True)]
        return "\n".join(
            "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
            for line in self.lines
        )

    def _repr_html_(self) -> str:
        head, *body = ([html.escape(text) for text in line] for line in self.lines)
        # A corner without a name heads nothing: an empty <th> would promise a heading.
        rows = [f"<tr>{''.join(f'<th>{text}</th>' if text else '<td></td>' for text in head)}</tr>"]
        for name, *texts in body:
            cells = "".join(f"<td>{text}</td>" for text in texts)
            rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
        return f"<table>{''.join(rows)}</table>"


def pivot(rows: Iterable[Mapping], row: str, column: str, value: Callable[[Mapping], object]):
    """The values of all rows by two of their names: {row: {column: [value, ...]}}, in their order.

    Raises KeyError for a row of the study that lacks one of the names.
    """
    cells: dict[object, dict[object, list]] = {}
    for r in rows:
        cells.setdefault(r[row], {}).setdefault(r[column], []).append(value(r))
    return cells


def spread(values: Iterable[float], digits: int = 1) -> str:
    """The mean ± the sample standard deviation of some values, or the one value alone."""
    values = list(values)
    mean = f"{statistics.mean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def table(cells: Cells, *, corner: str = "", digits: int = 1) -> Table:
    """A row for each name in cells and a column for each name that a row has.

    A cell is a text, which stays as it is, a number with so many digits, or several numbers, shown
    by their `spread`. A row that lacks a column has an empty cell there. Raises ValueError if there
    is no row.
    """
    if not cells:
        raise ValueError("cells must have at least one row, got none")
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    lines = [[corner, *map(str, columns)]]
    for name, row in cells.items():
        lines.append([str(name), *(_text(row.get(column, ""), digits) for column in columns)])
    return Table(lines)


def _text(cell, digits):
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:.{digits}f}" if isinstance(cell, float) else spread(cell, digits)
