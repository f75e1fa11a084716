"""Every line and text of every explorer and static figure stands out, on white and on dark."""

import importlib
import inspect
import itertools
import pkgutil
import re

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.text import Text

import sslearn.course
from sslearn.course.figure import (
    Part,
    Picture,
    chain_panel,
    dots_panel,
    images_panel,
    lines_panel,
    rasters_picture,
    training_picture,
)
from sslearn.course.figure.picture import DEFAULTS
from sslearn.course.figure.plots import COLOURS, GREY, STYLES, draw_line, draw_points
from sslearn.course.n01_neuron import row_picture
from sslearn.course.n03_surrogates.figures import influence_picture
from sslearn.course.n04_filters.figures import runs_panel
from sslearn.course.n09_binary.block_drawing import block_picture
from sslearn.course.n09_binary.results import thresholds_picture
from sslearn.course.n10_gsu import gsu_picture
from sslearn.course.n12_cost import boundaries_picture, tokens_picture
from sslearn.training import History
from tests.figure.contrast import DARK, WHITE, contrast, linear, seen
from tests.figure.test_explorer import EXPLORERS

SIX = {f"line {n}": ([0, 1], [n, n]) for n in range(6)}
ONES = torch.ones(8)


def drawn(draw) -> Figure:
    """A figure that draw(fig) has drawn on, in matplotlib's own defaults."""
    with matplotlib.rc_context(DEFAULTS):
        draw(fig := Figure())
    return fig


# What a notebook draws through these is made of values, so each is called with some.
WITH_VALUES = {
    "row_picture": lambda: (
        row_picture(torch.eye(8), 3, ONES, ONES, ONES, dt=0.5, theta=2, caption="").fig
    ),
    "influence_picture": lambda: influence_picture(SIX, ONES, "").fig,
    "gsu_picture": lambda: gsu_picture(14, H=32).fig,
    "block_picture": lambda: block_picture(500, H=32, N=8).fig,
    "thresholds_picture": lambda: thresholds_picture(SIX, "").fig,
    "boundaries_picture": lambda: boundaries_picture({"a": [1, 2]}, ["one", "two"]).fig,
    "tokens_picture": lambda: tokens_picture({"a": [1, 2]}, [1, 8], "").fig,
    "rasters_picture": lambda: rasters_picture(dict.fromkeys("ab", torch.eye(4)), "").fig,
    "training_picture": lambda: training_picture(History([1.0], [0.5], 1, {}, False, 1.0), "").fig,
    "runs_panel": lambda: drawn(runs_panel(list(SIX), [1, 2], x="x", chance=50)),
    "chain_panel": lambda: drawn(chain_panel([Part("a", "b", n) for n in range(6)], ["w"] * 7)),
    "dots_panel": lambda: drawn(dots_panel({"a": [1], "b": [2]}, y="y", low=0, high=3)),
    "images_panel": lambda: drawn(images_panel({"a": np.eye(3)}, x="x", y="y")),
    "lines_panel": lambda: drawn(lines_panel(SIX, x="x", y="y")),
}


def functions() -> dict:
    """All functions of the course that make a figure, by name: pictures, panels, drawings."""
    found = {}
    for info in pkgutil.walk_packages(sslearn.course.__path__, "sslearn.course."):
        if ".course.draw" in info.name:
            continue  # It draws with a module of its own.
        module = importlib.import_module(info.name)
        for name, f in inspect.getmembers(module, inspect.isfunction):
            if f.__module__ == info.name and name.endswith(("_picture", "_panel")):
                found[name] = f
            if f.__module__ == info.name and [*inspect.signature(f).parameters][:1] == ["fig"]:
                found[name] = f
    return found


def needs(f) -> list[str]:
    """The arguments without a default."""
    parameters = inspect.signature(f).parameters.values()
    return [p.name for p in parameters if p.default is p.empty]


MADE = functions()
LIVE = {"machine_panel", "race_panel"}  # widgets without a drawing of their own


