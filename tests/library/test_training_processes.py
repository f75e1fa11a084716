"""Several processes that share each batch end where one process does."""

import copy

import pytest
import torch
from torch import nn

from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import MODELS, build_model, plan_run, settings_of
from sslearn.training import Training, accuracy
from tests.library.blobs import SETTINGS, blobs, line, seed
from tests.library.processes import together

STEPS = 12


def signals(n):
    """(n, 12, 2): a blob's point held over the steps, with its class."""
    x, y = blobs(n)
    return x[:, None].repeat(1, STEPS, 1), y


def network(**settings):
    parts = recipe(settings.pop("name", "s4d"), N=4, **settings.pop("layer", {}))
    return SequenceClassifier(2, 3, **parts, H=8, depth=2, **settings, generator=seed())


def begin(model, share, **settings):
    pairs = signals(91), signals(31)  # neither is a multiple of two
    settings = {"epochs": 3, "batch": 16, "lr": 0.02} | settings
    return Training(model, *pairs, **settings, generator=seed(), share=share)


def trained(training):
    while not training.complete:
        training.epoch()
    return training.loss, training.accuracy, training.model.state_dict()


def by_layer_norm(rank, world):
    return trained(begin(network(norm="layer"), (rank, world)))


def by_batch_norm(rank, world):
    return trained(begin(network(norm="batch", prenorm=True), (rank, world)))


def by_coarse_stages(rank, world):
    return trained(begin(network(), (rank, world), epochs=1, coarse=((4, 1), (2, 1))))


@pytest.mark.parametrize("work", [by_layer_norm, by_batch_norm, by_coarse_stages])
def test_two_processes_end_where_one_does(work):
    loss, right, weights = work(0, 1)
    for loss_too, right_too, weights_too in together(work):
        assert loss_too == pytest.approx(loss, abs=1e-4)
        assert right_too == pytest.approx(right, abs=1 / 31 + 1e-9)
        for name, weight in weights.items():
            torch.testing.assert_close(weights_too[name], weight, atol=3e-3, rtol=0.02, msg=name)


def drawing():
    return network(name="binary-s4d", layer={"width": 0.5}, dropout=0.3)


def whole(rank, world):
    return trained(begin(drawing(), (rank, world)))


def cut_and_resumed(rank, world):
    """One epoch; then a new model, as after a kill, and the state that was saved."""
    first = begin(drawing(), (rank, world))
    first.epoch()
    state = copy.deepcopy(first.state_dict())
    second = begin(drawing(), (rank, world))
    second.load_state_dict(state)
    return *trained(second), state["draws"]


@pytest.mark.parametrize("world", [1, 2])
def test_drawn_spikes_and_dropout_resume_to_the_same_end(world):
    run = together if world == 2 else lambda work: [work(0, 1)]
    for one, two in zip(run(whole), run(cut_and_resumed), strict=True):
        assert two[0] == one[0] and two[1] == one[1]
        assert all(torch.equal(two[2][name], weight) for name, weight in one[2].items())
    if world == 2:
        first, second = two[3]
        assert not torch.equal(first["torch"][0], second["torch"][0])
        assert not torch.equal(first["layers"][0], second["layers"][0])


def one_epoch_of_every_model(rank, world):
    losses = {}
    for name in MODELS:
        small = {"N": 4} if "N" in settings_of(name) else {}
        run = plan_run("digits", name, H=16, depth=1, **small)
        x, y = signals(24)
        training = Training(build_model(run, 2, 3), (x, y), (x, y), epochs=1, batch=8, lr=0.01,
                            generator=seed(), share=(rank, world))  # fmt: skip
        losses[name] = trained(training)[0]
    return losses


def test_every_model_trains_in_two_processes():
    one = one_epoch_of_every_model(0, 1)
    for losses in together(one_epoch_of_every_model):
        assert losses.keys() == one.keys()
        for name, loss in one.items():
            assert losses[name] == pytest.approx(loss, abs=2e-3), name


def accuracies(rank, world):
    return [accuracy(line(zero=False), blobs(n), share=(rank, world)) for n in (1, 2, 3, 30)]


def test_each_process_tests_its_share_and_all_know_the_whole():
    assert together(accuracies, 3) == [accuracies(0, 1)] * 3


def test_torch_s_own_batch_norm_is_refused_where_processes_share_a_batch():
    model = nn.Sequential(line(), nn.BatchNorm1d(3))
    with pytest.raises(ValueError, match="sslearn.layers.Norm.*a part of the batch"):
        Training(model, blobs(), blobs(), **SETTINGS, generator=seed(), share=(0, 2))
