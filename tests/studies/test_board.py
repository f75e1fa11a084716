"""The committed comparison board: whole, under one budget, at the rates that its grid chose."""

import inspect

import pytest

from sslearn.layers import S4D
from sslearn.models import count_parameters
from sslearn.runs import Setting, build_model, plan_run, results
from studies.board import BOARDS, COMPARED, RATES, SEEDS, chosen

ROWS = results("board")
TASKS = sorted({r["task"] for r in ROWS})


def of(task, stage, model):
    return [r for r in ROWS if (r["task"], r["stage"], r["model"]) == (task, stage, model)]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", COMPARED)
def test_every_model_has_its_grid_and_three_runs_at_the_chosen_rate(task, model):
    grid, runs = of(task, "grid", model), of(task, "test", model)
    assert sorted(r["lr"] for r in grid) == sorted(RATES)
    assert sorted(r["seed"] for r in runs) == list(SEEDS)
    assert {r["lr"] for r in runs} == {chosen(ROWS, task, model)}
    assert all(r["accuracy"] == r["accuracies"][-1] for r in runs)
    goal = of(task, "test", "s4d")[0]["parameters"]
    assert all(abs(r["parameters"] / goal - 1) < 0.05 for r in runs)


@pytest.mark.parametrize("model", COMPARED)
def test_a_row_s_setting_builds_the_network_that_it_counted(model):
    row = of("digits", "test", model)[0]
    run = plan_run("digits", model)._replace(setting=Setting.of(row["setting"]))
    assert count_parameters(build_model(run, 1, 10)) == row["parameters"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", COMPARED)
def test_the_presets_are_what_the_board_was_run_with(task, model):
    layer = inspect.signature(S4D).parameters  # what a preset leaves out is the layer's default
    defaults = {name: layer[name].default for name in ("N", "dt_min", "bidirectional")}
    for row in of(task, "test", model):
        changes = {name: row["setting"][name] for name in ("lr", "epochs")}
        if model == "gsu":
            changes["H"] = row["setting"]["H"]  # the GSU alone is wider
            changes["scaled"] = False
        preset = plan_run(task, model, **changes).setting.flat()
        assert row["setting"] == defaults | preset
        assert BOARDS[task].test == row["setting"]["epochs"] and row["lr"] == row["setting"]["lr"]


@pytest.mark.parametrize("task", TASKS)
def test_trivial_and_chance_stand_beside_them(task):
    (trivial,) = of(task, "trivial", "trivial")
    row = of(task, "test", "s4d")[0]
    error = (row["chance"] * (1 - row["chance"]) / row["test"]) ** 0.5
    if task == "pathfinder-short":  # a linear map has nothing to go by there
        assert abs(trivial["accuracy"] - row["chance"]) < 3 * error
    else:
        assert row["chance"] < trivial["accuracy"] < 1
