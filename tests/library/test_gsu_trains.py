"""The GSU trains under every preset, also where no norm holds what its blocks add up to."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from sslearn.data import digits, sequential
from sslearn.layers import param_groups
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import PRESETS
from sslearn.training import schedule

STEPS, CLASSES = 200, 10


def seed(n=0):
    return torch.Generator().manual_seed(n)


def small(setting):
    """The setting with at most 4 blocks, 64 features and 8 states; the task it was for is left."""
    return setting._replace(
        depth=min(setting.depth, 4), H=64, layer=setting.layer | {"N": 8}, batch=16, epochs=1,
        dropout=0.0,
    )  # fmt: skip


SETTINGS = {  # by the first preset's name, because many are the same once they are small
    str(small(setting)): (f"{preset} {task}", small(setting))
    for preset in ("small", "paper")
    for task, setting in reversed(PRESETS[preset].items())
}


def losses(setting, **changes) -> torch.Tensor:
    """The loss at each step, over log(classes), of a network that reads digits of 16 steps."""
    net = SequenceClassifier(
        4, CLASSES, **recipe("gsu", **setting.layer, **changes), H=setting.H, depth=setting.depth,
        norm=setting.norm, prenorm=setting.prenorm, generator=seed(),
    )  # fmt: skip
    x, y = digits()
    x, draw, found = sequential(x).reshape(len(y), 16, 4), seed(1), []
    optimiser = torch.optim.AdamW(param_groups(net, setting.lr, setting.weight_decay))
    for group in optimiser.param_groups:
        group["highest"] = group["lr"]
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = group["highest"] * schedule(step, STEPS, setting.warmup)
        rows = torch.randint(len(y), (setting.batch,), generator=draw)
        loss = cross_entropy(net(x[rows]), y[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item() / math.log(CLASSES))
    return torch.tensor(found)


def rises(found: torch.Tensor) -> bool:
    """Whether the loss begins far above chance, or a mean of 40 steps rises by 5 % of chance."""
    means = found.view(-1, 40).mean(1)
    return bool(found[0] > 1.3 or (means.diff() > 0.05).any())


@pytest.mark.parametrize(("name", "setting"), SETTINGS.values(), ids=lambda part: str(part)[:16])
def test_under_every_preset_the_loss_falls(name, setting):
    found = losses(setting)
    assert not rises(found), (name, found.view(-1, 40).mean(1))
    assert found[-40:].mean() < 0.7


def test_the_unscaled_one_begins_far_above_chance_where_the_norm_stands_before():
    setting = small(PRESETS["paper"]["text"])._replace(norm="layer")
    assert rises(losses(setting, scaled=False)) and not rises(losses(setting))
