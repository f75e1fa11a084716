"""The page of one network: hands, keys and files reach it, offline."""

import csv
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.base import AXE_FILE_PATH

from sslearn.course.draw import drawings, pixels
from sslearn.runs import ASSETS, open_model
from tests.browser.lab import SHOTS
from tests.browser.one_page import caption, made, running

AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")
JUDGE = "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes[0].html)"
NAMES = ["walk", "run; or not", "a <b> name", "stairs", "lie"]


def test_a_page_of_pictures_is_drawn_in(opened):
    net, record = open_model(ASSETS / "digits-gsu-small-0.safetensors")
    seven = [[[0.25, 0.2], [0.75, 0.2], [0.4, 0.85]]]
    ten = [pixels(d.strokes, 8) for d in drawings()]
    u = torch.tensor([image.ravel().tolist() for image in (*ten, pixels(seven, 8))])[..., None]
    with torch.no_grad():
        *answers, last = net(u).argmax(-1).tolist()
    with opened(net, record=record) as page:
        assert page.title() == "GSU on handwritten digits of 8 × 8 pixels"
        assert f"GSU says {answers[2]} (" in caption(page, "After 64 of 64 pixels")
        for drawing, answer in zip(drawings(), answers, strict=True):
            page.get_by_role("button", name=f"read {drawing.name}", exact=True).click()
            assert f"GSU says {answer} (" in caption(page, drawing.name)
        pad = page.get_by_role("application")
        box = pad.bounding_box()
        for k, (x, y) in enumerate(seven[0]):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=12)
            if k == 0:
                page.mouse.down()
        page.mouse.up()
        said = caption(page, re.compile(r"After 64 of 64 pixels GSU says \d \(\d+ %\).*time\.$"))
        assert f"GSU says {last} (" in said
        page.get_by_role("button", name="Clear").click()
        caption(page, "GSU has nothing to read yet: 8 × 8 pixels")
        pad.focus()
        for key in ["ArrowUp"] * 9 + ["Space"] + ["Shift+ArrowDown"] * 6 + ["Space"]:
            page.keyboard.press(key)
        caption(page, "After 64 of 64 pixels")


# Of the raster's bands: how many of its painted points have the colours of +1 and of -1.
BANDS = """n => {
  const canvas = document.querySelector('.sslearn-draw-raster'), { width, height } = canvas;
  const dots = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const bands = Array.from({ length: n }, () => [0, 0]);
  for (let k = 0; k < dots.length; k += 4) {
    const band = Math.floor(n * Math.floor(k / 4 / width) / (height - 16));
    const [r, , b, a] = dots.slice(k, k + 4);
    if (band < n && a === 255 && Math.max(r, b) > 150) bands[band][r > b ? 1 : 0]++;
  }
  return bands;
}"""


def test_the_signs_of_a_layer_have_bands_of_their_own(opened):
    net, record = open_model(ASSETS / "digits-gsu-small-0.safetensors")
    with opened(net, record=record) as page:
        caption(page, "After 64 of 64 pixels")
        bands = page.evaluate(BANDS, 4)
    for k, (plus, minus) in enumerate(bands):
        seen, other = (minus, plus) if k % 2 else (plus, minus)
        assert seen > 200 and other < 0.02 * seen, bands


def test_a_permuted_picture_is_read_in_its_order(opened):
    net, record = open_model(ASSETS / "psmnist-gsu-small-0.safetensors")
    with opened(net, record=record) as page:
        order = torch.tensor(page.evaluate("sslearn.net.order"))
        u = torch.tensor(np.array([pixels(d.strokes).ravel() for d in drawings()])).float()
        with torch.no_grad():
            answers = net(u[:, order, None]).argmax(-1).tolist()
        assert sum(a == d.means for a, d in zip(answers, drawings(), strict=True)) >= 5
        for drawing, answer in zip(drawings(), answers, strict=True):
            page.get_by_role("button", name=f"read {drawing.name}", exact=True).click()
            assert f"GSU says {answer} (" in caption(page, f"{drawing.name}")


def choose(page, path):
    """Choose a file as a hand does."""
    with page.expect_file_chooser() as chosen:
        page.get_by_label("a file of numbers").click()
    chosen.value.set_files(path)


