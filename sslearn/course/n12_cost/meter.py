"""Joules a digit on the reader's own processor, where its counter may be read."""

import torch

from sslearn.course.figure.panel import LivePanel, button
from sslearn.course.n12_cost.networks import network
from sslearn.energy import joules

SAVED = (
    "Run this cell: it measures a digit on your processor, if the processor shows its energy "
    "counter, and says why not otherwise. Nothing of it is saved."
)
NAMES = ("S4D", "Binary S4D")


class Meter(LivePanel):
    """Measures a digit of two networks when it is made, and again at each press of its button."""

    def __init__(self, x: torch.Tensor, seconds: float):
        self.x, self.seconds = x, seconds
        super().__init__([button("Measure again", self.run)], saved=SAVED)
        self.run()

    def run(self) -> None:
        """Read the counter around whole runs of each network on one digit, one thread."""
        before, lines = torch.get_num_threads(), []
        torch.set_num_threads(1)
        try:
            with torch.no_grad():
                for name in NAMES:
                    model = network(name)
                    found = joules(lambda model=model: model(self.x), seconds=self.seconds)
                    lines.append(f"{name}: {found}")
        finally:
            torch.set_num_threads(before)
        self.show("\n".join(lines))


def energy_meter(x: torch.Tensor, *, seconds: float = 0.5) -> Meter:
    """The joules that one digit x (1, L, 1) takes in two networks; a second and a half for each."""
    return Meter(x, seconds)
