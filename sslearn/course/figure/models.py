"""Explorers that a page computes without a kernel: a small model in JavaScript beside each view.

A model is web/models/NAME.js, where NAME is the function that makes the explorer. Its
`view(values)` returns {data, caption} with the artists and the caption of the Python view; a line
is [xs, ys], and a text is a string. Random inputs are drawn in the page as torch draws them.
`tests/browser/test_models.py` holds each model equal to its view.
"""

from importlib.resources import files

from sslearn.javascript import joined

WEB = files("sslearn.course.figure").joinpath("web", "models")
LIVE = {  # what each model imports; a file stands behind those that it imports itself
    "lif_lab": ("format.js", "random.js", "neuron.js"),
    "mystery_neuron": ("format.js", "random.js", "neuron.js"),
    "surrogate_lab": ("format.js", "random.js"),
    "superposition_tester": ("format.js", "random.js", "neuron.js"),
    "memory_horizon_lab": ("format.js", "random.js"),
    "pole_map": ("format.js", "complex.js"),
    "init_showdown": ("format.js", "random.js", "complex.js"),
    "raster_lab": ("format.js", "random.js", "neuron.js"),
    "scan_stepper": (),
}


def model(name: str) -> str:
    """The model of an explorer as one ES module, with all that it imports.

    The function raises ValueError for an explorer that has no model.
    """
    if name not in LIVE:
        raise ValueError(f"name must be one of {list(LIVE)}, got {name!r}")
    return joined(WEB, (*LIVE[name], f"{name}.js"), {})
