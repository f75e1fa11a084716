"""The page of *Draw a digit*: its networks, and the files of a web site that show them.

One's own network as one file is `sslearn.deploy.to_html`, and the module is that page's.
"""

import html
from pathlib import Path

from sslearn.course.draw.pack import SHIPPED, packed, shipped
from sslearn.course.draw.picture import INVITE, draw_picture
from sslearn.data.files import write_whole
from sslearn.deploy.page import DRAW, module
from sslearn.models import SequenceClassifier

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
        "draw_a_digit.js": module(DRAW).encode(),
        "draw_a_digit.png": draw_picture().png(small=True),
        "draw_a_digit.html": page.encode(),
    } | {file_of(name): raw for name, raw in networks().items()}
    for name, raw in contents.items():
        _write(folder / name, raw)


def _write(path: Path, raw: bytes) -> None:
    write_whole(path, lambda file: file.write(raw))
