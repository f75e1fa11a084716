"""The page of one network: one file that needs nothing else, small, whole or not there at all."""

import json
import math
import os
import re
from functools import partial
from html.parser import HTMLParser

import pytest
import torch

from sslearn.data import permuted
from sslearn.deploy import to_html
from sslearn.deploy.page import PAGE, WEB, module
from sslearn.layers import GLU, S4D, BinaryS4D, Block, Gain, GatedSpikingUnit
from sslearn.models import LIFNetwork, LSTMClassifier, SequenceClassifier, recipe
from sslearn.models.parts import POOLS
from sslearn.runs import ASSETS, open_model

VOID = {"meta", "link", "br", "img", "input"}
RUNS = re.compile(r"-(s4d|gsu|lif)-small-0$")  # and no Transformer, and no LSTM
SHIPPED = sorted(p.stem for p in ASSETS.glob("*.safetensors") if RUNS.search(p.stem))


def tiny(name="s4d", d_input=1, classes=10, **more):
    parts = recipe(name, N=4) | {"depth": 1, "H": 3} | more
    g = torch.Generator().manual_seed(0)
    return SequenceClassifier(d_input, classes, **parts, generator=g)


class Whole(HTMLParser):
    """A page whose tags are closed in order; it keeps attributes, texts and scripts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.given, self.ids, self.texts = [], [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.given += attributes
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        inside = (
            self.ids[-1] if self.open and self.open[-1] == "script" else (self.open or [""])[-1]
        )
        self.texts.setdefault(inside, []).append(text)


def page_of(tmp_path, model, **more):
    to_html(model, tmp_path / "mine.html", **more)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.html"]
    return (tmp_path / "mine.html").read_text(encoding="utf-8")


def header(text):
    return json.loads(re.search(r'id="network">(.*?)</script>', text)[1])


def test_the_module_stands_alone():
    text = module(PAGE)
    names = re.findall(r"^(?:export )?(?:async )?(?:function|const|class) (\w+)", text, re.M)
    assert not re.search(r"^import ", text, re.M)
    assert len(names) == len(set(names)) > 50  # No part hides a name of another one.
    assert {p.name for p in WEB.iterdir() if p.name.endswith(".js")} == set(PAGE)
    for part in PAGE:
        assert WEB.joinpath(part).read_text(encoding="utf-8").count("\n") <= 250


def test_every_setting_of_a_model_is_one_that_net_js_follows():
    """Whoever adds a setting, a way to pool or a reset must teach it to net.js, or refuse it."""
    assert SequenceClassifier.settings == ("pooling",) and set(POOLS) == {"mean", "last", "each"}
    assert LIFNetwork.settings == ("beta", "pooling", "reset")
    assert Block.settings == ("act", "prenorm") and BinaryS4D.settings == ("theta", "width")
    assert GatedSpikingUnit.settings == ("alpha",) and Gain.settings == ("gain",)
    assert S4D.settings == () and not hasattr(GLU, "settings")


@pytest.mark.parametrize("name", SHIPPED)
def test_it_takes_100_kb_and_four_bytes_a_weight(tmp_path, name):
    model, record = open_model(ASSETS / f"{name}.safetensors")
    assert len(SHIPPED) >= 7
    size = len(page_of(tmp_path, model, record=record).encode())
    assert size <= 100_000 + 4 * record["parameters"]


@pytest.mark.parametrize("N", [2, 64])
def test_a_large_network_keeps_the_limit_too(tmp_path, N):
    model = tiny(layer=partial(S4D, N=N), depth=6, H=384)
    weights = sum(w.numel() for w in model.parameters())
    size = len(page_of(tmp_path, model).encode())
    assert 1_700_000 < weights and 4 * (weights - 6 * 384) < size <= 100_000 + 4 * weights


@pytest.mark.parametrize("more", [{"side": 28}, {"classes": [f"class {n}" for n in range(10)]}])
def test_it_is_one_page_that_needs_nothing_else(tmp_path, more):
    text = page_of(tmp_path, tiny(), **more)
    page = Whole(text)
    assert len(page.ids) == len(set(page.ids)) and {"network", "weights", "live"} <= set(page.ids)
    links = [value for name, value in page.given if name in ("src", "href", "srcset", "action")]
    assert links == ["data:,"]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg')", text)
    assert "default-src 'none'" in text  # so that a browser fetches and sends nothing
    assert dict(page.given)["lang"] == "en" and "width=device-width" in text


def test_names_of_any_kind_are_text(tmp_path):
    names = ["</script><script>alert(1)</script>", '<b>"x"</b>', "naïve, a"]
    text = page_of(tmp_path, tiny(classes=3), classes=names, title="A & <i>B</i>")
    page = Whole(text)
    assert page.texts["title"] == ["A & <i>B</i>"] == page.texts["h1"]
    assert header(text)["names"] == names and "alert(1)</script>" not in text
    assert f"one of 3 classes: {', '.join(names)}" in page.texts["dd"]


def test_the_page_tells_the_record(tmp_path):
    model, record = open_model(ASSETS / "smnist-gsu-small-0.safetensors")
    page = Whole(page_of(tmp_path, model, record=record))
    assert page.texts["title"] == ["GSU on sequential MNIST"]
    facts = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert facts["Parameters"] == f"{sum(w.numel() for w in model.parameters()):,}" == "17,930"
    assert facts["Accuracy"] == "98.83 % of 10,000 test examples, measured with Python"
    assert "model gsu, preset small, seed 0, 5 epochs, 60,000 examples" in facts["Trained"]
    assert facts["Reads"] == "28 × 28 pixels, row by row, one a step"


def test_pad_or_numbers_follow_the_task_and_the_argument(tmp_path):
    for task, side in (("smnist", 28), ("smnist14", 14), ("digits", 8), ("image", None)):
        assert header(page_of(tmp_path, tiny(), record={"task": task}))["side"] == side
    assert header(page_of(tmp_path, tiny()))["side"] is None
    assert header(page_of(tmp_path, tiny(), side=8, record={"task": "image"}))["side"] == 8
    head = header(page_of(tmp_path, tiny(), record={"task": "psmnist"}))
    pixels = torch.arange(784.0).view(1, 28, 28)
    assert torch.tensor(head["order"]).equal(permuted(pixels).flatten().long())
    assert "order" not in header(page_of(tmp_path, tiny(), side=28))
    for task, digits in (("fashion14", False), ("smnist14", True)):  # whose drawings help
        assert header(page_of(tmp_path, tiny(), record={"task": task}))["digits"] is digits


def not_finite(net):
    net.head.bias.data[0] = math.nan
    return net


class Mine(SequenceClassifier):
    """A reader's own model, whose forward may be anything."""


