"""Explorers that a page computes without a kernel: a small model in JavaScript beside each view.

A model is web/models/NAME.js, where NAME is the function that makes the explorer. Its
`view(values)` returns {data, caption} with the artists and the caption of the Python view; a line
is [xs, ys], and a text is a string. Random inputs are drawn in the page as torch draws them.
`tests/browser/test_models.py` holds each model equal to its view.
"""

from importlib.resources import files

from sslearn.course.figure.module import joined

WEB = files("sslearn.course.figure").joinpath("web", "models")
SHARED = ("format.js", "random.js", "neuron.js")  # in this order, because each may use those before
LIVE = ("lif_lab",)


def model(name: str) -> str:
    """The model of an explorer as one ES module, with all that it imports.

    The function raises ValueError for an explorer that has no model.
    """
    if name not in LIVE:
        raise ValueError(f"name must be one of {list(LIVE)}, got {name!r}")
    return joined(WEB, (*SHARED, f"{name}.js"), {})
