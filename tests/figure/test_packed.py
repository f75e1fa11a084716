"""The file of an explorer for the page, read back here by other means than the page's."""

import json
import struct
import zlib

import numpy as np
import pytest

from sslearn.course.figure import packed
from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer
from sslearn.course.figure.packed import GAP, pack, positions, sixteenths, starts, states
from sslearn.course.figure.plots import draw_line, draw_points
from sslearn.course.figure.scene import Scene


def view(*, a=1.0, kind="up", on=False):
    """A line with a gap, points out of order, an image and a text."""
    x = np.linspace(0, 1, 5)
    y = a * x if kind == "up" else a * (1 - x)
    y[2] = np.nan
    image = np.arange(6.0).reshape(2, 3) * a
    data = {"line": (x, y), "points": ([0.9, 0.2, 0.5], [a, 0.1, a]), "image": image}
    return data | {"word": f"{'on' if on else 'off'}"}, f"a is {a:.2f} µV, {kind}, {on}"


def draw(fig):
    left, right = fig.subplots(1, 2)
    left.set(xlim=(0, 1), ylim=(0, 3))
    shown = right.imshow(np.zeros((2, 3)), vmin=0, vmax=10)
    word = left.text(0.5, 2.5, "")
    return {"line": draw_line(left), "points": draw_points(left), "image": shown, "word": word}


def lab(view=view, drags=None):
    controls = {
        "a": Slider("a (µV)", 0.0, 3.0, 0.01, 1.0, play=True),
        "kind": Choice("kind", ("up", "down"), "up"),
        "on": Toggle("on"),
    }
    presets = {"down": {"kind": "down"}, "large": {"a": 2.345, "on": True}}
    return Explorer(view, draw, controls, presets=presets, reading="Look.", drags=drags)


def read(raw):
    """The header and the blocks of a file."""
    raw = zlib.decompress(raw)
    (length,) = struct.unpack("<I", raw[:4])
    head = json.loads(raw[4 : 4 + length])
    rest = np.frombuffer(raw[4 + length :], np.uint8).astype(int)
    low, high = rest.reshape(2, -1)
    folded = low + 256 * high
    steps = np.where(folded % 2, -(folded + 1) // 2, folded // 2)
    parts = np.split(steps, np.cumsum(head["sizes"])[:-1])
    return head, [np.cumsum(part).astype(np.int16) for part in parts]


def test_every_state_reads_back_as_it_was_computed():
    made = lab()
    head, blocks = read(pack(made))
    scene, looks, k = Scene(made.picture), head["spec"]["looks"], 0
    for k, values in enumerate(states(made, head["controls"])):
        made.picture.update(*view(**values))
        table = [int(np.uint16(blocks[c][k])) for c in range(1 + 2 * len(looks))]
        assert head["captions"][table[0]] == made.caption
        for look, numbers, array, one, two in zip(
            looks, *scene.numbers(), table[1::2], table[2::2], strict=True
        ):
            if look["kind"] == "text":
                assert (head["texts"][one], look["at"]) == (numbers["text"], numbers["at"])
            elif look["kind"] == "image":
                assert head["images"][one] == [numbers[w] for w in ("rows", "cols", "box")]
                palette = np.array(head["palettes"][look["name"]], "<u4")
                same = palette[blocks[two]].view(np.uint8).reshape(array.shape)
                np.testing.assert_array_equal(same, array)
            else:
                kept = np.stack([blocks[one], blocks[two]])
                kept = np.where(kept == GAP, np.nan, kept / 16)
                if not look["line"]:
                    array, kept = (np.array(sorted(xy.T.tolist())).T for xy in (array, kept))
                np.testing.assert_allclose(kept, array, rtol=0, atol=1 / 32)
    assert k + 1 == len(starts(made)) * sum(len(c["values"]) for c in head["controls"])
    assert k + 1 == blocks[0].size


def test_a_start_is_among_the_positions_of_every_control():
    a, kind, on = read(pack(lab()))[0]["controls"]
    assert 58 <= len(a["values"]) <= 60 and {0.0, 1.0, 2.345, 3.0} < set(a["values"])
    assert a["digits"] == 2 and a["play"] and a["values"] == sorted(a["values"])
    assert kind["values"] == ["up", "down"] and on["values"] == [False, True]
    whole = positions(Slider("n", 0, 10, 1, 5), {5}, 60)
    assert whole == list(range(11)) and all(isinstance(v, int) for v in whole)


def test_a_large_file_holds_fewer_positions(monkeypatch):
    whole = pack(lab())
    monkeypatch.setattr(packed, "LARGEST", len(whole) - 1)
    assert len(read(pack(lab()))[0]["controls"][0]["values"]) == 40


def test_a_model_of_the_page_needs_no_state_and_gets_every_position():
    head, blocks = read(pack(lab(), live=True))
    assert head["live"] and head["sizes"] == [] and sum(b.size for b in blocks) == 0
    assert len(head["controls"][0]["values"]) == 302  # 301 steps, and a preset between two


def test_a_view_that_raises_is_told_with_its_values():
    def broken(*, a=1.0, kind="up", on=False):
        if a > 2.9:
            raise ZeroDivisionError("no such a")
        return view(a=a, kind=kind, on=on)

    with pytest.raises(RuntimeError, match=r"ZeroDivisionError: no such a, at \{'a': 2\.9"):
        pack(lab(broken))


def test_far_points_and_gaps_are_kept_apart():
    kept = sixteenths(np.array([np.nan, -1e9, 1e9, 0.5]))
    assert kept.tolist() == [GAP, -32767, 32767, 8]
