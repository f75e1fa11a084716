"""The shipped models: small, with their records, and as accurate as recorded."""

import pytest

from sslearn.course.n11_network.inside import look_inside
from sslearn.data import DataError, mnist
from sslearn.models import count_parameters
from sslearn.runs import ASSETS, load_task, open_model, retest
from sslearn.training import accuracy

SHIPPED = sorted(ASSETS.glob("*-*-small-*.safetensors"))


def mnist_is_missing():
    try:
        mnist()
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_shipped_model_says_how_it_was_made(path):
    model, record = open_model(path)
    assert f"{record['task']}-{record['model']}-{record['preset']}-{record['seed']}" == path.stem
    assert count_parameters(model) == record["parameters"] <= 160_000
    assert record["accuracy"] == record["accuracies"][-1] > record["chance"]
    assert not record["stopped"] and len(record["losses"]) == record["setting"]["epochs"]


def test_all_of_them_are_under_5_MB():
    assert SHIPPED and sum(p.stat().st_size for p in ASSETS.iterdir()) < 5_000_000


def test_the_first_digits_alone():
    path = ASSETS / "digits-gsu-small-0.safetensors"
    model, _ = open_model(path)
    x, y = load_task("digits").test
    assert retest(path, first=50)[0] == accuracy(model, (x[:50], y[:50]))


def test_look_inside_the_networks_that_read_mnist():
    if missing := mnist_is_missing():
        pytest.skip(f"no MNIST here: {missing}")
    explorer = look_inside("smnist")
    explorer.sweep()
    explorer.preset("a late decision")
    before = explorer.caption
    explorer.set(now=783)
    assert "784 of 784 pixels" in explorer.caption and explorer.caption != before
