"""Pictures, plots, explorers and live training. Nothing here knows a neuron."""

from sslearn.course.figure.chain import Part, chain_panel
from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import dots, dots_panel, images_panel, lines_panel
from sslearn.course.figure.tables import pivot, spread, table
from sslearn.course.figure.training import LiveTraining, rasters_picture, training_picture

__all__ = [
    "Choice",
    "Explorer",
    "LiveTraining",
    "Part",
    "Picture",
    "Slider",
    "Toggle",
    "chain_panel",
    "dots",
    "dots_panel",
    "images_panel",
    "lines_panel",
    "pivot",
    "rasters_picture",
    "spread",
    "table",
    "training_picture",
]
