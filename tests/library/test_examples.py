"""The examples in the library's docstrings run, and what a learner meets first has one."""

import doctest
import importlib
from pathlib import Path

import pytest

import sslearn
import sslearn.fast

ROOT = Path(sslearn.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if "course" not in path.parts and ">>> " in path.read_text(encoding="utf-8")
)
FIRST = [
    *(f"fast.{name}" for name in sslearn.fast.__all__),
    "lif.lif_step",
    "spikes.spike",
    "spikes.ternary",
    "codes.rate_code",
    "codes.latency_code",
    "codes.delta_code",
    "trains.rate",
    "information.shared_bits",
    "ssm.discretize",
    "ssm.kernel",
    "ssm.recur",
    "ssm.convolve",
    "hippo.legs",
    "hippo.reconstruct",
    "data.digits",
    "data.pooled",
    "data.sequential",
    "data.made.delayed_recall",
    "data.made.listops",
    "data.made.pathfinder",
    "data.made.signals.noise",
    "layers.S4D",
    "layers.BinaryS4D",
    "layers.GatedSpikingUnit",
    "layers.GLU",
    "layers.Block",
    "models.SequenceClassifier",
    "models.LIFNetwork",
    "models.LSTMClassifier",
    "models.TransformerClassifier",
    "models.LinearSSM",
    "training.fit",
]


def run(name):
    """The result of all examples in sslearn's module of this name; each sees that module alone."""
    module = importlib.import_module(name)
    return doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name):
    failed, tried = run(name)
    assert tried and not failed


@pytest.mark.parametrize("name", FIRST)
def test_what_is_met_first_has_an_example(name):
    module, _, member = name.rpartition(".")
    thing = getattr(importlib.import_module(f"sslearn.{module}"), member)
    assert doctest.DocTestParser().get_examples(thing.__doc__)
