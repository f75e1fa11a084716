"""An explorer: controls -> compute -> picture and caption, in one box of widgets.

Adding one takes three things: `compute(**values) -> (data, caption)`, `draw(fig) -> {name: artist}`
and a dict of controls. See `sslearn.explorers.neuron.lif_lab`.
"""

import base64
import contextlib
import html
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as w
import torch

from sslearn.pictures import Draw, Picture

Compute = Callable[..., tuple[dict, str]]
STYLE = {"description_width": "17em"}
WIDE = {"width": "34em"}
# ipywidgets gives a slider's handle no accessible name: copy the visible label to it, once drawn.
NAME_HANDLES = """<img hidden alt="" src="data:," onerror="
let left = 40, here = this, timer = setInterval(() => {
  let box = here.closest('.sslearn-explorer');
  if (box) box.querySelectorAll('.widget-slider').forEach(slider => {
    let label = slider.querySelector('.widget-label'), knob = slider.querySelector('.noUi-handle');
    if (label && knob) { knob.setAttribute('aria-label', label.textContent); left = 0; }
  });
  if (--left < 0) clearInterval(timer);
}, 250)">"""


class Slider(NamedTuple):
    """A number from low to high, with its unit in the label. `play` adds a play button."""

    label: str
    low: float
    high: float
    step: float
    value: float
    play: bool = False

    def widget(self) -> w.Widget:
        """The ipywidgets slider: whole numbers get an IntSlider."""
        whole = all(isinstance(x, int) for x in self[1:5])
        digits = max(0, len(f"{self.step:g}".partition(".")[2]))
        kind, form = (w.IntSlider, "d") if whole else (w.FloatSlider, f".{digits}f")
        return kind(value=self.value, min=self.low, max=self.high, step=self.step, style=STYLE,
                    description=self.label, layout=WIDE, readout_format=form)  # fmt: skip

    def ends(self) -> tuple:
        """Both ends, for the sweep."""
        return self.low, self.high


class Choice(NamedTuple):
    """One of `options`."""

    label: str
    options: tuple
    value: Any

    def widget(self) -> w.Widget:
        """A drop-down list."""
        return w.Dropdown(options=self.options, value=self.value, description=self.label,
                          style=STYLE, layout=WIDE)  # fmt: skip

    def ends(self) -> tuple:
        """Every option."""
        return self.options


class Toggle(NamedTuple):
    """Yes or no."""

    label: str
    value: bool = False

    def widget(self) -> w.Widget:
        """A check box."""
        return w.Checkbox(value=self.value, description=self.label, style=STYLE, layout=WIDE,
                          indent=False)  # fmt: skip

    def ends(self) -> tuple:
        """Both states."""
        return False, True


class Explorer(w.VBox):
    """Controls, a picture that answers at once, and a caption that says what it shows.

    compute(**values) returns (data, caption); draw(fig) returns the artists that data is put in.
    presets maps a name to some controls' values (the rest go to their defaults). reading says
    how to read the picture. An error in compute is shown in red and raised again.
    Raises ValueError for a preset that names an unknown control.
    """

    def __init__(
        self,
        compute: Compute,
        draw: Draw,
        controls: dict,
        *,
        presets: dict[str, dict],
        reading: str,
        size=(8.0, 3.2),
    ):
        unknown = {name for values in presets.values() for name in values} - controls.keys()
        if unknown:
            raise ValueError(f"presets must name controls {sorted(controls)}, got {unknown}")
        self.compute, self.presets, self.reading = compute, presets, reading
        self.specs = controls
        self.defaults = {name: spec.value for name, spec in controls.items()}
        self.picture = Picture(draw, *compute(**self.defaults), size=size)
        self.controls = {name: spec.widget() for name, spec in controls.items()}
        self._image, self._caption, self._more = w.HTML(), w.HTML(), w.HTML()
        for widget, name in ((self._image, "picture"), (self._caption, "caption")):
            widget.add_class(f"sslearn-{name}")
        self._plays: list[w.Play] = []
        super().__init__([self._buttons(), self._panel(), self._image, self._caption, self._more])
        self.add_class("sslearn-explorer")
        self._quiet = False
        self._show()
        for widget in self.controls.values():
            widget.observe(self._refresh, "value")
        if os.environ.get("SSLEARN_SWEEP"):
            self.sweep()

    @property
    def values(self) -> dict:
        """Every control's value, by name."""
        return {name: widget.value for name, widget in self.controls.items()}

    @property
    def caption(self) -> str:
        """What the picture shows now: its alt text and read-out."""
        return self.picture.caption

    def set(self, **values) -> None:
        """Stop what plays, move controls, draw once. Raises ValueError for an unknown control."""
        if unknown := values.keys() - self.controls.keys():
            raise ValueError(f"controls are {sorted(self.controls)}, got {sorted(unknown)}")
        for play in self._plays:
            play.playing = False
        self._quiet = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._quiet = False
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
        """Visit both ends of every control and every preset, then come back. For the tests."""
        for name, spec in self.specs.items():
            for value in spec.ends():
                self.set(**self.defaults | {name: value})
        for name in self.presets:
            self.preset(name)
        self.reset()

    def _buttons(self):
        row = [w.Button(description=name, layout={"width": "auto"}) for name in self.presets]
        for button in row:
            button.on_click(lambda b: self.preset(b.description))
        reset, tell = (
            w.Button(description=name, layout={"width": "auto"}) for name in ("Reset", "Describe")
        )
        reset.on_click(self.reset)
        tell.on_click(self._tell)
        box = w.HBox([*row, reset, tell], layout={"flex_flow": "row wrap"})
        return box.add_class("sslearn-presets")

    def _panel(self):
        items = []
        for name, widget in self.controls.items():
            spec = self.specs[name]
            if isinstance(spec, Slider) and spec.play:
                self._plays.append(_play(spec, widget))
                widget = w.HBox([self._plays[-1], widget])
            items.append(widget)
        layout = {"flex_flow": "row wrap", "max_width": "70em"}
        return w.HBox([*items, w.HTML(NAME_HANDLES, layout={"display": "none"})], layout=layout)

    def _tell(self, _):
        text = "" if self._more.value else f'<p role="status">{html.escape(self.describe())}</p>'
        self._more.value = text

    def _refresh(self, _=None):
        if self._quiet:
            return
        try:
            with one_thread():
                self.picture.update(*self.compute(**self.values))
        except Exception as error:
            text = html.escape(f"{type(error).__name__}: {error}")
            red = f'<p role="status" class="sslearn-error" style="color:#D55E00">{text}</p>'
            self._caption.value = red
            raise
        self._show()

    def _show(self):
        self._image.value = self.picture.img(self.picture.png())
        self._caption.value = f'<p role="status">{html.escape(self.caption)}</p>'
        self._more.value = ""

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return (live or {}) | self.picture._repr_mimebundle_()


def _play(spec: Slider, slider: w.Widget) -> w.Play:
    """A Play knows whole numbers alone: it counts the slider's steps."""
    low, step = spec.low, spec.step
    count, value = (lambda x: round((x - low) / step)), (lambda k: round(low + k * step, 9))
    play = w.Play(value=count(spec.value), max=count(spec.high), interval=100)
    w.link((play, "value"), (slider, "value"), transform=(value, count))
    return play


@contextlib.contextmanager
def one_thread():
    """Within: torch works on one thread. On busy cores a second one costs 80 ms of waiting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def image_bytes(explorer: Explorer) -> bytes:
    """The PNG that the explorer shows now, taken back out of its widget."""
    return base64.b64decode(explorer._image.value.split("base64,")[1].split('"')[0])
