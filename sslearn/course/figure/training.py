"""Training as it runs: a bar, a stop button, and a picture of loss and accuracy."""

import html

import ipywidgets as w
import numpy as np
from IPython.display import display

from sslearn.course.figure.cells import Panel, close_parts
from sslearn.course.figure.picture import Picture
from sslearn.course.figure.plots import (
    draw_line,
    draw_points,
    draw_raster,
    spike_points,
    style_axes,
)
from sslearn.training import History, Progress


def draw_training(epochs: int, *, lowest: float = 0.0):
    """A `draw` for a Picture: training loss (0 to 2.5) and test accuracy, epoch by epoch.

    lowest is the lower end of the axis of accuracy, in %.
    """

    def draw(fig) -> dict:
        left, right = fig.subplots(1, 2)
        style_axes(left, x="epoch", y="training loss (nats)").set(ylim=(0, 2.5))
        style_axes(right, x="epoch", y="test accuracy (%)").set(ylim=(lowest, 100))
        artists = {}
        for ax, name, n in ((left, "loss", 0), (right, "accuracy", 1)):
            ax.set(xlim=(0, epochs + 1))
            ax.xaxis.get_major_locator().set_params(integer=True)
            artists[name] = draw_line(ax, n=n)
            artists[f"{name} points"] = draw_points(ax, n=n)
        return artists

    return draw


def _data(loss, accuracy) -> dict:
    """Both curves over epochs from 1 on; a loss above the axis is drawn at its upper edge."""
    t = np.arange(1, len(loss) + 1)
    curves = {"loss": (t, np.minimum(loss, 2.5)), "accuracy": (t, 100 * np.asarray(accuracy))}
    return curves | {f"{name} points": xy for name, xy in curves.items()}


def training_picture(history: History, caption: str, *, lowest: float = 0.0) -> Picture:
    """The whole run as a picture, with your caption; lowest as in `draw_training`."""
    data = _data(history.loss, history.accuracy)
    draw = draw_training(max(1, len(history.loss)), lowest=lowest)
    return Picture(draw, data, caption, size=(8, 2.8))


def rasters_picture(trains: dict, caption: str, *, rows: str = "neuron") -> Picture:
    """Rasters side by side on equal axes; `trains` maps a title to spikes s (L, H) of 0 and 1.

    `rows` says on the left axis what each of the H rows is.
    """
    L, H = next(iter(trains.values())).shape

    def draw(fig) -> dict:
        artists = {}
        row = fig.subplots(1, len(trains), sharey=True, squeeze=False)[0]
        for ax, title in zip(row, trains, strict=True):
            style_axes(ax, x="step", title=title).set(xlim=(-1, L), ylim=(-1, H))
            artists[title] = draw_raster(ax, markersize=3, markeredgewidth=1)
        fig.axes[0].set_ylabel(rows)
        return artists

    data = {title: spike_points(s, 1) for title, s in trains.items()}
    return Picture(draw, data, caption, size=(8, 3.2))


class LiveTraining:
    """A `progress` for `training.fit` that lasts as long as its with block.

    It is used as `with LiveTraining() as live: fit(..., progress=live)`. Its button ends the run
    after the step that is under way, and an interrupt of the kernel does the same. The bar and the
    last line stay when the block ends.
    """

    def __init__(self):
        self.stopped, self.drawn = False, None

    def __enter__(self):
        self.bar = w.IntProgress(min=0, max=1, layout={"width": "20em"})
        self.button = w.Button(description="Stop", tooltip="Stop training and keep the best state")
        self.button.on_click(self._stop)
        # From 7.4 on, ipykernel answers a widget in the thread that made it: that one trains.
        vars(self.button.comm).pop("_reply_subshell_id", None)
        self.text, self.image = w.HTML(), w.HTML()
        self.row = w.HBox([self.bar, self.button])
        self.box = Panel([self.row, self.text, self.image])
        self.box.add_class("sslearn-progress")
        live = self.box._repr_mimebundle_() | {"text/plain": "Training, with progress shown live."}
        display(live, raw=True)
        return self

    def __exit__(self, *error):
        self.row.children, self.box.children = [self.bar], [self.row, self.text]
        for part in (self.button, self.image):
            close_parts(part)

    def __call__(self, now: Progress) -> bool:
        """Move the bar and draw each finished epoch; True asks `fit` to stop."""
        epochs = len(now.loss)
        if self.drawn is None:
            self.bar.max = now.steps
            self.picture = Picture(draw_training(now.epochs), _data([], []), "", size=(8, 2.8))
        self.bar.value = now.step
        if self.drawn != epochs:
            caption = f"epoch {epochs} of {now.epochs}, {now.seconds:.0f} s"
            if epochs:
                caption += f": loss {now.loss[-1]:.3f}, test accuracy {now.accuracy[-1]:.1%}"
            self.picture.update(_data(now.loss, now.accuracy), caption)
            self.image.value = self.picture.img(self.picture.png())
            self.text.value = f'<p role="status">{html.escape(caption)}</p>'
            self.drawn = epochs
        return self.stopped

    def _stop(self, _=None):
        self.stopped = True
        self.button.description = "Stopping"
        self.button.disabled = True
