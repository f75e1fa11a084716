"""The picture of notebook 11's explorer: what a network has read, and what happens inside it."""

import math

import numpy as np

from sslearn.course.figure.plots import BLACK, GREY, RED, draw_line, draw_raster, style_axes


def draw_inside(fig, *, L=64, H=32, states=8, signal=None) -> dict:
    """Digit, raster, kernel above; a legend, class probabilities, states of one channel below.

    signal = (lowest, highest) draws a curve between these values in place of the digit.
    """
    side, across = math.isqrt(L), (-L / 64, L)
    unit = "pixel" if signal is None else "step"
    (a, b, c), (f, d, e) = fig.subplots(2, 3, width_ratios=(2, 3, 3))
    style_axes(a, title="what it has read")
    if signal is None:
        a.set(xticks=[], yticks=[])
        a.grid(False)
        a.spines[:].set_visible(False)
        read = {"digit": a.imshow(np.ones((side, side)), cmap="gray", vmin=0, vmax=1)}
    else:
        a.set(xlim=across, ylim=signal, xlabel=unit)
        read = {"ahead": draw_line(a, color=GREY, linewidth=0.7), "signal": draw_line(a, n=0)}
    style_axes(b, x=unit, y="channel", title="output: | is +, – is −").set(
        xlim=across, ylim=(-1, H)
    )
    style_axes(c, x=f"lag ({unit}s)", y="K / max |K|", title="kernel of the channel").set(
        xlim=across, ylim=(-1.1, 1.1)
    )
    style_axes(d, x=unit, y="probability (%)", title="what it would answer").set(
        xlim=across, ylim=(-3, 103)
    )
    style_axes(e, x=unit, y="pair of poles", title=f"|x| of the channel's {states} states").set(
        xlim=across, ylim=(-0.5, states - 0.5)
    )
    e.grid(False)
    rows = {"extent": (-0.5, L - 0.5, -0.5, states - 0.5), "aspect": "auto", "origin": "lower"}
    image_of_states = e.imshow(np.zeros((states, L)), cmap="gray_r", vmin=0, vmax=1, **rows)
    f.set_axis_off()
    note = (
        f"dotted: the {unit} that\nis read now\n\nsolid: the true class\ndashed: the strongest\n"
        "other class\n\nstates: a row for each pair\nof poles, low frequency\n"
        "below, dark: largest |x|"
    )
    f.text(0, 0.95, note, va="top", fontsize=9)
    ticks = {"markersize": 128 / H, "markeredgewidth": 1.2 if L == 64 else 0.5}
    artists = read | {
        "plus": draw_raster(b, **ticks),
        "minus": draw_raster(b, color=RED, **ticks | {"marker": "_"}),
        "kernel": draw_line(c, n=0),
        "states": image_of_states,
        "true": draw_line(d, n=0),
        "other": draw_line(d, n=1),
    }
    now = {"linestyle": ":", "linewidth": 1.4}
    marked = ((b, BLACK), (e, RED), (d, BLACK))  # grey would be lost on the states
    artists |= {f"now{k}": draw_line(ax, color=c, **now) for k, (ax, c) in enumerate(marked)}
    return artists
