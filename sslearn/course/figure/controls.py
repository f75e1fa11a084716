"""The controls of an explorer, and the panel that lays them out in columns."""

from typing import Any, NamedTuple

import ipywidgets as w

# Three slots make a row in a notebook on a laptop, two beside an open sidebar.
SLOT = {"layout": {"width": "29em"}, "style": {"description_width": "13.5em"}}
SLOT_OF_PLAY = {"layout": {"width": "23.2em"}, "style": {"description_width": "initial"}}
# The caption keeps room for two lines, so that what is below it never jumps.
LOOK = """<style>
.sslearn-presets .jupyter-button {padding: 0 7px}
.sslearn-picture img {display: block}
.sslearn-caption p {margin: 2px 0; line-height: 1.35; min-height: 2.7em}
.sslearn-controls .widget-checkbox {padding-left: 2em}
.sslearn-controls .widget-checkbox input {margin: auto 8px auto 0}
</style>"""
# A screen reader finds no name on a slider's handle, because ipywidgets puts the label beside it.
# This script copies the label to the handle. It is the `onerror` of an image that cannot load,
# because a browser runs no <script> that an HTML widget puts in. It looks every 250 ms for up to
# ten seconds, because the sliders are drawn after it.
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
    """A number from low to high, with its unit in the label; `play` adds a play button."""

    label: str
    low: float
    high: float
    step: float
    value: float
    play: bool = False

    def widget(self) -> w.Widget:
        """The slider of ipywidgets, an IntSlider if all its numbers are whole."""
        whole = all(isinstance(x, int) for x in self[1:5])
        digits = max(0, len(f"{self.step:g}".partition(".")[2]))
        kind, form = (w.IntSlider, "d") if whole else (w.FloatSlider, f".{digits}f")
        look = SLOT_OF_PLAY if self.play else SLOT
        return kind(value=self.value, min=self.low, max=self.high, step=self.step,
                    description=self.label, readout_format=form, **look)  # fmt: skip

    def ends(self) -> tuple:
        """Both ends, which the sweep visits."""
        return self.low, self.high


class Choice(NamedTuple):
    """One of `options`."""

    label: str
    options: tuple
    value: Any

    def widget(self) -> w.Widget:
        """A drop-down list."""
        return w.Dropdown(options=self.options, value=self.value, description=self.label,
                          **SLOT)  # fmt: skip

    def ends(self) -> tuple:
        """Every option, since a list has no ends."""
        return self.options


class Toggle(NamedTuple):
    """Yes or no."""

    label: str
    value: bool = False

    def widget(self) -> w.Widget:
        """A check box."""
        return w.Checkbox(value=self.value, description=self.label, indent=False,
                          **SLOT)  # fmt: skip

    def ends(self) -> tuple:
        """Both states."""
        return False, True


def panel(specs: dict, widgets: dict[str, w.Widget]) -> tuple[w.Widget, list[w.Play]]:
    """The controls in as many columns as there is room for, and the play buttons among them."""
    items, plays = [], []
    for name, widget in widgets.items():
        if getattr(specs[name], "play", False):
            plays.append(player(specs[name], widget))
            widget = w.HBox([plays[-1], widget])
        items.append(widget)
    items.append(w.HTML(LOOK + NAME_HANDLES, layout={"display": "none"}))
    box = w.HBox(items, layout={"flex_flow": "row wrap"})
    return box.add_class("sslearn-controls"), plays


def player(spec: Slider, slider: w.Widget) -> w.Play:
    """A play button that counts the slider's steps, because a Play knows whole numbers alone."""
    low, step = spec.low, spec.step
    count, value = (lambda x: round((x - low) / step)), (lambda k: round(low + k * step, 9))
    play = w.Play(value=count(spec.value), max=count(spec.high), interval=100,
                  show_repeat=False, layout={"width": "auto"})  # fmt: skip
    w.link((play, "value"), (slider, "value"), transform=(value, count))
    return play
