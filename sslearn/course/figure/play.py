"""Play moves one slider by itself: the kernel computes a few pictures ahead of the page."""

from collections.abc import Callable

import ipywidgets as w

from sslearn.course.figure.controls import Slider
from sslearn.course.figure.living import Living

AHEAD = 6  # pictures in one message, so that the page need not wait for each
SECONDS, FASTEST, SLOWEST = 6.0, 1 / 60, 0.1  # of a whole play, and of one of its pictures


class Player:
    """The play button of one slider, and what it does.

    `move(value)` puts the slider, and with it the picture, at a value without sending the picture.
    While it plays, the page asks for more pictures when few are left, and paints up to 60 a second.
    """

    def __init__(self, spec: Slider, living: Living, now: Callable, move: Callable):
        self.spec, self.living, self.now, self.move = spec, living, now, move
        self.token, self.sent, self.last = 0, 0, False
        self.button = w.ToggleButton(
            description="Play", tooltip=f"Play: {spec.label}", layout={"width": "5em"}
        )
        self.button.observe(self._press, "value")
        living.hear("more", self._more)
        living.hear("played", self._ended)

    @property
    def playing(self) -> bool:
        """Whether the slider moves by itself."""
        return self.button.value

    def stop(self) -> None:
        """Stop where the slider is; what the page still asks for is not answered."""
        self.button.value = False

    def _press(self, change) -> None:
        self.token += 1
        self.button.description = "Pause" if change.new else "Play"
        if not change.new:
            return self.living.show()
        if self.spec.position(self.now()) == self.spec.last:
            self.move(self.spec.low)
        self.sent, self.last = 0, False
        seconds = min(max(SECONDS / self.spec.last, FASTEST), SLOWEST)
        play = {"token": self.token, "interval": 1000 * seconds, "k": self.living.k}
        self.living.send({"play": play})

    def _more(self, message: dict) -> None:
        """Answer the page, unless it asks for what was sent, or plays what has been stopped."""
        if not self.playing or (message["more"], message["got"]) != (self.token, self.sent):
            return
        start = self.spec.position(self.now()) + 1
        stop = min(start + AHEAD, self.spec.last + 1)
        try:
            frames = [self._frame(position) for position in range(start, stop)]
        except Exception:
            self.stop()
            raise
        self.last = stop > self.spec.last
        answer = {"frames": [frame for frame, _ in frames], "token": self.token}
        self.living.send(
            answer | {"at": self.sent, "last": self.last}, [data for _, data in frames]
        )
        self.sent += len(frames)

    def _frame(self, position: int) -> tuple[dict, bytes]:
        self.move(self.spec.at(position))
        return self.living.frame()

    def _ended(self, message: dict) -> None:
        if self.playing and message["played"] == self.token:
            self.stop()