G = torch.Generator()
FAULTS = {
    "another model": (lambda: LSTMClassifier(1, 10, H=3, depth=1, generator=G), {},
                      "model must be a LIFNetwork or a SequenceClassifier, got LSTMClassifier"),
    "a subclass": (lambda: Mine(1, 10, H=3, depth=1, generator=G), {}, "got Mine"),
    "no model": (lambda: "net", {}, "got str"),
    "tokens": (lambda: tiny(d_input=9, tokens=True), {}, "reads tokens"),
    "LIF tokens": (lambda: LIFNetwork(9, 10, tokens=True, generator=G), {}, "reads tokens"),
    "bidirectional": (lambda: tiny(layer=partial(S4D, N=4, bidirectional=True)), {}, "future"),
    "drawn": (lambda: tiny(layer=partial(BinaryS4D, N=4, width=0.1)), {}, "at random"),
    "mixing": (lambda: tiny(mix=lambda H, generator: torch.nn.Linear(H, H)), {}, "mixing Linear"),
    "NaN": (lambda: not_finite(tiny()), {}, "head.b must be finite, and holds NaN or infinity"),
    "LIF NaN": (lambda: not_finite(LIFNetwork(2, 10, generator=G)), {}, "head.b must be finite"),
    "side": (tiny, {"side": 16}, r"side must be one of \[8, 14, 28\], got 16"),
    "rows": (lambda: tiny(d_input=2), {"side": 8}, "one number a step for a side, and reads 2"),
    "few names": (tiny, {"classes": ["a", "b"]}, "classes must be 10 names, got"),
    "one text": (tiny, {"classes": "abcdefghij"}, "classes must be 10 names"),
    "no names": (tiny, {"classes": range(10)}, "classes must be 10 names"),
    "no record": (tiny, {"record": "gsu"}, "record must be a dict"),
    "a record of others": (tiny, {"record": {"classes": 3}}, "classes is 3, and the model's is"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_is_one_sentence_and_no_file(tmp_path, name):
    model, more, text = FAULTS[name]
    with pytest.raises(ValueError, match=text) as error:
        to_html(model(), tmp_path / "mine.html", **more)
    assert "\n" not in str(error.value) and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="a folder is not read-only there")
def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "mine.html", tmp_path / "folder", "/proc/mine.html"):
        with pytest.raises(ValueError, match="path must be a file that can be written, got ") as e:
            to_html(tiny(), path)
        assert str(path) in str(e.value) and "\n" not in str(e.value)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "kept"


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    to_html(tiny(), tmp_path / "mine.html")
    old = (tmp_path / "mine.html").read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ValueError, match="No space left on device"):
        to_html(tiny("gsu"), tmp_path / "mine.html")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.html"]
    assert (tmp_path / "mine.html").read_bytes() == old
