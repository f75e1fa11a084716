"""The still picture of *Draw a digit*, which stays in a saved notebook and on a page at rest."""

import functools

import numpy as np
import torch
from matplotlib.figure import Figure

from sslearn.course.draw.pack import shipped
from sslearn.course.draw.strokes import drawings, pixels
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import GREY, draw_line, draw_raster, style_axes
from sslearn.layers import BinaryS4D, GatedSpikingUnit
from sslearn.models import SequenceClassifier
from sslearn.spikes import ternary

INVITE = " Run the cell to draw your own."
FIRST = 2  # the stored drawing that is shown first, here as on the page
DRAWN = 0.15  # A real output is drawn if it is at least so large a share of its step's largest.


@torch.no_grad()
def read(model: SequenceClassifier, u: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the raster shows of each layer, (L, depth H), and the probabilities (L, classes).

    u (L, 1) are pixels. A layer shows its spikes, or Ter(act(y)) with its GSU's threshold or DRAWN.
    """
    z, rows = model.features(u[None]), []
    for block, x in zip(model.blocks, z, strict=False):
        y = block.act(block.ssm(block.before(x)))[0]  # (L, H)
        if not isinstance(block.ssm, BinaryS4D):
            units = [part for part in block.mix.modules() if isinstance(part, GatedSpikingUnit)]
            share = units[0].alpha if units else DRAWN
            y = ternary(y, share * y.abs().amax(-1, keepdim=True))
        rows.append(y)
    return torch.cat(rows, -1), model.running_scores(u[None])[0].softmax(-1)


def _view(model, name, side):
    drawing = drawings()[FIRST]
    image = pixels(drawing.strokes, side)
    u = torch.tensor(image, dtype=torch.float32).reshape(-1, 1)
    active, p = read(model, u)
    answer, t = int(p[-1].argmax()), np.arange(1, len(u) + 1)
    otherwise = (p.argmax(-1) != answer).nonzero()  # steps at which it would have said another
    since = int(otherwise[-1]) + 2 if len(otherwise) else 1
    share = (active != 0).float().mean()
    other = p.clone()
    other[:, answer] = 0
    plus, minus = _places(active, model)
    data = {
        "image": 1 - image,
        "answer": (t, 100 * p[:, answer]),
        "other": (t, 100 * other.amax(-1)),
        "plus": plus,
        "minus": minus,
    }
    caption = (
        f"Draw a digit: {name} has read {drawing.name} as {len(u)} pixels, row by row. It says "
        f"{answer} (≈ {100 * p[-1, answer]:.0f} %), as it has since pixel ≈ {since}; its "
        f"channels are active ≈ {100 * share:.0f} % of the time.{INVITE}"
    )
    return data, caption


def bands(model: SequenceClassifier) -> list[tuple[int, int]]:
    """The layer, from 1, and the sign of each band of the raster: +1 above -1 where both occur."""
    signs = [(1,) if isinstance(block.ssm, BinaryS4D) else (1, -1) for block in model.blocks]
    return [(k + 1, sign) for k, both in enumerate(signs) for sign in both]


def _places(active, model):
    """Where the marks of the bands of +1 and of those of -1 stand: steps and rows."""
    H, places = model.head.in_features, {1: [], -1: []}
    for n, (layer, sign) in enumerate(bands(model)):
        t, channel = (active[:, (layer - 1) * H : layer * H] == sign).nonzero().T
        places[sign].append(torch.stack([t, channel + n * H]))
    return [tuple(torch.cat(p, 1)) if p else ((), ()) for p in places.values()]


def draw_still(fig: Figure, *, L: int, H: int, bands: list[tuple[int, int]]) -> dict:
    """The picture that is read, the raster of all channels, what the network would answer."""
    (a, b), (c, d) = fig.subplots(2, 2, width_ratios=(1, 3), height_ratios=(3, 2))
    style_axes(a, title="what it reads").set(xticks=[], yticks=[])
    c.set_axis_off()
    a.spines[:].set_visible(False)
    note = "solid: the answer\nthat it gives in the end\n\ndashed: the strongest\nother class"
    c.text(0, 0.95, note, va="top", fontsize=9)
    across, side = (-L / 64, L + 1), round(L**0.5)
    style_axes(b, title="which channels are active").set(xlim=across, ylim=(H * len(bands), -1))
    both = {layer for layer, sign in bands if sign < 0}
    names = [f"layer {k}" + f" {'+' if sign > 0 else '−'}1" * (k in both) for k, sign in bands]
    b.set_yticks([H * (n + 0.5) for n in range(len(bands))], names, fontsize=8)
    b.grid(False)
    for n in range(1, len(bands)):
        b.axhline(H * n - 0.5, color=GREY, linewidth=0.8)
    style_axes(d, x="pixel", y="probability (%)").set(xlim=across, ylim=(-3, 103))
    ticks = {"marker": ".", "markersize": 1.2, "markeredgewidth": 0}
    return {
        "image": a.imshow(np.ones((side, side)), cmap="gray", vmin=0, vmax=1),
        "plus": draw_raster(b, **ticks),
        "minus": draw_raster(b, **ticks),
        "other": draw_line(d, n=1),
        "answer": draw_line(d, n=0),
    }


def still(model: SequenceClassifier, name: str, side: int) -> Picture:
    """The still picture of a model that reads side x side pixels."""
    draw = functools.partial(
        draw_still, L=side * side, H=model.head.in_features, bands=bands(model)
    )
    return Picture(draw, *_view(model, name, side), size=(9.6, 4.2))


@functools.cache
def draw_picture() -> Picture:
    """The still picture of the shipped Binary S4D."""
    return still(shipped("Binary S4D"), "Binary S4D", 28)
