"""A panel that a module of JavaScript draws in the page, with a still picture beside it."""

import json
import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable

import anywidget
import traitlets

from sslearn.course.figure.cells import Panel
from sslearn.course.figure.picture import Picture


def joined(folder: Traversable, names: Iterable[str], constants: dict) -> str:
    """Files of JavaScript as one ES module, because anywidget takes just one.

    Their own imports are left out, and constants come first, each as JSON. No two files may have
    one name for two things, save what stands in a function.
    """
    first = [f"export const {name} = {json.dumps(value)};" for name, value in constants.items()]
    parts = [folder.joinpath(name).read_text(encoding="utf-8") for name in names]
    return "\n".join([*first, *(re.sub(r"^import .*\n", "", part, flags=re.M) for part in parts)])


class Module(anywidget.AnyWidget):
    """The widget whose page part is the ES module `_esm`; `data` goes to it, bytes included."""

    _esm = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)


class WebPanel(Panel):
    """What the module's default export renders from `data`; the notebook saves `picture` with it.

    The picture, its caption and its alt text are what a reader sees who has no kernel.
    """

    def __init__(self, module: str, data: dict, picture: Picture):
        self.picture = picture
        super().__init__([Module(_esm=module, data=data)])

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live | self.picture._repr_mimebundle_()
