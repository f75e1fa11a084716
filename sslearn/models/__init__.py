"""Networks that classify sequences, (B, L, d_input) to (B, classes), under one signature.

Each is Model(d_input, classes, *, H, depth, ..., generator); tokens=True takes (B, L) symbols.
sequence: SequenceClassifier (S4D, Binary S4D, GSU, and what came LATER).   lif_network: LIFNetwork.
linear: LinearSSM.   lstm: LSTMClassifier.   transformer: TransformerClassifier.
pair: PairClassifier, for two texts.   sizes: widths that match in parameters.
resolution: a copy with another unit of time.   stream: FastStream, PlainStream.
generate: text that a language model writes.
"""

from sslearn.models.generate import Continuation, draw, generate
from sslearn.models.lif_network import LIFNetwork
from sslearn.models.linear import LinearSSM
from sslearn.models.lstm import LSTMClassifier
from sslearn.models.pair import PairClassifier
from sslearn.models.resolution import rescaled
from sslearn.models.sequence import COOKBOOK, LATER, RECIPES, SequenceClassifier, Stream, recipe
from sslearn.models.sizes import count_parameters, width_for
from sslearn.models.stream import FastStream, PlainStream, stream_of, why_not_fast
from sslearn.models.transformer import TransformerClassifier

__all__ = [
    "COOKBOOK", "LATER", "RECIPES", "SequenceClassifier", "PairClassifier", "Stream", "LIFNetwork",
    "LinearSSM", "LSTMClassifier", "TransformerClassifier", "count_parameters", "recipe",
    "rescaled", "width_for", "FastStream", "PlainStream", "stream_of", "why_not_fast",
    "Continuation", "draw", "generate",
]  # fmt: skip
