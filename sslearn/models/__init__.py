"""Networks that classify sequences: (B, L, inputs) to (B, classes).

sequence: SequenceClassifier (S4D, Binary S4D, GSU).   lif_network: LIFNetwork.
baselines: LSTMClassifier, TransformerClassifier, and widths that match in parameters.
"""

from sslearn.models.lif_network import LIFNetwork
from sslearn.models.lstm import LSTMClassifier
from sslearn.models.pair import PairClassifier
from sslearn.models.sequence import RECIPES, SequenceClassifier, Stream
from sslearn.models.sizes import count_parameters, width_for
from sslearn.models.transformer import TransformerClassifier

__all__ = [
    "RECIPES", "SequenceClassifier", "PairClassifier", "Stream", "LIFNetwork", "LSTMClassifier",
    "TransformerClassifier", "count_parameters", "width_for",
]  # fmt: skip
