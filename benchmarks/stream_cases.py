"""A language model that reads symbol after symbol: its fast stream against `step`."""

import copy

import torch
from case import Case, relative_error, seed

from sslearn.models import FastStream, PlainStream, SequenceClassifier, recipe

SYMBOLS = 96
NAMES = {"binary-s4d": "Binary S4D", "gsu": "GSU"}


def stream_cases(small):
    """They are equal in float64, because in float32 rounding may move a spike at its threshold."""
    H, depth, n = (8, 2, 20) if small else (128, 4, 100)
    symbols = torch.randint(SYMBOLS, (n,), generator=seed(1)).tolist()
    for name, title in NAMES.items():
        made = {"H": H, "depth": depth, "tokens": True, "pool": "each", "prenorm": True}
        net = SequenceClassifier(
            SYMBOLS, SYMBOLS, **recipe(name, N=32), **made, generator=seed()
        ).eval()

        def scores(stream):
            return torch.stack([stream.step(symbol) for symbol in symbols])

        def reader(form, net=net):
            stream = form(net)
            return lambda: scores(stream)

        def error(net=net):
            exact = copy.deepcopy(net).double()
            return relative_error(scores(FastStream(exact)), scores(PlainStream(exact)))

        yield Case(f"{title} language model, {n} characters", reader(FastStream),
                   {"step": reader(PlainStream)}, 2, error, 1e-9)  # fmt: skip
