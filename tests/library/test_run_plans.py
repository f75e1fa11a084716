"""What a run asks for: presets that build, under one budget of parameters."""

import math
from pathlib import Path

import pytest
import torch

from sslearn.models import LATER, count_parameters
from sslearn.runs import (
    MODELS,
    PRESETS,
    TASKS,
    build_model,
    load_task,
    open_model,
    plan_run,
)

LRA = {"listops", "pathfinder", "path-x", "image", "text", "retrieval"}


def test_a_run_without_changes_is_small_and_of_seed_0():
    assert plan_run("digits", "gsu").name == "digits-gsu-small-0"
    assert plan_run("digits", "gsu", seed=2**63 - 1).seed == 2**63 - 1


@pytest.mark.parametrize("model", [name for name in MODELS if name not in LATER])
def test_every_model_has_the_budget_s_parameters(model):
    counts = [count_parameters(build_model(plan_run("smnist14", m), 1, 10)) for m in (model, "s4d")]
    if model != "gsu":  # the unit itself has fewer: H^2 + 2H against 2H^2 + 2H
        assert abs(counts[0] / counts[1] - 1) < 0.05


def test_every_task_has_a_preset_and_shipped_models_stay_small():
    assert set(PRESETS["small"]) | set(PRESETS["paper"]) == set(TASKS)
    assert set(PRESETS["paper"]) > LRA
    for task in ("smnist", "psmnist"):
        for model in ("s4d", "binary-s4d", "gsu"):
            assert count_parameters(build_model(plan_run(task, model), 1, 10)) <= 160_000


@pytest.mark.parametrize("task", sorted(LRA))
def test_paper_presets_build_a_model_that_reads_the_task(task):
    run = plan_run(task, "gsu", preset="paper", H=8, depth=1)
    tokens = task in ("listops", "text", "retrieval")
    model = build_model(run, 5 if tokens else 1, 2, tokens)
    shape = (3, 2, 20) if task == "retrieval" else (3, 20)
    g = torch.Generator().manual_seed(0)
    x = torch.randint(1, 5, shape, generator=g) if tokens else torch.rand(3, 20, 1, generator=g)
    args = (x, torch.full(shape[:-1], 20)) if tokens else (x,)
    assert model(*args).shape == (3, 2)
    assert "ssm.C" in "".join(model.state_dict()) and len(model.param_groups(0.1, 0.0)) == 2
    C = next(p for name, p in model.named_parameters() if name.endswith("ssm.C"))
    assert len(C) == 2  # a kernel for the past and one for the future


@pytest.mark.parametrize(
    ("say", "make"),
    [
        ("task must", lambda: plan_run("cifar", "gsu")),
        ("model must", lambda: plan_run("digits", "mamba")),
        ("preset", lambda: plan_run("digits", "gsu", preset="huge")),
        ("seed must", lambda: plan_run("digits", "gsu", seed=math.nan)),
        ("seed must", lambda: plan_run("digits", "gsu", seed="x")),
        ("seed must", lambda: plan_run("digits", "gsu", seed=-1)),
        ("seed must", lambda: plan_run("digits", "gsu", seed=2**63)),
        ("epochs must", lambda: plan_run("digits", "gsu", epochs="x")),
        ("lr must", lambda: plan_run("digits", "gsu", lr="fast")),
        ("psmnist must have no coarse", lambda: plan_run("psmnist", "gsu", coarse=((2, 1),))),
        ("no trained model", lambda: open_model(Path("nowhere.safetensors"))),
        ("task must", lambda: load_task("x")),
    ],
)
def test_bad_input_is_named(say, make):
    with pytest.raises(ValueError, match=say):
        make()
