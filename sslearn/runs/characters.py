"""How well a model predicts the next character of a text."""

import math

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from sslearn.data import windows
from sslearn.training.curves import in_mode


@torch.no_grad()
def bits_per_character(model: nn.Module, text: str, *, piece: int = 1024, batch: int = 16) -> float:
    """-log2 p(next character), mean over a text that the model reads in pieces, each from nothing.

    model maps symbols (B, piece) to scores (B, piece, 96). The context of a piece's first
    characters is short, so that longer pieces give fewer bits. Raises ValueError for a text shorter
    than a piece, and for characters that are not in the alphabet.
    """
    x, y = windows(text, piece)
    nats = torch.zeros((), dtype=torch.float64)
    with in_mode(model, training=False):
        for symbols, following in zip(x.split(batch), y.split(batch), strict=True):
            scores = model(symbols).flatten(0, -2)
            nats += cross_entropy(scores, following.flatten().long(), reduction="sum").cpu()
    return nats.item() / y.numel() / math.log(2)
