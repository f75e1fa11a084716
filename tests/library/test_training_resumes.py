"""A training between two epochs: what its state holds, and where its random numbers come from."""

import copy

import pytest
import torch

from sslearn.training import Training
from tests.library.blobs import SETTINGS, Dropped, blobs, equal, line, run, seed


def begin(model, generator, **settings):
    return Training(model, blobs(), blobs(30), **SETTINGS | settings, generator=generator)


@pytest.mark.parametrize("after", [1, 3])
def test_a_resumed_run_ends_as_an_uninterrupted_one(after):
    whole, cut, rest = Dropped(), Dropped(), Dropped()
    uninterrupted = run(whole)
    first = begin(cut, seed())
    for _ in range(after):
        first.epoch()
    second = begin(rest, seed(9))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    while not second.complete:
        second.epoch()
    resumed = second.history()
    assert resumed._replace(best_state={}, seconds=0) == uninterrupted._replace(
        best_state={}, seconds=0
    )
    assert equal(resumed.best_state, uninterrupted.best_state)
    assert equal(whole.state_dict(), rest.state_dict())
    assert len(first.loss) == after and resumed.seconds > first.seconds > 0


def test_a_state_tells_the_next_step_and_its_rate():
    first, second, seen = begin(line(), seed()), begin(line(), seed()), []
    first.epoch()
    second.load_state_dict(first.state_dict())
    second.epoch(lambda now: seen.append(now.step))
    assert seen == list(range(7, 13))
    first.epoch()
    assert first.plan.get_last_lr() == second.plan.get_last_lr()
    assert 0 < first.plan.get_last_lr()[0] < 0.1


def test_a_batch_gives_each_process_a_row_or_is_left_out():
    sizes = {}
    for world in (1, 10, 11):  # of 90 examples the last batch holds 10
        training = begin(line(), seed(), share=(0, world), batch=16)
        sizes[world] = training.steps_per_epoch, training.examples
    assert sizes == {1: (6, 90), 10: (6, 90), 11: (5, 80)}
    with pytest.raises(ValueError, match="batch must hold a row for each of 17 processes, got 16"):
        begin(line(), seed(), share=(16, 17), batch=16)


def test_the_seed_of_torch_is_left_alone():
    model = Dropped()
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    run(model)
    assert torch.equal(torch.rand(3), want)


def test_dropout_differs_by_seed_by_step_and_by_process_alone():
    one, two, other = Dropped(), Dropped(), Dropped()
    for model, n, here in ((one, 0, 1), (two, 0, 2), (other, 1, 1)):
        torch.manual_seed(here)  # dropout must not depend on it
        run(model, generator=seed(n), batch=90)
    assert all(map(torch.equal, one.let_through, two.let_through))
    assert not any(map(torch.equal, one.let_through, other.let_through))
    assert not torch.equal(one.let_through[0], one.let_through[1])
    states = [begin(line(), seed(), share=(rank, 2)).draws.states[0] for rank in (0, 1)]
    assert not torch.equal(*states)
