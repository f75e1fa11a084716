"""The doctor's findings as a live panel: whoever sees it answer in a notebook has live widgets."""

from sslearn.course.figure.controls import Slider
from sslearn.course.figure.panel import LivePanel
from sslearn.doctor import examine


class MachinePanel(LivePanel):
    """The findings of `doctor.examine`, and a slider that must answer at once."""

    def __init__(self):
        self.slider = Slider("move me", 0, 10, 1, 0).widget()
        self.slider.observe(self._answer, "value")
        saved = "Run this cell: a panel with your machine's state appears."
        super().__init__([self.slider], saved=saved)
        self.show("\n".join(map(str, examine())))
        self.say("The slider is at 0.")

    def _answer(self, change):
        self.say(f"The slider is at {change['new']}: widgets are alive.")


def machine_panel() -> MachinePanel:
    """The doctor in a notebook."""
    return MachinePanel()
