"""An explorer as one file for a page without a kernel: its pictures as numbers, made beforehand.

The file holds every state in which one control has moved from the default or from a preset. Its
bytes are deflated: the length of a header, the header as JSON, and blocks of 16-bit numbers. What
moves is in 1/16 of a pixel of the figure. web/packed.js reads it.
"""

import json
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from sslearn.course.figure.controls import Choice, Slider, Toggle
from sslearn.course.figure.explorer import Explorer, torch_defaults
from sslearn.course.figure.scene import Scene, still

PARTS = 16  # of a pixel
GAP, FAR = -32768, 32767  # a point that is missing, and the farthest that a point may lie
POSITIONS = (60, 40, 25, 15)  # of a slider: the first that makes the file small enough
LARGEST = 3_000_000  # bytes
Control = Slider | Choice | Toggle


def pack(explorer: Explorer, *, live: bool = False) -> bytes:
    """The explorer as a file for the page, with as many positions of its sliders as fit in 3 MB.

    live leaves out all states, because the page has a model of its own that computes them. Raises
    RuntimeError, with the values, if the view fails.
    """
    if live:
        return deflated(header(explorer, None) | {"live": True, "sizes": []}, [])
    for most in POSITIONS:
        raw = _with_states(explorer, most)
        if len(raw) <= LARGEST:
            break
    return raw


def starts(explorer: Explorer) -> list[dict]:
    """The values of the controls from which one is moved: the default's, then each preset's."""
    return [explorer.defaults | values for values in ({}, *explorer.presets.values())]


def positions(spec: Control, held: set, most: int | None) -> list:
    """The values that a control takes: all of a list, of a slider at most `most`, and those held.

    The values of a slider lie as evenly as its steps allow.
    """
    if not isinstance(spec, Slider):
        return list(spec.ends())
    count = spec.last + 1 if most is None else min(most - len(held), spec.last + 1)
    steps = np.rint(np.linspace(0, spec.last, count)).astype(int).tolist()
    return sorted({spec.at(k) for k in steps} | held)


def header(explorer: Explorer, most: int | None) -> dict:
    """What the page needs before any state: the still picture, its looks, controls and presets."""
    bases = starts(explorer)
    controls = [
        {
            "name": name, "label": spec.label, "kind": type(spec).__name__.lower(),
            "values": positions(spec, {base[name] for base in bases}, most),
            "value": spec.value, "digits": _digits(spec), "play": getattr(spec, "play", False),
            "apart": getattr(spec, "apart", False),
        } for name, spec in explorer.specs.items()
    ]  # fmt: skip
    return {
        "still": still(explorer.picture), "spec": Scene(explorer.picture).spec,
        "controls": controls, "presets": list(explorer.presets.items()),
        "reading": explorer.reading, "drags": explorer.drags,
    }  # fmt: skip


def _digits(spec: Control) -> int:
    """The decimals of a slider's step, which its read-out shows."""
    return len(f"{spec.step:g}".partition(".")[2]) if isinstance(spec, Slider) else 0


def states(explorer: Explorer, controls: list[dict]) -> Iterator[dict]:
    """The values of every state in the order of the file: by start, by control, by its value."""
    for base in starts(explorer):
        for control in controls:
            for value in control["values"]:
                yield base | {control["name"]: value}


