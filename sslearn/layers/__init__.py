"""Layers over sequences, (B, L, H) to (B, L, H), each with `step` for streaming.

state_space: S4D, BinaryS4D.   resonators: ResonateFire, PRF, DRF.   adaptive: AdaptiveLIF, SiLIF.
spiking_ssm: SpikingSSM.   selective: SelectiveSpikes.   reset_network: ResetNetwork, learn_reset.
mixing: GLU, GatedSpikingUnit, Gain.
block: Block, Norm, TiedDropout.   groups: param_groups.
settings: what a file of weights compares.
"""

from sslearn.layers.adaptive import AdaptiveLIF, SiLIF
from sslearn.layers.block import Block, Norm, TiedDropout
from sslearn.layers.groups import param_groups
from sslearn.layers.mixing import GLU, Gain, GatedSpikingUnit, make_linear
from sslearn.layers.reset_network import ResetNetwork, learn_reset, remembered
from sslearn.layers.resonators import DRF, PRF, ResonateFire
from sslearn.layers.selective import SelectiveSpikes
from sslearn.layers.spiking_ssm import SpikingSSM
from sslearn.layers.state_space import S4D, BinaryS4D, S4DState, both_forms

__all__ = [
    "S4D", "BinaryS4D", "S4DState", "ResonateFire", "PRF", "DRF", "AdaptiveLIF", "SiLIF",
    "SelectiveSpikes", "SpikingSSM", "ResetNetwork", "learn_reset", "remembered", "GLU", "Gain",
    "GatedSpikingUnit", "Block", "Norm", "TiedDropout", "both_forms", "make_linear", "param_groups",
]  # fmt: skip
