"""*Draw a digit* in a notebook."""

from sslearn.course.draw.page import networks
from sslearn.course.draw.picture import draw_picture, still
from sslearn.course.figure.explorer import torch_defaults
from sslearn.course.figure.module import WebPanel
from sslearn.deploy.page import DRAW, module
from sslearn.models import SequenceClassifier


@torch_defaults()
def draw_a_digit(model: SequenceClassifier | None = None, *, side: int = 28) -> WebPanel:
    """Draw a digit: a network reads what you draw, pixel by pixel, and shows its spikes.

    model is the network to read, for one of its own training; without it the three shipped ones
    are there to switch between. side is that of the pictures that model has learned: 28 for MNIST
    (784 steps), 14 for the means of 2 x 2 of its pixels, 8 for scikit-learn's digits (64 steps).
    The network runs in the page, so that it goes on without a kernel.
    Raises ValueError for a model that the page cannot run, see `packed`, and for another side.
    """
    data = [{"name": name, "bytes": raw} for name, raw in networks(model, side).items()]
    picture = draw_picture() if model is None else still(model, "your network", side)
    return WebPanel(module(DRAW), {"networks": data}, picture)
