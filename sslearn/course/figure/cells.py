"""A panel of widgets that is freed when the cell that made it runs again and makes a new one."""

import weakref
from collections.abc import Iterator
from typing import NamedTuple

import ipywidgets as w
from IPython import get_ipython


class Run(NamedTuple):
    """One run of one cell: the cell's id, or its text where the front end sends no id."""

    cell: str | None
    number: int


NOW = [Run(None, 0)]  # Its last entry is the run that is under way.
MADE: dict[str, weakref.WeakSet] = {}  # by cell: the panels that its runs made and left open


def _begin(info) -> None:
    """IPython calls this before it runs a cell."""
    NOW[:] = [Run(getattr(info, "cell_id", None) or info.raw_cell, NOW[-1].number + 1)]


if get_ipython():
    get_ipython().events.register("pre_run_cell", _begin)


class Panel(w.VBox):
    """A column of widgets; `close` closes all of them.

    ipywidgets keeps every widget until it is closed, so fifty runs of one cell would leave fifty
    panels. A new panel therefore closes those that earlier runs of its cell made, save those that
    another cell shows.
    """

    def __init__(self, children: list[w.Widget]):
        super().__init__(children)
        self._made, self._shown_elsewhere = NOW[-1], False
        if self._made.cell is None:  # There is no IPython, or its cell has imported this just now.
            return
        panels = MADE.setdefault(self._made.cell, weakref.WeakSet())
        for panel in list(panels):
            if panel._made != self._made and not panel._shown_elsewhere:
                panel.close()
        panels.add(self)

    def close(self) -> None:
        """Close this panel and every widget in it, and let go of them."""
        for panels in MADE.values():
            panels.discard(self)
        close_parts(self)
        self.children = ()

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        self._shown_elsewhere |= NOW[-1].cell != self._made.cell
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live or {}


def close_parts(widget: w.Widget) -> None:
    """Close a widget with all that is in it, which the `close` of ipywidgets leaves open."""
    for part in list(_parts(widget)):
        w.Widget.close(part)


def _parts(widget: w.Widget) -> Iterator[w.Widget]:
    """The widget's children, layouts and styles, all the way down, and then the widget."""
    for name in widget.keys:
        value = getattr(widget, name)
        for part in value if isinstance(value, list | tuple) else [value]:
            if isinstance(part, w.Widget):
                yield from _parts(part)
    yield widget
