"""The picture of an explorer in a notebook: numbers go to the page, which draws them."""

from collections.abc import Callable
from importlib.resources import files
from typing import NamedTuple
from uuid import uuid4

import anywidget
import numpy as np
import traitlets

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.scene import Scene, still
from sslearn.javascript import joined

WEB = files("sslearn.course.figure").joinpath("web")
PICTURE = ("paint.js", "grab.js", "picture.js")  # what the site shows an explorer with, too


class Drag(NamedTuple):
    """The slider that follows an axis of what is dragged: its value is times the data's there.

    mirrored says that the data's sign means nothing, as for one of two conjugate poles.
    """

    control: str
    times: float = 1.0
    mirrored: bool = False


Drags = dict[str, dict[str, Drag]]  # by artist, and by x or y


def style() -> str:
    """The style sheet of explorers."""
    return WEB.joinpath("picture.css").read_text(encoding="utf-8")


class Living(anywidget.AnyWidget):
    """A picture that the page draws: `still` and `spec` go to it once, and then `move`.

    `move` holds a number k that grows, the caption, whether the last picture may stay as a ghost,
    and either heads and data, see `Scene.numbers`, or error, which is then true. `controls` has
    the sliders' models, so that the page can name and move them. `drags` says what follows a drag.
    `name` is the model's own id, by which the page finds it.
    """

    _esm = joined(WEB, (*PICTURE, "keys.js", "lab.js"), {"STYLE": style()})
    still, name = traitlets.Unicode().tag(sync=True), traitlets.Unicode().tag(sync=True)
    spec, drags, controls, move = (traitlets.Dict().tag(sync=True) for _ in range(4))

    def __init__(self, picture: Picture, drags: Drags, controls: dict):
        self.picture, self.scene, self.k = picture, Scene(picture), 0
        name = uuid4().hex
        super().__init__(
            model_id=name, name=name, still=still(picture), spec=self.scene.spec,
            drags=drags, controls=controls, move=self._move() | {"ghost": False},
        )  # fmt: skip

    def show(self, *, ghost: bool = True) -> None:
        """Send what the picture shows now; the last one may stay as a ghost if it compares."""
        self.move = self._move() | {"ghost": ghost}

    def complain(self, text: str) -> None:
        """Show an error in the caption's place; the picture stays."""
        self.k += 1
        self.move = {"k": self.k, "caption": text, "error": True}

    def frame(self) -> tuple[dict, bytes]:
        """What the picture shows now, as one of the frames that are sent ahead in Play."""
        heads, arrays = self.scene.numbers()
        data = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
        return {"heads": heads, "caption": self.picture.caption}, data

    def _move(self) -> dict:
        frame, data = self.frame()
        self.k += 1
        return {"k": self.k, **frame, "data": data}

    def hear(self, name: str, action: Callable[[dict], None]) -> None:
        """Call action with each message of the page that has the name."""
        self.on_msg(lambda _, message, buffers: action(message) if name in message else None)
