"""A product by events against the dense one, timed on the reader's machine, rate by rate.

A notebook saves none of these times. A reader without a kernel sees those of `studies/events.py`.
"""

import json
import math

import numpy as np
import torch

from sslearn.course.figure.panel import LivePanel, button
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import BLACK, draw_line, draw_points, legend, style_axes
from sslearn.energy.events import crossing, time_products
from sslearn.runs import ASSETS

SHAPES = {"narrow": (64, 128, 1), "wide": (1024, 1024, 1)}  # (H, M, tokens)
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
LOW, HIGH = -3.0, 1.0  # The picture shows log10 of ms from LOW to HIGH.
SAVED = (
    "Measured once, on one thread of a machine of {} cores; run this cell, and your own machine's "
    "times appear in its place. "
)


def time_shapes(**timing) -> dict[str, dict[str, list[float]]]:
    """Times in ms by shape, way and rate, on one thread; the thread count is put back."""
    before, g = torch.get_num_threads(), torch.Generator().manual_seed(0)
    torch.set_num_threads(1)
    try:
        return {
            name: time_products(RATES, H=H, M=M, tokens=tokens, generator=g, **timing)
            for name, (H, M, tokens) in SHAPES.items()
        }
    finally:
        torch.set_num_threads(before)


def event_race_view(times: dict) -> tuple[dict, str]:
    """Data and caption of `draw_event_race` from times[shape][way] in ms; also crossing, by shape.

    A crossing is the rate below which the events take less time, nan if they never do.
    """
    data, told = {"crossing": {}}, []
    for name, ways in times.items():
        for way, ms in ways.items():
            data[f"{name} {way}"] = (np.log10(RATES), np.log10(ms).clip(LOW, HIGH))
        at = data["crossing"][name] = crossing(RATES, ways["events"], ways["dense"])
        here = [] if math.isnan(at) or at == RATES[-1] else [math.log10(at)]
        level = np.interp(here, np.log10(RATES), np.log10(ways["events"])).clip(LOW, HIGH)
        data[f"{name} crossing"] = (here, level)
        H, M, _ = SHAPES[name]
        words = "at no rate shown" if math.isnan(at) else f"below a rate of about {at:.0%}"
        told.append(f"{name}, {H:,} to {M:,}: events are faster {words}")
    return data, "; ".join(told) + "."


def draw_event_race(fig) -> dict:
    """A panel for each shape: time against rate, both on a log scale, the crossing as a ring."""
    artists = {}
    panels = zip(fig.subplots(1, 2, sharey=True), SHAPES.items(), strict=True)
    for ax, (name, (H, M, _)) in panels:
        style_axes(ax, x="inputs that spike (%)", title=f"{name}: {H:,} inputs, {M:,} outputs")
        ax.set(xlim=(-2.4, 0.1), ylim=(LOW - 0.1, HIGH + 0.1))
        ax.set_xticks(np.log10(RATES), [f"{100 * r:g}" for r in RATES])
        ax.set_yticks(range(-3, 2), ["0.001", "0.01", "0.1", "1", "10"])
        for n, way in enumerate(("dense", "events")):
            look = {"marker": "os"[n], "markersize": 4}
            artists[f"{name} {way}"] = draw_line(ax, n=n, label=way, **look)
        ring = {"markersize": 10, "markerfacecolor": "none", "marker": "o", "color": BLACK}
        artists[f"{name} crossing"] = draw_points(ax, label="crossing", **ring)
    fig.axes[0].set_ylabel("time of one product (ms)")
    legend(fig.axes[0], loc="upper left")
    return artists


class EventRace(LivePanel):
    """Times both ways when it is made, and again at each press of its button."""

    def __init__(self):
        super().__init__([button("Measure again", self.run)], saved="")
        self.run()

    def run(self) -> None:
        """Measure both shapes at every rate, then redraw."""
        self.times = time_shapes()
        self.picture = Picture(draw_event_race, *event_race_view(self.times), size=(8, 3.6))
        self.show(self.picture)

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs)
        return live | stored_event_race()._repr_mimebundle_()


def stored_event_race() -> Picture:
    """The race of `studies/events.py`, which the notebook saves in place of the reader's own."""
    record = json.loads((ASSETS / "events.json").read_text(encoding="utf-8"))
    data, caption = event_race_view(record["ms"])
    return Picture(draw_event_race, data, SAVED.format(record["cores"]) + caption, size=(8, 3.6))


def event_race() -> EventRace:
    """The race of events against the dense product on this machine."""
    return EventRace()
