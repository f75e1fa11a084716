"""Trained networks outside the notebook: integers, NIR, C and a page for any browser.

fixed: rounding and decays in few bits.   pole: one pole in integers, with a bound.
"""

from sslearn.deploy.fixed import DECAYS, ROUNDINGS, Decay, Rounded, fixed_decay, round_to
from sslearn.deploy.pole import PoleRun, pole_steps

__all__ = [
    "DECAYS", "ROUNDINGS", "Decay", "PoleRun", "Rounded", "fixed_decay", "pole_steps", "round_to",
]  # fmt: skip
