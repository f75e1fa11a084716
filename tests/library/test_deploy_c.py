"""The C file: equal to the integer network bit for bit, strict C99, and no floating point."""

import os
import platform
import re
import stat

import pytest
import torch

from sslearn.deploy import quantise, to_c
from sslearn.deploy.c import c_source
from sslearn.deploy.c_tables import c_bytes, tables
from sslearn.models import SequenceClassifier, recipe
from sslearn.runs import ASSETS, load_task, open_model
from tests.library.compiled import compiled

BITS = [
    {"weight_bits": 8, "state_bits": 16},
    {"weight_bits": 4, "state_bits": 8, "rounding": "stochastic", "units": "any"},
    {"weight_bits": 2, "state_bits": 3, "decay_bits": 4, "rounding": "truncate", "decay": "plain"},
    {"weight_bits": 12, "state_bits": 24, "decay_bits": 16, "rounding": "stochastic"},
]


def shipped(name):
    return open_model(ASSETS / f"{name}-small-0.safetensors")[0]


def small(name="binary-s4d", x=None, **settings):
    g = torch.Generator().manual_seed(0)
    parts, pool = recipe(name, N=4), settings.pop("pool", "mean")
    model = SequenceClassifier(1, 3, **parts, H=5, depth=3, pool=pool, generator=g)
    return quantise(model, torch.rand(4, 20, 1, generator=g) if x is None else x, **settings)


def made_up(n=4, L=784, seed=0):
    """Strokes on black, as a digit's rows are: bright for a few pixels now and then."""
    g = torch.Generator().manual_seed(seed)
    on = torch.rand(n, L // 8, 1, generator=g) < 0.3
    return (on * torch.rand(n, L // 8, 8, generator=g)).view(n, L, 1)


@pytest.fixture(scope="module")
def digits():
    task = load_task("digits")
    return task.train[0][:50], task.test[0][:100]


@pytest.mark.parametrize("bits", BITS, ids=lambda b: f"{b['weight_bits']}-{b['state_bits']}")
@pytest.mark.parametrize("name", ["digits-binary-s4d", "digits-gsu", "digits-s4d"])
def test_a_hundred_digits_bit_for_bit(name, bits, digits, tmp_path):
    network = quantise(shipped(name), digits[0], levels=16, **bits)
    x = network.read(digits[1])
    scores, classes = compiled(network, tmp_path)(x)
    expected = network.scores(x)
    assert torch.equal(scores, expected)
    assert torch.equal(classes, expected.argmax(-1))
    assert bits["weight_bits"] == 2 or len(classes.unique()) == 10


@pytest.mark.parametrize("name", ["smnist-binary-s4d", "smnist-gsu"])
def test_all_784_steps_of_the_large_networks(name, tmp_path):
    """Inputs are made up, so that no file is needed; what is equal is the arithmetic."""
    network = quantise(shipped(name), made_up(), weight_bits=4, state_bits=8, rounding="stochastic")
    x = network.read(made_up(seed=1))
    scores, _ = compiled(network, tmp_path)(x)
    assert torch.equal(scores, network.scores(x))
    assert len(scores.unique()) > 20


@pytest.mark.parametrize("pool", ["mean", "last"])
@pytest.mark.parametrize("name", ["binary-s4d", "gsu", "s4d"])
def test_nothing_is_undefined_at_the_ends_of_the_input(name, pool, tmp_path):
    """The sanitiser ends the program at an overflow or a shift that C leaves open."""
    network = small(name, pool=pool, state_bits=6, rounding="stochastic")
    ends = torch.tensor([-(2**15), 2**15 - 1, 0])
    x = torch.stack([ends.repeat(20), ends.repeat_interleave(20), torch.full((60,), -(2**15))])
    run = compiled(network, tmp_path, "-fsanitize=undefined", "-fno-sanitize-recover=all",
                   "-static-libubsan")  # fmt: skip
    assert torch.equal(run(x)[0], network.scores(x))


@pytest.mark.parametrize("name", ["binary-s4d", "gsu", "s4d"])
def test_the_processor_needs_no_floating_point_for_it(name, tmp_path):
    network = small(name, rounding="stochastic")
    source = c_source(network)
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    assert not re.search(r"float|double|malloc|\d\.|math\.h", code)
    assert re.findall(r"^(?!static|typedef|#)\w.*\) \{$", code, re.M) == [
        "void reset(void) {",
        "int step(int16_t x, int32_t *scores) {",
    ]
    if platform.machine() in ("x86_64", "aarch64"):
        compiled(network, tmp_path, "-mgeneral-regs-only")  # It refuses any floating register.


def test_the_bytes_are_those_of_the_declarations():
    """The types in the text, added up, are what `c_bytes` says."""
    source = c_source(small("gsu", rounding="stochastic"))
    sizes = {"constants": 0, "state": 0}
    names = re.findall(r"^static (const )?u?int(\d+)_t (\w+)((?:\[\d+\])*)(?: =|;)", source, re.M)
    for const, bits, _, shape in names:
        numbers = torch.Size(map(int, re.findall(r"\d+", shape))).numel()
        sizes["constants" if const else "state"] += int(bits) // 8 * numbers
    assert (sizes["constants"], sizes["state"]) == c_bytes(small("gsu", rounding="stochastic"))
    assert len(names) == len(tables(small("gsu"))) + 5  # X of two parts, total, count, word


def test_a_second_sequence_starts_anew(tmp_path):
    network = small(rounding="stochastic")
    x = network.read(torch.rand(1, 30, 1, generator=torch.Generator().manual_seed(5)))
    scores, _ = compiled(network, tmp_path)(x.repeat(2, 1))
    assert torch.equal(scores[0], scores[1])


def test_what_is_no_network_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="network must be an IntegerNetwork, got Linear"):
        to_c(torch.nn.Linear(1, 1), tmp_path / "a.c")
    mixed = small()
    mixed = mixed._replace(blocks=[*mixed.blocks[:2], small("gsu").blocks[0]])
    with pytest.raises(ValueError, match="network must have blocks of one kind, got 2 kinds"):
        to_c(mixed, tmp_path / "a.c")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("a file is no folder")
    with pytest.raises(ValueError, match="cannot be written") as caught:
        to_c(small(), tmp_path / "file" / "a.c")
    assert "\n" not in str(caught.value)
    if os.name == "posix" and os.getuid() != 0:
        tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
        with pytest.raises(ValueError, match="cannot be written"):
            to_c(small(), tmp_path / "a.c")
        tmp_path.chmod(stat.S_IRWXU)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
