"""Hyperparameters of the runs: small ones for a laptop, and those that were published."""

from typing import NamedTuple


class Setting(NamedTuple):
    """Hyperparameters of a run; AdamW, cosine schedule with warm-up, mean pooling."""

    depth: int
    H: int
    lr: float
    batch: int
    epochs: int
    weight_decay: float = 0.05
    norm: str = "layer"
    prenorm: bool = False
    dropout: float = 0.0
    N: int = 64
    dt_min: float = 1e-3
    warmup: float = 0.1
    bidirectional: bool = False


def _lra(depth, H, lr, batch, epochs, **rest) -> Setting:
    """Long Range Arena: batch norm before each block and kernels over past and future."""
    how = {"norm": "batch", "prenorm": True, "bidirectional": True} | rest
    return Setting(depth, H, lr, batch, epochs, **how)


LITTLE = {"weight_decay": 0.01, "N": 32}
PRESETS = {
    "small": {
        "digits": Setting(2, 32, 0.01, 32, 30, weight_decay=0.01, N=16, dt_min=1e-2),
        "smnist": Setting(2, 64, 0.008, 50, 20, **LITTLE),
        "psmnist": Setting(2, 64, 0.008, 50, 20, **LITTLE),
        "smnist14": Setting(2, 48, 0.008, 50, 5, **LITTLE),
        "fashion14": Setting(2, 48, 0.008, 50, 5, **LITTLE),
        "listops-short": Setting(2, 48, 0.008, 50, 5, **LITTLE),
        "pathfinder-easy": Setting(2, 48, 0.004, 50, 5, **LITTLE),
        "pathfinder-short": _lra(2, 48, 0.01, 50, 5, dt_min=1e-2, **LITTLE),
    },
    # The table of S4D (Gu, Gupta, Goel, Re 2022) as later papers repeat it; sequential
    # MNIST as SpikingSSM (arXiv 2408.14909).
    "paper": {
        "smnist": Setting(2, 400, 0.01, 50, 100, weight_decay=0.01, dropout=0.1),
        "psmnist": Setting(2, 400, 0.01, 50, 100, weight_decay=0.01, dropout=0.1),
        "listops": _lra(8, 128, 0.01, 50, 40, prenorm=False),
        "text": _lra(6, 256, 0.01, 16, 32),
        "retrieval": _lra(6, 256, 0.01, 64, 20),
        "image": _lra(6, 512, 0.01, 50, 200, norm="layer", prenorm=False, dropout=0.1),
        "pathfinder": _lra(6, 256, 0.004, 64, 200),
        "path-x": _lra(6, 256, 0.001, 16, 50, dt_min=1e-4),
    },
}
