"""Every picture of a notebook is in its HTML export, which needs no network for them."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from traitlets.config import Config

from sslearn.course.saved import VIEW
from tests.contents import NOTEBOOKS

PNG_FIRST = ["image/png", "text/html", "text/markdown", "image/svg+xml", "text/plain"]
PICTURE = re.compile(r'<img[^>]*\bsrc="data:image/png;base64,([^"]+)"[^>]*>')


def pictures(nb) -> list[str]:
    """The PNGs that the outputs of the notebook hold, in order."""
    data = (o.get("data", {}) for c in nb.cells if c.cell_type == "code" for o in c.outputs)
    return ["".join(d["image/png"].split()) for d in data if "image/png" in d]


def exported(nb, **options) -> str:
    config = Config(HTMLExporter=options)
    if options:
        config.NbConvertBase.display_data_priority = PNG_FIRST
    return HTMLExporter(config=config).from_notebook_node(nb)[0]


@pytest.mark.parametrize("path", (NOTEBOOKS[5], NOTEBOOKS[-1]), ids=lambda p: p.stem)
def test_an_export_holds_every_picture_with_its_alt_text(path):
    nb = nbformat.read(path, as_version=4)
    html = exported(nb)
    assert PICTURE.findall(html) == pictures(nb)
    assert all(re.search(r'alt="[^"]{10,}"', image[0]) for image in PICTURE.finditer(html))
    fetched = re.findall(r"<(?:script|img|link)[^>]*?(?:src|href)=\"(https?:[^\"]+)", html)
    assert all(re.search("mathjax|require", address) for address in fetched), fetched


def test_a_run_that_was_saved_with_its_widgets_is_exported_as_pictures():
    nb = nbformat.read(NOTEBOOKS[1], as_version=4)
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data[VIEW] = {"model_id": "1", "version_major": 2, "version_minor": 0}
    html = exported(nb)
    assert len(pictures(nb)) > 3 and PICTURE.findall(html) == pictures(nb)


def test_a_sanitised_export_that_takes_the_png_first_holds_every_picture():
    nb = nbformat.read(NOTEBOOKS[1], as_version=4)
    assert PICTURE.findall(exported(nb, sanitize_html=True)) == pictures(nb)
