import pytest
import torch

from sslearn.data.made.recall import Recall, delayed_recall, memoryless_accuracy


def seed(n=0):
    return torch.Generator().manual_seed(n)


def test_recall_holds_the_symbol_first_the_cue_last_and_nothing_between():
    x, y, chance = delayed_recall(500, delay=7, classes=5, noise=0.0, generator=seed())
    assert x.shape == (500, 8, 6) and chance == 0.2
    assert torch.equal(x[:, 0, :5].argmax(1), y) and (x[:, 0].sum(1) == 1).all()
    assert (x[:, 1:-1] == 0).all()
    assert torch.equal(x[:, -1], torch.eye(6)[[5]].expand(500, -1))
    assert (torch.bincount(y, minlength=5) > 60).all()


def test_noise_has_its_sd_and_draws_are_the_generators():
    one, two, other = (
        delayed_recall(400, delay=20, noise=0.3, generator=seed(n)) for n in (0, 0, 1)
    )
    assert torch.equal(one.x, two.x) and not torch.equal(one.x, other.x)
    clean = one.x.clone()
    clean[torch.arange(400), 0, one.y] -= 1
    clean[:, -1, -1] -= 1
    assert clean.std().item() == pytest.approx(0.3, rel=0.02)
    assert abs(clean.mean().item()) < 0.01


def test_without_memory_nothing_is_known_and_with_no_delay_to_speak_of_all():
    train, test = (delayed_recall(2000, delay=5, classes=4, generator=seed(n)) for n in (0, 1))
    assert memoryless_accuracy(train, test) == pytest.approx(0.25, abs=0.04)
    first = [task._replace(x=task.x[:, :1]) for task in (train, test)]  # the symbol itself
    assert memoryless_accuracy(*first) == 1


@pytest.mark.parametrize(
    ("bad", "name"),
    [({"n": 0}, "n must"), ({"delay": 0}, "delay"), ({"delay": 1.5}, "delay"),
     ({"classes": 1}, "classes"), ({"noise": -0.1}, "noise"), ({"noise": float("nan")}, "noise"),
     ({"noise": float("inf")}, "noise"), ({"noise": 1j}, "noise"), ({"classes": True}, "classes")],
)  # fmt: skip
def test_bad_arguments_are_named(bad, name):
    arguments = {"n": 3, "delay": 2} | bad
    with pytest.raises(ValueError, match=name):
        delayed_recall(arguments.pop("n"), **arguments, generator=seed())


def test_the_baseline_wants_one_class_for_each_sequence():
    task = delayed_recall(4, delay=2, generator=seed())
    for bad in (task._replace(y=task.y[:1]), Recall(task.x[:0], task.y[:0], 0.5)):
        for name, parts in (("train", (bad, task)), ("test", (task, bad))):
            with pytest.raises(ValueError, match=f"{name} must have one y for each x, got x "):
                memoryless_accuracy(*parts)