def _with_states(explorer: Explorer, most: int) -> bytes:
    head = header(explorer, most)
    scene, looks = Scene(explorer.picture), head["spec"]["looks"]
    lists = {name: {} for name in ("captions", "texts", "images", "palettes")}
    columns = [Column() for _ in range(1 + 2 * len(looks))]  # the caption's, then two a look
    seen = {}  # the row of a state that has been met; most starts are met once for each control
    rows = []
    for values in states(explorer, head["controls"]):
        key = tuple(values.values())
        if key not in seen:
            caption = _shown(explorer, values)
            ids = [number(lists["captions"], caption)]
            for look, numbers, pair in zip(looks, zip(*scene.numbers(), strict=True),
                                           zip(columns[1::2], columns[2::2], strict=True),
                                           strict=True):  # fmt: skip
                ids += _ids(look, *numbers, pair, lists)
            seen[key] = ids
        rows.append(seen[key])
    table = np.array(rows)  # (rows, 1 + 2 looks)
    first = 1 + 2 * len(looks)  # The table's own columns are the first blocks.
    blocks = []
    for k, column in enumerate(columns):
        if column.blocks:
            table[:, k] += first + len(blocks)
            blocks += column.blocks
    if table.max() > 2 * FAR:
        raise ValueError(f"an explorer may have at most {2 * FAR} blocks, got {table.max()}")
    blocks = [*table.T.astype(np.uint16).view(np.int16), *blocks]
    head |= {name: list(lists[name]) for name in ("captions", "texts")}
    head["images"] = [json.loads(words) for words in lists["images"]]
    head["palettes"] = {name: list(colours) for name, colours in lists["palettes"].items()}
    return deflated(head | {"live": False, "sizes": [b.size for b in blocks]}, blocks)


def _shown(explorer: Explorer, values: dict) -> str:
    """Put the values' picture into the explorer's figure; returns its caption."""
    try:
        with torch_defaults():
            explorer.picture.update(*explorer.view(**values))
    except Exception as error:
        raise RuntimeError(f"{type(error).__name__}: {error}, at {values}") from error
    return explorer.picture.caption


def _ids(look, head, array, pair, lists) -> list[int]:
    """The two numbers that stand for what a look shows: blocks, or places in lists."""
    if look["kind"] == "text":
        return [number(lists["texts"], head["text"]), 0]
    if look["kind"] == "image":
        palette = lists["palettes"].setdefault(look["name"], {})
        colours, pixels = np.unique(array.reshape(-1, 4).view("<u4"), return_inverse=True)
        places = np.array([number(palette, colour) for colour in colours.tolist()], np.int16)
        if len(palette) > 256:
            raise ValueError(f"an image may have at most 256 colours, got {len(palette)}")
        size = number(lists["images"], json.dumps([head["rows"], head["cols"], head["box"]]))
        return [size, pair[1].number(places[pixels.reshape(-1)])]
    x, y = sixteenths(array)
    if not look["line"]:  # Points without a line are as good in any order, and by row are shorter.
        order = np.lexsort((x, y))
        x, y = x[order], y[order]
    return [pair[0].number(x), pair[1].number(y)]


def sixteenths(pixels: np.ndarray) -> np.ndarray:
    """Pixels as whole 16-bit numbers of 1/16 pixel; NaN becomes a number that no point has."""
    whole = np.clip(np.rint(pixels * PARTS), -FAR, FAR)
    return np.where(np.isnan(whole), GAP, whole).astype(np.int16)


def number(known: dict, thing) -> int:
    """The place of a thing among those that are known, to which it is added."""
    return known.setdefault(thing, len(known))


class Column:
    """The blocks of one coordinate of one artist, each kept once, so that like stands by like."""

    def __init__(self):
        self.known, self.blocks = {}, []

    def number(self, block: np.ndarray) -> int:
        """The place of a block of whole numbers in this column."""
        block = block.astype(np.int16)
        place = number(self.known, block.tobytes())
        if place == len(self.blocks):
            self.blocks.append(block)
        return place


def deflated(head: dict, blocks: list[np.ndarray]) -> bytes:
    """The file: each block as the differences along it, all low bytes first, then all high ones.

    A difference d is kept as 2 d or, if it is negative, -2 d - 1, so that the high byte of a small
    one is 0.
    """
    text = json.dumps(head, ensure_ascii=False).encode()
    steps = [np.diff(block, prepend=np.int16(0)) for block in blocks]  # They wrap at 16 bits.
    d = np.concatenate([np.zeros(0, np.int16), *steps])
    folded = ((d << 1) ^ (d >> 15)).astype(np.uint16)
    low, high = (folded & 255).astype(np.uint8), (folded >> 8).astype(np.uint8)
    return zlib.compress(struct.pack("<I", len(text)) + text + low.tobytes() + high.tobytes(), 9)
