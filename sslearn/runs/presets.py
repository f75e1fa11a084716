"""Hyperparameters of the runs: small ones for a laptop, and those that were published."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

from sslearn.training import Stage


class Setting(NamedTuple):
    """Hyperparameters of a run; AdamW, cosine schedule with warm-up, mean pooling.

    layer holds the own hyperparameters of the state space layer, such as N and dt_min, and of the
    mix, such as the GSU's scaled. coarse holds the stages that come before the epochs; see `fit`.
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
    coarse: tuple[Stage, ...] = ()

    @classmethod
    def of(cls, names: dict) -> "Setting":
        """The setting of a flat dict of names: those that it lacks are the layer's."""
        own, layer = _parted(names)
        own["coarse"] = tuple(Stage(*stage) for stage in own.get("coarse", ()))
        return cls(**own, layer=layer)

    def change(self, **names) -> "Setting":
        """The setting with some names changed; those that it lacks are the layer's."""
        own, layer = _parted(names)
        return self._replace(**own, layer=self.layer | layer)

    def flat(self) -> dict:
        """All names in one dict, the layer's beside the run's: the form of a run's record.

        coarse is there only if there are such stages, as lists [p, epochs], because that is how
        JSON gives them back.
        """
        run = {n: value for n, value in self._asdict().items() if n not in ("layer", "coarse")}
        coarse = {"coarse": [list(stage) for stage in self.coarse]} if self.coarse else {}
        return {**run, **coarse, **self.layer}


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


def _lra(depth: int, H: int, *, dt_min: float = 1e-3, **rest) -> Setting:
    """Long Range Arena: batch norm before each block, kernels over the past and the future."""
    layer = {"N": 64, "dt_min": dt_min, "bidirectional": True}
    return Setting(**{"depth": depth, "H": H, "norm": "batch", "prenorm": True} | rest, layer=layer)


N32 = {"N": 32, "dt_min": 1e-3}
MNIST = Setting(depth=2, H=64, lr=0.008, batch=50, epochs=20, weight_decay=0.01, layer=N32)
LITTLE = MNIST._replace(H=48, epochs=5)
MNIST400 = Setting(
    depth=2, H=400, lr=0.01, batch=50, epochs=100, weight_decay=0.01, dropout=0.1,
    layer={"N": 64, "dt_min": 1e-3},
)  # fmt: skip
PRESETS = {
    "small": {
        "digits": Setting(
            depth=2, H=32, lr=0.01, batch=32, epochs=30, weight_decay=0.01,
            layer={"N": 16, "dt_min": 1e-2},
        ),
        "smnist": MNIST,
        "psmnist": MNIST,
        "smnist14": LITTLE,
        "fashion14": LITTLE,
        "characters": Setting(
            depth=4, H=128, lr=0.004, batch=32, epochs=12, prenorm=True,
            layer={"N": 32, "dt_min": 1e-3},
        ),
        "listops-short": LITTLE,
        "pathfinder-easy": LITTLE._replace(lr=0.004),
        "pathfinder-short": LITTLE._replace(
            lr=0.01, norm="batch", prenorm=True,
            layer={"N": 32, "dt_min": 1e-2, "bidirectional": True},
        ),
    },
    # Coarse stages come first, whose epochs cost about 1/p of a full one: studies/coarse.py.
    "quick": {"smnist": MNIST._replace(epochs=2, coarse=(Stage(4, 4), Stage(2, 3)))},
    "large": {  # at most 160,000 parameters
        "smnist": Setting(
            depth=4, H=96, lr=0.006, batch=50, epochs=6, dropout=0.1,
            layer={"N": 64, "dt_min": 1e-3}, coarse=(Stage(4, 12), Stage(2, 8)),
        ),
    },
    # The table of S4D (Gu, Gupta, Goel, Re 2022) as later papers repeat it; sequential
    # MNIST as SpikingSSM (arXiv 2408.14909).
    "paper": {
        "smnist": MNIST400,
        "psmnist": MNIST400,
        "listops": _lra(8, 128, lr=0.01, batch=50, epochs=40, prenorm=False),
        "text": _lra(6, 256, lr=0.01, batch=16, epochs=32),
        "retrieval": _lra(6, 256, lr=0.01, batch=64, epochs=20),
        "image": _lra(
            6, 512, lr=0.01, batch=50, epochs=200, norm="layer", prenorm=False, dropout=0.1
        ),
        "pathfinder": _lra(6, 256, lr=0.004, batch=64, epochs=200),
        "path-x": _lra(6, 256, lr=0.001, batch=16, epochs=50, dt_min=1e-4),
    },
}  # fmt: skip