def test_numbers_are_pasted_uploaded_and_refused(opened, tmp_path):
    net = made()
    x = torch.randn(1, 40, 3, generator=torch.Generator().manual_seed(5))
    wanted = running(net, x)[0]
    answer = NAMES[wanted[-1].argmax()]
    rows = [[f"{v:.9g}" for v in row] for row in x[0].tolist()]
    with opened(net, classes=NAMES) as page:
        assert "These rows are made up" in caption(page, "After 100 of 100 steps")
        text = page.get_by_role("textbox", name="numbers, one row a step, 3 numbers a row")
        text.fill("\n".join(",".join(row) for row in rows))
        assert f"GSU says {answer} (" in caption(page, "After 40 of 40 steps")
        assert page.locator(".sslearn-draw-caption").inner_text() == caption(page, "After 40")
        for slip, told in (
            ("1,2,3\n4,5", "Line 2 has 2 numbers, and this network reads 3 a step."),
            ("1,2,3\n\n4,x,6", "Line 3: “x” is no number."),
            ("1,2,3\n4,,6", "Line 2: “” is no number."),
            ("1,2,1e999", "Line 1: “1e999” is no number."),
            ("a,b,c", "There is no row of numbers yet."),
        ):
            text.fill(slip)
            caption(page, told)
            assert text.get_attribute("aria-invalid") == "true"
        # A table as a German spreadsheet writes it, with a header and a remark.
        lines = ["x;y;z", "# made up", *(";".join(row).replace(".", ",") for row in rows)]
        (tmp_path / "table.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
        choose(page, tmp_path / "table.csv")
        assert f"GSU says {answer} (" in caption(page, "After 40 of 40 steps")
        assert text.get_attribute("aria-invalid") == "false"
        page.screenshot(path=SHOTS / "page_numbers.png", full_page=True)
        for n, told in (
            (20_001, "These are 20001 steps, and this page reads at most 20000."),
            (3000, "The box shows the first 1000 lines."),
        ):  # of one name, as of a table that was mended
            (tmp_path / "long.csv").write_text("1,2,3\n" * n)
            choose(page, tmp_path / "long.csv")
            caption(page, told)
        choose(page, tmp_path / "table.csv")
        caption(page, "After 40 of 40 steps")
        table = page.get_by_role("table", name="Scores after step 40").locator("tbody tr")
        shown = [row.split("\t") for row in table.all_inner_texts()]
        assert [row[0] for row in shown] == NAMES
        score = torch.tensor([float(row[1].replace("−", "-")) for row in shown])
        torch.testing.assert_close(score, wanted[-1], atol=2e-4, rtol=0)
        slider = page.get_by_role("slider", name="steps read")
        slider.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        page.get_by_role("table", name="Scores after step 1", exact=True).wait_for()
        with page.expect_download() as started:
            page.get_by_role("button", name="Save the scores").click()
        started.value.save_as(tmp_path / "scores.csv")
    with open(tmp_path / "scores.csv", newline="", encoding="utf-8") as file:
        head, *saved = csv.reader(file)
    assert head == ["step", *NAMES] and [int(row[0]) for row in saved] == list(range(1, 41))
    got = torch.tensor([[float(v) for v in row[1:]] for row in saved])
    torch.testing.assert_close(got, wanted, atol=2e-4, rtol=1e-3)


def test_one_number_a_step_may_stand_in_one_line(opened):
    with opened(made("s4d", d_input=1)) as page:
        text = page.get_by_role("textbox", name="numbers, one row a step, one number a row")
        text.fill("0.5, 1, -2e-1 .25")
        caption(page, "After 4 of 4 steps S4D says")
        text.fill("1 2\n3")
        caption(page, "Line 1 has 2 numbers, and this network reads 1 a step.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("side", [28, None])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, side, scheme, width):
    net = made(d_input=1, classes=10)
    names = None if side else [f"a rather long name, number {n}" for n in range(10)]
    with opened(net, side=side, classes=names, width=width, scheme=scheme) as page:
        caption(page, "After ")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(f"{AXE};0")
        assert page.evaluate(JUDGE) == []
        page.screenshot(path=SHOTS / f"page_{side}_{width}_{scheme}.png", full_page=True)


def test_a_file_that_is_cut_off_says_so(opened):
    with opened(made(), text=lambda page: page[: page.index("class Reader")]) as page:
        assert "where the file is not whole" in page.locator("#live").inner_text()
    less = partial(re.sub, r'(?<=id="weights">).{40}', "")
    with opened(made(), text=less) as page:
        assert "the network of this page is cut off" in page.locator("#live").inner_text()
