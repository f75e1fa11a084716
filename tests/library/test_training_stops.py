"""How a training ends before its time: stopped, interrupted, or by numbers not finite."""

import copy
import math

import pytest
import torch
from torch import nn

from sslearn.models import LIFNetwork
from sslearn.training import Training, fit
from tests.library.blobs import SETTINGS, blobs, equal, line, run, seed


def interrupt(now):
    raise KeyboardInterrupt


@pytest.mark.parametrize("ask", [lambda now: True, interrupt])
def test_stop_keeps_the_best_state(ask):
    states, wrong = {}, (blobs(30)[0], (blobs(30)[1] + 1) % 3)  # learning makes the test worse

    def progress(now):
        if now.step % 6 == 0:
            states[now.epoch] = copy.deepcopy(model.state_dict())
        return ask(now) if now.step == 20 else None

    model = line(zero=False)
    history = run(model, test=wrong, progress=progress)
    assert history.stopped and len(history.loss) == len(history.accuracy) == 3
    assert history.accuracy[history.best] > history.accuracy[-1]
    assert equal(model.state_dict(), states[history.best]) and equal(
        history.best_state, states[history.best]
    )
    assert not equal(states[history.best], states[2])


def test_stop_before_the_first_epoch_keeps_what_there_is():
    model = line()
    history = run(model, progress=lambda now: now.step == 2)
    assert (
        history.stopped and history.best is None and history.best_state == {} and history.loss == []
    )
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
    with pytest.raises(RuntimeError, match=r"NaN.*epoch 0, step 0: the loss is nan.*start"):
        run(Breaks(1))
    model, states = Breaks(15), []
    keep = lambda now: states.append(copy.deepcopy(model.state_dict())) and None  # noqa: E731
    with pytest.raises(RuntimeError, match=r"epoch 2, step 2: the loss is nan.*learning rate"):
        run(model, progress=keep)  # calls 1-6 and 7-12 are whole epochs
    assert equal(model.state_dict(), states[5]) or equal(model.state_dict(), states[11])
    assert not equal(model.state_dict(), states[-1])


def test_a_network_that_refuses_its_broken_weights_is_told_the_same_way():
    net, (x, y) = LIFNetwork(2, 3, H=4, generator=seed()), blobs()
    data = (x[:, None].repeat(1, 3, 1), y)

    def poison(now):
        if now.step == 8:
            with torch.no_grad():
                net.hidden[0].weight[0, 0] = math.nan

    settings = {"epochs": 3, "batch": 16, "lr": 0.01, "generator": seed(), "progress": poison}
    with pytest.raises(
        RuntimeError, match="epoch 1, step 2: hidden.0.weight.*must be finite.*learning rate"
    ):
        fit(net, data, data, **settings)
    assert all(p.isfinite().all() for p in net.parameters())


def test_an_error_of_the_model_itself_is_not_dressed_up():
    with pytest.raises(ValueError, match="i must"):  # x has no time
        fit(LIFNetwork(2, 3, H=4, generator=seed()), blobs(), blobs(), epochs=1, batch=9, lr=0.1,
            generator=seed())  # fmt: skip


def test_an_interrupt_between_two_epochs_stops_as_well():
    model = line(zero=False)
    training = Training(model, blobs(), blobs(30), **SETTINGS, generator=seed())
    with training.guard():
        training.epoch()
        raise KeyboardInterrupt
    assert training.stopped and not training.complete
    assert equal(model.state_dict(), training.history().best_state)


def test_other_errors_pass_through_with_the_weights_as_they_are():
    model = line(zero=False)
    training = Training(model, blobs(), blobs(30), **SETTINGS, generator=seed())
    with pytest.raises(OSError, match="full"), training.guard():
        training.epoch()
        before = copy.deepcopy(model.state_dict())
        raise OSError("full")
    assert equal(model.state_dict(), before) and not training.stopped


def test_weights_that_break_in_an_epoch_s_last_step_are_named():
    def poison(now):
        if now.step == 5:
            model.weight.register_hook(lambda grad: grad * math.inf)

    model = line(zero=False)
    with pytest.raises(RuntimeError, match="epoch 0, step 6: weight is not finite"):
        run(model, progress=poison)
