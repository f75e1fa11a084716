import copy
import math

import pytest
import torch
from torch import nn

from sslearn.training import accuracy, fit, schedule
from tests.library.blobs import Dropped, blobs, equal, line, run, seed


def test_schedule_by_hand():
    assert [schedule(k, 4, 0.0) for k in range(5)] == pytest.approx(
        [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0]
    )
    assert [schedule(k, 10, 0.2) for k in (0, 1, 2, 6, 10)] == pytest.approx(
        [1 / 3, 2 / 3, 1, 0.5, 0]
    )
    assert [schedule(k, 10, 0.25) for k in (0, 1, 2)] == pytest.approx([1 / 3, 2 / 3, 1])
    assert all(0 < schedule(k, 7, 0.1) <= 1 for k in range(7))


def test_fit_learns_and_its_figures_are_those_of_the_model():
    model = line()
    history = run(model)
    assert len(history.loss) == len(history.accuracy) == 5 and not history.stopped
    assert history.loss[0] > history.loss[-1] and history.accuracy[-1] == 1.0
    assert history.accuracy[-1] == accuracy(model, blobs(30)) and history.seconds > 0
    assert history.accuracy[history.best] == max(history.accuracy)


def test_one_step_is_adamw_at_the_scheduled_rate():
    x, y = blobs()
    mine, theirs = line(zero=False), line(zero=False)
    history = fit(
        mine, (x, y), (x, y), epochs=1, batch=90, lr=0.1, weight_decay=0.5, generator=seed()
    )
    loss = nn.functional.cross_entropy(theirs(x), y)
    loss.backward()
    torch.optim.AdamW(theirs.parameters(), lr=0.1 * schedule(0, 1, 0.1), weight_decay=0.5).step()
    assert history.loss == pytest.approx([loss.item()])
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_last_small_batch_counts_by_its_size():
    x, y = blobs()
    model, after = line(zero=False), []
    note = lambda now: after.append(copy.deepcopy(model)) and None  # noqa: E731
    order = torch.randperm(90, generator=seed()).split(80)
    start = line(zero=False)
    history = fit(
        model, (x, y), (x, y), epochs=1, batch=80, lr=0.1, generator=seed(), progress=note
    )
    losses = [
        nn.functional.cross_entropy(m(x[rows]), y[rows]).item() * len(rows)
        for m, rows in zip((start, after[0]), order, strict=True)
    ]
    assert history.loss == pytest.approx([sum(losses) / 90])


def test_same_seed_same_result():
    one, two, other = line(), line(), line()
    a, b, c = run(one), run(two), run(other, generator=seed(1))
    assert a.loss == b.loss and a.accuracy == b.accuracy
    assert equal(one.state_dict(), two.state_dict())
    assert a.loss != c.loss


def test_progress_sees_every_step():
    seen = []
    run(line(), epochs=2, progress=lambda now: seen.append((now._replace(seconds=0), len(now.loss)))
        and None)  # fmt: skip
    assert [now.step for now, _ in seen] == list(range(1, 13))  # 90 of 16: six steps an epoch
    assert {(now.steps, now.epochs) for now, _ in seen} == {(12, 2)}
    assert [n for _, n in seen] == [0] * 5 + [1] * 6 + [2]
    assert [now.epoch for now, _ in seen] == [0] * 6 + [1] * 6


def test_a_model_says_which_parameters_learn_at_which_rate():
    model = line(zero=False)
    model.param_groups = lambda lr, weight_decay: [
        {"params": [model.weight], "lr": 0.0}, {"params": [model.bias], "lr": lr}]  # fmt: skip
    before = copy.deepcopy(model.state_dict())
    run(model)
    assert torch.equal(model.weight, before["weight"])
    assert not torch.equal(model.bias, before["bias"])


def test_accuracy_by_hand_leaves_the_mode():
    model = nn.Sequential(nn.Identity(), nn.Dropout(1.0))
    x = torch.eye(3).repeat(3, 1)  # (9, 3): scores of classes 0 1 2 0 1 2 ...
    y = torch.tensor([0, 1, 2, 0, 1, 2, 1, 2, 0])
    for batch in (1, 4, 256):
        assert accuracy(model, (x, y), batch=batch) == pytest.approx(6 / 9)  # dropout is off
    assert model.training


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ({"epochs": 0}, "epochs"), ({"epochs": 1.5}, "epochs"), ({"batch": 0}, "batch"),
        ({"lr": 0.0}, "lr"), ({"lr": math.nan}, "lr"), ({"warmup": 1.0}, "warmup"),
        ({"warmup": -0.1}, "warmup"), ({"test": (torch.ones(3, 2), torch.ones(2))}, "test"),
        ({"test": (torch.ones(0, 2), torch.ones(0))}, "test"),
        ({"weight_decay": -1.0}, "weight_decay"), ({"lr": "x"}, "lr"), ({"warmup": None}, "warmup"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named_before_anything_happens(bad, name):
    model = line(zero=False)
    with pytest.raises(ValueError, match=name):
        run(model, **bad)
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(ValueError, match="train must"):
        fit(model, (torch.ones(3, 2), torch.ones(4)), blobs(), epochs=1, batch=1, lr=1.0,
            generator=seed())  # fmt: skip


def test_two_inputs_reach_the_model():
    (x, y), model = blobs(), Dropped()
    pair = ((x, torch.zeros(90)), y)
    history = fit(model, pair, pair, epochs=1, batch=30, lr=0.1, generator=seed())
    assert history.loss[0] == pytest.approx(math.log(3))  # scores times zero say nothing
    with pytest.raises(ValueError, match="train must be"):
        fit(model, ((x, torch.zeros(89)), y), pair, epochs=1, batch=30, lr=0.1, generator=seed())


def test_fit_and_accuracy_leave_each_module_in_its_mode():
    model = nn.Sequential(nn.Dropout(0.5), line()).eval()
    model[1].train()
    run(model)
    assert [module.training for module in model] == [False, True] and not model.training
    run(model, progress=lambda now: True)
    accuracy(model, blobs(30))
    assert [module.training for module in model] == [False, True] and not model.training


def test_scores_that_are_not_numbers_are_never_right():
    x, y = torch.tensor([[1.0, 0.0], [math.nan, 0.0], [0.0, math.nan]]), torch.tensor([0, 0, 1])
    assert accuracy(nn.Identity(), (x, y)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("n", "classes", "batch", "name"),
    [(40, 33, 32, "test must"), (0, 0, None, "test must"), (3, 3, 0, "batch must"),
     (3, 3, -1, "batch must")],
)  # fmt: skip
def test_accuracy_refuses_what_has_no_share(n, classes, batch, name):
    y = torch.zeros(classes, dtype=torch.long)
    with pytest.raises(ValueError, match=name):
        accuracy(nn.Identity(), (torch.ones(n, 2), y), batch=batch)


@pytest.mark.parametrize("step", [-1, 11, math.nan])
def test_schedule_refuses_a_step_out_of_range(step):
    with pytest.raises(ValueError, match=r"step must be in 0 ... 10, got"):
        schedule(step, 10, 0.1)
