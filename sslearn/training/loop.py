"""One call that trains a classifier."""

from collections.abc import Sequence

import torch
from torch import nn

from sslearn.training.arguments import Stage
from sslearn.training.curves import History, OnStep, Pair
from sslearn.training.state import Training


def fit(
    model: nn.Module,
    train: Pair,
    test: Pair,
    *,
    epochs: int,
    batch: int,
    lr: float,
    weight_decay: float = 0.0,
    warmup: float = 0.1,
    coarse: Sequence[Stage] = (),
    generator: torch.Generator,
    progress: OnStep | None = None,
) -> History:
    """Minimise the cross-entropy of model(x) by AdamW; a whole run keeps its last weights.

    model: any module of class scores (n, classes). If it has a method param_groups(lr,
        weight_decay), that says at which rate each parameter learns; else all learn at lr.
    train, test: (x, y), where x is (n, ...), or a tuple of such tensors, and y (n,) are classes.
    epochs: how often train is gone through.
    batch: the number of examples a step.
    lr: the highest learning rate; every rate follows `schedule`.
    weight_decay: the share of lr by which a weight shrinks in each step.
    warmup: the share of all steps during which the rate rises, in [0, 1).
    coarse: the stages that come before these epochs, such as (Stage(p=4, epochs=4), Stage(2, 3)).
        In a stage each step of x is the mean over p steps, and model.rescale_time lets a step
        stand for p of them; test is averaged too. One `schedule` covers all epochs.
    generator: shuffles the examples; its seed is dropout's too.
    progress: is called with a `Progress` after each step, and ends the training if it returns True.

    A training that progress or KeyboardInterrupt ends goes back to the weights of its best epoch,
    within the stage if there are stages; a step of the model is then one of train as given.
    Raises ValueError for bad arguments and, with the best weights restored, RuntimeError for a
    loss that is not finite.

    >>> x, y = torch.eye(2).repeat(20, 1), torch.arange(40) % 2
    >>> settings = {"epochs": 5, "batch": 8, "lr": 0.1, "generator": torch.Generator()}
    >>> fit(nn.Linear(2, 2), (x, y), (x, y), **settings).accuracy[-1]
    1.0
    """
    training = Training(
        model, train, test, epochs=epochs, batch=batch, lr=lr, weight_decay=weight_decay,
        warmup=warmup, coarse=coarse, generator=generator,
    )  # fmt: skip
    with training.guard():
        while not training.complete:
            training.epoch(progress)
    return training.history()
