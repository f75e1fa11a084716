"""Figures of notebook 04: how two leaks overlap, and every run of a study beside its mean."""

from collections.abc import Callable, Sequence

import numpy as np

from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import (
    GREEN,
    GREY,
    draw_line,
    draw_points,
    legend,
    style_axes,
)


def overlap_picture(*, tau_1=5.0, tau_2=20.0, times=(4.0, 9.2, 40.0)) -> Picture:
    """The product whose area is h(t), at three times t: e^(-r/tau_1) e^(-(t-r)/tau_2), by r in ms.

    The curves are the synapse's answer to the impulse, which each moment r hands on, and the share
    of it that the membrane still holds at t. The caption has the three areas.
    """
    panels = []
    for t in times:
        r = np.linspace(0, t, 200)
        handed, kept = np.exp(-r / tau_1) / tau_1, np.exp(-(t - r) / tau_2) / tau_2
        area = (np.exp(-t / tau_1) - np.exp(-t / tau_2)) / (tau_1 - tau_2)
        panels.append((t, r, handed / handed[0], kept / kept[-1], area))

    def draw(fig) -> dict:
        for n, (ax, (t, r, handed, kept, _)) in enumerate(
            zip(fig.subplots(1, len(panels), sharey=True), panels, strict=True)
        ):
            style_axes(ax, x="r (ms)", title=f"t = {t:g} ms").set(
                xlim=(0, max(times)), ylim=(0, 1.3)
            )
            draw_line(ax, r, handed, n=0, label="handed on at r")
            draw_line(ax, r, kept, n=1, label="kept from r to t")
            ax.fill_between(
                r, handed * kept, facecolor="none", edgecolor=GREEN, hatch="///", label="product"
            )
            if n == len(panels) - 1:
                legend(ax, loc="upper center")
        fig.axes[0].set_ylabel("share of the largest")
        return {}

    areas = ", ".join(f"{area:.4f} per ms at t = {t:g} ms" for t, *_, area in panels)
    return Picture(draw, {}, f"The area under the product is h(t): {areas}.", size=(9, 2.8))


def runs_panel(
    names: Sequence[str], ticks: Sequence[float], *, x: str, chance: float
) -> Callable[..., dict]:
    """A `draw` for a Picture: for each model a line through its means and a dot for each run.

    ticks are the values of the logarithmic x axis, y is the right answers in %, and `runs` makes
    the data.
    """

    def draw(fig) -> dict:
        ax = style_axes(fig.subplots(), x=x, y="right answers (%)")
        ax.set(xscale="log", ylim=(0, 104), xlim=(0.8 * min(ticks), 1.25 * max(ticks)))
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.axhline(chance, color=GREY, linestyle=":", linewidth=1.2, label="chance")
        artists = {}
        for n, name in enumerate(names):
            artists[name] = draw_line(ax, n=n, label=f"{name}, mean")
            artists[f"{name}, runs"] = draw_points(ax, n=n, markersize=3)
        legend(ax, loc="upper left").set_bbox_to_anchor((1, 1), ax.transAxes)
        return artists

    return draw


def runs(cells: dict, names: Sequence[str]) -> dict:
    """The data of a `runs_panel` from a pivot {name: {x: [value, ...]}}; values are in %.

    Neighbouring names stand a little beside each other, so that equal values do not hide.
    """
    data = {}
    for n, name in enumerate(names):
        shift = 1.04 ** (n - (len(names) - 1) / 2)
        at = [(x * shift, value) for x, values in cells[name].items() for value in values]
        data[name] = ([x * shift for x in cells[name]], [np.mean(v) for v in cells[name].values()])
        data[f"{name}, runs"] = tuple(zip(*at, strict=True))
    return data
