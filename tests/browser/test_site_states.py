"""What the explorers' files hold, as the page reads it, against what Python computes."""

import importlib
import json
import random
import sys

import numpy as np
import pytest
from playwright.sync_api import Error, expect

from sslearn.course.figure.explorer import torch_defaults
from sslearn.course.figure.models import LIVE
from sslearn.course.figure.packed import states
from sslearn.course.figure.scene import Scene
from tests.browser.lab import ROOT
from tests.browser.site import built, visits

sys.path.insert(0, str(ROOT / "docs"))
from pack import explorers  # noqa: E402

ALL = explorers(ROOT)
PACKED = sorted(name for name in ALL if name not in LIVE)
FILES = "/_static/explorers"
PAGE = "notebooks/01_a_leaky_bucket_that_spikes.html"
# Rows of a file as the page reads them, gaps as null.
READ = """async ([url, picked]) => {
  const page = await import(`${location.origin}/_static/explorers/explorers.js`);
  const file = await page.opened(url), {picture} = page.rows(file);
  const each = array => array && Array.from(array, v => v === v ? v : null);
  return [file.head, picked === null ? [] : picked.map(row => {
    const {move, caption} = picture(row);
    return [caption, move.heads, move.arrays.map(each)];
  })];
}"""
PLACE = """async ([spec, data]) => {
  const {placed} = await import(`${location.origin}/_static/explorers/explorers.js`);
  const number = v => v === null ? NaN : v;
  for (const [name, value] of Object.entries(data))
    if (typeof value !== 'string') data[name] = value.map(axis => axis.map(number));
  const {heads, arrays} = placed(spec, data);
  return [heads, arrays.map(array => array && Array.from(array, v => v === v ? v : null))];
}"""


@pytest.fixture(scope="module")
def opened(chrome):
    """A function that opens a page of the site, see `visits`."""
    with visits(built(), chrome) as visit:
        yield visit


def made(name):
    """A new explorer of that name."""
    return getattr(importlib.import_module(ALL[name]), name)()


@pytest.mark.parametrize("name", PACKED)
def test_states_of_a_file_equal_what_python_computes(opened, name):
    url = f"{FILES}/{name}.bin"
    explorer = made(name)
    with opened("start.html") as page:
        head, _ = page.evaluate(READ, [url, None])
        every = list(states(explorer, head["controls"]))
        picked = random.Random(name).sample(range(len(every)), 20)
        _, read = page.evaluate(READ, [url, picked])
    assert_close(head["spec"], json.loads(json.dumps(Scene(explorer.picture).spec)))
    scene = Scene(explorer.picture)
    for row, (caption, heads, arrays) in zip(picked, read, strict=True):
        with torch_defaults():
            explorer.picture.update(*explorer.view(**every[row]))
        assert caption == explorer.caption, every[row]
        wanted = scene.numbers()
        for look, *both in zip(scene.spec["looks"], *wanted, heads, arrays, strict=True):
            same(look, *both, f"{look['name']} at {every[row]}")


def assert_close(mine, theirs):
    """Equal but for the last bits of a layout that was solved in another process."""
    assert type(mine) is type(theirs) or isinstance(mine, int | float)
    if isinstance(mine, dict):
        assert mine.keys() == theirs.keys()
        for key in mine:
            assert_close(mine[key], theirs[key])
    elif isinstance(mine, list):
        assert len(mine) == len(theirs)
        for one, two in zip(mine, theirs, strict=True):
            assert_close(one, two)
    elif isinstance(mine, float):
        assert mine == pytest.approx(theirs, abs=1e-6)
    else:
        assert mine == theirs


def same(look, head, array, shown_head, shown_array, where):
    """Assert that a look shows what Python's scene holds, to 1/8 pixel and in any order."""
    if look["kind"] == "text":
        assert shown_head == head, where
    elif look["kind"] == "image":
        assert shown_head == head, where
        np.testing.assert_array_equal(np.array(shown_array).reshape(array.shape), array, where)
    else:
        far = np.clip(array.astype(float), -2047.9, 2047.9)
        points = np.array([np.nan if v is None else v for v in shown_array]).reshape(2, -1)
        if not look["line"]:
            far, points = ordered(far), ordered(points)
        np.testing.assert_allclose(points, far, rtol=0, atol=1 / 8, err_msg=where)


def ordered(points):
    """Points (2, n) by row and then by column, to 1/16 pixel."""
    x, y = np.nan_to_num(np.rint(16 * points), nan=-1e6)
    return points[:, np.lexsort((x, y))]


@pytest.mark.parametrize("name", sorted(ALL))
def test_data_of_a_model_stands_where_the_library_puts_it(opened, name):
    explorer = made(name)
    scene = Scene(explorer.picture)
    with torch_defaults():
        data, _ = explorer.view(**explorer.defaults)
    plain = {
        look["name"]: data[look["name"]] if look["kind"] == "text" else
        [[v if v == v else None for v in np.asarray(axis, float).ravel().tolist()]
         for axis in data[look["name"]]]
        for look in scene.spec["looks"]
    }  # fmt: skip
    with opened("start.html") as page:
        if any(look["kind"] == "image" for look in scene.spec["looks"]):
            with pytest.raises(Error, match="a model gives lines and texts"):
                page.evaluate(PLACE, [scene.spec, plain])
            return
        heads, arrays = page.evaluate(PLACE, [scene.spec, plain])
    for look, *both in zip(scene.spec["looks"], *scene.numbers(), heads, arrays, strict=True):
        same(look, *both, look["name"])


@pytest.mark.parametrize("cut", [True, False])
def test_a_file_that_is_cut_or_missing_leaves_the_picture_and_a_sentence(opened, cut):
    raw = (built() / FILES.lstrip("/") / "lif_lab.bin").read_bytes()
    broken = {f"{FILES}/lif_lab.bin": raw[: len(raw) // 2] if cut else None}
    with opened(PAGE, broken) as page:
        root = page.locator('[data-explorer="lif_lab"]')
        root.scroll_into_view_if_needed()
        expect(root.get_by_role("status")).to_contain_text("could not be loaded")
        assert root.locator("figure img").is_visible() and not root.locator("canvas").count()
