"""Networks that classify sequences: (B, L, inputs) to (B, classes).

sequence: SequenceClassifier (S4D, Binary S4D, GSU).   lif_network: LIFNetwork.
baselines: LSTMClassifier, TransformerClassifier, and widths that match in parameters.
"""

from sslearn.models.baselines import (
    LSTMClassifier,
    TransformerClassifier,
    count_parameters,
    width_for,
)
from sslearn.models.lif_network import LIFNetwork
from sslearn.models.sequence import RECIPES, PairClassifier, SequenceClassifier, Stream

__all__ = [
    "RECIPES", "SequenceClassifier", "PairClassifier", "Stream", "LIFNetwork", "LSTMClassifier",
    "TransformerClassifier", "count_parameters", "width_for",
]  # fmt: skip
