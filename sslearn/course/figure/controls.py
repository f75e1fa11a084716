"""The controls of an explorer, and the panel that lays them out in columns."""

from typing import Any, NamedTuple

import ipywidgets as w

# Three slots make a row in a notebook on a laptop, two beside an open sidebar.
SLOT = {"layout": {"width": "29em"}, "style": {"description_width": "13.5em"}}
SLOT_OF_PLAY = {"layout": {"width": "23.2em"}, "style": {"description_width": "initial"}}


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

    @property
    def last(self) -> int:
        """The number of the highest position; the lowest is 0."""
        return round((self.high - self.low) / self.step)

    def position(self, value: float) -> int:
        """The number of the position that is nearest to the value."""
        return min(max(round((value - self.low) / self.step), 0), self.last)

    def settled(self, value: float) -> float:
        """The value of the position there, because a browser's slider returns 1 as 0.9999999."""
        near = self.at(self.position(value))
        return near if abs(value - near) < 1e-3 * self.step else value

    def at(self, position: int) -> float:
        """The value of a position; whole if all numbers of the slider are."""
        value = self.low + position * self.step
        return value if isinstance(value, int) else round(value, 9)


class Choice(NamedTuple):
    """One of `options`; `apart` if they show other quantities, so that no ghost stays."""

    label: str
    options: tuple
    value: Any
    apart: bool = False

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


def panel(widgets: dict[str, w.Widget], buttons: dict[str, w.Widget]) -> w.Widget:
    """The controls in as many columns as there is room for, each with its play button before it."""
    items = [w.HBox([buttons[n], it]) if n in buttons else it for n, it in widgets.items()]
    return w.HBox(items, layout={"flex_flow": "row wrap"}).add_class("sslearn-controls")
