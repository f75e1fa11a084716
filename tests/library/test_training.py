import copy
import math

import pytest
import torch
from torch import nn

from sslearn.models import LIFNetwork
from sslearn.training import accuracy, fit, schedule


def seed(n=0):
    return torch.Generator().manual_seed(n)


def task(n=90, classes=3):
    """Three blobs in the plane, far apart: (x, y)."""
    y = torch.arange(n) % classes
    centre = torch.tensor([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return centre[y] + 0.3 * torch.randn(n, 2, generator=seed(1)), y


def line(zero=True):
    model = nn.Linear(2, 3)
    for p in model.parameters():
        nn.init.zeros_(p) if zero else nn.init.normal_(p, generator=seed(2))
    return model


def run(model, **how):
    how = {"epochs": 5, "batch": 16, "lr": 0.1, "generator": seed()} | how
    return fit(model, task(), how.pop("test", task(30)), **how)


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


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
    found = run(model)
    assert len(found.loss) == len(found.accuracy) == 5 and not found.stopped
    assert found.loss[0] > found.loss[-1] and found.accuracy[-1] == 1.0
    assert found.accuracy[-1] == accuracy(model, task(30)) and found.seconds > 0
    assert found.accuracy[found.best] == max(found.accuracy)


def test_one_step_is_adamw_at_the_scheduled_rate():
    x, y = task()
    mine, theirs = line(zero=False), line(zero=False)
    found = fit(
        mine, (x, y), (x, y), epochs=1, batch=90, lr=0.1, weight_decay=0.5, generator=seed()
    )
    loss = nn.functional.cross_entropy(theirs(x), y)
    loss.backward()
    torch.optim.AdamW(theirs.parameters(), lr=0.1 * schedule(0, 1, 0.1), weight_decay=0.5).step()
    assert found.loss == pytest.approx([loss.item()])
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_last_small_batch_counts_by_its_size():
    x, y = task()
    model, after = line(zero=False), []
    tell = lambda now: after.append(copy.deepcopy(model)) and None  # noqa: E731
    order = torch.randperm(90, generator=seed()).split(80)
    start = line(zero=False)
    found = fit(model, (x, y), (x, y), epochs=1, batch=80, lr=0.1, generator=seed(), progress=tell)
    losses = [
        nn.functional.cross_entropy(m(x[rows]), y[rows]).item() * len(rows)
        for m, rows in zip((start, after[0]), order, strict=True)
    ]
    assert found.loss == pytest.approx([sum(losses) / 90])


def test_same_seed_same_result():
    one, two, other = line(), line(), line()
    a, b, c = run(one), run(two), run(other, generator=seed(1))
    assert (
        a.loss == b.loss and a.accuracy == b.accuracy and equal(one.state_dict(), two.state_dict())
    )
    assert a.loss != c.loss


def test_the_seed_of_torch_is_left_alone():
    model = line()
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    run(model)
    assert torch.equal(torch.rand(3), want)


def test_progress_sees_every_step():
    told = []
    run(line(), epochs=2, progress=lambda now: told.append((now._replace(seconds=0), len(now.loss)))
        and None)  # fmt: skip
    assert [now.step for now, _ in told] == list(range(1, 13))  # 90 of 16: six steps an epoch
    assert {(now.steps, now.epochs) for now, _ in told} == {(12, 2)}
    assert [n for _, n in told] == [0] * 5 + [1] * 6 + [2]
    assert [now.epoch for now, _ in told] == [0] * 6 + [1] * 6


def interrupt(now):
    raise KeyboardInterrupt


@pytest.mark.parametrize("ask", [lambda now: True, interrupt])
def test_stop_keeps_the_best_state(ask):
    states, wrong = {}, (task(30)[0], (task(30)[1] + 1) % 3)  # learning makes the test worse

    def progress(now):
        if now.step % 6 == 0:
            states[now.epoch] = copy.deepcopy(model.state_dict())
        return ask(now) if now.step == 20 else None

    model = line(zero=False)
    found = run(model, test=wrong, progress=progress)
    assert found.stopped and len(found.loss) == len(found.accuracy) == 3
    assert found.accuracy[found.best] > found.accuracy[-1]
    assert equal(model.state_dict(), states[found.best]) and equal(
        found.best_state, states[found.best]
    )
    assert not equal(states[found.best], states[2])


def test_stop_before_the_first_epoch_keeps_what_there_is():
    model = line()
    found = run(model, progress=lambda now: now.step == 2)
    assert found.stopped and found.best is None and found.best_state == {} and found.loss == []
    assert not equal(model.state_dict(), line().state_dict())


def test_a_stop_at_the_last_step_is_a_whole_run():
    assert not run(line(), progress=lambda now: now.step == now.steps).stopped


class Breaks(nn.Module):
    """A linear model whose scores turn to NaN at its call number `at`."""

    def __init__(self, at):
        super().__init__()
        self.inner, self.at, self.calls = line(), at, 0

    def forward(self, x):
        self.calls += self.training
        return self.inner(x) * (math.nan if self.calls == self.at else 1.0)


def test_nan_loss_is_told_with_epoch_step_and_cause():
    with pytest.raises(RuntimeError, match=r"epoch 0, step 0: the loss is nan.*the input"):
        run(Breaks(1))
    model, states = Breaks(15), []
    keep = lambda now: states.append(copy.deepcopy(model.state_dict())) and None  # noqa: E731
    with pytest.raises(RuntimeError, match=r"epoch 2, step 2: the loss is nan.*learning rate"):
        run(model, progress=keep)  # calls 1-6 and 7-12 are whole epochs
    assert equal(model.state_dict(), states[5]) or equal(model.state_dict(), states[11])
    assert not equal(model.state_dict(), states[-1])


def test_a_network_that_refuses_its_broken_weights_is_told_the_same_way():
    net, (x, y) = LIFNetwork(2, 4, 3, generator=seed()), task()
    data = (x[:, None].repeat(1, 3, 1), y)

    def poison(now):
        if now.step == 8:
            with torch.no_grad():
                net.hidden[0].weight[0, 0] = math.nan

    how = {"epochs": 3, "batch": 16, "lr": 0.01, "generator": seed(), "progress": poison}
    with pytest.raises(RuntimeError, match="epoch 1, step 2.*must be finite.*learning rate"):
        fit(net, data, data, **how)
    assert all(p.isfinite().all() for p in net.parameters())


def test_an_error_of_the_model_itself_is_not_dressed_up():
    with pytest.raises(ValueError, match="i must"):  # x has no time
        fit(LIFNetwork(2, 4, 3, generator=seed()), task(), task(), epochs=1, batch=9, lr=0.1,
            generator=seed())  # fmt: skip


def test_groups_have_their_own_rate():
    model = line(zero=False)
    before = copy.deepcopy(model.state_dict())
    run(model, param_groups=[{"params": [model.weight], "lr": 0.0}, {"params": [model.bias]}])
    assert torch.equal(model.weight, before["weight"]) and not torch.equal(
        model.bias, before["bias"]
    )
    model.param_groups = lambda lr, weight_decay: [{"params": [model.weight]}]
    before = copy.deepcopy(model.state_dict())
    run(model)
    assert not torch.equal(model.weight, before["weight"]) and torch.equal(
        model.bias, before["bias"]
    )


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
        ({"weight_decay": -1.0}, "weight_decay"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named_before_anything_happens(bad, name):
    model = line(zero=False)
    with pytest.raises(ValueError, match=name):
        run(model, **bad)
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(ValueError, match="train must"):
        fit(model, (torch.ones(3, 2), torch.ones(4)), task(), epochs=1, batch=1, lr=1.0,
            generator=seed())  # fmt: skip


class Dropped(nn.Module):
    """A linear model behind dropout, so that a resumed run needs the dropout's state too."""

    def __init__(self):
        super().__init__()
        self.inner, self.drop = line(zero=False), nn.Dropout(0.3)

    def forward(self, x, scale=None):
        return self.inner(self.drop(x)) * (1 if scale is None else scale[:, None])


@pytest.mark.parametrize("after", [1, 3])
def test_a_resumed_run_ends_as_an_uninterrupted_one(after):
    states, whole, rest = [], Dropped(), Dropped()
    a = run(whole, keep=lambda state: states.append(copy.deepcopy(state)))
    b = run(rest, resume=states[after - 1], generator=seed(9))
    assert a.loss == b.loss and a.accuracy == b.accuracy and a.best == b.best
    assert equal(whole.state_dict(), rest.state_dict()) and len(states) == 5
    assert b.seconds >= states[after - 1]["seconds"]


def test_two_inputs_reach_the_model():
    (x, y), model = task(), Dropped()
    pair = ((x, torch.zeros(90)), y)
    found = fit(model, pair, pair, epochs=1, batch=30, lr=0.1, generator=seed())
    assert found.loss[0] == pytest.approx(math.log(3))  # scores times zero say nothing
    with pytest.raises(ValueError, match="train must be"):
        fit(model, ((x, torch.zeros(89)), y), pair, epochs=1, batch=30, lr=0.1, generator=seed())