def figures():
    """(name, figure) of every static figure and of every explorer."""
    for name, f in MADE.items():
        if name in LIVE or name in WITH_VALUES:
            continue
        yield name, drawn(f) if needs(f) == ["fig"] else f().fig
    for name, make in WITH_VALUES.items():
        yield name, make()
    for make in EXPLORERS:
        explorer = make()
        for artist in explorer.picture.artists.values():
            if isinstance(artist, Text) and not artist.get_text():
                artist.set_text("text")
        yield make.__name__, explorer.picture.fig


def test_every_function_that_makes_a_figure_is_under_test():
    with_values = {name for name, f in MADE.items() if needs(f) not in ([], ["fig"])}
    assert with_values - LIVE == set(WITH_VALUES)
    assert {"draw_lif", "draw_comparison", "circuit_picture", "draw_windows"} <= set(MADE)


def test_lines_have_a_contrast_of_3_and_texts_of_4_5():
    faint = []
    for name, fig in figures():
        for artist, colour in seen(fig):
            least = 4.5 if isinstance(artist, Text) else 3.0
            on_white, on_dark = contrast(colour, WHITE), contrast(colour, DARK)
            ink = colour[:3] == (0, 0, 0)  # A dark page shows black as its own ink.
            if on_white < least or (on_dark < 3.0 and not ink):
                faint.append(f"{name}: {artist} {on_white:.1f} {on_dark:.1f}")
    assert faint == []


def test_no_figure_tells_its_marks_by_the_names_of_colours():
    names = re.compile(r"\b(blue|orange|red|green|purple|violet|grey|gray|black|pink)\b", re.I)
    told = [
        f"{name}: {text.get_text()}"
        for name, fig in figures()
        for text in fig.findobj(Text)
        if names.search(text.get_text())
    ]
    assert told == []
    assert names.search("output: + black") and not names.search("reduced")


def test_what_is_too_pale_is_seen_to_be():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=0.01)  # WCAG's known example
    fig = Figure()
    ax = fig.subplots()
    with_alpha, plain = (
        ax.plot([0, 1], color="#0072B2", alpha=0.3)[0],
        draw_line(ax, [0, 1], [0, 1]),
    )
    found = dict(seen(fig))
    assert contrast(found[with_alpha], WHITE) < 2 < 5 < contrast(found[plain], WHITE)


# From linear sRGB to what a person sees who lacks one kind of cone (Machado et al. 2009, table 1).
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3),
}  # fmt: skip
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]]) / [[0.95047], [1.0], [1.08883]]  # fmt: skip


def lab(rgb) -> np.ndarray:
    """CIELAB of linear sRGB (..., 3), white point D65."""
    xyz = np.clip(rgb, 0, 1) @ XYZ.T
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]),
                     200 * (f[..., 1] - f[..., 2])], -1)  # fmt: skip


@pytest.mark.parametrize("kind", BLIND)
def test_colours_stay_apart_for_the_colour_blind(kind):
    rgb = linear([matplotlib.colors.to_rgb(colour) for colour in (*COLOURS, GREY)])
    places = lab(rgb @ np.transpose(BLIND[kind]))
    six = [np.linalg.norm(a - b) for a, b in itertools.combinations(places[:6], 2)]
    assert min(six) > 15  # Okabe and Ito's own six come as close as 16.


def test_lines_and_points_are_told_apart_without_colour():
    ax = Figure().subplots()
    looks = (
        [draw_line(ax, [0, 1], [0, 1], n=n) for n in range(6)],
        [draw_points(ax, n=n) for n in range(6)],
    )
    assert len(set(STYLES)) == len({(z._linestyle, str(z._dash_pattern)) for z in looks[0]}) == 6
    assert len({z.get_marker() for z in looks[1]}) == 6


def test_a_picture_keeps_these_colours():
    picture = Picture(lines_panel(SIX, x="x", y="y"), SIX, "")
    assert [picture.artists[name].get_color() for name in SIX] == list(COLOURS)
