"""The doctor's findings as a live panel: if you can read it in a notebook, widgets are alive."""

import html

import ipywidgets as w

from sslearn.doctor import examine


class MachinePanel(w.VBox):
    """The findings of `doctor.examine` beside a slider that must answer at once.

    What is saved with the notebook names no machine: only the live panel shows versions and times.
    """

    def __init__(self):
        findings = "\n".join(map(str, examine()))
        self.slider = w.IntSlider(description="move me", min=0, max=10)
        self.answer = w.HTML('<p role="status">The slider is at 0.</p>')
        self.slider.observe(self._say, "value")
        super().__init__([w.HTML(f"<pre>{html.escape(findings)}</pre>"), self.slider, self.answer])

    def _say(self, change):
        text = f"The slider is at {change['new']}: widgets are alive."
        self.answer.value = f'<p role="status">{text}</p>'

    def _repr_mimebundle_(self, include=None, exclude=None, **kwargs):
        live = super()._repr_mimebundle_(include=include, exclude=exclude, **kwargs) or {}
        return live | {"text/plain": "Run this cell: a panel with your machine's state appears."}


def machine_panel() -> MachinePanel:
    """The doctor in a notebook."""
    return MachinePanel()
