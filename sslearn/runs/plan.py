"""What names a run and makes it repeatable, and the untrained model that it asks for."""

from collections import ChainMap
from typing import NamedTuple, get_type_hints

import torch
from torch import nn

from sslearn.models import (
    COOKBOOK,
    LIFNetwork,
    LSTMClassifier,
    PairClassifier,
    SequenceClassifier,
    TransformerClassifier,
    count_parameters,
    recipe,
    width_for,
)
from sslearn.runs.presets import PRESETS, Setting, names_of
from sslearn.runs.tasks import TASKS
from sslearn.training import check_settings

TRAINING = ("epochs", "batch", "lr", "weight_decay", "warmup", "coarse")  # `fit` takes them
LIF_TAU = 64.0  # steps: the longest time constant of a LIF network at the start


def _lif(d_input, classes, H, s, **common):
    taus = (1.0, LIF_TAU)
    return LIFNetwork(d_input, classes, H=H, depth=s.depth, taus=taus, norm=True, **common)


def _lstm(d_input, classes, H, s, **common):
    return LSTMClassifier(d_input, classes, H=H, depth=s.depth, **common)


def _transformer(d_input, classes, ff, s, **common):
    """The budget sets ff, because H goes in steps of 8."""
    H = max(8, s.H // 16 * 8)
    return TransformerClassifier(
        d_input, classes, H=H, depth=s.depth, ff=ff, dropout=s.dropout, **common
    )


BASELINES = {"lif": _lif, "lstm": _lstm, "transformer": _transformer}
MODELS = ChainMap(BASELINES, COOKBOOK)  # one that is added to RECIPES is a model


class Run(NamedTuple):
    """What names a run, and makes it repeatable."""

    task: str
    model: str
    preset: str
    seed: int
    setting: Setting

    @property
    def name(self) -> str:
        """The stem of the run's files."""
        return f"{self.task}-{self.model}-{self.preset}-{self.seed}"


def settings_of(model: str) -> dict[str, type]:
    """The names of one value each that can be set in a run of this model, with their types.

    They are the run's, the layer's and the mix's; a baseline's are those of S4D, whose number of
    parameters it gets. Raises ValueError for an unknown model.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {sorted(MODELS)}, got {model!r}")
    several = ("layer", "coarse")
    run = {name: kind for name, kind in get_type_hints(Setting).items() if name not in several}
    parts = COOKBOOK.get(model, COOKBOOK["s4d"])
    return names_of(parts["layer"]) | names_of(parts["mix"]) | run


def plan_run(task: str, model: str, *, preset: str = "small", seed: int = 0, **changes) -> Run:
    """The run of a preset, with some of its settings, or of its layer's, changed.

    A preset's sizes of the layer, such as N, are left out where the model's layer lacks them; what
    a preset asks of it, such as bidirectional=True, is not. Raises ValueError for an unknown task,
    model or preset, a preset that the task lacks, a setting that the run and the layer lack, a
    seed that is no whole number of at least 0, coarse stages of permuted steps, and what `fit`
    refuses.
    """
    if task not in TASKS:
        raise ValueError(f"task must be one of {sorted(TASKS)}, got {task!r}")
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be a whole number in 0 ... 2^63 - 1, got {seed!r}")
    known = settings_of(model)
    if preset not in PRESETS or task not in PRESETS[preset]:
        has = [p for p in PRESETS if task in PRESETS[p]]
        raise ValueError(f"preset of {task} must be one of {has}, got {preset!r}")
    setting = PRESETS[preset][task].change(**changes)
    check_settings(**{name: getattr(setting, name) for name in TRAINING})
    if setting.coarse and not TASKS[task].local:
        raise ValueError(
            f"{task} must have no coarse stages, because a mean of neighbours in a permutation "
            f"says nothing, got {setting.coarse}"
        )
    for name, value in setting.layer.items():
        if name in known or value is False:
            continue
        if name in changes:
            raise ValueError(f"a setting of {model} must be one of {list(known)}, got {name!r}")
        if value is True:
            raise ValueError(
                f"preset {preset} of {task} is {name}, which the layer of {model} is not"
            )
    layer = {name: value for name, value in setting.layer.items() if name in known}
    if "scaled" in known:  # It is always said, because a record without it is of an older GSU.
        layer = {"scaled": True} | layer
    return Run(task, model, preset, seed, setting._replace(layer=layer))


def build_model(run: Run, d_input: int, classes: int, tokens: bool = False) -> nn.Module:
    """The untrained model of a run; a baseline has as many parameters as the run's S4D.

    Raises ValueError if no width comes within 5 % of that.
    """
    s, seed = run.setting, run.seed
    if TASKS[run.task].pairs:  # two texts through one network, whose features are compared
        reader = build_model(run._replace(task="text"), d_input, s.H, tokens)
        return PairClassifier(reader, classes, H=s.H, generator=torch.Generator().manual_seed(seed))

    each = {"pool": "each"} if TASKS[run.task].each else {}

    def sequence(name):
        return SequenceClassifier(
            d_input, classes, **recipe(name, **s.layer), H=s.H, depth=s.depth, norm=s.norm,
            prenorm=s.prenorm, dropout=s.dropout, tokens=tokens, **each,
            generator=torch.Generator().manual_seed(seed),
        )  # fmt: skip

    if run.model in COOKBOOK:
        return sequence(run.model)

    def baseline(H):
        g = torch.Generator().manual_seed(seed)
        return BASELINES[run.model](d_input, classes, H, s, tokens=tokens, **each, generator=g)

    return baseline(width_for(baseline, count_parameters(sequence("s4d"))))
