"""Hyperparameters of the runs: small ones for a laptop, and those that were published."""

import inspect
from collections.abc import Callable
from typing import NamedTuple


class Setting(NamedTuple):
    """Hyperparameters of a run; AdamW, cosine schedule with warm-up, mean pooling.

    layer holds the state space layer's own hyperparameters by name, such as N and dt_min.
    """

    depth: int
    H: int
    lr: float
    batch: int
    epochs: int
    layer: dict
    weight_decay: float = 0.05
    norm: str = "layer"
    prenorm: bool = False
    dropout: float = 0.0
    warmup: float = 0.1

    @classmethod
    def of(cls, names: dict) -> "Setting":
        """The setting of a flat dict of names: those that it lacks are the layer's."""
        own, layer = _parted(names)
        return cls(**own, layer=layer)

    def change(self, **names) -> "Setting":
        """The setting with some names changed; those that it lacks are the layer's."""
        own, layer = _parted(names)
        return self._replace(**own, layer=self.layer | layer)

    def flat(self) -> dict:
        """All names in one dict, the layer's beside the run's: the form of a run's record."""
        run = self._asdict()
        return {**{n: value for n, value in run.items() if n != "layer"}, **self.layer}


def _parted(names: dict) -> tuple[dict, dict]:
    """The names that a Setting has, and the rest."""
    layer = {name: value for name, value in names.items() if name not in Setting._fields}
    return {name: value for name, value in names.items() if name not in layer}, layer


def names_of(layer: Callable) -> dict[str, type]:
    """The hyperparameters that a layer brings: their names, and the types of what is plain.

    They are its arguments but for H and the generator. What is no number, word, or yes and no,
    has the type object.
    """
    own = {}
    for name, argument in inspect.signature(layer, eval_str=True).parameters.items():
        kinds = (argument.annotation, type(argument.default))
        own[name] = next((kind for kind in kinds if kind in (int, float, bool, str)), object)
    return {name: kind for name, kind in own.items() if name not in ("H", "generator")}


LITTLE = {"H": 48, "depth": 2, "batch": 50, "epochs": 5, "weight_decay": 0.01}
MNIST = {"H": 64, "depth": 2, "batch": 50, "epochs": 20, "lr": 0.008, "weight_decay": 0.01}
LRA = {"norm": "batch", "prenorm": True}  # Long Range Arena: batch norm before each block,
BOTH = {"bidirectional": True}  # and kernels over the past and the future
PRESETS = {
    "small": {
        "digits": Setting(
            depth=2,
            H=32,
            lr=0.01,
            batch=32,
            epochs=30,
            weight_decay=0.01,
            layer={"N": 16, "dt_min": 1e-2},
        ),
        "smnist": Setting(**MNIST, layer={"N": 32}),
        "psmnist": Setting(**MNIST, layer={"N": 32}),
        "smnist14": Setting(**LITTLE, lr=0.008, layer={"N": 32}),
        "fashion14": Setting(**LITTLE, lr=0.008, layer={"N": 32}),
        "listops-short": Setting(**LITTLE, lr=0.008, layer={"N": 32}),
        "pathfinder-easy": Setting(**LITTLE, lr=0.004, layer={"N": 32}),
        "pathfinder-short": Setting(
            **LITTLE, **LRA, lr=0.01, layer={"N": 32, "dt_min": 1e-2} | BOTH
        ),
    },
    # The table of S4D (Gu, Gupta, Goel, Re 2022) as later papers repeat it; sequential
    # MNIST as SpikingSSM (arXiv 2408.14909).
    "paper": {
        "smnist": Setting(
            depth=2, H=400, lr=0.01, batch=50, epochs=100, weight_decay=0.01, dropout=0.1, layer={}
        ),
        "psmnist": Setting(
            depth=2, H=400, lr=0.01, batch=50, epochs=100, weight_decay=0.01, dropout=0.1, layer={}
        ),
        "listops": Setting(depth=8, H=128, lr=0.01, batch=50, epochs=40, norm="batch", layer=BOTH),
        "text": Setting(depth=6, H=256, lr=0.01, batch=16, epochs=32, **LRA, layer=BOTH),
        "retrieval": Setting(depth=6, H=256, lr=0.01, batch=64, epochs=20, **LRA, layer=BOTH),
        "image": Setting(depth=6, H=512, lr=0.01, batch=50, epochs=200, dropout=0.1, layer=BOTH),
        "pathfinder": Setting(depth=6, H=256, lr=0.004, batch=64, epochs=200, **LRA, layer=BOTH),
        "path-x": Setting(
            depth=6, H=256, lr=0.001, batch=16, epochs=50, **LRA, layer={"dt_min": 1e-4} | BOTH
        ),
    },
}
