"""An explorer: the controls' values go through a view into a picture, in one box of widgets.

Adding one takes three things: `view(**values) -> (data, caption)`, `draw(fig) -> {name: artist}`
and a dict of controls. `sslearn.course.n01_neuron.lif_lab` shows how.
"""

import contextlib
import html
from collections.abc import Callable

import ipywidgets as w
import torch
from threadpoolctl import ThreadpoolController

from sslearn.course.figure.cells import Panel
from sslearn.course.figure.controls import Choice, Slider, Toggle, panel
from sslearn.course.figure.living import Drag, Drags, Living
from sslearn.course.figure.picture import Draw, Picture
from sslearn.course.figure.play import Player

__all__ = ["Choice", "Drag", "Explorer", "Slider", "Toggle", "torch_defaults"]

View = Callable[..., tuple[dict, str]]


class Explorer(Panel):
    """Controls, a picture that answers at once, and a caption that says what it shows.

    `view(**values)` returns (data, caption), and `draw(fig)` the artists that data is put in.
    `presets` maps a name to some controls' values; the other controls go to their defaults.
    `reading` says how to read the picture. `drags` maps an artist, a line of `draw`, to the sliders
    that follow when it is dragged: {"theta": {"y": Drag("theta")}} says that the line's height is
    the value of theta. An error in the view is shown in red and raised again.
    The constructor raises ValueError if a preset or a drag names an unknown control or artist.
    """

    def __init__(
        self,
        view: View,
        draw: Draw,
        controls: dict,
        *,
        presets: dict[str, dict],
        reading: str,
        size=(8.0, 3.2),
        drags: Drags | None = None,
    ):
        unknown = {name for values in presets.values() for name in values} - controls.keys()
        if unknown:
            raise ValueError(f"presets must name controls {sorted(controls)}, got {unknown}")
        self.view, self.presets, self.reading = view, presets, reading
        self.specs, self.drags = controls, drags or {}
        self.defaults = {name: spec.value for name, spec in controls.items()}
        with torch_defaults():
            self.picture = Picture(draw, *view(**self.defaults), size=size)
        self._check_drags()
        self.controls = {name: spec.widget() for name, spec in controls.items()}
        models = {spec.label: self.controls[name].model_id for name, spec in controls.items()}
        self._living = Living(self.picture, self.drags, models)
        self._living.hear("drag", self._drag)
        self._players = {
            name: Player(
                spec, self._living, lambda n=name: self.controls[n].value,
                lambda value, n=name: self._frame(n, value),
            )
            for name, spec in controls.items() if getattr(spec, "play", False)
        }  # fmt: skip
        plays = {name: player.button for name, player in self._players.items()}
        self._more = w.HTML()
        super().__init__([self._buttons(), panel(self.controls, plays), self._living, self._more])
        self.add_class("sslearn-explorer")
        # The view has run once, so that every BLAS library that it uses is loaded and found here.
        self._blas = ThreadpoolController().select(user_api="blas")
        self._quiet, self._shown = False, self.values
        for widget in self.controls.values():
            widget.observe(self._moved, "value")

    @property
    def values(self) -> dict:
        """Every control's value, by name."""
        values = {name: widget.value for name, widget in self.controls.items()}
        sliders = {name: spec for name, spec in self.specs.items() if isinstance(spec, Slider)}
        return values | {name: spec.settled(values[name]) for name, spec in sliders.items()}

    @property
    def caption(self) -> str:
        """What the picture shows now: its alt text and read-out."""
        return self.picture.caption

    def set(self, **values) -> None:
        """Stop what plays, move controls, draw once. Raises ValueError for an unknown control."""
        if unknown := values.keys() - self.controls.keys():
            raise ValueError(f"controls are {sorted(self.controls)}, got {sorted(unknown)}")
        self._stop()
        with self._silence():
            for name, value in values.items():
                self.controls[name].value = value
        self._refresh()

    def preset(self, name: str) -> None:
        """Go to a preset by its name; controls that it does not name go to their defaults."""
        if name not in self.presets:
            raise ValueError(f"preset must be one of {list(self.presets)}, got {name!r}")
        self.set(**self.defaults | self.presets[name])

    def reset(self, _=None) -> None:
        """Back to the defaults."""
        self.set(**self.defaults)

    def describe(self) -> str:
        """The picture in words: how to read it, where every control stands, what it shows."""
        now = "; ".join(f"{self.specs[n].label} {value}" for n, value in self.values.items())
        return f"{self.reading} Controls: {now}. {self.caption}"

    def sweep(self) -> None:
        """Visit both ends of every control and every preset, then come back: the tests call it."""
        for name, spec in self.specs.items():
            for value in spec.ends():
                self.set(**self.defaults | {name: value})
        for name in self.presets:
            self.preset(name)
        self.reset()

    def close(self) -> None:
        """Close every widget and let go of the picture, because `Out` keeps what cells return."""
        super().close()
        self.picture = self._living = self._more = None
        self.controls, self._players = {}, {}

    def _check_drags(self) -> None:
        for artist, axes in self.drags.items():
            if artist not in self.picture.artists or not set(axes) <= {"x", "y"}:
                raise ValueError(f"a drag must name an artist, and x or y, got {artist!r}: {axes}")
            for drag in axes.values():
                if not isinstance(self.specs.get(drag.control), Slider):
                    raise ValueError(f"a drag must lead to a slider, got {drag.control!r}")

    def _buttons(self):
        self._ways = {
            name: w.Button(description=name, layout={"width": "auto"}) for name in self.presets
        }
        row = list(self._ways.values())
        for button in row:
            button.on_click(lambda b: self.preset(b.description))
        reset, tell = (
            w.Button(description=name, layout={"width": "auto"}) for name in ("Reset", "Describe")
        )
        reset.on_click(self.reset)
        tell.on_click(self._tell)
        box = w.HBox([*row, reset, tell], layout={"flex_flow": "row wrap"})
        return box.add_class("sslearn-presets")

    def _tell(self, _):
        text = "" if self._more.value else f'<p role="status">{html.escape(self.describe())}</p>'
        self._more.value = text

    def _moved(self, _=None):
        """A control was moved by hand, unless the page only returned what it was told."""
        if not self._quiet and self.values != self._shown:
            self._stop()
            self._refresh()

    def _drag(self, message: dict) -> None:
        """Something in the picture was dragged: its slider goes to the nearest position."""
        spec = self.specs[message["drag"]]
        self.controls[message["drag"]].value = spec.at(spec.position(message["value"]))

    def _stop(self) -> None:
        for player in self._players.values():
            player.stop()

    @contextlib.contextmanager
    def _silence(self):
        """Move controls within without a picture for each."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _frame(self, name: str, value: float) -> None:
        """Put a slider at a value, and the picture with it, without showing the picture."""
        with self._silence():
            self.controls[name].value = value
        self._compute()

    def _compute(self) -> None:
        try:
            with torch_defaults(), one_thread(self._blas):
                self._shown = self.values
                self.picture.update(*self.view(**self._shown))
        except Exception as error:
            self._living.complain(f"{type(error).__name__}: {error}")
            raise

    def _refresh(self) -> None:
        last = self._shown
        self._compute()
        apart = [n for n, spec in self.specs.items() if getattr(spec, "apart", False)]
        self._living.show(ghost=all(last[name] == self._shown[name] for name in apart))
        self._more.value = ""
        self._mark()

    def _mark(self) -> None:
        """Mark the controls that are not at their default, and the preset that is on."""
        values = self.values
        for name, widget in self.controls.items():
            _mark(widget, "sslearn-moved", values[name] != self.defaults[name])
        for name, button in self._ways.items():
            _mark(button, "sslearn-on", values == self.defaults | self.presets[name])

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live | self.picture._repr_mimebundle_()


@contextlib.contextmanager
def torch_defaults():
    """Compute in float32 on the processor within, whatever default the reader has set."""
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    torch.set_default_dtype(torch.float32)
    try:
        # A device that is set costs time at every call of torch, so it is set only against another.
        with contextlib.nullcontext() if device.type == "cpu" else torch.device("cpu"):
            yield
    finally:
        torch.set_default_dtype(dtype)


@contextlib.contextmanager
def one_thread(blas: ThreadpoolController):
    """Keep torch and NumPy's BLAS on one thread within, because a second one waits on busy cores.

    The wait was measured on two cores of which one was busy: 80 ms for torch, and 400 ms for one
    matrix exponential.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with blas.limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


def _mark(widget: w.Widget, name: str, on: bool) -> None:
    """Give a widget the class of that name, or take it away; nothing is sent if it has it."""
    if (name in widget._dom_classes) != on:
        (widget.add_class if on else widget.remove_class)(name)
