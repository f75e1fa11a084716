"""A live panel whose findings are the reader's machine's own: none of them is saved."""

import html
from collections.abc import Callable

import ipywidgets as w

from sslearn.course.figure.cells import Panel
from sslearn.course.figure.picture import Picture


class LivePanel(Panel):
    """A row of controls, what they act on, and one line that says what came of it.

    The notebook saves the text `saved` in its place, because times and versions differ from one
    machine to the next.
    """

    def __init__(self, controls: list[w.Widget], *, saved: str):
        self._shown, self._line, self._saved = w.HTML(), w.HTML(), saved
        super().__init__([w.HBox(controls), self._shown, self._line])

    def show(self, thing: Picture | str) -> None:
        """Show a picture with its caption below it, or a text as it is."""
        if isinstance(thing, Picture):
            self._shown.value = thing.img(thing.png())
            self.say(thing.caption)
        else:
            self._shown.value = f"<pre>{html.escape(thing)}</pre>"

    def say(self, line: str) -> None:
        """Put one line below, which a screen reader announces."""
        self._line.value = f'<p role="status">{html.escape(line)}</p>'

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live | {"text/plain": self._saved}


def button(label: str, action: Callable[[], object]) -> w.Button:
    """A button that calls `action` without arguments."""
    made = w.Button(description=label)
    made.on_click(lambda _: action())
    return made
