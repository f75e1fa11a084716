"""The presets against the published table, and the settings that they are changed by."""

import functools

import pytest

from sslearn.layers import S4D
from sslearn.models import RECIPES, count_parameters
from sslearn.runs import (
    ASSETS,
    PRESETS,
    Setting,
    build_model,
    open_model,
    plan_run,
    settings_of,
)

# S4D (Gu, Gupta, Goel, Re 2022) as later papers repeat it: depth, H, norm, prenorm, dropout,
# learning rate, batch, epochs, weight decay, N, smallest dt, kernels over both directions.
# Sequential MNIST: SpikingSSM (arXiv 2408.14909).
PUBLISHED = """
smnist      2  400  layer  False  0.1  0.01   50  100  0.01  64  0.001   False
psmnist     2  400  layer  False  0.1  0.01   50  100  0.01  64  0.001   False
listops     8  128  batch  False  0    0.01   50   40  0.05  64  0.001   True
text        6  256  batch  True   0    0.01   16   32  0.05  64  0.001   True
retrieval   6  256  batch  True   0    0.01   64   20  0.05  64  0.001   True
image       6  512  layer  False  0.1  0.01   50  200  0.05  64  0.001   True
pathfinder  6  256  batch  True   0    0.004  64  200  0.05  64  0.001   True
path-x      6  256  batch  True   0    0.001  16   50  0.05  64  0.0001  True
"""


@pytest.mark.parametrize("line", PUBLISHED.strip().splitlines(), ids=lambda line: line.split()[0])
def test_a_paper_preset_is_its_line_of_the_table(line):
    task, depth, H, norm, prenorm, *numbers, both = line.split()
    dropout, lr, batch, epochs, weight_decay, N, dt_min = map(float, numbers)
    s = PRESETS["paper"][task]
    assert (s.depth, s.H, s.norm, str(s.prenorm)) == (int(depth), int(H), norm, prenorm)
    assert (s.dropout, s.lr, s.batch, s.epochs) == (dropout, lr, batch, epochs)
    assert (s.weight_decay, s.warmup) == (weight_decay, 0.1)
    layer = {"bidirectional": False} | s.layer
    assert layer == {"N": N, "dt_min": dt_min, "bidirectional": both == "True"}


def test_the_table_has_every_paper_preset():
    assert {line.split()[0] for line in PUBLISHED.strip().splitlines()} == set(PRESETS["paper"])


SHIPPED = [f"{task}-{model}" for task in ("digits", "smnist") for model in RECIPES]


@pytest.mark.parametrize("name", SHIPPED)  # psmnist's is larger than its preset
def test_a_shipped_model_was_trained_with_its_small_preset(name):
    setting = open_model(ASSETS / f"{name}-small-0.safetensors")[1]["setting"]
    preset = {"bidirectional": False} | PRESETS["small"][name.split("-")[0]].flat()
    if name.endswith("gsu"):
        preset["scaled"] = False  # They are of the GSU before it was scaled, and say so.
    assert preset | {"epochs": setting["epochs"]} == {"bidirectional": False} | setting


def test_flat_names_are_parted_again():
    setting = PRESETS["small"]["pathfinder-short"]
    assert Setting.of(setting.flat()) == setting and setting.flat()["N"] == 32
    changed = setting.change(N=8, H=16)
    assert (changed.layer["N"], changed.H, changed.layer["dt_min"]) == (8, 16, 1e-2)
    assert setting.layer["N"] == 32


def plain(H, *, width: int = 3, generator):
    """A layer that has one hyperparameter of its own, and reads one way."""
    return S4D(H, 2 * width, generator=generator)


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.setitem(RECIPES, "plain", RECIPES["s4d"] | {"layer": plain})


def test_settings_are_those_of_the_run_and_of_the_model_s_own_layer(recipe):
    assert settings_of("plain")["width"] is int and "N" not in settings_of("plain")
    assert settings_of("binary-s4d")["theta"] is float
    assert settings_of("lstm") == settings_of("s4d") and settings_of("s4d")["H"] is int
    bound = functools.partial(S4D, N=4)
    RECIPES["plain"] = RECIPES["plain"] | {"layer": bound}
    assert settings_of("plain")["N"] is int


def test_a_preset_s_sizes_are_left_out_where_the_layer_has_none(recipe):
    run = plan_run("digits", "plain", width=5)
    assert run.setting.layer == {"width": 5} and run.setting.H == PRESETS["small"]["digits"].H


def test_what_the_layer_lacks_is_told_in_one_sentence(recipe):
    with pytest.raises(ValueError, match="a setting of plain must be one of .*got 'N'"):
        plan_run("digits", "plain", N=8)
    with pytest.raises(ValueError, match="is bidirectional, which the layer of plain is not"):
        plan_run("pathfinder-short", "plain")
    one_way = plan_run("pathfinder-short", "plain", bidirectional=False)
    assert one_way.setting.layer == {}


def test_the_large_networks_have_at_most_160_thousand_parameters():
    for model in ("s4d", "binary-s4d", "gsu"):
        run = plan_run("smnist", model, preset="large")
        assert count_parameters(build_model(run, 1, 10)) <= 160_000
