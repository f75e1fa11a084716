"""The page of one network as the tests open it, and networks of odd sizes to put on it."""

import contextlib

import torch

from sslearn.deploy import to_html
from sslearn.models import SequenceClassifier, recipe


def visits(chrome, folder):
    """A function that writes the page of a network and opens it; nothing may be fetched or fail."""

    @contextlib.contextmanager
    def visit(model, text=lambda page: page, width=1280, scheme="light", **more):
        path, errors, requests = folder / "mine.html", [], []
        to_html(model, path, **more)
        path.write_text(text(path.read_text(encoding="utf-8")), encoding="utf-8")
        size = {"width": width, "height": 900}
        page = chrome.new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(path.as_uri())
        yield page
        page.close()
        assert errors == [] and {url.split(":")[0] for url in requests} <= {"file", "data"}

    return visit


def made(name="gsu", d_input=3, classes=5, **more):
    """A network of odd sizes, whose norms have seen something."""
    g = torch.Generator().manual_seed(1)
    parts = recipe(name, N=6) | {"H": 7, "depth": 3} | more
    net = SequenceClassifier(d_input, classes, **parts, generator=g)
    with torch.no_grad():
        net(torch.randn(20, 30, d_input, generator=g))
    return net.eval()


@torch.no_grad()
def running(net, x):
    """The scores (B, L, classes) after each step, by Python."""
    if isinstance(net, SequenceClassifier):
        return net.running_scores(x)
    return torch.stack([net(x[:, : t + 1]) for t in range(x.shape[1])], 1)


def caption(page, holds):
    """What the page says, once it is at rest and says what `holds` asks for."""
    heard = page.get_by_role("status").filter(has_text=holds)
    heard.wait_for(timeout=30e3)
    return heard.inner_text()
