"""The page of *Draw a digit*: its one module, its networks, and plain pages that hold them."""

import base64
import html
import json
from importlib.resources import files
from pathlib import Path

from sslearn.course.draw.pack import SHIPPED, packed, shipped
from sslearn.course.draw.picture import INVITE, draw_picture
from sslearn.course.figure.module import joined
from sslearn.data.files import write_whole
from sslearn.models import SequenceClassifier

WEB = files("sslearn.course.draw").joinpath("web")
PARTS = ("net.js", "pen.js", "reader.js", "scene.js", "hands.js", "parts.js", "draw.js")
TITLE = "Draw a digit"
WORDS = (
    "A spiking network reads what you draw as one pixel after the other, and says what it is. "
    "Nothing that you draw leaves this page."
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 1rem auto;
padding: 0 1rem; background: Canvas; color: CanvasText; }}
img {{ max-width: 100%; }}
</style></head>
<body><main><h1>{title}</h1><p>{words}</p>
{body}
</main></body></html>
"""


def module() -> str:
    """The files of web/ as one ES module without imports."""
    style = WEB.joinpath("draw.css").read_text(encoding="utf-8")
    stored = json.loads(WEB.joinpath("drawings.json").read_text(encoding="utf-8"))
    return joined(WEB, PARTS, {"STYLE": style, "DRAWINGS": stored})


def networks(model: SequenceClassifier | None = None, side: int = 28) -> dict[str, bytes]:
    """The packed networks that a page switches between, by name: the shipped ones, or model's."""
    if model is not None:
        return {"your network": packed(model, "your network", side=side)}
    if side != 28:
        raise ValueError(f"the shipped networks read 28 x 28 pixels: side must be 28, got {side!r}")
    return {name: packed(shipped(name), name) for name in SHIPPED}


def file_of(name: str) -> str:
    """The file beside the module that holds the network of that name."""
    return f"{name.lower().replace(' ', '-')}.bin"


def embed(base: str = ".") -> str:
    """HTML that shows the files of `write_site` in the folder base, seen from its page.

    The still picture stays where there is no JavaScript, and where a network's file is missing.
    """
    alt = html.escape(draw_picture().caption.removesuffix(INVITE), quote=True)
    return (
        f'<div class="draw-a-digit"><img src="{base}/draw_a_digit.png" alt="{alt}"></div>\n'
        f'<script type="module">import {{ mountAll }} from "{base}/draw_a_digit.js"; '
        "mountAll();</script>"
    )


def write_site(folder: Path | str) -> None:
    """Write the module, the shipped networks, the still picture and a page of them into folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = PAGE.format(title=TITLE, words=WORDS, body=embed())
    contents = {
        "draw_a_digit.js": module().encode(),
        "draw_a_digit.png": draw_picture().png(small=True),
        "draw_a_digit.html": page.encode(),
    } | {file_of(name): raw for name, raw in networks().items()}
    for name, raw in contents.items():
        _write(folder / name, raw)


def write_page(
    path: Path | str, model: SequenceClassifier | None = None, *, side: int = 28
) -> None:
    """Write one HTML file that runs the shipped networks, or model alone, in any browser.

    It needs no server and no network, so that it can be sent to a friend. model and side are those
    of `draw_a_digit`, and so are the errors.
    """
    data = [
        {"name": name, "base64": base64.b64encode(raw).decode()}
        for name, raw in networks(model, side).items()
    ]
    script = (
        module().replace("</", "<\\/")
        + f"\nmount(document.querySelector('.draw-a-digit'), {{ networks: {json.dumps(data)} }});"
    )
    body = f'<div class="draw-a-digit"></div>\n<script type="module">{script}</script>'
    _write(Path(path), PAGE.format(title=TITLE, words=WORDS, body=body).encode())


def _write(path: Path, raw: bytes) -> None:
    write_whole(path, lambda file: file.write(raw))
