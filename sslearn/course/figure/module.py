"""A panel that a module of JavaScript draws in the page, with a still picture beside it."""

import anywidget
import traitlets

from sslearn.course.figure.cells import Panel
from sslearn.course.figure.picture import Picture


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
